import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { defineProcess } from "../../src/definition/define-process.ts";
import { readChart } from "../../src/machine/read-chart.ts";
import { loadDomain } from "../../src/definition/load-domain.ts";
import { createFolder, handler, index, load, orderLifecycle } from "./domain-folder.ts";

const noop = async () => {};

// The files of the seed document as they stand; what they import from ./+types is not there at run time.
const seed = {
  "order/processes/order-lifecycle/index.ts": `
import type { ProcessManager } from "./+types/order-lifecycle";
export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [events.OrderFulfilled],
  timeout: "7d",
});
`,
  "order/processes/order-lifecycle/on-order-placed.ts": `
import type { ProcessManager } from "./+types/on-order-placed";
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.sendWelcomeEmail({
    aggregateId: event.aggregateId,
    delay: "1m",
  });
}
`,
  "order/processes/order-lifecycle/on-payment-received.ts": `
import type { ProcessManager } from "./+types/on-payment-received";
/** Notes that the money is there. */
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {}
`,
  "order/processes/order-lifecycle/on-order-fulfilled.ts": `
import type { ProcessManager } from "./+types/on-order-fulfilled";
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {}
`,
  "order/processes/order-lifecycle/on-order-lifecycle-timed-out.ts": `
import type { ProcessManager } from "./+types/on-order-lifecycle-timed-out";
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.cancelOrder({
    aggregateId: event.aggregateId,
  });
}
`,
  "order/processes/order-lifecycle/on-order-lifecycle-failed.ts": `
import type { ProcessManager } from "./+types/on-order-lifecycle-failed";
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.flagForManualReview({
    aggregateId: event.aggregateId,
  });
}
`,
};

test("loads the seed's own example as it stands", async () => {
  const folder = await createFolder(seed);
  const { domain, diagnostics } = await loadDomain({ domain: folder, definitions: [], readChart, commands: undefined });
  const [definition] = domain.definitions;
  expect(diagnostics).toEqual([]);
  expect(domain.definitions).toHaveLength(1);
  expect(definition).toMatchObject({
    process: "order/order-lifecycle",
    aggregate: "order",
    name: "order-lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: { text: "7d", durationMs: 604_800_000 },
    source: join(folder, "order/processes/order-lifecycle"),
  });
  expect([...(definition?.handlers.keys() ?? [])]).toEqual(["OrderFulfilled", "OrderPlaced", "PaymentReceived"]);
  expect(definition?.handlers.get("PaymentReceived")).toMatchObject({
    name: "on-payment-received",
    description: "Notes that the money is there.",
    file: join(folder, "order/processes/order-lifecycle/on-payment-received.ts"),
  });
  expect(definition?.timedOut?.name).toBe("on-order-lifecycle-timed-out");
  expect(definition?.failed?.name).toBe("on-order-lifecycle-failed");
  expect(domain.events.size + domain.commands.size).toBe(0);
});

test("the loaded handlers are the user's", async () => {
  const { domain } = await load(seed);
  const dispatched: unknown[] = [];
  const run = domain.definitions[0]?.handlers.get("OrderPlaced")?.run as (args: unknown) => Promise<void>;
  await run({ event: { aggregateId: "o-1" }, commands: { sendWelcomeEmail: async (options: unknown) => dispatched.push(options) } });
  expect(dispatched).toEqual([{ aggregateId: "o-1", delay: "1m" }]);
});

test.each([".ts", ".mts", ".js", ".mjs"])("loads a domain of %s files alike", async (extension) => {
  const payload = 'export const payload = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };\n';
  const { domain, diagnostics } = await load({
    "package.json": '{"type":"module"}',
    [`order/events/order-placed${extension}`]: payload,
    [`order/events/order-fulfilled${extension}`]: "",
    [`order/commands/send-welcome-email${extension}`]: payload + handler,
    [`order/processes/order-lifecycle/index${extension}`]: index,
    [`order/processes/order-lifecycle/on-order-placed${extension}`]: handler,
    [`order/processes/order-lifecycle/on-order-lifecycle-timed-out${extension}`]: handler,
  });
  expect(diagnostics).toEqual([]);
  expect([...domain.events.keys()]).toEqual(["OrderFulfilled", "OrderPlaced"]);
  expect(domain.events.get("OrderPlaced")?.schema?.["~standard"].vendor).toBe("test");
  expect(domain.events.get("OrderFulfilled")?.schema).toBeUndefined();
  expect(domain.commands.get("sendWelcomeEmail")?.schema?.["~standard"].vendor).toBe("test");
  expect(domain.definitions[0]?.handlers.has("OrderPlaced")).toBe(true);
  expect(domain.definitions[0]?.timedOut).toBeDefined();
});

test("reads several domain folders as one domain", async () => {
  const first = await createFolder({ "order/events/order-placed.ts": "" });
  const second = await createFolder({ ...orderLifecycle, "order/events/order-fulfilled.ts": "" });
  const { domain } = await loadDomain({ domain: [first, second], definitions: [], readChart, commands: undefined });
  expect([...domain.events.keys()]).toEqual(["OrderPlaced", "OrderFulfilled"]);
  expect(domain.definitions).toHaveLength(1);
});

