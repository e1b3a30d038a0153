import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { defineProcess } from "../../src/definition/define-process.ts";
import type { diagnosticCodes } from "../../src/definition/report/diagnostic-codes.ts";
import { loadDomain } from "../../src/definition/load-domain.ts";
import { ProcessError } from "../../src/errors.ts";
import { codesOf, createFolder, diagnose, diagnosticsOf, handler, index, load, orderLifecycle, type Overrides } from "./domain-folder.ts";
import { readChart } from "../../src/machine/read-chart.ts";

const process = "order/processes/order-lifecycle";
const noop = async () => {};
const configOf = (text: string) => `export const config = ({ events }) => (${text});`;
const withConfig = (text: string) => ({ ...orderLifecycle, [`${process}/index.ts`]: configOf(text) });
const declared = { "order/events/order-placed.ts": "", "order/events/order-fulfilled.ts": "" };
const inCode = (name: string, change: object = {}) =>
  defineProcess({
    aggregate: "order",
    name,
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: "1d",
    on: {},
    ...change,
  });

test("reports every mistake at once in one error, each with file, reason and fix", async () => {
  const folder = await createFolder({
    ...declared,
    "order/processes/no-index/on-order-placed.ts": handler,
    "order/processes/no-config/index.ts": "export const other = 1;",
    "order/processes/unknown-event/index.ts": configOf(
      `{ startedBy: [events.OrderPlcaed], completedBy: [events.OrderFulfilled], timeout: "7d" }`,
    ),
    "order/processes/misspelt-handler/index.ts": index,
    "order/processes/misspelt-handler/on-order-plaecd.ts": handler,
    "order/processes/undeclared-handler/index.ts": index,
    "order/processes/undeclared-handler/on-customer-vanished.ts": handler,
    "order/processes/not-kebab/index.ts": index,
    "order/processes/not-kebab/onOrderPlaced.ts": handler,
    "order/processes/bad-timeout/index.ts": configOf(
      `{ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: "1mo" }`,
    ),
    "order/processes/twice/index.ts": index,
    "order/processes/throws/index.ts": index,
    "order/processes/throws/on-order-placed.ts": "\nthrow new Error('no database');\n",
  });
  const twice = inCode("twice");
  const error = await loadDomain({ domain: folder, definitions: [twice], readChart, commands: undefined }).catch(
    (thrown: unknown) => thrown,
  );
  expect(ProcessError.is(error, "DEFINITION_INVALID")).toBe(true);
  const diagnostics = diagnosticsOf(error);
  const at = (path: string) => join(folder, "order/processes", path);
  expect(new Set(diagnostics.map(({ code, file }) => `${code} ${file}`))).toEqual(
    new Set([
      `INDEX_MISSING ${at("no-index")}`,
      `CONFIG_MISSING ${at("no-config/index.ts")}`,
      `EVENT_UNKNOWN ${at("unknown-event/index.ts")}`,
      `EVENT_UNDECLARED ${at("misspelt-handler/on-order-plaecd.ts")}`,
      `EVENT_UNDECLARED ${at("undeclared-handler/on-customer-vanished.ts")}`,
      `NAME_NOT_KEBAB_CASE ${at("not-kebab/onOrderPlaced.ts")}`,
      `TIMEOUT_INVALID ${at("bad-timeout/index.ts")}`,
      'PROCESS_DUPLICATE defineProcess("order/twice")',
      `IMPORT_FAILED ${at("throws/on-order-placed.ts")}`,
    ]),
  );
  expect(diagnostics).toHaveLength(9);
  for (const { reason, fix, file } of diagnostics) {
    expect(reason).not.toBe("");
    expect(fix).not.toBe("");
    expect(file).not.toBe("");
  }
  for (const { file, reason, severity } of diagnostics) {
    if (severity === "error") expect((error as Error).message).toContain(`${file}\n    ${reason}\n`);
  }
});

interface Mistake {
  readonly files: Readonly<Record<string, string>>;
  readonly options?: Overrides;
  readonly code: keyof typeof diagnosticCodes;
  readonly file: string;
  readonly reason?: string;
  readonly fix: string;
}

