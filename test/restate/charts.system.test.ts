import { type CommandHandlerArgs, defineProcess } from "perdure";
import { afterAll, beforeAll, describe, expect, test as it } from "vitest";
import { assign, fromPromise, setup } from "xstate";
import { z } from "zod";
import type { KeyView } from "../../src/restate/wire/messages.ts";
import { isRestateHere, type RestateServer, startRestateServer } from "../support/restate-server.ts";
import { until } from "../support/patience.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { type Served, serve } from "./served.ts";

const ran: string[] = [];

const unused = fromPromise<{ readonly outcome?: string }, unknown>(() => Promise.reject(new Error("it is there for its types alone")));

interface Stocked {
  readonly stock: unknown;
  readonly outcome?: string | undefined;
}

/** A checkout that waits for a moment, asks for a stock, and then for a payment, which is another process. */
const machine = setup({
  types: {
    context: {} as Stocked,
    events: {} as { type: "Placed" | "Cancelled" },
  },
  actors: { reserve: unused, "shop/payment": unused },
  delays: { moment: 300 },
}).createMachine({
  id: "checkout",
  initial: "resting",
  context: { stock: null },
  states: {
    resting: { after: { moment: "reserving" } },
    reserving: {
      invoke: { src: "reserve", onDone: { target: "paying", actions: assign({ stock: ({ event }) => event.output }) } },
      on: { Cancelled: "cancelled" },
    },
    paying: {
      invoke: { src: "shop/payment", onDone: { target: "paid", actions: assign({ outcome: ({ event }) => event.output.outcome }) } },
      on: { Cancelled: "cancelled" },
    },
    paid: { type: "final" },
    cancelled: { type: "final" },
  },
});

const definitions = [
  defineProcess({ aggregate: "shop", name: "checkout", startedBy: ["Placed"], machine, timeout: "1h" }),
  defineProcess({
    aggregate: "shop",
    name: "payment",
    startedBy: ["PaymentAsked"],
    completedBy: { PaymentMade: "made" },
    timeout: "1h",
    on: {},
  }),
  // These two share an event, so that all of theirs go through the intake; one of them correlates another.
  defineProcess({
    aggregate: "parcel",
    name: "journey",
    startedBy: ["ParcelSent"],
    completedBy: ["ParcelArrived"],
    timeout: "1h",
    context: z.object({ storms: z.array(z.string()).default([]) }),
    correlate: {
      StormCame: ({ payload }) => {
        const { parcels } = payload as { readonly parcels: readonly string[] | "all" };
        if (parcels === "all") throw new Error("nobody knows all parcels");
        return parcels;
      },
    },
    on: { StormCame: ({ event, context }) => ({ storms: [...context.storms, event.aggregateId] }) },
  }),
  defineProcess({
    aggregate: "parcel",
    name: "notice",
    startedBy: ["ParcelSent"],
    completedBy: ["ParcelArrived"],
    timeout: "1h",
    on: { ParcelSent: ({ event }) => void ran.push(`notice of ${event.aggregateId}`) },
  }),
];

const commands = {
  reserve: async ({ command, signal }: CommandHandlerArgs) => {
    ran.push(`reserve for ${command.metadata.process}`);
    if (!isStuck) return { reserved: 1 };
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    ran.push("reserve is withdrawn");
    return { reserved: 0 };
  },
};
let isStuck = false;

const checkout = (aggregateId: string) => ({ process: "shop/checkout", aggregateId });
const stateOf = ({ instances }: KeyView) => instances[0]?.state;

