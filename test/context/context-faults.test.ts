import { defineProcess, type StandardSchema } from "perdure";
import { createTestSystem } from "perdure/testing";
import { expect, onTestFinished, test } from "vitest";
import { createGate } from "../support/gate.ts";
import { silentLogger } from "../support/silent-logger.ts";

interface Remembered {
  readonly paid: boolean;
  readonly notes: readonly string[];
}

const base = { aggregate: "order", name: "shipping", startedBy: ["OrderPlaced"], completedBy: ["OrderDelivered"], timeout: "7d" } as const;

/** `ask` is called for each answer, and may keep it waiting. */
function createSchema(ask: () => Promise<void> | undefined): StandardSchema<unknown, Remembered> {
  const validate = (value: unknown) => {
    const { paid = false, notes = [] } = value as Partial<Remembered>;
    return typeof paid === "boolean" ? { value: { paid, notes } } : { issues: [{ message: "paid is not a boolean" }] };
  };
  return { "~standard": { version: 1, vendor: "test", validate: async (value) => ask()?.then(() => validate(value)) ?? validate(value) } };
}

async function open(given: Parameters<typeof defineProcess<readonly string[], Remembered>>[0]) {
  const kit = await createTestSystem({ definitions: [defineProcess(given)], logger: silentLogger });
  onTestFinished(() => kit.stop());
  return kit;
}

test("an attempt whose schema has not answered when the system stops is cut off, and made again at the next start", async () => {
  const [asked, answer] = [createGate(), createGate()];
  const attempts: number[] = [];
  let isSlow = false;
  const kit = await open({
    ...base,
    context: createSchema(() => {
      if (!isSlow) return undefined;
      asked.open();
      return answer.opened;
    }),
    on: {
      OrderPlaced: ({ context, attempt }) => {
        attempts.push(attempt);
        return { notes: [...context.notes, "placed"] };
      },
    },
  });
  isSlow = true;
  await kit.system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  await asked.opened;
  await kit.system.stop({ timeout: 0 });
  isSlow = false;
  answer.open();
  await kit.system.start();
  await kit.settle();
  expect(attempts).toEqual([1, 1]);
  const [instance] = await kit.system.processes.find();
  expect(instance!.context).toEqual({ paid: false, notes: ["placed"] });
  expect((await kit.system.processes.history(instance!.processId)).map(({ kind }) => kind)).toEqual(["started", "handled"]);
});

test("a step whose patch was refused goes on from the context as it was when an operator retries it with a handler that was mended", async () => {
  let isMended = false;
  const kit = await open({
    ...base,
    context: createSchema(() => undefined),
    on: {
      OrderPlaced: () => ({ notes: ["placed"] }),
      PaymentReceived: ({ context }) => ({
        paid: (isMended ? true : "yes") as boolean,
        notes: [...context.notes, "paid"],
      }),
      OrderNoted: ({ context }) => ({ notes: [...context.notes, "noted"] }),
    },
  });
  await kit.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  await kit.dispatch({ type: "PaymentReceived", aggregateId: "o-1" });
  await kit.dispatch({ type: "OrderNoted", aggregateId: "o-1" });
  expect(kit.deadLetters().map(({ error }) => error.code)).toEqual(["CONTEXT_INVALID"]);
  expect(kit.instance("o-1")).toMatchObject({ status: "failed", context: { paid: false, notes: ["placed"] } });
  isMended = true;
  await kit.retryDeadLetters();
  expect(kit.instance("o-1")).toMatchObject({ status: "started", context: { paid: true, notes: ["placed", "paid", "noted"] } });
});