const mistakes: Record<string, Mistake> = {
  "a process folder without index": {
    files: { [`${process}/on-order-placed.mts`]: handler },
    code: "INDEX_MISSING",
    file: process,
    fix: "order-lifecycle/index.mts",
  },
  "an empty process folder": { files: { [`${process}/`]: "" }, code: "INDEX_MISSING", file: process, fix: "order-lifecycle/index.ts" },
  "an index without config": {
    files: { ...orderLifecycle, [`${process}/index.ts`]: "export const confg = 1;" },
    code: "CONFIG_MISSING",
    file: `${process}/index.ts`,
    reason: "it does export confg",
    fix: "export const config",
  },
  "a config that is exported as default": {
    files: { ...orderLifecycle, [`${process}/index.ts`]: "export default () => ({});" },
    code: "CONFIG_MISSING",
    file: `${process}/index.ts`,
    reason: "it does export default",
    fix: "export const config",
  },
  "a config that is no function": {
    files: { ...orderLifecycle, [`${process}/index.ts`]: "export const config = {};" },
    code: "CONFIG_FUNCTION_INVALID",
    file: `${process}/index.ts`,
    reason: "an object",
    fix: "as a function",
  },
  "a config that throws": {
    files: { ...orderLifecycle, [`${process}/index.ts`]: "export const config = ({ event }) => ({ startedBy: [event.OrderPlaced] });" },
    code: "CONFIG_FUNCTION_INVALID",
    file: `${process}/index.ts`,
    reason: "config throws: Cannot read",
    fix: "Correct what throws",
  },
  "a config that returns nothing": {
    files: withConfig("undefined"),
    code: "CONFIG_FUNCTION_INVALID",
    file: `${process}/index.ts`,
    reason: "undefined",
    fix: "({ events })",
  },
  "a config that returns a promise which rejects": {
    files: withConfig("Promise.reject(new Error('late'))"),
    code: "CONFIG_FUNCTION_INVALID",
    file: `${process}/index.ts`,
    reason: "promise",
    fix: "Remove async",
  },
  "a misspelt config key": {
    files: withConfig(`{ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: "7d", timeuot: "7d" }`),
    code: "CONFIG_KEY_UNKNOWN",
    file: `${process}/index.ts`,
    reason: 'did you mean "timeout"',
    fix: "Rename it to timeout",
  },
  "an unknown config key": {
    files: withConfig(`{ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: "7d", colour: 1 }`),
    code: "CONFIG_KEY_UNKNOWN",
    file: `${process}/index.ts`,
    reason: '"colour"',
    fix: "startedBy, completedBy, completeWhen, timeout",
  },
  "a missing startedBy": {
    files: withConfig(`{ completedBy: [events.OrderFulfilled], timeout: "7d" }`),
    code: "STARTED_BY_INVALID",
    file: `${process}/index.ts`,
    reason: "startedBy is missing",
    fix: "startedBy: [events.OrderPlaced]",
  },
  "a startedBy that is no array": {
    files: withConfig(`{ startedBy: events.OrderPlaced, completedBy: [events.OrderFulfilled], timeout: "7d" }`),
    code: "STARTED_BY_INVALID",
    file: `${process}/index.ts`,
    reason: 'the string "OrderPlaced"',
    fix: "startedBy: [events.OrderPlaced]",
  },
  "an empty startedBy": {
    files: withConfig(`{ startedBy: [], completedBy: [events.OrderFulfilled], timeout: "7d" }`),
    code: "STARTED_BY_INVALID",
    file: `${process}/index.ts`,
    reason: "startedBy is empty",
    fix: "at least one event",
  },
  "a missing completedBy": {
    files: withConfig(`{ startedBy: [events.OrderPlaced], timeout: "7d" }`),
    code: "COMPLETED_BY_INVALID",
    file: `${process}/index.ts`,
    reason: "completedBy is missing",
    fix: "completedBy:",
  },
  "an entry of startedBy that is no event name": {
    files: withConfig(`{ startedBy: [events.OrderPlaced, "order-placed"], completedBy: [], timeout: "7d" }`),
    code: "EVENT_NAME_INVALID",
    file: `${process}/index.ts`,
    reason: '"order-placed"',
    fix: 'Write "OrderPlaced"',
  },
  "an entry of completedBy that is no string": {
    files: withConfig(`{ startedBy: [events.OrderPlaced], completedBy: [undefined], timeout: "7d" }`),
    code: "EVENT_NAME_INVALID",
    file: `${process}/index.ts`,
    reason: "undefined",
    fix: "events.OrderPlaced",
  },
  "a misspelt event in startedBy": {
    files: withConfig(`{ startedBy: [events.OrderPlcaed], completedBy: [events.OrderFulfilled], timeout: "7d" }`),
    code: "EVENT_UNKNOWN",
    file: `${process}/index.ts`,
    reason: "did you mean OrderPlaced?",
    fix: "Write OrderPlaced",
  },
  "an event in completedBy that nobody knows": {
    files: withConfig(`{ startedBy: [events.OrderPlaced], completedBy: [events.MoonRisen], timeout: "7d" }`),
    code: "EVENT_UNKNOWN",
    file: `${process}/index.ts`,
    reason: "completedBy names MoonRisen",
    fix: "moon-risen.ts",
  },
  "a misspelt handler when events are declared": {
    files: { ...declared, [`${process}/index.ts`]: index, [`${process}/on-order-plcaed.ts`]: handler },
    code: "EVENT_UNDECLARED",
    file: `${process}/on-order-plcaed.ts`,
    reason: "did you mean OrderPlaced?",
    fix: "Rename on-order-plcaed.ts to on-order-placed.ts",
  },
  "a misspelt timed-out handler when events are declared": {
    files: { ...declared, [`${process}/index.ts`]: index, [`${process}/on-order-lifecyle-timed-out.ts`]: handler },
    code: "EVENT_UNDECLARED",
    file: `${process}/on-order-lifecyle-timed-out.ts`,
    reason: "did you mean OrderLifecycleTimedOut?",
    fix: "to on-order-lifecycle-timed-out.ts",
  },
  "a handler file that exports no handler": {
    files: { ...orderLifecycle, [`${process}/on-order-placed.ts`]: "export async function handle() {}" },
    code: "HANDLER_INVALID",
    file: `${process}/on-order-placed.ts`,
    reason: "it does export handle",
    fix: "export async function handler",
  },
  "a handler that is no function": {
    files: { ...orderLifecycle, [`${process}/on-order-lifecycle-failed.ts`]: "export const handler = 'x';" },
    code: "HANDLER_INVALID",
    file: `${process}/on-order-lifecycle-failed.ts`,
    reason: 'the string "x"',
    fix: "export async function handler",
  },
  "a handler file that throws when it is imported": {
    files: { ...orderLifecycle, [`${process}/on-order-placed.ts`]: "\n\nthrow new Error('no database');" },
    code: "IMPORT_FAILED",
    file: `${process}/on-order-placed.ts`,
    reason: "no database (",
    fix: "Correct on-order-placed.ts",
  },
  "a file with a syntax error": {
    files: { ...orderLifecycle, [`${process}/index.ts`]: "export const config = ;" },
    code: "IMPORT_FAILED",
    file: `${process}/index.ts`,
    fix: "Correct index.ts",
  },
  "an event file that throws, which declares its event all the same": {
    files: { [`${process}/index.ts`]: index, "order/events/order-placed.ts": "throw 'text';", "order/events/order-fulfilled.ts": "" },
    code: "IMPORT_FAILED",
    file: "order/events/order-placed.ts",
    reason: "text",
    fix: "Correct order-placed.ts",
  },
  "a file that is not kebab-case": {
    files: { ...orderLifecycle, [`${process}/OnOrderPaid.ts`]: handler },
    code: "NAME_NOT_KEBAB_CASE",
    file: `${process}/OnOrderPaid.ts`,
    fix: "on-order-paid.ts",
  },
  "a file of a process folder that is neither index nor a handler": {
    files: { ...orderLifecycle, [`${process}/money.ts`]: "" },
    code: "FILE_UNEXPECTED",
    file: `${process}/money.ts`,
    fix: "on-money.ts",
  },
  "a payload that is no schema": {
    files: {
      ...orderLifecycle,
      "order/events/order-placed.ts": "export const payload = { total: 1 };",
      "order/events/order-fulfilled.ts": "",
    },
    code: "PAYLOAD_INVALID",
    file: "order/events/order-placed.ts",
    reason: "an object",
    fix: "Standard Schema",
  },
  "a command's payload that is no schema": {
    files: { ...orderLifecycle, "order/commands/send-email.ts": `export const payload = 5;\n${handler}` },
    code: "PAYLOAD_INVALID",
    file: "order/commands/send-email.ts",
    reason: "the number 5",
    fix: "Standard Schema",
  },
  "a command file without handler": {
    files: { ...orderLifecycle, "order/commands/send-email.ts": "export const run = 1;" },
    code: "HANDLER_INVALID",
    file: "order/commands/send-email.ts",
    fix: "handler({ command })",
  },
  "two files that declare one event": {
    files: { ...orderLifecycle, ...declared, "order/events/order-placed.js": "" },
    code: "EVENT_DUPLICATE",
    file: "order/events/order-placed.ts",
    reason: "order-placed.js",
    fix: "Delete or rename",
  },
  "two names that give one event": {
    files: { ...orderLifecycle, ...declared, "order/events/a-1.ts": "", "order/events/a1.ts": "" },
    code: "EVENT_DUPLICATE",
    file: "order/events/a1.ts",
    reason: "a-1.ts",
    fix: "Delete or rename",
  },
  "one event declared by two aggregates": {
    files: { ...orderLifecycle, ...declared, "user/events/order-placed.ts": "" },
    code: "EVENT_DUPLICATE",
    file: "user/events/order-placed.ts",
    reason: "order/events/order-placed.ts",
    fix: "all aggregates",
  },
  "one command declared by two aggregates": {
    files: { ...orderLifecycle, "order/commands/send-email.ts": handler, "user/commands/send-email.ts": handler },
    code: "COMMAND_DUPLICATE",
    file: "user/commands/send-email.ts",
    reason: "order/commands/send-email.ts",
    fix: "Rename one",
  },
  "a command given in code that is no function": {
    files: orderLifecycle,
    options: { commands: { sendEmail: "x" as never } },
    code: "HANDLER_INVALID",
    file: "commands.sendEmail",
    reason: 'the string "x"',
    fix: "commands.sendEmail",
  },
  "a command given in code under a name that is not camelCase": {
    files: orderLifecycle,
    options: { commands: { "send-email": noop } },
    code: "COMMAND_NAME_INVALID",
    file: 'commands["send-email"]',
    fix: "Rename it to sendEmail",
  },
  "a definition that was not made with defineProcess": {
    files: orderLifecycle,
    options: { definitions: [{ name: "x" } as never] },
    code: "DEFINITION_NOT_MADE",
    file: "definitions[0]",
    fix: "defineProcess",
  },
  "a mistake in a definition made in code": {
    files: orderLifecycle,
    options: { definitions: [inCode("code", { timeout: "1h30m" })] },
    code: "TIMEOUT_INVALID",
    file: 'defineProcess("order/code")',
    fix: "90m",
  },
  "a process in code with the name of a folder's": {
    files: orderLifecycle,
    options: { definitions: [inCode("order-lifecycle")] },
    code: "PROCESS_DUPLICATE",
    file: 'defineProcess("order/order-lifecycle")',
    reason: process,
    fix: "Rename one",
  },
  "two processes of one name in code": {
    files: orderLifecycle,
    options: { definitions: [inCode("code"), inCode("code")] },
    code: "PROCESS_DUPLICATE",
    file: 'defineProcess("order/code")',
    reason: "twice",
    fix: "Rename one",
  },
  "an empty domain folder": { files: {}, code: "DOMAIN_EMPTY", file: "", fix: "/<aggregate>/processes/<process-name>/index.ts" },
  "a domain without processes": { files: declared, code: "DOMAIN_EMPTY", file: "", fix: "defineProcess" },
  "no domain folder at all": { files: {}, options: { domain: [] }, code: "DOMAIN_EMPTY", file: "domain", fix: "defineProcess" },
};

