import { expect, test } from "vitest";
import { defineProcess } from "../../src/definition/define-process.ts";
import type { HandlerArgs } from "../../src/definition/model/handler.ts";
import { codesOf } from "./domain-folder.ts";

const noop = async () => {};
const minimal = {
  aggregate: "order",
  name: "order-lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
  on: {},
} as const;

test("makes the definition that a folder with the same content makes", () => {
  const definition = defineProcess({
    ...minimal,
    on: { OrderPlaced: noop, T10DetermineNecessity: noop },
    onTimedOut: noop,
    onFailed: noop,
  });
  expect(definition).toMatchObject({
    process: "order/order-lifecycle",
    aggregate: "order",
    name: "order-lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: { text: "7d", durationMs: 7 * 86_400_000 },
    source: 'defineProcess("order/order-lifecycle")',
    declaredEvents: ["OrderPlaced", "OrderFulfilled"],
    diagnostics: [],
  });
  expect([...definition.handlers].map(([type, { name }]) => [type, name])).toEqual([
    ["OrderPlaced", "on-order-placed"],
    ["T10DetermineNecessity", "on-t10-determine-necessity"],
  ]);
  expect(definition.handlers.get("OrderPlaced")?.run).toBe(noop);
  expect(definition.timedOut?.name).toBe("on-order-lifecycle-timed-out");
  expect(definition.failed?.name).toBe("on-order-lifecycle-failed");
});

test("reads a timeout in milliseconds", () => {
  expect(defineProcess({ ...minimal, timeout: 60_000 }).timeout).toEqual({ text: "60000", durationMs: 60_000 });
});

test.each<[string, Record<string, unknown>, string, string]>([
  ["an aggregate that is not kebab-case", { aggregate: "Order" }, "NAME_NOT_KEBAB_CASE", '"order"'],
  ["a missing name", { name: undefined }, "NAME_NOT_KEBAB_CASE", '"order-lifecycle"'],
  ["an empty startedBy", { startedBy: [] }, "STARTED_BY_INVALID", "startedBy"],
  ["a missing completedBy", { completedBy: undefined }, "COMPLETED_BY_INVALID", "completedBy"],
  ["a bad timeout", { timeout: "1mo" }, "TIMEOUT_INVALID", "90m"],
  ["an unknown key", { onTimeout: noop }, "CONFIG_KEY_UNKNOWN", "onTimedOut"],
  ["a missing on", { on: undefined }, "HANDLER_INVALID", "on: {"],
  ["a handler that is no function", { on: { OrderPlaced: 1 } }, "HANDLER_INVALID", "OrderPlaced: async"],
  ["a timed-out handler that is no function", { onTimedOut: {} }, "HANDLER_INVALID", "onTimedOut: async"],
  ["a handler for something that is no event", { on: { "order.placed": noop } }, "EVENT_NAME_INVALID", "OrderPlaced"],
  ["events that are no array", { events: "OrderPlaced" }, "EVENT_NAME_INVALID", "events:"],
  [
    "an event that is not in events",
    { events: ["OrderPlaced", "OrderFulfilled"], on: { OrderPlcaed: noop } },
    "EVENT_UNKNOWN",
    "OrderPlaced",
  ],
  ["a starting event that is not in events", { events: ["OrderFulfilled"] }, "EVENT_UNKNOWN", "OrderPlaced"],
])("does not throw over %s, but keeps the problem", (_, change, code, fix) => {
  const definition = defineProcess({ ...minimal, ...change });
  expect(codesOf(definition.diagnostics)).toEqual([code]);
  expect(definition.diagnostics[0]?.severity).toBe("error");
  expect(definition.diagnostics[0]?.file).toMatch(/^defineProcess\("/);
  expect(definition.diagnostics[0]?.fix).toContain(fix);
});

test("refuses misspelt events at compile time when they are listed", () => {
  const events = ["OrderPlaced", "OrderFulfilled"] as const;
  // @ts-expect-error OrderPlcaed is not in events.
  defineProcess({ ...minimal, events, startedBy: ["OrderPlcaed"] });
  // @ts-expect-error OrderPlcaed is not in events.
  defineProcess({ ...minimal, events, on: { OrderPlcaed: noop } });
  defineProcess({ ...minimal, events, on: { OrderPlaced: noop } });
  defineProcess({ ...minimal, startedBy: ["Anything"], on: { AnythingElse: noop } });
});

test("types what handlers receive, and lets one say what payload it wants", () => {
  defineProcess({
    ...minimal,
    on: {
      OrderPlaced: async ({ event, commands, attempt }) => {
        const text: string = event.aggregateId;
        const count: number = attempt;
        await commands.sendEmail?.({ aggregateId: text, count });
        // @ts-expect-error A payload is unknown until a handler says what it is.
        return () => event.payload.total;
      },
      OrderFulfilled: ({ event }: HandlerArgs<{ total: number }>) => event.payload.total,
    },
  });
  // @ts-expect-error A handler is a function.
  expect(codesOf(defineProcess({ ...minimal, on: { OrderPlaced: 1 } }).diagnostics)).toEqual(["HANDLER_INVALID"]);
});
