import * as fc from "fast-check";
import { defineProcess } from "perdure";
import { expect, test } from "vitest";
import { not, setup } from "xstate";
import { z } from "zod";
import { fingerprintDefinition } from "../../src/machine/fingerprint.ts";
import { createProcessMachine } from "../../src/machine/process-machine.ts";
import { anyDefinition } from "./any-definition.ts";

const noop = (): void => {};

const another = async (): Promise<void> => {};

const base = {
  aggregate: "order",
  name: "order-lifecycle",
  startedBy: ["OrderPlaced", "OrderImported"],
  completedBy: ["OrderFulfilled", "OrderCancelled"],
  timeout: "7d",
  on: { OrderPlaced: noop, PaymentReceived: noop },
} as const;

const fingerprint = (changes: Partial<Parameters<typeof defineProcess>[0]> = {}) =>
  fingerprintDefinition(defineProcess({ ...base, ...changes }));

test("the fingerprint is short, and the one a machine carries", () => {
  expect(fingerprint()).toMatch(/^[0-9a-f]{16}$/);
  expect(createProcessMachine(defineProcess(base)).fingerprint).toBe(fingerprint());
});

test("the same behaviour has the same fingerprint, also for the next OS process", () => {
  expect(fingerprint()).toBe(fingerprint());
  // Stored beside instances, so it may change with a new version of the package only on purpose.
  expect(fingerprint()).toBe("94cc08dd493c42a7");
});

test.for([
  ["the order of events", { startedBy: ["OrderImported", "OrderPlaced"], completedBy: ["OrderCancelled", "OrderFulfilled"] }],
  ["an event named twice", { startedBy: ["OrderPlaced", "OrderImported", "OrderPlaced"] }],
  ["the order of handlers", { on: { PaymentReceived: noop, OrderPlaced: noop } }],
  ["another spelling of the same timeout", { timeout: "168h" }],
  ["the same timeout in milliseconds", { timeout: 604_800_000 }],
  ["the code of a handler", { on: { OrderPlaced: another, PaymentReceived: noop } }],
] as const)("%s makes no difference to the fingerprint", ([, changes]) => {
  expect(fingerprint(changes)).toBe(fingerprint());
});

test("descriptions and files make no difference to the fingerprint", () => {
  fc.assert(
    fc.property(anyDefinition, fc.string(), fc.string(), (definition, description, file) => {
      const handlers = new Map([...definition.handlers].map(([type, handler]) => [type, { ...handler, description, file }]));
      expect(fingerprintDefinition({ ...definition, handlers, source: file })).toBe(fingerprintDefinition(definition));
    }),
  );
});

const changes = {
  "another aggregate": { aggregate: "invoice" },
  "another name": { name: "order-return" },
  "another starting event": { startedBy: ["OrderPlaced", "OrderCopied"] },
  "one starting event less": { startedBy: ["OrderPlaced"] },
  "another completing event": { completedBy: ["OrderFulfilled", "OrderReturned"] },
  "one completing event less": { completedBy: ["OrderFulfilled"] },
  "starting and completing events exchanged": { startedBy: base.completedBy, completedBy: base.startedBy },
  "a longer timeout": { timeout: "8d" },
  "no timeout": { timeout: undefined },
  "one handler more": { on: { ...base.on, OrderFulfilled: noop } },
  "one handler less": { on: { OrderPlaced: noop } },
  "a timed-out handler": { onTimedOut: noop },
  "a failed handler": { onFailed: noop },
  outcomes: { completedBy: { OrderFulfilled: "fulfilled", OrderCancelled: "cancelled" } },
  "another outcome": { completedBy: { OrderFulfilled: "fulfilled", OrderCancelled: "withdrawn" } },
  "a context": { context: z.object({ paid: z.boolean().default(false) }) },
  "another context": { context: z.object({ paid: z.boolean().default(true) }) },
  "a condition of completion": { completeWhen: () => true },
} as const;

test.for(Object.entries(changes))("%s changes the fingerprint", ([, change]) => {
  expect(fingerprint(change as Partial<Parameters<typeof defineProcess>[0]>)).not.toBe(fingerprint());
});

test("no two of these changes have the same fingerprint", () => {
  const fingerprints = Object.values(changes).map((change) => fingerprint(change as Partial<Parameters<typeof defineProcess>[0]>));
  expect(new Set(fingerprints).size).toBe(fingerprints.length);
});

const chart = {
  id: "trial",
  initial: "waiting",
  context: { reminders: 0 },
  states: {
    waiting: {
      entry: "welcome",
      after: { short: { actions: ["remind", { type: "note", params: { by: "mail" } }] }, "3d": "expired" },
      on: {
        CardAdded: [
          { guard: "isValid", target: "active" },
          { guard: not("isKnown"), actions: "note" },
        ],
        Paused: "paused",
      },
    },
    paused: { on: { Resumed: "past" }, invoke: { src: "pauseBilling", onDone: "waiting", onError: "expired" } },
    past: { type: "history", history: "shallow", target: "waiting" },
    active: { type: "final", output: "active" },
    expired: { type: "final" },
  },
};

const parts = {
  actions: { welcome: () => {}, remind: () => {}, note: () => {} },
  guards: { isValid: () => true, isKnown: () => true },
  delays: { short: 1_000 },
};

/** What is put in the place that a path names, in the config of the chart or in `parts`; of a function, what it makes of what was there. */
type Change = readonly [path: string, value: unknown];

