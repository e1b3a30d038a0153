import type { ProcessManager } from "./+types/trial";
import type { ProcessManager as Machine } from "./+types/machine";
import type { ProcessManager as Paid } from "./+types/on-payment-received";
import type { ProcessManager as Reminder } from "./actions/+types/send-reminder";

// @ts-expect-error The chart says what completes it.
export const completed: ProcessManager.ConfigFunction = ({ events }) => ({ startedBy: [events.OrderPlaced], completedBy: [] });

// @ts-expect-error The context of the machine has no key remindrs.
export const indexed: ProcessManager.ConfigFunction = ({ events }) => ({ startedBy: [events.OrderPlaced], index: ["remindrs"] });

// @ts-expect-error The domain has no such event.
export type NoEvent = Machine.Event<"OrderPlcaed">;

export async function onReminder({ event, context, params, commands }: Reminder.HandlerArgs) {
  // @ts-expect-error The machine gives it days.
  void params.hours;
  // @ts-expect-error The context is changed by assign alone.
  context.reminders = 2;
  // @ts-expect-error At any depth.
  context.tags.push("late");
  // @ts-expect-error Not every event has cents.
  void event.payload.cents;
  // @ts-expect-error No event of the machine has this type.
  if (event.type === "OrderFulfilled") return;
  // @ts-expect-error There is no such command.
  await commands.packOrders({ aggregateId: event.aggregateId });
}

export async function onPaid({ event }: Paid.HandlerArgs) {
  // @ts-expect-error The payload has cents.
  void event.payload.amount;
}