test.each(Object.entries(mistakes))("refuses %s", async (_, { files, options, code, file, reason, fix }) => {
  const error = await load(files, options).catch((thrown: unknown) => thrown);
  const diagnostics = diagnosticsOf(error);
  expect(codesOf(diagnostics)).toEqual([code]);
  const [diagnostic] = diagnostics;
  expect(diagnostic?.severity).toBe("error");
  expect(diagnostic?.file.endsWith(file)).toBe(true);
  expect(diagnostic?.reason).toContain(reason ?? "");
  expect(diagnostic?.fix).toContain(fix);
});

test.each(
  ["", "abc", "1h30m", "-1h", "1mo", "NaN", "0d"]
    .map((text) => JSON.stringify(text))
    .concat("0", "-5", "NaN", "Infinity", "null", "new Date()"),
)("refuses the timeout %s and says what is allowed", async (timeout) => {
  const diagnostics = await diagnose(
    withConfig(`{ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: ${timeout} }`),
  );
  expect(codesOf(diagnostics)).toEqual(["TIMEOUT_INVALID"]);
  expect(diagnostics[0]?.fix).toContain("ms, s, m, h, d, w");
});

test("refuses a timeout that no date can hold", async () => {
  const diagnostics = await diagnose(
    withConfig(`{ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: "99999999d" }`),
  );
  expect(diagnostics[0]?.reason).toContain("ten thousand years");
});

