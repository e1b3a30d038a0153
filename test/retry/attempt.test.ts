import { type CommandHandlerArgs, type HandlerArgs, ProcessError, type StagedCommand } from "perdure";
import type { TestSystemOptions } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { openTestSystem } from "../support/order-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { createGate } from "../support/gate.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const placed = { type: "OrderPlaced", aggregateId: "o-1" } as const;
const START = Date.parse("2026-01-01T00:00:00Z");

/** A system in which OrderPlaced is handled by `does`, with commands that note what they were given. */
async function open(does: (args: HandlerArgs) => unknown, options: TestSystemOptions = {}) {
  const executed: { type: string; aggregateId: string; payload: unknown; key: string }[] = [];
  const execute = ({ command, idempotencyKey }: CommandHandlerArgs<never>) =>
    void executed.push({ type: command.type, aggregateId: command.aggregateId, payload: command.payload, key: idempotencyKey });
  const definition = defineLifecycle({ OrderPlaced: does, PaymentReceived: () => {} }, { timeout: "365d" });
  const test = await openTestSystem({
    definitions: [definition],
    commands: { sendMail: execute, reserveStock: execute },
    patienceMs: 60,
    ...options,
  });
  return { test, executed, types: () => executed.map(({ type }) => type) };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "stored",
    (error: unknown) => (ProcessError.is(error) ? error.code : error),
  );

describe("a handler that dispatched two commands and then throws", () => {
  it("leaves neither behind; after the retry each exists once", async () => {
    const receipts: StagedCommand[] = [];
    const { test, executed } = await open(async ({ commands, event, attempt }) => {
      receipts.push(await commands.sendMail!({ aggregateId: event.aggregateId, text: "hello" }));
      receipts.push(await commands.reserveStock!({ aggregateId: event.aggregateId, delay: "1h", items: [1, 2] }));
      if (attempt === 1) throw new Error("too late");
    });
    await test.dispatch(placed);
    expect(executed).toEqual([]);
    expect(await test.system.lag()).toMatchObject({ pendingCommands: 0 });
    expect(await test.system.timers.list({ kind: "command" })).toEqual([]);

    await test.advance("1s");
    expect(executed).toMatchObject([{ type: "sendMail", aggregateId: "o-1", payload: { text: "hello" } }]);
    expect(await test.system.timers.list({ kind: "command" })).toMatchObject([
      { command: "reserveStock", dueAt: new Date(START + 3_600_000) },
    ]);
    await test.advance("2h");
    expect(executed).toHaveLength(2);
    expect(executed[1]).toMatchObject({ type: "reserveStock", payload: { items: [1, 2] } });
    const ids = receipts.map(({ commandId }) => commandId);
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
  });

  it("does the same where it never awaited them", async () => {
    const { test, types } = await open(({ commands, event: { aggregateId }, attempt }) => {
      void commands.sendMail!({ aggregateId });
      void commands.reserveStock!({ aggregateId });
      if (attempt === 1) throw new Error("too late");
    });
    await test.dispatch(placed);
    expect(types()).toEqual([]);
    await test.advance("1s");
    expect(types()).toEqual(["sendMail", "reserveStock"]);
  });
});

