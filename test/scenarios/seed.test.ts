import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { ProcessesOptions } from "perdure";
import { expect, onTestFinished, test } from "vitest";
import { createRecording, openTestSystem, recordCommands } from "../support/order-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

// The snippets of the seed document as they stand there, without indentation. It lists on-payment-received.ts and
// on-order-fulfilled.ts without showing them.
const index = `
import type { ProcessManager } from "./+types/order-lifecycle";
export const config: ProcessManager.ConfigFunction = ({ events }) => ({
startedBy: [events.OrderPlaced],
completedBy: [events.OrderFulfilled],
timeout: "7d",
});
`;
const onOrderPlaced = `
import type { ProcessManager } from "./+types/on-order-placed";
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
await commands.sendWelcomeEmail({
aggregateId: event.aggregateId,
delay: "1m",
});
}
`;
const onTimedOut = `
import type { ProcessManager } from "./+types/on-order-lifecycle-timed-out";
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
await commands.cancelOrder({
aggregateId: event.aggregateId,
});
}
`;
const onFailed = `
import type { ProcessManager } from "./+types/on-order-lifecycle-failed";
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
await commands.flagForManualReview({
aggregateId: event.aggregateId,
});
}
`;
const processes: ProcessesOptions = {
  retry: {
    retryStrategy: "exponential",
    maxRetries: 3,
  },
  dlq: {
    type: "sqlite",
    path: "./db/processes-dlq.db",
  },
};

const notShown = (file: string, body = "") => `
import type { ProcessManager } from "./+types/${file}";
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {${body}}
`;

const folder = "domain/order/processes/order-lifecycle";

const placed = { type: "OrderPlaced", aggregateId: "o-1" };
const start = Date.parse("2026-01-01T00:00:00Z");

/** The seed's example in a working directory of its own, because its paths are relative. */
async function openSeed({ onPaymentReceived = notShown("on-payment-received") } = {}) {
  const root = realpathSync(
    createTemporaryFolder({
      [`${folder}/index.ts`]: index,
      [`${folder}/on-order-placed.ts`]: onOrderPlaced,
      [`${folder}/on-payment-received.ts`]: onPaymentReceived,
      [`${folder}/on-order-fulfilled.ts`]: notShown("on-order-fulfilled"),
      [`${folder}/on-order-lifecycle-timed-out.ts`]: onTimedOut,
      [`${folder}/on-order-lifecycle-failed.ts`]: onFailed,
    }),
  );
  const before = process.cwd();
  process.chdir(root);
  onTestFinished(() => process.chdir(before));
  const recording = createRecording();
  const system = await openTestSystem({
    domain: "./domain",
    commands: recordCommands(recording, "sendWelcomeEmail", "cancelOrder", "flagForManualReview"),
    processes,
    store: { path: "./perdure.db" },
  });
  return { root, test: system, ran: recording.ran };
}

test("the seed's order lifecycle loads as it stands", async () => {
  const { test } = await openSeed();
  expect(Object.keys(test.system.machines)).toEqual(["order/order-lifecycle"]);
});

test("the seed's order lifecycle sends the welcome e-mail after a minute and completes with OrderFulfilled", async () => {
  const { test, ran } = await openSeed();
  await test.dispatch(placed);
  await test.advance(59_999);
  expect(ran).toEqual([]);
  await test.advance(1);
  expect(ran).toEqual(["sendWelcomeEmail o-1"]);
  await test.dispatch({ type: "PaymentReceived", aggregateId: "o-1" });
  await test.restart();
  await test.dispatch({ type: "OrderFulfilled", aggregateId: "o-1" });
  expect(await test.system.processes.find()).toMatchObject([{ status: "completed" }]);
  await test.advance("30d");
  expect(ran).toEqual(["sendWelcomeEmail o-1"]);
});

test("the seed's order lifecycle cancels the order when it is not fulfilled within seven days", async () => {
  const { test, ran } = await openSeed();
  await test.dispatch(placed);
  await test.advance("3d");
  await test.restart();
  await test.advanceTo(start + 7 * 86_400_000 - 1);
  expect(ran).toEqual(["sendWelcomeEmail o-1"]);
  await test.advance(1);
  expect(ran).toEqual(["sendWelcomeEmail o-1", "cancelOrder o-1"]);
  expect(await test.system.processes.find()).toMatchObject([{ status: "timed_out", endedAt: new Date(start + 7 * 86_400_000) }]);
});

test("the seed's order lifecycle retries with growing delays, flags a step that fails for good, and writes its dead letter to the file of its own", async () => {
  const { root, test, ran } = await openSeed({
    onPaymentReceived: notShown("on-payment-received", ' throw new Error("the bank is closed"); '),
  });
  await test.dispatch([placed, { type: "PaymentReceived", aggregateId: "o-1", payload: { amount: 5 } }]);
  await test.advance("3s");
  expect(await test.system.processes.find()).toMatchObject([{ status: "started" }]);
  await test.advance("4s");
  expect(await test.system.processes.find()).toMatchObject([{ status: "failed" }]);
  expect(ran).toEqual(["flagForManualReview o-1"]);
  expect(await test.system.deadLetters.list()).toMatchObject([
    {
      process: "order/order-lifecycle",
      aggregateId: "o-1",
      handler: "on-payment-received",
      event: { type: "PaymentReceived", payload: { amount: 5 } },
      error: { message: "the bank is closed" },
      attempts: 4,
      firstFailedAt: new Date(start),
      lastFailedAt: new Date(start + 7_000),
    },
  ]);
  expect(existsSync(join(root, "db/processes-dlq.db"))).toBe(true);
});
