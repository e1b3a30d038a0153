import { type CommandHandlerArgs, defineProcess, type HandlerArgs, NonRetryableError } from "perdure";
import { createTestSystem, type TestSystem } from "perdure/testing";
import { assign, fromPromise, setup } from "xstate";
import { z } from "zod";

/*
 * A shop whose instances can be in every state there is, for those who move it from one host to another.
 */

/** What of the world a test changes, and what was done to it. */
export interface World {
  /** Whether the bank and the scales do not work: what needs them fails for good, or is tried again. */
  isBroken: boolean;
  /** Each attempt that succeeded: what was done, for which aggregate, under which key. */
  readonly done: { readonly what: string; readonly of: string; readonly key: string }[];
}

const unused = fromPromise<unknown, unknown>(() => Promise.reject(new Error("it is there for its types alone")));

/** Waits a day, has something reserved, and then asks for a payment, which is a process of its own. */
const machine = setup({
  types: { context: {} as { readonly stock: unknown }, events: {} as { type: "CheckoutBegun" } },
  actors: { reserve: unused, "shop/payment": unused },
  delays: { day: 86_400_000 },
}).createMachine({
  id: "checkout",
  initial: "resting",
  context: { stock: null },
  states: {
    resting: { after: { day: "reserving" } },
    reserving: { invoke: { src: "reserve", onDone: { target: "paying", actions: assign({ stock: ({ event }) => event.output }) } } },
    paying: { invoke: { src: "shop/payment", onDone: "paid" } },
    paid: { type: "final" },
  },
});

export function createShop(world: World) {
  const note = (what: string, of: string, key: string) => void world.done.push({ what, of, key });
  const see = ({ event, process, idempotencyKey }: HandlerArgs) => note(event.type, process.aggregateId, idempotencyKey);
  const definitions = [
    defineProcess({
      aggregate: "order",
      name: "life",
      startedBy: ["OrderPlaced"],
      completedBy: ["OrderFulfilled"],
      timeout: "7d",
      context: z.object({ payments: z.number().default(0) }),
      on: {
        OrderPlaced: async (args) => {
          see(args);
          await args.commands["confirm"]!({ aggregateId: args.event.aggregateId });
          await args.commands["remind"]!({ aggregateId: args.event.aggregateId, delay: "2d" });
        },
        OrderPaid: (args) => {
          if (world.isBroken) throw new NonRetryableError("the bank is closed");
          see(args);
          return { payments: args.context.payments + 1 };
        },
        OrderWeighed: (args) => {
          if (world.isBroken) throw new Error("the scales are shaky");
          see(args);
        },
        OrderRefunded: async (args) => {
          see(args);
          await args.commands["refund"]!({ aggregateId: args.event.aggregateId });
        },
        OrderFulfilled: see,
      },
      onTimedOut: see,
    }),
    defineProcess({
      aggregate: "order",
      name: "shipping",
      startedBy: ["ShippingBegun"],
      completedBy: ["ParcelDelivered"],
      timeout: "30d",
      keepEarly: "10d",
      on: { ShippingBegun: see, ParcelPacked: see, ParcelDelivered: see },
    }),
    defineProcess({ aggregate: "shop", name: "checkout", startedBy: ["CheckoutBegun"], machine, timeout: "60d" }),
    defineProcess({
      aggregate: "shop",
      name: "payment",
      startedBy: ["PaymentAsked"],
      completedBy: ["PaymentMade"],
      timeout: "60d",
      on: {},
    }),
    defineProcess({
      aggregate: "parcel",
      name: "journey",
      startedBy: ["JourneyBegun"],
      completedBy: ["JourneyEnded"],
      timeout: "60d",
      correlate: {
        StormCame: ({ payload }) => {
          const { parcels } = payload as { readonly parcels: readonly string[] | "all" };
          if (parcels === "all" && world.isBroken) throw new Error("nobody knows all parcels");
          return parcels === "all" ? ["way-1"] : parcels;
        },
      },
      on: { StormCame: see },
    }),
  ];
  const run = (what: string) => (args: CommandHandlerArgs) => {
    if (what === "refund" && world.isBroken) throw new NonRetryableError("no refunds today");
    if (what === "reserve" && world.isBroken) throw new Error("nothing is in stock");
    note(what, args.command.aggregateId, args.idempotencyKey);
    return what === "reserve" ? { reserved: 1 } : undefined;
  };
  const commands = { confirm: run("confirm"), remind: run("remind"), refund: run("refund"), reserve: run("reserve") };
  return { definitions, commands };
}

const HOUR = 3_600_000;

/** How long `fillShop` takes on its clock. */
export const FILLING_MS = 36 * HOUR;

/** An event as the tests dispatch it. Its identity is its type and its aggregate, so that a second one of both is a repeated one. */
export function event(type: string, aggregateId: string, payload: object = {}) {
  return { type, aggregateId, eventId: `${type} ${aggregateId}`, payload };
}

/** Opens a shop on a file. Time is the test's own. */
export function openShop(path: string, world: World, now: number): Promise<TestSystem> {
  return createTestSystem({
    ...createShop(world),
    store: { path, synchronous: "normal" },
    now,
    processes: { retry: { maxRetries: 3, initialDelay: "6h", maxDelay: "6h", jitter: 0 } },
  });
}

/** Brings instances into every state there is, `plain` of them into the plainest, and leaves the world broken. */
export async function fillShop(shop: TestSystem, world: World, plain = 1): Promise<void> {
  const dispatch = (type: string, aggregateId: string, payload?: object) => shop.dispatch(event(type, aggregateId, payload));
  for (let at = 1; at <= plain; at += 1) await dispatch("OrderPlaced", `plain-${at}`);
  // It has ended, and its reminder is still to come.
  await dispatch("OrderPlaced", "owing");
  await dispatch("OrderFulfilled", "owing");
  await dispatch("ShippingBegun", "closed");
  await dispatch("ParcelDelivered", "closed");
  await dispatch("OrderPlaced", "paid");
  await dispatch("OrderPaid", "paid");
  for (const parcel of ["way-1", "way-2"]) await dispatch("JourneyBegun", parcel);
  await dispatch("StormCame", "storm-1", { parcels: ["way-1", "way-2"] });
  await dispatch("CheckoutBegun", "paying");
  await shop.advance("12h");
  await dispatch("CheckoutBegun", "reserving");
  await shop.advance("12h");
  world.isBroken = true;
  await shop.advance("12h");
  for (const order of ["failed", "shaky", "refund"]) await dispatch("OrderPlaced", order);
  await dispatch("OrderPaid", "failed");
  await dispatch("OrderWeighed", "failed");
  await dispatch("OrderWeighed", "shaky");
  await dispatch("OrderRefunded", "refund");
  await dispatch("ParcelPacked", "early");
  await dispatch("CheckoutBegun", "resting");
  await dispatch("StormCame", "storm-2", { parcels: "all" });
}