describe("a handler that never settles", () => {
  it("is told by its signal at handlerTimeout, counts as a failed attempt, and cannot dispatch any more", async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    const signals: AbortSignal[] = [];
    const first = createGate();
    let late: Promise<unknown> | undefined;
    const { test, types } = await open(
      async ({ commands, event: { aggregateId }, attempt, signal }) => {
        signals.push(signal);
        await commands.sendMail!({ aggregateId });
        if (attempt > 1) return;
        await first.opened;
        late = codeOf(commands.reserveStock!({ aggregateId }));
        await late;
      },
      { processes: { handlerTimeout: "10s" }, logger },
    );
    await test.dispatch(placed);
    await test.advance(9_999);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await test.advance(1);
    expect(signals[0]!.aborted).toBe(true);
    expect(ProcessError.is(signals[0]!.reason, "HANDLER_TIMEOUT")).toBe(true);
    expect(types()).toEqual([]);
    const [instance] = await test.system.processes.find();
    expect((await test.system.processes.history(instance!.processId)).at(-1)).toMatchObject({
      kind: "attempt_failed",
      attempt: 1,
      error: { code: "HANDLER_TIMEOUT" },
    });

    first.open();
    await test.settle();
    expect(await late).toBe("ATTEMPT_ENDED");
    expect(warnings.join()).toMatch(/"reserveStock" was dispatched after its attempt had ended/);

    await test.advance("1s");
    expect(signals).toHaveLength(2);
    expect(types()).toEqual(["sendMail"]);
    await test.advance("1d");
    expect(signals).toHaveLength(2);
    expect(signals[1]!.aborted).toBe(false);
    expect(types()).toEqual(["sendMail"]);
  });

  it("fails for good when every attempt hangs", async () => {
    let runs = 0;
    const { test } = await open(() => new Promise(() => (runs += 1)), { processes: { handlerTimeout: "10s", retry: { maxRetries: 2 } } });
    await test.dispatch(placed);
    await test.advance("1m");
    expect(runs).toBe(3);
    expect(await test.system.processes.find()).toMatchObject([{ status: "failed" }]);
    expect(await test.system.deadLetters.list()).toMatchObject([{ attempts: 3, error: { name: "ProcessError", code: "HANDLER_TIMEOUT" } }]);
  });

  it("may take up to the limit and no part of it is counted to the next attempt", async () => {
    const gates = [createGate(), createGate()];
    const { test } = await open(
      async ({ attempt }) => {
        await gates[attempt - 1]!.opened;
        if (attempt === 1) throw new Error("down");
      },
      { processes: { handlerTimeout: "10s" } },
    );
    await test.dispatch(placed);
    await test.advance("9s");
    gates[0]!.open();
    await test.settle();
    await test.advance("1s");
    await test.advance("9s");
    gates[1]!.open();
    await test.settle();
    const [instance] = await test.system.processes.find();
    expect((await test.system.processes.history(instance!.processId)).map(({ kind }) => kind)).toEqual([
      "started",
      "attempt_failed",
      "handled",
    ]);
  });

  it("is given the time a command handler has too", async () => {
    const reasons: unknown[] = [];
    const { test } = await open(({ commands, event: { aggregateId } }) => commands.hang!({ aggregateId }), {
      processes: { handlerTimeout: "10s", retry: { maxRetries: 0 } },
      commands: {
        hang: ({ signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => {
              reasons.push(signal.reason);
              reject(signal.reason);
            });
          }),
      },
    });
    await test.dispatch(placed);
    await test.advance(9_999);
    expect(reasons).toEqual([]);
    await test.advance(1);
    expect(reasons).toMatchObject([{ code: "HANDLER_TIMEOUT" }]);
    expect(await test.system.deadLetters.list()).toMatchObject([{ kind: "command", handler: "hang", error: { code: "HANDLER_TIMEOUT" } }]);
  });
});

