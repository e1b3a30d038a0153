import { defineProcess, ProcessError, type ProcessDefinition, type ProcessInstance } from "perdure";
import type { TestSystem, TestSystemOptions } from "perdure/testing";
import { openTestSystem } from "../support/order-process.ts";

/** The code of the refusal, or `done`. */
export function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "done",
    (error: unknown) => (ProcessError.is(error) ? error.code : error),
  );
}

export interface Shop {
  readonly test: TestSystem;
  /** What ran, in the order in which it began: `OrderPlaced`, `remind`, `OrderLifecycleCancelled`. */
  readonly ran: string[];
  /** What it does beside that, by name. */
  readonly does: Record<string, (args: { readonly signal: AbortSignal }) => unknown>;
  readonly place: (aggregateId?: string) => Promise<unknown>;
  readonly dispatch: (type: string, aggregateId?: string) => Promise<unknown>;
  readonly instance: (aggregateId?: string) => Promise<ProcessInstance>;
  readonly journal: (aggregateId?: string) => Promise<readonly { readonly kind: string }[]>;
}

/**
 * `order/order-lifecycle`, from OrderPlaced to OrderFulfilled within ten days. OrderPlaced has `welcome` run at once, `remind` in two days and
 * `survey`, in a lane of its own, in one; PaymentReceived has `thank` run at once.
 */
export async function openShop(options: Partial<TestSystemOptions> = {}, more: object = {}): Promise<Shop> {
  const ran: string[] = [];
  const does: Shop["does"] = {};
  const handle = async (name: string, args: { readonly signal: AbortSignal }) => {
    ran.push(name);
    await does[name]?.(args);
  };
  const order: ProcessDefinition = defineProcess({
    aggregate: "order",
    name: "order-lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: "10d",
    on: {
      OrderPlaced: async (args) => {
        const { aggregateId } = args.event;
        await args.commands["welcome"]!({ aggregateId });
        await args.commands["remind"]!({ aggregateId, delay: "2d", key: "reminder", payload: {} });
        await args.commands["survey"]!({ aggregateId, delay: "1d", lane: "own", payload: {} });
        await handle("OrderPlaced", args);
      },
      PaymentReceived: async (args) => {
        await args.commands["thank"]!({ aggregateId: args.event.aggregateId });
        await handle("PaymentReceived", args);
      },
      OrderFulfilled: (args) => handle("OrderFulfilled", args),
    },
    onTimedOut: (args) => handle(args.event.type, args),
    onFailed: async (args) => {
      await args.commands["complain"]!({ aggregateId: args.event.aggregateId, delay: "1d" });
      await handle(args.event.type, args);
    },
    onCancelled: (args) => handle(args.event.type, args),
    ...more,
  });
  const commands = Object.fromEntries(
    ["welcome", "remind", "survey", "thank", "complain"].map((name) => [
      name,
      (args: { readonly signal: AbortSignal }) => handle(name, args),
    ]),
  );
  const test = await openTestSystem({
    definitions: [order],
    commands,
    ...options,
    processes: { retry: { retryStrategy: "fixed", initialDelay: "1h", maxRetries: 0 }, ...options.processes },
  });
  const dispatch = (type: string, aggregateId = "o-1") => test.dispatch({ type, aggregateId });
  const instance = async (aggregateId = "o-1") => (await test.system.processes.find({ aggregateId }))[0]!;
  return {
    test,
    ran,
    does,
    dispatch,
    place: (aggregateId) => dispatch("OrderPlaced", aggregateId),
    instance,
    journal: async (aggregateId) => test.system.processes.history((await instance(aggregateId)).processId),
  };
}

export function fail(): never {
  throw new Error("broken");
}
