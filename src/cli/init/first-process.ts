import type { FileChange } from "./file-change.ts";

/** A process to begin with, which shows every kind of file once: an order that is to be fulfilled within a week. Paths start at the domain. */
export const firstProcess: readonly FileChange[] = [
  file(
    "order/processes/order-lifecycle/index.ts",
    "when the process starts, completes and times out",
    `import type { ProcessManager } from "./+types/order-lifecycle";

export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [events.OrderFulfilled],
  timeout: "7d",
});
`,
  ),
  file(
    "order/processes/order-lifecycle/on-order-placed.ts",
    "handles OrderPlaced",
    `import type { ProcessManager } from "./+types/on-order-placed";

/** Welcomes the customer. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.sendWelcomeEmail({ aggregateId: event.aggregateId, delay: "1s" });
}
`,
  ),
  file(
    "order/processes/order-lifecycle/on-order-fulfilled.ts",
    "handles OrderFulfilled",
    `import type { ProcessManager } from "./+types/on-order-fulfilled";

/** Notes that the order has left the house. */
export async function handler({ event, logger }: ProcessManager.HandlerArgs) {
  logger.info("fulfilled", { order: event.aggregateId });
}
`,
  ),
  file(
    "order/processes/order-lifecycle/on-order-lifecycle-timed-out.ts",
    "runs when an order is not fulfilled in time",
    `import type { ProcessManager } from "./+types/on-order-lifecycle-timed-out";

/** Cancels an order that nobody has fulfilled. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.cancelOrder({ aggregateId: event.aggregateId });
}
`,
  ),
  file(
    "order/processes/order-lifecycle/on-order-lifecycle-failed.ts",
    "runs when a step has failed for good",
    `import type { ProcessManager } from "./+types/on-order-lifecycle-failed";

/** Tells whoever is on duty. */
export async function handler({ event, logger }: ProcessManager.HandlerArgs) {
  logger.error("an order needs a person", { order: event.aggregateId, deadLetter: event.payload.deadLetterId });
}
`,
  ),
  file("order/commands/send-welcome-email.ts", "executes sendWelcomeEmail", command("send-welcome-email", "welcome")),
  file("order/commands/cancel-order.ts", "executes cancelOrder", command("cancel-order", "cancelled")),
];

function file(path: string, purpose: string, text: string): FileChange {
  return { path, text, isNew: true, changes: [purpose] };
}

function command(name: string, said: string): string {
  return `import type { Command } from "./+types/${name}";

/** The one place where something happens outside. The same key on every retry lets the other side know a repetition. */
export async function handler({ command, idempotencyKey }: Command.HandlerArgs) {
  console.log("${said}", command.aggregateId, idempotencyKey);
}
`;
}