describe("a command that a handler dispatches", () => {
  it("belongs to the attempt although it is not awaited", async () => {
    const { test, types } = await open(({ commands, event: { aggregateId } }) => {
      void commands.sendMail!({ aggregateId });
      void commands.reserveStock!({ aggregateId });
    });
    await test.dispatch(placed);
    expect(types()).toEqual(["sendMail", "reserveStock"]);
  });

  it("is stored or refused, and never lost, at whatever moment around the handler's end it is dispatched", async () => {
    const outcomes: Promise<unknown>[] = [];
    const { test, executed } = await open(({ commands, event: { aggregateId } }) => {
      void commands.sendMail!({ aggregateId });
      const dispatchLate = async () => {
        for (let hops = Number(aggregateId); hops > 0; hops -= 1) await Promise.resolve();
        return commands.reserveStock!({ aggregateId });
      };
      outcomes[Number(aggregateId)] = codeOf(dispatchLate());
    });
    const hops = Array.from({ length: 24 }, (_, index) => index);
    await test.dispatch(hops.map((count) => ({ type: "OrderPlaced", aggregateId: String(count) })));
    const said = await Promise.all(outcomes);
    const stored = new Set(executed.filter(({ type }) => type === "reserveStock").map(({ aggregateId }) => Number(aggregateId)));
    expect(said).toEqual(hops.map((count) => (stored.has(count) ? "stored" : "ATTEMPT_ENDED")));
    expect(said[0]).toBe("stored");
    expect(said.at(-1)).toBe("ATTEMPT_ENDED");
  });

  it("is refused when the handler's signal aborts, because the attempt has ended by then", async () => {
    const said: Promise<unknown>[] = [];
    const { test, types } = await open(
      ({ commands, event: { aggregateId }, signal }) =>
        new Promise<void>((resolve) =>
          signal.addEventListener("abort", () => {
            said.push(codeOf(commands.sendMail!({ aggregateId })));
            resolve();
          }),
        ),
      { processes: { handlerTimeout: "10s", retry: { retryStrategy: "none" } } },
    );
    await test.dispatch(placed);
    await test.advance("10s");
    expect([await Promise.all(said), types()]).toEqual([["ATTEMPT_ENDED"], []]);
  });

  it("is stored or refused, and never lost, while the schema of another is still being asked", async () => {
    const domain = createTemporaryFolder({
      "order/commands/check-slowly.ts": `
        export const payload = { "~standard": { version: 1, vendor: "test",
          validate: (value) => new Promise((resolve) => setTimeout(() => resolve({ value }), 30)) } };
        export async function handler() {}`,
    });
    let said: Promise<unknown> | undefined;
    const { test, types } = await open(
      ({ commands, event: { aggregateId } }) => {
        void commands.checkSlowly!({ aggregateId });
        said = new Promise((resolve) => setTimeout(() => resolve(codeOf(commands.sendMail!({ aggregateId }))), 5));
      },
      { domain, patienceMs: 500 },
    );
    await test.dispatch(placed);
    expect(await said).toBe(types().includes("sendMail") ? "stored" : "ATTEMPT_ENDED");
  });

  it("fails the handler without retries where its schema refuses the payload, awaited or not, caught or not", async () => {
    const domain = createTemporaryFolder({
      "order/commands/charge.ts": `
        export const payload = { "~standard": { version: 1, vendor: "test", validate: () => ({ issues: [{ message: "not today" }] }) } };
        export async function handler() {}`,
    });
    for (const mode of ["awaited", "not awaited", "caught"]) {
      let runs = 0;
      const { test } = await open(
        async ({ commands, event: { aggregateId } }) => {
          runs += 1;
          void commands.reserve!({ aggregateId });
          const charge = commands.charge!({ aggregateId });
          if (mode === "awaited") await charge;
          if (mode === "caught") await charge.catch(() => {});
        },
        { domain, commands: { reserve: () => {} } },
      );
      await test.dispatch(placed);
      await test.advance("1d");
      expect(runs).toBe(1);
      expect(await test.system.processes.find()).toMatchObject([{ status: "failed" }]);
      expect(await test.system.deadLetters.list()).toMatchObject([{ attempts: 1, error: { code: "COMMAND_PAYLOAD_INVALID" } }]);
      expect(await test.system.lag()).toMatchObject({ pendingCommands: 0 });
    }
  });

  it("is tried again where its schema throws, because what the schema asks may answer then", async () => {
    const domain = createTemporaryFolder({
      "order/commands/charge.ts": `
        let asked = 0;
        const validate = async (value: unknown) => {
          asked += 1;
          if (asked === 1) throw new Error("no database");
          return { value };
        };
        export const payload = { "~standard": { version: 1, vendor: "test", validate } };
        export async function handler() {}`,
    });
    let runs = 0;
    const { test } = await open(
      async ({ commands, event: { aggregateId } }) => {
        runs += 1;
        await commands.charge!({ aggregateId });
      },
      { domain },
    );
    await test.dispatch(placed);
    await test.advance("1d");
    expect(runs).toBe(2);
    expect(await test.system.deadLetters.list()).toEqual([]);
  });

  it("is checked by the schema beside its handler, and arrives as the schema made it", async () => {
    const domain = createTemporaryFolder({
      "order/commands/charge.ts": `
        export const payload = { "~standard": { version: 1, vendor: "test", validate: (value) =>
          typeof value.total === "number" ? { value: { currency: "EUR", ...value } } : { issues: [{ message: "expected number", path: ["total"] }] } } };
        export async function handler({ command }) { (globalThis.charged ??= []).push(command.payload); }`,
    });
    const totals: unknown[] = [7, "seven"];
    const { test } = await open(
      ({ commands, event: { aggregateId } }) => commands.charge!({ aggregateId, total: totals[Number(aggregateId)] }),
      { domain },
    );
    await test.dispatch([
      { ...placed, aggregateId: "0" },
      { ...placed, aggregateId: "1" },
    ]);
    expect((globalThis as { charged?: unknown }).charged).toEqual([{ currency: "EUR", total: 7 }]);
    const letters = await test.system.deadLetters.list();
    expect(letters).toMatchObject([{ aggregateId: "1", attempts: 1, error: { code: "COMMAND_PAYLOAD_INVALID" } }]);
    expect(letters[0]!.error.message).toContain("total: expected number");
  });

  it.each<[string, (args: HandlerArgs) => Promise<unknown>, string, RegExp]>([
    ["nothing handles it", ({ commands }) => commands.sendMale!({ aggregateId: "o-1" }), "COMMAND_UNKNOWN", /sendMale.*\n.*sendMail/],
    ["it names no aggregate", ({ commands }) => commands.sendMail!({ text: "hello" } as never), "COMMAND_INVALID", /aggregateId/],
    ["it is given nothing", ({ commands }) => commands.sendMail!(undefined as never), "COMMAND_INVALID", /aggregateId/],
    ["its delay is none", ({ commands }) => commands.sendMail!({ aggregateId: "o-1", delay: "1mo" }), "DURATION_INVALID", /"1mo"/],
    [
      "its payload is no JSON",
      ({ commands }) => commands.sendMail!({ aggregateId: "o-1", at: new Date(0) }),
      "COMMAND_PAYLOAD_INVALID",
      /payload\.at is a Date/,
    ],
  ])("fails the handler without retries where %s", async (_, does, code, message) => {
    const { test, executed } = await open(does);
    await test.dispatch(placed);
    await test.advance("1d");
    const [letter] = await test.system.deadLetters.list();
    expect(letter).toMatchObject({ attempts: 1, error: { code } });
    expect(letter!.error.message).toMatch(message);
    expect(executed).toEqual([]);
  });

  it("has a receipt with its id and moment, and the same key on every attempt", async () => {
    const receipts: StagedCommand[] = [];
    const keys: string[] = [];
    const { test } = await open(
      async ({ commands, event: { aggregateId } }) => receipts.push(await commands.sendMail!({ aggregateId, delay: "90s" })),
      {
        commands: {
          sendMail: ({ command, idempotencyKey, attempt }: CommandHandlerArgs<never>) => {
            keys.push(`${command.commandId} ${idempotencyKey} ${attempt}`);
            if (attempt < 3) throw new Error("down");
          },
        },
      },
    );
    await test.dispatch(placed);
    await test.advance("1h");
    const [receipt] = receipts;
    expect(receipt!.dueAt).toEqual(new Date(START + 90_000));
    expect(keys).toEqual([1, 2, 3].map((attempt) => `${receipt!.commandId} ${receipt!.commandId} ${attempt}`));
  });
});
