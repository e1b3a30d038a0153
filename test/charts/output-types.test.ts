import { defineProcess, type ProcessSystemOptions } from "perdure";
import { createTestSystem } from "perdure/testing";
import { expect, onTestFinished, test } from "vitest";
import { createMachine, fromPromise, setup } from "xstate";

type CommandsInCode = NonNullable<ProcessSystemOptions["commands"]>;

interface Receipt {
  readonly receipt: string;
}

const reserve = async (): Promise<Receipt> => ({ receipt: "r-1" });

const taken: CommandsInCode = {
  reserve,
  reserveAtOnce: () => ({ receipt: "r-1" }),
  reserveWithRetries: { handler: reserve, retry: { maxRetries: 1 } },
};

export const refused: CommandsInCode = {
  // @ts-expect-error An event names its aggregate.
  event: () => ({ type: "OrderPaid" }),
  // @ts-expect-error Neither in a promise.
  later: async () => ({ type: "OrderPaid" }),
  // @ts-expect-error Rows are no events.
  rows: () => [{ rowId: 1 }],
};

test("an output that is no JSON fails the command at once, because its effect has happened", async () => {
  const machine = createMachine({
    initial: "reserving",
    states: { reserving: { invoke: { src: "reserve", onError: "refused" } }, refused: { type: "final" } },
  });
  const reserving = defineProcess({ aggregate: "order", name: "reserving", startedBy: ["OrderPlaced"], timeout: "1d", machine });
  let runs = 0;
  const reserveNow = () => ({ at: new Date(0), run: (runs += 1) });
  const world = await createTestSystem({ definitions: [reserving], commands: { reserve: reserveNow } });
  onTestFinished(() => world.stop());
  await world.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  await world.advance("1h");
  expect([world.instance("o-1")?.outcome, runs]).toEqual(["refused", 1]);
});

test("a command in code may return what a chart that invokes it takes for its output", async () => {
  const machine = setup({ actors: { reserve: fromPromise<Receipt>(reserve) } }).createMachine({
    initial: "reserving",
    states: {
      reserving: { invoke: { src: "reserve", onDone: { target: "reserved", guard: ({ event }) => event.output.receipt === "r-1" } } },
      reserved: { type: "final" },
    },
  });
  const reserving = defineProcess({ aggregate: "order", name: "reserving", startedBy: ["OrderPlaced"], timeout: "1d", machine });
  const world = await createTestSystem({ definitions: [reserving], commands: taken });
  onTestFinished(() => world.stop());
  await world.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  expect(world.instance("o-1")).toMatchObject({ status: "completed", outcome: "reserved" });
});