test("resolves a relative domain folder against the working directory", async () => {
  const folder = await createFolder(orderLifecycle);
  const { domain } = await loadDomain({ domain: relative(process.cwd(), folder), definitions: [], readChart, commands: undefined });
  expect(domain.definitions).toHaveLength(1);
});

test("takes plain strings in a config, each once", async () => {
  const { domain } = await load({
    ...orderLifecycle,
    "order/processes/order-lifecycle/index.ts": `export const config = () => ({ startedBy: ["OrderPlaced", "OrderPlaced"], completedBy: ["OrderFulfilled"], timeout: 5000 });`,
  });
  expect(domain.definitions[0]?.startedBy).toEqual(["OrderPlaced"]);
  expect(domain.definitions[0]?.timeout).toEqual({ text: "5000", durationMs: 5000 });
});

test("puts definitions from folders and from code together", async () => {
  const billing = defineProcess({
    aggregate: "order",
    name: "billing",
    startedBy: ["InvoiceSent"],
    completedBy: ["InvoicePaid"],
    timeout: "30d",
    on: { OrderPlaced: noop },
  });
  const { domain, diagnostics } = await load({ ...orderLifecycle }, { definitions: [billing] });
  expect(diagnostics).toEqual([]);
  expect(domain.definitions.map(({ process }) => process)).toEqual(["order/order-lifecycle", "order/billing"]);
  expect(domain.definitions[1]).toBe(billing);
});

test("loads definitions from code alone, without a domain folder or with an empty one", async () => {
  const definitions = [defineProcess({ aggregate: "a", name: "b", startedBy: ["C"], completedBy: ["D"], timeout: "1d", on: {} })];
  expect((await load({}, { definitions })).domain.definitions).toEqual(definitions);
  expect((await load({}, { definitions, domain: [] })).domain.definitions).toEqual(definitions);
});

test("knows in a folder what a definition in code declares, and the other way round", async () => {
  const code = defineProcess({
    aggregate: "order",
    name: "code",
    startedBy: ["OrderFulfilled"],
    completedBy: ["OrderFulfilled"],
    timeout: "1d",
    on: { OrderPlaced: noop },
  });
  const { diagnostics } = await load({ "order/processes/order-lifecycle/index.ts": index }, { definitions: [code] });
  expect(diagnostics).toEqual([]);
});

test("knows in a folder what a definition in code lists under events", async () => {
  const code = defineProcess({
    aggregate: "order",
    name: "code",
    events: ["OrderFulfilled", "OrderPlaced", "MoonRisen"],
    startedBy: ["MoonRisen"],
    completedBy: [],
    timeout: "1d",
    on: {},
  });
  const { diagnostics } = await load({ "order/processes/order-lifecycle/index.ts": index }, { definitions: [code] });
  expect(diagnostics).toEqual([]);
});

test("knows an event of a config by the handler of another process or the file of another aggregate", async () => {
  const { diagnostics } = await load({
    "order/processes/order-lifecycle/index.ts": index,
    "user/events/order-placed.ts": "",
    "user/processes/greeting/index.ts": `export const config = ({ events }) => ({ startedBy: [events.OrderPlaced], completedBy: [events.Greeted], timeout: "1d" });`,
    "user/processes/greeting/on-greeted.ts": handler,
    "user/processes/greeting/on-order-fulfilled.ts": handler,
  });
  expect(diagnostics).toEqual([]);
});

test("a command given in code takes the place of its file's handler and keeps the file's schema", async () => {
  const given = async () => {};
  const other = async () => {};
  const { domain } = await load(
    {
      ...orderLifecycle,
      "order/commands/send-email.ts": `import { z } from ${JSON.stringify(import.meta.resolve("zod"))};\nexport const payload = z.object({});\n${handler}`,
      "order/commands/cancel-order.ts": handler,
    },
    { commands: { sendEmail: given, other } },
  );
  expect([...domain.commands.keys()]).toEqual(["cancelOrder", "sendEmail", "other"]);
  expect(domain.commands.get("sendEmail")?.run).toBe(given);
  expect(domain.commands.get("sendEmail")?.schema?.["~standard"].vendor).toBe("zod");
  expect(domain.commands.get("cancelOrder")?.run).not.toBe(given);
  expect(domain.commands.get("other")).toMatchObject({ run: other, schema: undefined, source: "commands.other" });
});

test("dispatchCommand serves the command files that have no handler, and no others", async () => {
  const dispatchCommand = async () => {};
  const { domain } = await load({ ...orderLifecycle, "order/commands/a.ts": "", "order/commands/b.ts": handler }, { dispatchCommand });
  expect(domain.commands.get("a")?.run).toBe(dispatchCommand);
  expect(domain.commands.get("b")?.run).not.toBe(dispatchCommand);
});

test("loads files through the given importer", async () => {
  const imported: string[] = [];
  const folder = await createFolder({ "order/processes/order-lifecycle/index.ts": "" });
  const { domain } = await loadDomain({
    domain: folder,
    definitions: [],
    readChart,
    commands: undefined,
    importModule: async (file) => {
      imported.push(relative(folder, file));
      return { config: () => ({ startedBy: ["A"], completedBy: [], timeout: "1d" }) };
    },
  }).catch((error: unknown) => ({ domain: error }));
  expect(imported).toEqual(["order/processes/order-lifecycle/index.ts"]);
  expect(String(domain)).toContain("startedBy names A");
});