const fingerprintChart = (...changes: readonly Change[]) => {
  const all = changes.reduce<unknown>((whole, [path, value]) => put(whole, path.split("."), value), { chart, parts });
  const { chart: config, parts: given } = all as { readonly chart: unknown; readonly parts: object };
  const machine = setup(given).createMachine(config as never);
  return fingerprintDefinition(defineProcess({ aggregate: "trial", name: "trial", startedBy: ["TrialStarted"], machine }));
};

/** A copy in which `value` is at the place. `undefined` takes away what is there. */
function put(whole: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return typeof value === "function" ? (value as (before: unknown) => unknown)(whole) : value;
  const entries = Object.entries(whole as object).filter(([each]) => each !== key);
  const part = put(Reflect.get(whole as object, key), rest, value);
  const changed = part === undefined ? entries : [...entries, [key, part] as const];
  return Array.isArray(whole) ? whole.map((each, index) => (String(index) === key ? part : each)) : Object.fromEntries(changed);
}

const reverse = (part: unknown) =>
  Array.isArray(part) ? part.toReversed() : Object.fromEntries(Object.entries(part as object).toReversed());

test("the fingerprint of a process with a chart is not that of one without, and the same for the next OS process", () => {
  const plain = fingerprintDefinition(
    defineProcess({
      aggregate: "trial",
      name: "trial",
      startedBy: ["TrialStarted"],
      completedBy: [],
      on: {},
    }),
  );
  expect(fingerprintChart()).not.toBe(plain);
  // Stored beside instances, so it may change with a new version of the package only on purpose.
  expect(fingerprintChart()).toBe("01c59c894fae83c6");
});

test.for<readonly [string, ...Change[]]>([
  [
    "the order of keys",
    ["chart.states.waiting.on", reverse],
    ["chart.states.waiting.after", reverse],
    ["chart.states.waiting", reverse],
    ["chart.states", reverse],
    ["chart", reverse],
  ],
  ["a description", ["chart.states.waiting.description", "waits"], ["chart.description", "a trial"]],
  ["what a state means to others", ["chart.states.waiting.meta", { color: "red" }], ["chart.states.waiting.tags", ["open"]]],
  ["another id of the machine", ["chart.id", "other"]],
  ["an id of a state", ["chart.states.paused.id", "paused"]],
  ["an id of an invocation", ["chart.states.paused.invoke.id", "billing"]],
  ["a target that is written in another way", ["chart.states.waiting.on.Paused", { target: "#trial.paused" }]],
  ["an action in a list of one", ["chart.states.waiting.entry", [{ type: "welcome" }]]],
  ["a guard that is written in another way", ["chart.states.waiting.on.CardAdded.0.guard", { type: "isValid" }]],
  ["the code of a guard", ["parts.guards.isValid", () => () => false]],
])("%s makes no difference to the fingerprint of a chart", ([, ...changes]) => {
  expect(fingerprintChart(...changes)).toBe(fingerprintChart());
});

const chartChanges: Readonly<Record<string, Change>> = {
  "another initial state": ["chart.initial", "paused"],
  "one state more": ["chart.states.closed", { type: "final" }],
  "a state of another type": ["chart.states.expired.type", "atomic"],
  "another target": ["chart.states.waiting.on.Paused", "expired"],
  "another event": ["chart.states.paused.on", { Continued: "past" }],
  "the order of guarded transitions": ["chart.states.waiting.on.CardAdded", reverse],
  "another guard": ["chart.states.waiting.on.CardAdded.0.guard", "isKnown"],
  "a guard that is not negated": ["chart.states.waiting.on.CardAdded.1.guard", "isKnown"],
  "another action on entry": ["chart.states.waiting.entry", "remind"],
  "an action on exit": ["chart.states.waiting.exit", "remind"],
  "other params of an action": ["chart.states.waiting.after.short.actions.1.params", { by: "post" }],
  "one delay less": ["chart.states.waiting.after.3d", undefined],
  "one delay more": ["chart.states.waiting.after.4d", "expired"],
  "another length of a named delay": ["parts.delays.short", 2_000],
  "another command that is invoked": ["chart.states.paused.invoke.src", "stopBilling"],
  "another place to go when it is done": ["chart.states.paused.invoke.onDone", "expired"],
  "another place to go when it fails": ["chart.states.paused.invoke.onError", "waiting"],
  "a deep history": ["chart.states.past.history", "deep"],
  "another place that a history leads to at first": ["chart.states.past.target", "paused"],
  "another output": ["chart.states.active.output", "converted"],
  "a transition that enters its state again": ["chart.states.waiting.on.Paused", { target: "waiting", reenter: true }],
  "a transition that does not": ["chart.states.waiting.on.Paused", { target: "waiting" }],
  "an eventless transition": ["chart.states.waiting.always", { guard: "isKnown", target: "active" }],
  "parallel states": ["chart.type", "parallel"],
  "another context": ["chart.context", { reminders: 1 }],
};

test.for(Object.entries(chartChanges))("%s changes the fingerprint of a chart", ([, change]) => {
  expect(fingerprintChart(change)).not.toBe(fingerprintChart());
});

test("no two of these changes of a chart have the same fingerprint", () => {
  const fingerprints = Object.values(chartChanges).map((change) => fingerprintChart(change));
  expect(new Set(fingerprints).size).toBe(fingerprints.length);
});