test("warns of a missing timeout and says why one is wanted", async () => {
  const { diagnostics, domain } = await load(withConfig("{ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled] }"));
  expect(domain.definitions[0]?.timeout).toBeUndefined();
  expect(diagnostics).toMatchObject([{ code: "TIMEOUT_MISSING", severity: "warning" }]);
  expect(diagnostics[0]?.reason).toContain("processes that never complete consume resources and obscure system state");
});

test("takes an empty completedBy beside a timeout, and warns without one that instances never end", async () => {
  expect(await diagnose(withConfig(`{ startedBy: [events.OrderPlaced], completedBy: [], timeout: "7d" }`))).toEqual([]);
  const diagnostics = await diagnose(withConfig("{ startedBy: [events.OrderPlaced], completedBy: [] }"));
  expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
    ["TIMEOUT_MISSING", "warning"],
    ["NEVER_ENDS", "warning"],
  ]);
});

test("a handler for an event nobody declares is no problem where no events are declared, and a warning where some are", async () => {
  const files = { ...orderLifecycle, [`${process}/on-customer-vanished.ts`]: handler };
  expect(await diagnose(files)).toEqual([]);
  const { diagnostics } = await load({ ...files, ...declared });
  expect(diagnostics).toMatchObject([{ code: "EVENT_UNDECLARED", severity: "warning" }]);
  expect(diagnostics[0]?.file.endsWith("on-customer-vanished.ts")).toBe(true);
  expect(diagnostics[0]?.fix).toContain("customer-vanished.ts");
});

