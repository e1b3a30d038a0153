import * as fc from "fast-check";
import { defineProcess } from "perdure";
import { expect, test } from "vitest";
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
