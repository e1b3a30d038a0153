import { defineProcess, type ProcessDefinition } from "perdure";
import type { TestSystemOptions } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { handler, index, load, diagnose, orderLifecycle } from "../definition/domain-folder.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { openTestSystem } from "../support/order-process.ts";

const placed = { type: "OrderPlaced", aggregateId: "o-1" } as const;
const START = Date.parse("2026-01-01T00:00:00Z");

/** A process whose handler fails, or dispatches `work`; what has been attempted, and when. */
function failing(options: Partial<Parameters<typeof defineLifecycle>[1]>): ProcessDefinition {
  return defineLifecycle({ OrderPlaced: () => Promise.reject(new Error("down")) }, { timeout: "365d", ...options });
}

const dispatching = defineLifecycle(
  { OrderPlaced: ({ commands, event }) => commands.work!({ aggregateId: event.aggregateId, number: 1 }) },
  { timeout: "365d" },
);

async function lettersOf(options: TestSystemOptions, during = "1h") {
  const test = await openTestSystem({ patienceMs: 50, ...options });
  await test.dispatch(placed);
  await test.advance(during);
  return test.deadLetters().map(({ attempts, lastFailedAt, error }) => ({
    attempts,
    after: lastFailedAt.getTime() - START,
    code: error.code,
    message: error.message,
  }));
}

describe("the retries of one process", () => {
  it("are its own where it says so", async () => {
    const definitions = [failing({ retry: { maxRetries: 1, initialDelay: "5s" } })];
    expect(await lettersOf({ definitions })).toMatchObject([{ attempts: 2, after: 5_000 }]);
  });

  it("are the system's in what it leaves out", async () => {
    const definitions = [failing({ retry: { maxRetries: 2 } })];
    const processes = { retry: { retryStrategy: "fixed", initialDelay: "7s", maxRetries: 9 } } as const;
    expect(await lettersOf({ definitions, processes })).toMatchObject([{ attempts: 3, after: 14_000 }]);
  });

  it("are told by its machine", async () => {
    const test = await openTestSystem({ definitions: [failing({ retry: { maxRetries: 1 } })] });
    expect(test.system.machines["order/order-lifecycle"]!.root.meta).toMatchObject({ retry: { maxRetries: 1, factor: 2 } });
  });
});

describe("the time limit of one process", () => {
  it("ends its attempts, and the error says what to raise", async () => {
    const slow = defineLifecycle(
      { OrderPlaced: () => new Promise(() => {}) },
      { timeout: "365d", handlerTimeout: "5s", retry: { maxRetries: 0 } },
    );
    expect(await lettersOf({ definitions: [slow] })).toMatchObject([
      {
        attempts: 1,
        after: 5_000,
        code: "HANDLER_TIMEOUT",
        message: expect.stringContaining("the handlerTimeout of order/order-lifecycle"),
      },
    ]);
  });

  it("is not that of another, which begins first and ends last", async () => {
    const ended: string[] = [];
    const define = (name: string, handlerTimeout: "1m" | "5s") =>
      defineProcess({
        aggregate: "order",
        name,
        startedBy: ["OrderPlaced"],
        completedBy: ["OrderFulfilled"],
        timeout: "365d",
        handlerTimeout,
        retry: { maxRetries: 0 },
        on: { OrderPlaced: ({ signal }) => new Promise(() => signal.addEventListener("abort", () => ended.push(name))) },
      });
    const test = await openTestSystem({ definitions: [define("a-slow", "1m"), define("b-quick", "5s")], patienceMs: 50 });
    await test.dispatch(placed);
    await test.advance("5s");
    expect(ended).toEqual(["b-quick"]);
    await test.advance("54s");
    expect(ended).toEqual(["b-quick"]);
    await test.advance("1s");
    expect(ended).toEqual(["b-quick", "a-slow"]);
    expect(await test.system.lag()).toMatchObject({ running: 0 });
  });
});

