import type { HandlerArgs } from "perdure";
import { expect, test } from "vitest";
import { openOrderSystem } from "../../support/order-process.ts";
import { createDatabasePath } from "../../support/temporary-folder.ts";
import { DAY, MINUTE, placed, start } from "./support.ts";

const commands = ["first", "second", "third", "late", "apologise"];

/** An order with commands before and after its deadline, which lies at 48 hours, and one from its timed-out handler. */
const does = {
  OrderPlaced: async ({ commands, event: { aggregateId } }: HandlerArgs) => {
    for (const [name, delay] of [
      ["late", "49h"],
      ["third", "47h"],
      ["second", "2h"],
      ["first", "1h"],
    ] as const) {
      await commands[name]!({ aggregateId, delay });
    }
  },
  TimedOut: async ({ commands, event: { aggregateId } }: HandlerArgs) => void (await commands.apologise!({ aggregateId })),
};

/** Dispatches before a downtime of nine days, which all that is due falls into; returns what runs after it. */
async function runAfterDowntime(events: readonly { readonly type: string; readonly aggregateId: string }[], more = {}) {
  const path = createDatabasePath();
  const before = await openOrderSystem({ does, commands, system: { store: { path } } });
  await before.test.dispatch(events);
  await before.test.stop();
  const { test, recording } = await openOrderSystem({ does, commands, system: { store: { path }, now: start + 9 * DAY, ...more } });
  await test.settle();
  return { test, recording };
}

const inOrder = ["first", "second", "third", "OrderLifecycleTimedOut", "apologise", "late"];

test("what fell due for an instance during a downtime begins in order of due time, commands and the timed-out handler alike", async () => {
  const { recording } = await runAfterDowntime([placed]);
  expect(recording.ran).toEqual(inOrder.map((what) => `${what} o-1`));
});

test("it does so for each of many instances", async () => {
  const ids = Array.from({ length: 40 }, (_, index) => `o-${index}`);
  const { recording } = await runAfterDowntime(
    ids.map((aggregateId, index) => ({ ...placed, aggregateId, occurredAt: start + index * MINUTE })),
  );
  for (const id of ids) expect(recording.ran.filter((line) => line.endsWith(` ${id}`))).toEqual(inOrder.map((what) => `${what} ${id}`));
});

test("a command that fails does not hold the timed-out handler until its retry", async () => {
  let attempts = 0;
  const { test, recording } = await runAfterDowntime([placed], {
    commands: {
      ...Object.fromEntries(commands.map((name) => [name, () => {}])),
      first: () => {
        attempts += 1;
        if (attempts === 1) throw new Error("not yet");
      },
    },
    processes: { retry: { retryStrategy: "fixed", initialDelay: "10s", jitter: 0 } },
  });
  expect(recording.ran).toEqual(["OrderLifecycleTimedOut o-1"]);
  expect(attempts).toBe(1);
  await test.advance("10s");
  expect(attempts).toBe(2);
  expect(await test.system.lag()).toMatchObject({ waiting: 0, pendingCommands: 0 });
});

test("a command that fails for good does not hold it", async () => {
  const { test, recording } = await runAfterDowntime([placed], {
    commands: {
      ...Object.fromEntries(commands.map((name) => [name, () => {}])),
      first: () => {
        throw new Error("never");
      },
    },
    processes: { retry: { retryStrategy: "none" } },
  });
  expect(recording.ran).toEqual(["OrderLifecycleTimedOut o-1"]);
  expect((await test.system.deadLetters.list()).map(({ kind }) => kind)).toEqual(["command"]);
});