test("only warns when the event that is close has its own handler", async () => {
  const { diagnostics } = await load({ ...orderLifecycle, ...declared, [`${process}/on-order-places.ts`]: handler });
  expect(diagnostics).toMatchObject([{ code: "EVENT_UNDECLARED", severity: "warning" }]);
  expect(diagnostics[0]?.reason).not.toContain("did you mean OrderPlaced");
});

test.each([
  ["declared", { [`order/events/k-y-c-approved.ts`]: "", ...declared }, {}],
  ["named by a process in code", {}, { definitions: [inCode("review", { startedBy: ["KYCApproved"], on: { KYCApproved: noop } })] }],
])("refuses a handler whose event is %s with other capitals, and names its file", async (_, files, overrides) => {
  const diagnostics = await diagnose({ ...orderLifecycle, ...files, [`${process}/on-kyc-approved.ts`]: handler }, overrides);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toMatchObject([{ code: "EVENT_UNDECLARED" }]);
  expect(diagnostics[0]?.reason).toContain("did you mean KYCApproved?");
  expect(diagnostics[0]?.fix).toContain("Rename on-kyc-approved.ts to on-k-y-c-approved.ts");
  expect(await load({ ...orderLifecycle, ...files, [`${process}/on-k-y-c-approved.ts`]: handler }, overrides)).toBeDefined();
});