describe("an entry of the option commands", () => {
  it("says retries and a time limit of its own", async () => {
    const work = { handler: () => new Promise<never>(() => {}), retry: { maxRetries: 1, initialDelay: "2s" }, timeout: "3s" } as const;
    expect(await lettersOf({ definitions: [dispatching], commands: { work } })).toMatchObject([
      { attempts: 2, after: 8_000, message: expect.stringContaining("the timeout of the command work") },
    ]);
  });

  it("checks the payload by its schema", async () => {
    const payload = {
      "~standard": { version: 1, vendor: "test", validate: () => ({ issues: [{ message: "expected a text", path: ["number"] }] }) },
    } as const;
    const letters = await lettersOf({ definitions: [dispatching], commands: { work: { handler: () => {}, payload } } });
    expect(letters).toMatchObject([{ attempts: 1, code: "COMMAND_PAYLOAD_INVALID" }]);
  });

  it.each([
    ["no handler", { payload: undefined }, "has to be a function, but is undefined", "commands.work.handler"],
    ["a key that it does not know", { handler: () => {}, queue: true }, 'no key "queue"', "handler, payload, retry"],
    ["a misspelt key", { handler: () => {}, limit: {} }, 'did you mean "limits"?', "Rename it to limits."],
    ["what is no schema", { handler: () => {}, payload: 1 }, "payload has to be a Standard Schema", "leave it out"],
    ["a wrong rate", { handler: () => {}, limits: { rate: "100/fortnight" } }, 'limits.rate is "100/fortnight"', '"100/1m"'],
    [
      "parallel that is neither true nor false",
      { handler: () => {}, parallel: "yes" },
      "parallel has to be true or false",
      "Write true if each",
    ],
    ["a wrong timeout", { handler: () => {}, timeout: 0 }, "timeout is 0", "longer than nothing"],
  ])("is refused with %s", async (_, work, reason, fix) => {
    const [found] = await diagnose({}, { domain: [], definitions: [dispatching], commands: { work: work as never } });
    expect(found).toMatchObject({ severity: "error", file: "commands.work" });
    expect(found?.reason).toContain(reason);
    expect(found?.fix).toContain(fix);
  });
});

describe("the files of a domain", () => {
  const process = "order/processes/order-lifecycle";
  const file = "order/commands/send-mail.ts";
  const withCommand = (text: string) => ({ ...orderLifecycle, [file]: `${handler}\n${text}` });
  const withConfig = (text: string) => ({
    ...orderLifecycle,
    [`${process}/index.ts`]: index.replace('timeout: "7d",', `timeout: "7d", ${text}`),
  });

  it("say the same of a process and of a command", async () => {
    const { domain } = await load({
      ...withConfig('retry: { maxRetries: 7 }, handlerTimeout: "2m"'),
      [file]: `${handler}
        export const retry = { retryStrategy: "none" };
        export const timeout = "5m";
        export const limits = { concurrency: 2, rate: "100/1m", key: "customerId" };`,
    });
    expect(domain.definitions[0]!.settings).toEqual({ retry: { maxRetries: 7 }, timeoutMs: 120_000 });
    const command = domain.commands.get("sendMail")!;
    expect(command.settings).toEqual({ retry: { retryStrategy: "none" }, timeoutMs: 300_000 });
    expect(command.limits).toMatchObject({ concurrency: 2, rate: { count: 100, windowMs: 60_000 } });
    expect(command.limits!.keyOf!({ payload: { customerId: "c-1" } } as never)).toBe("c-1");
  });

  it("keep what the option commands does not say", async () => {
    const files = withCommand('export const timeout = "5m"; export const limits = { concurrency: 2 };');
    const { domain } = await load(files, { commands: { sendMail: { handler: () => {}, limits: { concurrency: 9 } } } });
    expect(domain.commands.get("sendMail")).toMatchObject({ settings: { timeoutMs: 300_000 }, limits: { concurrency: 9 } });
  });

  it.each([
    ["a process", withConfig("retry: { maxRetires: 7 }"), `${process}/index.ts`, "retry.maxRetires is not an option", "maxRetries"],
    ["a process", withConfig("retry: 3"), `${process}/index.ts`, "retry is 3", "an object"],
    ["a process", withConfig('handlerTimeout: "0s"'), `${process}/index.ts`, 'handlerTimeout is "0s"', "longer than nothing"],
    ["a command", withCommand("export const retry = { factor: 0.5 };"), file, "retry.factor is 0.5", "a number from 1"],
    ["a command", withCommand('export const timeout = "soon";'), file, 'timeout is "soon"', '"90s"'],
    ["a command", withCommand('export const limits = { rate: "100/fortnight" };'), file, 'limits.rate is "100/fortnight"', '"100/1m"'],
    ["a command", withCommand('export const limits = { rate: "0/1m" };'), file, 'limits.rate is "0/1m"', "from 1"],
    ["a command", withCommand("export const limits = { rate: 100 };"), file, "limits.rate is 100", '"100/1m"'],
    ["a command", withCommand("export const limits = { concurrency: 0 };"), file, "limits.concurrency is 0", "a whole number from 1"],
    ["a command", withCommand("export const limits = { key: 5 };"), file, "limits.key is 5", "the name of a field"],
    ["a command", withCommand("export const limits = { rates: 5 };"), file, "limits.rates is not an option", "concurrency, rate, key"],
  ])("are refused where %s says what is not understood", async (_, files, place, reason, fix) => {
    const found = (await diagnose(files)).find(({ code }) => code === "SETTING_INVALID");
    expect(found).toMatchObject({ severity: "error", file: expect.stringContaining(place) });
    expect(found?.reason).toContain(reason);
    expect(found?.fix).toContain(fix);
  });
});
