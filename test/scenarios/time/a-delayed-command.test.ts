import { describe, expect, test as it } from "vitest";
import { openOrderSystem, type OrderOptions, orderLifecycle } from "../../support/order-process.ts";
import { createDatabasePath } from "../../support/temporary-folder.ts";
import { MINUTE, DAY, start, placed, paid, fulfilled, dispatching } from "./support.ts";

describe("a delayed command", () => {
  const payload = {
    to: "ann@example.org",
    lines: [{ sku: "Ä-1", count: 2 }, null],
    note: '\u{1F4E6} "quoted"\n',
    nested: { yes: true, zero: 0 },
  };
  const options = {
    commands: ["remind"],
    timeout: "7d",
    does: { OrderPlaced: dispatching("remind", new Map([["o-1", "90m"]])) },
  } satisfies OrderOptions & { commands: string[] };

  it("runs not before its time and once, its payload intact", async () => {
    const { test, recording } = await openOrderSystem(options);
    const { eventId } = await test.dispatch({ ...placed, payload, correlationId: "c-1" });
    await test.advance(90 * MINUTE - 1);
    expect(recording.executed).toEqual([]);
    expect(await test.system.timers.list({ kind: "command" })).toMatchObject([
      { dueAt: new Date(start + 90 * MINUTE), aggregateId: "o-1", command: "remind" },
    ]);
    await test.advance(1);
    const { processId } = (await test.system.processes.find())[0]!;
    expect(recording.executed).toEqual([
      {
        commandId: expect.any(String) as string,
        type: "remind",
        aggregateId: "o-1",
        payload,
        metadata: {
          correlationId: "c-1",
          causationId: eventId,
          process: orderLifecycle,
          processId,
          dispatchedAt: new Date(start),
          dueAt: new Date(start + 90 * MINUTE),
        },
      },
    ]);
    await test.advance("6d");
    expect(recording.executed).toHaveLength(1);
    expect(await test.system.timers.list({ kind: "command" })).toEqual([]);
  });

  it("is the same over a restart in memory", async () => {
    const { test, recording } = await openOrderSystem(options);
    await test.dispatch({ ...placed, payload });
    await test.advance("1h");
    await test.restart();
    await test.advance(30 * MINUTE - 1);
    expect(recording.executed).toEqual([]);
    await test.advance(1);
    await test.restart();
    await test.advance("1d");
    expect(recording.executed).toMatchObject([{ payload }]);
  });

  it("is the same in a file that another system opens, also after its time", async () => {
    const path = createDatabasePath();
    const before = await openOrderSystem({ ...options, system: { store: { path } } });
    await before.test.dispatch({ ...placed, payload });
    await before.test.stop();

    const middle = await openOrderSystem({ ...options, system: { store: { path }, now: start + 90 * MINUTE - 1 } });
    expect(middle.recording.executed).toEqual([]);
    await middle.test.restart();
    await middle.test.stop();

    const after = await openOrderSystem({ ...options, system: { store: { path }, now: start + 1 * DAY } });
    expect(after.recording.executed).toMatchObject([{ payload, metadata: { dueAt: new Date(start + 90 * MINUTE) } }]);
    await after.test.restart();
    await after.test.advance("1d");
    expect(after.recording.executed).toHaveLength(1);
    expect([...before.recording.executed, ...middle.recording.executed]).toEqual([]);
  });

  it("is not drawn along by one that is due a millisecond earlier, or by an event of its instance", async () => {
    const { test, recording } = await openOrderSystem({
      commands: ["remind", "escalate"],
      does: {
        OrderPlaced: async ({ commands }) => {
          await commands.escalate!({ aggregateId: "o-1", delay: 10 * MINUTE + 1 });
          await commands.remind!({ aggregateId: "o-1", delay: 10 * MINUTE });
        },
        PaymentReceived: ({ commands }) => commands.remind!({ aggregateId: "o-1" }),
      },
    });
    await test.dispatch(placed);
    await test.advance("9m");
    await test.dispatch(paid);
    expect(recording.executed.map(({ type }) => type)).toEqual(["remind"]);
    await test.advance("1m");
    expect(recording.executed.map(({ type }) => type)).toEqual(["remind", "remind"]);
    await test.advance(1);
    expect(recording.executed.map(({ type }) => type)).toEqual(["remind", "remind", "escalate"]);
  });

  it("still runs when its instance has completed before", async () => {
    const { test, recording } = await openOrderSystem(options);
    await test.dispatch([placed, fulfilled]);
    await test.advance("90m");
    expect(recording.executed).toHaveLength(1);
  });
});