describe.skipIf(!isRestateHere())("on Restate", () => {
  let server: RestateServer;
  let served: Served;
  beforeAll(async () => {
    server = await startRestateServer();
    served = await serve(server, { definitions, commands, logger: silentLogger });
  });
  afterAll(async () => {
    await served?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it("a chart has its timer, its invocation and its child, whose result comes back", async () => {
    await served.dispatch("c-1", { type: "Placed" });
    const paying = await served.until(checkout("c-1"), (view) => stateOf(view) === '"paying"');
    const { processId } = paying.instances[0]!;
    const child = await findChild(processId);
    expect((await served.read(child)).instances.map(({ status }) => status)).toEqual(["started"]);
    await served.dispatch(child.aggregateId, { type: "PaymentMade" });
    const { instances } = await served.until(checkout("c-1"), (view) => view.instances[0]!.endedAt !== null);
    expect(instances.map(({ status, outcome, context }) => [status, outcome, JSON.parse(context!)])).toEqual([
      ["completed", "paid", { stock: { reserved: 1 }, outcome: "made" }],
    ]);
  });

  it("an invocation is withdrawn when its state is left, and a child is cancelled", async () => {
    isStuck = true;
    await served.dispatch("c-2", { type: "Placed" });
    await served.until(checkout("c-2"), ({ commands }) => commands.length === 1);
    await until(() => ran.filter((what) => what.startsWith("reserve for")).length === 2);
    await served.dispatch("c-2", { type: "Cancelled" });
    const { instances, commands } = await served.until(checkout("c-2"), (view) => view.instances[0]!.endedAt !== null);
    expect([instances[0]!.outcome, commands]).toEqual(["cancelled", []]);
    await until(() => ran.includes("reserve is withdrawn"));
    isStuck = false;

    await served.dispatch("c-3", { type: "Placed" });
    const paying = await served.until(checkout("c-3"), (view) => stateOf(view) === '"paying"');
    const child = await findChild(paying.instances[0]!.processId);
    await served.dispatch("c-3", { type: "Cancelled" });
    const ended = await served.until(child, (view) => view.instances[0]?.endedAt !== null);
    expect(ended.instances.map(({ status, outcome }) => [status, outcome])).toEqual([["cancelled", "cancelled"]]);
  });

  it("an event is for the keys that correlate names, through an intake that keeps the order", async () => {
    const journey = (aggregateId: string) => ({ process: "parcel/journey", aggregateId });
    for (const parcel of ["p-1", "p-2"]) await served.dispatch(parcel, { type: "ParcelSent" });
    for (const parcel of ["p-1", "p-2"]) await served.until(journey(parcel), ({ instances }) => instances.length === 1);
    await served.dispatch("storm-1", { type: "StormCame", payload: { parcels: ["p-1", "p-2"] } });
    for (const parcel of ["p-1", "p-2"]) {
      const { instances } = await served.until(journey(parcel), (view) => view.instances[0]?.context?.includes("storm-1") === true);
      expect(JSON.parse(instances[0]!.context!)).toEqual({ storms: ["storm-1"] });
    }
    expect(ran.filter((what) => what.startsWith("notice")).toSorted()).toEqual(["notice of p-1", "notice of p-2"]);
    await served.dispatch("p-1", { type: "ParcelArrived" });
    await served.until({ process: "parcel/notice", aggregateId: "p-1" }, ({ instances }) => instances[0]?.status === "completed");
    await served.until(journey("p-1"), ({ instances }) => instances[0]!.status === "completed");
  });

  it("an event whose correlate fails is a dead letter of its aggregate, which holds nothing up", async () => {
    await served.dispatch("storm-2", { type: "StormCame", payload: { parcels: "all" } });
    const key = { process: "parcel/journey", aggregateId: "storm-2" };
    const { letters } = await served.until(key, (view) => view.letters.length === 1);
    expect(letters.map(({ kind, blocks, aggregateId }) => [kind, blocks, aggregateId])).toEqual([["correlation", false, "storm-2"]]);
    const { deadLetterId } = letters[0]!;
    await served.call("parcel.journey", "storm-2", "settle", { deadLetterId, settlement: { kind: "retry" } });
    const again = await served.until(key, (view) => view.letters.length === 2);
    expect(again.letters.map(({ status, generation }) => [status, generation])).toEqual([
      ["retried", 0],
      ["open", 1],
    ]);
  });

  /** The key of the instance that the chart of `parentId` has invoked. */
  async function findChild(parentId: string) {
    const find = async () => {
      const rows = await server.sql("select service_key from state where service_name = 'shop.payment' and key = 'core'");
      return rows.map(({ service_key }) => String(service_key)).find((key) => key.includes(`:${parentId}:`));
    };
    return { process: "shop/payment", aggregateId: (await until(find))! };
  }
});