test("warns of a misspelt timed-out handler even where no events are declared", async () => {
  const { diagnostics } = await load({ ...orderLifecycle, [`${process}/on-order-lifecyle-timed-out.ts`]: handler });
  expect(diagnostics).toMatchObject([{ code: "EVENT_UNDECLARED", severity: "warning" }]);
  expect(diagnostics[0]?.fix).toContain("on-order-lifecycle-timed-out.ts");
});

test("refuses an own event in startedBy and completedBy, in another process's folder and in code", async () => {
  const diagnostics = await diagnose(
    {
      ...orderLifecycle,
      "order/processes/after/index.ts": configOf(
        `{ startedBy: ["OrderLifecycleFailed"], completedBy: ["OrderLifecycleTimedOut"], timeout: "1d" }`,
      ),
      "order/processes/after/on-order-lifecycle-failed.ts": handler,
    },
    { definitions: [inCode("code", { on: { CodeTimedOut: noop } })] },
  );
  expect(diagnostics.map(({ code, file }) => [code, file.split("/").slice(-2).join("/")])).toEqual([
    ["EVENT_RESERVED", "after/index.ts"],
    ["EVENT_RESERVED", "after/index.ts"],
    ["EVENT_RESERVED", "after/on-order-lifecycle-failed.ts"],
    ["EVENT_RESERVED", 'defineProcess("order/code")'],
  ]);
});

test("leaves an event alone that has the name of another process's own event, and is declared", async () => {
  const payment = {
    "payment/processes/payment/index.ts": configOf(`{ startedBy: ["PaymentBegun"], completedBy: ["PaymentDone"], timeout: "1d" }`),
    "payment/processes/payment/on-payment-begun.ts": handler,
    "payment/processes/payment/on-payment-done.ts": handler,
    "payment/processes/payment/on-payment-failed.ts": handler,
  };
  const files = {
    ...orderLifecycle,
    ...payment,
    [`${process}/on-payment-failed.ts`]: handler,
    "payment/events/payment-failed.ts": "",
    "payment/events/payment-begun.ts": "",
    "payment/events/payment-done.ts": "",
  };
  const { domain } = await load(files);
  expect(domain.definitions.find(({ name }) => name === "order-lifecycle")?.handlers.has("PaymentFailed")).toBe(true);
  expect(domain.definitions.find(({ name }) => name === "payment")?.failed).toBeDefined();
});

test("refuses an own event among the events of a definition in code", async () => {
  const definitions = [inCode("code", { events: ["OrderPlaced", "OrderFulfilled", "CodeFailed"] })];
  expect(await diagnose({}, { definitions })).toMatchObject([{ code: "EVENT_RESERVED", file: 'defineProcess("order/code")' }]);
});

test("two domain folders may not hold one process", async () => {
  const [first, second] = [await createFolder(orderLifecycle), await createFolder(orderLifecycle)];
  const error = await loadDomain({ domain: [first, second], definitions: [], readChart, commands: undefined }).catch(
    (thrown: unknown) => thrown,
  );
  expect(diagnosticsOf(error)).toMatchObject([{ code: "PROCESS_DUPLICATE", file: join(second, process) }]);
});

test("a domain folder that does not exist, or is a file, is the only thing that is reported", async () => {
  const folder = await createFolder({ "file.ts": "" });
  const codes = async (domain: string) =>
    loadDomain({ domain, definitions: [], readChart, commands: undefined }).then(
      () => [],
      (error: unknown) => codesOf(diagnosticsOf(error)),
    );
  expect(await codes(join(folder, "nowhere"))).toEqual(["DOMAIN_MISSING"]);
  expect(await codes(join(folder, "file.ts"))).toEqual(["DOMAIN_NOT_A_FOLDER"]);
});

