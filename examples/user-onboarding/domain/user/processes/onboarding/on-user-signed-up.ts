import type { ProcessManager } from "./+types/on-user-signed-up";

/** Welcomes the user and plans both reminders. Each looks, when its moment has come, whether it is still of use. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  const { aggregateId } = event;
  await commands.sendWelcome({ aggregateId });
  await commands.remindToConfirm({ aggregateId, reminder: 1, delay: "1d" });
  await commands.remindToConfirm({ aggregateId, reminder: 2, delay: "3d" });
}
