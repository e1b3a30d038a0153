import { createProcessSystem, ProcessError, type ProcessSystemOptions } from "perdure";
import { describe, expect, test as it } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const definition = defineLifecycle();

/** What a system with these options is refused with. They are as a program in JavaScript may give them. */
async function refusalOf(options: unknown): Promise<{ code: string; message: string; hint: string }> {
  const error: unknown = await createProcessSystem({
    definitions: [definition],
    store: { path: ":memory:" },
    ...(options as ProcessSystemOptions),
  }).then(
    async (system) => {
      await system.stop();
      return new Error("it was accepted");
    },
    (error: unknown) => error,
  );
  if (!ProcessError.is(error)) throw error;
  return { code: error.code, message: error.message, hint: error.hint ?? "" };
}

describe("an option that is not known", () => {
  it.each<[string, unknown, RegExp]>([
    ["at the top", { stroe: {} }, /store/],
    ["in store", { store: { path: ":memory:", sychronous: "full" } }, /synchronous/],
    ["in processes", { processes: { retries: 3 } }, /retry/],
    ["in processes.retry", { processes: { retry: { maxRetires: 3 } } }, /maxRetries/],
    ["in limits", { limits: { payloads: "1MB" } }, /payload, context, id, events/],
    ["in processes.dlq", { processes: { dlq: { type: "sqlite", path: "x.db", file: 1 } } }, /path/],
  ])("is refused with the names that are known: %s", async (_, options, hint) => {
    const refusal = await refusalOf(options);
    expect(refusal.code).toBe("CONFIG_INVALID");
    expect(refusal.hint).toMatch(hint);
  });
});

describe("an option with a wrong value", () => {
  it.each<[string, unknown]>([
    ["processes.retry.retryStrategy", { processes: { retry: { retryStrategy: "quadratic" } } }],
    ["processes.retry.maxRetries", { processes: { retry: { maxRetries: -1 } } }],
    ["processes.retry.maxRetries", { processes: { retry: { maxRetries: 1.5 } } }],
    ["processes.retry.maxRetries", { processes: { retry: { maxRetries: "3" } } }],
    ["processes.retry.maxRetries", { processes: { retry: { maxRetries: Number.POSITIVE_INFINITY } } }],
    ["processes.retry.initialDelay", { processes: { retry: { initialDelay: "1mo" } } }],
    ["processes.retry.initialDelay", { processes: { retry: { initialDelay: -1 } } }],
    ["processes.retry.maxDelay", { processes: { retry: { maxDelay: "soon" } } }],
    ["processes.retry.factor", { processes: { retry: { factor: 0.5 } } }],
    ["processes.retry.factor", { processes: { retry: { factor: Number.NaN } } }],
    ["processes.retry.jitter", { processes: { retry: { jitter: 1.1 } } }],
    ["processes.retry.jitter", { processes: { retry: { jitter: -0.1 } } }],
    ["processes.retry.jitter", { processes: { retry: { jitter: Number.NaN } } }],
    ["processes.retry", { processes: { retry: 3 } }],
    ["processes.handlerTimeout", { processes: { handlerTimeout: "1h30m" } }],
    ["processes.handlerTimeout", { processes: { handlerTimeout: "" } }],
    ["processes.handlerTimeout", { processes: { handlerTimeout: 0 } }],
    ["processes.concurrency", { processes: { concurrency: 0 } }],
    ["processes.concurrency", { processes: { concurrency: Number.POSITIVE_INFINITY } }],
    ["processes.dlq.type", { processes: { dlq: { type: "redis", path: "x.db" } } }],
    ["processes.dlq.path", { processes: { dlq: { type: "sqlite", path: "" } } }],
    ["processes.dlq", { processes: { dlq: "./dlq.db" } }],
    ["processes", { processes: [] }],
    ["limits.payload", { limits: { payload: "16 megabytes" } }],
    ["limits.payload", { limits: { payload: "1GB" } }],
    ["limits.payload", { limits: { payload: 1 } }],
    ["limits.payload", { limits: { payload: Number.NaN } }],
    ["limits.payload", { limits: { payload: true } }],
    ["limits.id", { limits: { id: 35 } }],
    ["limits.id", { limits: { id: "-1kB" } }],
    ["limits.events", { limits: { events: 999 } }],
    ["limits.events", { limits: { events: "1000" } }],
    ["processes.handlerTimeout", { processes: { handlerTimeout: "0.0001ms" } }],
    ["store.type", { store: { type: "postgres" } }],
    ["store.path", { store: { path: "" } }],
    ["store.path", { store: { path: 7 } }],
    ["store.synchronous", { store: { path: ":memory:", synchronous: "off" } }],
    ["store.driver", { store: { path: ":memory:", driver: "sqlite3" } }],
    ["store.driver", { store: { database: { open: true, name: "shop.db", prepare: () => {} }, driver: "node:sqlite" } }],
    ["store", { store: "./perdure.db" }],
    ["dispatchCommand", { dispatchCommand: "bus" }],
    ["inspect", { inspect: true }],
    ["clock", { clock: { now: () => 0 } }],
    ["logger", { logger: { log: () => {} } }],
    ["definitions", { definitions: definition }],
    ["commands", { commands: [] }],
    ["domain", { domain: 7 }],
  ])("is refused by its name, with what is allowed: %s %j", async (name, options) => {
    const refusal = await refusalOf(options);
    expect(refusal.code).toBe("CONFIG_INVALID");
    expect(refusal.message).toMatch(new RegExp(`^${name.replaceAll(".", "\\.")}\\b`));
    expect(refusal.hint).toMatch(/\S/);
  });

  it("is refused where it is a connection of a node:sqlite that does not tell enough, or one that is closed", async () => {
    const old = { prepare: () => {}, exec: () => {}, open: () => {}, close: () => {} };
    for (const store of [old, { database: old }, { path: old }]) {
      expect(await refusalOf({ store: store as never })).toMatchObject({
        code: "DRIVER_UNUSABLE",
        message: expect.stringMatching(/does not tell whether a transaction is open\n {2}Run Node 22\.16 or later/) as string,
      });
    }
    const closed = { ...old, isOpen: false, isTransaction: false, location: () => expect.unreachable("it is closed") };
    expect(await refusalOf({ store: { database: closed } as never })).toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.stringMatching(/node:sqlite given as store is closed\n {2}Open it before/) as string,
    });
  });

  it("is refused also where two options exclude each other", async () => {
    const refusal = await refusalOf({ commands: {}, dispatchCommand: () => {} });
    expect(refusal).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringMatching(/commands and dispatchCommand/) as string });
  });

  it("is refused before anything is opened or imported, whatever it is", async () => {
    await expect(createProcessSystem(null as never)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(createProcessSystem("domain" as never)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(createProcessSystem(null as never)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(createProcessSystem("./domain" as never)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});

it("every option may be left out or be undefined", async () => {
  const options = {
    domain: undefined,
    commands: undefined,
    dispatchCommand: undefined,
    processes: undefined,
    clock: undefined,
    logger: undefined,
    inspect: undefined,
  };
  const system = await createProcessSystem({ definitions: [definition], store: { path: ":memory:" }, ...options } as never);
  await system.start();
  await system.stop();
});