test("a domain folder that cannot be looked at is reported as that, because it may exist", async () => {
  const folder = await createFolder({});
  // Whoever runs the tests may be allowed everything, so a circle of links stands for a folder that cannot be entered.
  symlinkSync("round", join(folder, "round"));
  const error = await loadDomain({ domain: join(folder, "round/domain"), definitions: [], readChart, commands: undefined }).catch(
    (thrown: unknown) => thrown,
  );
  expect(diagnosticsOf(error)).toMatchObject([{ code: "DOMAIN_UNREADABLE", reason: expect.stringContaining("ELOOP") as string }]);
});

test("names files below the working directory relative to it", async () => {
  const error = await loadDomain({ domain: "./nowhere/domain", definitions: [], readChart, commands: undefined }).catch(
    (thrown: unknown) => thrown,
  );
  expect(diagnosticsOf(error)[0]?.file).toBe("nowhere/domain");
});

test("the details of the error hold the warnings too, its message only the errors", async () => {
  const error = await load(withConfig("{ startedBy: [], completedBy: [events.OrderFulfilled] }")).catch((thrown: unknown) => thrown);
  expect(codesOf(diagnosticsOf(error))).toEqual(["STARTED_BY_INVALID", "TIMEOUT_MISSING"]);
  expect((error as Error).message).toContain("1 problem in");
  expect((error as Error).message).not.toContain("obscure");
});

const cancelledOf = (aggregate: string, more: object = {}) => ({
  [`${aggregate}/processes/order/index.ts`]: configOf(`{ startedBy: ["OrderPlaced"], completedBy: ["OrderClosed"], timeout: "1d" }`),
  [`${aggregate}/processes/order/on-order-placed.ts`]: handler,
  [`${aggregate}/processes/order/on-order-closed.ts`]: handler,
  [`${aggregate}/processes/order/on-order-cancelled.ts`]: handler,
  ...more,
});

test("takes on-<process>-cancelled for the cancelled handler, unless its aggregate declares an event of that name", async () => {
  const read = async (files: object) => {
    const { domain } = await load(files as Readonly<Record<string, string>>);
    const [definition] = domain.definitions;
    return [definition?.cancelled?.name, definition?.handlers.has("OrderCancelled")];
  };
  expect(await read(cancelledOf("shop"))).toEqual(["on-order-cancelled", false]);
  const declared = { "shop/events/order-placed.ts": "", "shop/events/order-closed.ts": "", "shop/events/order-cancelled.ts": "" };
  expect(await read(cancelledOf("shop", declared))).toEqual([undefined, true]);
});

test("refuses a cancelled handler where an event has its name too, and says how to say which is meant", async () => {
  const inConfig = cancelledOf("shop", {
    "shop/processes/order/index.ts": configOf(`{ startedBy: ["OrderPlaced"], completedBy: ["OrderCancelled"], timeout: "1d" }`),
  });
  const reserved = [
    {
      code: "EVENT_RESERVED",
      file: expect.stringContaining("order/on-order-cancelled.ts"),
      fix: expect.stringContaining("declare that with a file order-cancelled.ts under shop/events"),
    },
  ];
  const found = await diagnose(inConfig);
  expect(found.filter(({ code }) => code === "EVENT_RESERVED")).toMatchObject(reserved);
  const elsewhere = await diagnose(cancelledOf("shop", { "billing/events/order-cancelled.ts": "" }));
  expect(elsewhere.filter(({ code }) => code === "EVENT_RESERVED")).toMatchObject(reserved);
  const definitions = [inCode("code", { on: { OrderPlaced: noop, CodeCancelled: noop }, onCancelled: noop })];
  expect(await diagnose({}, { definitions })).toMatchObject([{ code: "EVENT_RESERVED", file: 'defineProcess("order/code")' }]);
});
