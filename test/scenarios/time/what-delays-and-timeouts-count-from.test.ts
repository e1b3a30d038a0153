import { type HandlerArgs } from "perdure";
import { describe, expect, test as it } from "vitest";
import { createRecording, defineOrder, openOrderSystem, openTestSystem } from "../../support/order-process.ts";
import { createDatabasePath } from "../../support/temporary-folder.ts";
import { MINUTE, HOUR, DAY, start, placed, dispatching, paid } from "./support.ts";

describe("what delays and timeouts count from", () => {
  const late = new Date(start - 1 * HOUR);

  it("is the moment the event occurred, not the moment it was dispatched", async () => {
    const { test, recording } = await openOrderSystem({
      commands: ["remind"],
      does: { OrderPlaced: dispatching("remind", new Map([["o-1", "90m"]])) },
    });
    await test.dispatch({ ...placed, occurredAt: late });
    expect(await test.system.processes.find()).toMatchObject([{ startedAt: late, dueAt: new Date(late.getTime() + 48 * HOUR) }]);
    await test.advance(30 * MINUTE - 1);
    expect(recording.executed).toEqual([]);
    await test.advance(1);
    expect(recording.executed).toHaveLength(1);
  });

  it("is not moved by a retry", async () => {
    const { test, recording } = await openOrderSystem({
      commands: ["remind"],
      does: {
        OrderPlaced: async ({ attempt, commands }) => {
          await commands.remind!({ aggregateId: "o-1", delay: "10m" });
          if (attempt < 3) throw new Error("once more");
        },
      },
    });
    await test.dispatch(placed);
    await test.advance(10 * MINUTE - 1);
    expect(recording.handled.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(recording.executed).toEqual([]);
    await test.advance(1);
    expect(recording.executed).toHaveLength(1);
  });

  it("does not order commands without a delay: they run as they were dispatched, whatever the moments of their events say", async () => {
    const ran: string[] = [];
    const test = await openTestSystem({
      definitions: [
        defineOrder(createRecording(), {
          does: {
            OrderPlaced: ({ commands }) => commands.reserveStock!({ aggregateId: "o-1" }),
            PaymentReceived: ({ commands }) => commands.shipGoods!({ aggregateId: "o-1" }),
          },
        }),
      ],
      commands: {
        reserveStock: ({ attempt }: { readonly attempt: number }) => {
          ran.push(`reserveStock ${attempt}`);
          if (attempt < 3) throw new Error("once more");
        },
        shipGoods: () => {
          ran.push("shipGoods");
        },
      },
    });
    await test.dispatch(placed);
    await test.dispatch({ ...paid, occurredAt: late });
    await test.advance("1h");
    expect(ran).toEqual(["reserveStock 1", "reserveStock 2", "reserveStock 3", "shipGoods"]);
  });

  it("makes a command due at once whose delay is over when its event is handled", async () => {
    const { test, recording } = await openOrderSystem({
      commands: ["remind"],
      does: { OrderPlaced: dispatching("remind", new Map([["o-1", "59m"]])) },
    });
    await test.dispatch({ ...placed, occurredAt: late });
    expect(recording.executed).toMatchObject([{ metadata: { dueAt: new Date(late.getTime() + 59 * MINUTE) } }]);
  });

  it("is the deadline for what the timed-out handler dispatches, however late it runs", async () => {
    const path = createDatabasePath();
    const options = {
      commands: ["cancel"],
      does: { TimedOut: ({ commands, event }: HandlerArgs) => commands.cancel!({ aggregateId: event.aggregateId, delay: "2d" }) },
    };
    const before = await openOrderSystem({ ...options, system: { store: { path } } });
    await before.test.dispatch(placed);
    await before.test.stop();
    const after = await openOrderSystem({ ...options, system: { store: { path }, now: start + 3 * DAY } });
    expect(await after.test.system.timers.list()).toMatchObject([{ kind: "command", dueAt: new Date(start + 4 * DAY) }]);
    await after.test.advanceTo(start + 4 * DAY - 1);
    expect(after.recording.executed).toEqual([]);
    await after.test.advance(1);
    expect(after.recording.executed).toHaveLength(1);
  });
});
