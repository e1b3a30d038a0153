import SqliteDatabase, { type Database } from "better-sqlite3";
import { AsyncLocalStorage } from "node:async_hooks";
import {
  type CommandOption,
  defineProcess,
  type HandlerDatabase,
  type HandlerStatement,
  ProcessError,
  type TransactionHandlerArgs,
} from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { assembleSystem } from "../../src/system/create-process-system.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { openTestSystem } from "../support/order-process.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

type Does = (args: TransactionHandlerArgs) => unknown;

function openShop(): Database {
  const shop = new SqliteDatabase(":memory:");
  onTestFinished(() => void shop.close());
  shop.exec("CREATE TABLE effects (command_id TEXT, n INTEGER); CREATE TABLE once (id TEXT PRIMARY KEY ON CONFLICT ROLLBACK)");
  return shop;
}

/** A command `book` in a transaction, which an order dispatches once for each of its `lines`; `effects` are what it has written. */
async function open(does: Does, { shop = openShop(), ...more }: { readonly shop?: Database } & Partial<CommandOption> = {}) {
  const calls: string[] = [];
  const definition = defineLifecycle({
    OrderPlaced: async ({ event, commands }) => {
      const { lines = 1 } = event.payload as { readonly lines?: number };
      for (let n = 1; n <= lines; n += 1) await commands["book"]!({ aggregateId: event.aggregateId, payload: { n } });
    },
    Booked: () => {},
  });
  const book = {
    transaction: true,
    handler: (args: TransactionHandlerArgs) => {
      calls.push(`${args.command.aggregateId} ${args.attempt}`);
      return does(args) as undefined;
    },
    retry: { maxRetries: 1, retryStrategy: "fixed", initialDelay: "1s" },
    ...more,
  } as CommandOption;
  const test = await openTestSystem({ definitions: [definition], store: shop, commands: { book } });
  const place = (aggregateId = "o-1", lines = 1) => test.dispatch({ type: "OrderPlaced", aggregateId, payload: { lines } });
  const effects = () => shop.prepare("SELECT count(*) FROM effects").pluck().get();
  return { test, shop, calls, place, effects };
}

const write = ({ database, command }: TransactionHandlerArgs) =>
  database.prepare("INSERT INTO effects (command_id, n) VALUES (?, ?)").run(command.commandId, (command.payload as { n: number }).n);

const ownTransaction = "transaction that it runs in";

describe("what a transactional handler writes", () => {
  it("is there with the settlement of its command, and the events that it returns are accepted in the same commit", async () => {
    const { test, place, effects, shop, calls } = await open((args) => {
      write(args);
      return { type: "Booked", aggregateId: args.command.aggregateId };
    });
    await place("o-1", 3);
    expect(effects()).toBe(3);
    expect(calls).toHaveLength(3);
    const journal = await test.system.processes.history(test.instance("o-1")!.processId);
    const each = (kind: string) =>
      journal.filter((entry) => entry.kind === kind).map(({ command, event }) => command?.commandId ?? event?.type);
    expect(each("handled")).toEqual(["OrderPlaced", "Booked", "Booked", "Booked"]);
    expect(shop.prepare("SELECT command_id FROM effects").pluck().all()).toEqual(each("command_handled"));
  });

  it.each([
    { point: "before-command", calls: 2 },
    { point: "after-command", calls: 1 },
  ] as const)("is there once although the system crashed $point", async ({ point, calls: expected }) => {
    const { test, place, effects, calls } = await open(write);
    test.crashAt(point);
    await place();
    expect(test.crashes).toBe(1);
    expect({ effects: effects(), calls: calls.length }).toEqual({ effects: 1, calls: expected });
    expect((await test.system.lag()).pendingCommands).toBe(0);
  });

  it("is there once although its commit reported a failure and had taken effect", async () => {
    const shop = openShop();
    let calls = 0;
    let isInDoubt = false;
    const definition = defineLifecycle({ OrderPlaced: ({ event, commands }) => commands["book"]!({ aggregateId: event.aggregateId }) });
    const handler = ({ database }: TransactionHandlerArgs) => {
      calls += 1;
      isInDoubt = calls === 1;
      database.exec("INSERT INTO effects (n) VALUES (1)");
    };
    const wrapStore = (store: Store): Store => ({
      ...store,
      transact: (work) => {
        const result = store.transact(work);
        if (!isInDoubt) return result;
        isInDoubt = false;
        throw new ProcessError("STORE_UNAVAILABLE", "the disk reported an error");
      },
    });
    const options = {
      definitions: [definition],
      store: shop,
      commands: { book: { transaction: true, handler } },
      logger: silentLogger,
    } as const;
    const { system } = await assembleSystem(options, { wrapStore });
    onTestFinished(() => system.stop());
    await system.start();
    await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await system.whenIdle();
    expect({ calls, effects: shop.prepare("SELECT count(*) FROM effects").pluck().get() }).toEqual({ calls: 1, effects: 1 });
    const [instance] = await system.processes.find({});
    expect((await system.processes.history(instance!.processId)).filter(({ kind }) => kind === "command_handled")).toHaveLength(1);
  });

  it("is undone if the handler throws, which is a failed attempt as any other, while what shares its commit stands", async () => {
    const { test, effects, calls } = await open((args) => {
      write(args);
      if (args.command.aggregateId === "bad") throw new Error("no stock");
    });
    await test.dispatch(["good", "bad", "fine"].map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    expect(effects()).toBe(2);
    await test.advance("1s");
    expect(calls.toSorted()).toEqual(["bad 1", "bad 2", "fine 1", "good 1"]);
    expect(effects()).toBe(2);
    expect(test.deadLetters()).toMatchObject([{ kind: "command", handler: "book", attempts: 2, error: { message: "no stock" } }]);
  });

  it("may be undone in part by a transaction of the handler's own", async () => {
    const { place, effects } = await open((args) => {
      write(args);
      const nested = args.database.transaction((fails: boolean) => {
        write(args);
        if (fails) throw new Error("only this part");
      });
      nested(false);
      expect(() => nested(true)).toThrow("only this part");
      args.database.exec("SAVEPOINT mine; INSERT INTO effects (n) VALUES (7); ROLLBACK TO mine; RELEASE mine");
      args.database.exec("CREATE TEMP TRIGGER t AFTER INSERT ON effects BEGIN DELETE FROM effects WHERE n = 'COMMIT;'; END; -- BEGIN\n");
    });
    await place();
    expect(effects()).toBe(2);
  });

  it("is there too where a chart has invoked the command, whose output comes back", async () => {
    const { createMachine } = await import("xstate");
    const shop = openShop();
    const machine = createMachine({
      initial: "booking",
      states: { booking: { invoke: { src: "book", onDone: "booked" } }, booked: { type: "final" } },
    });
    const definition = defineProcess({ aggregate: "order", name: "order-lifecycle", startedBy: ["OrderPlaced"], timeout: "7d", machine });
    const book: CommandOption = {
      transaction: true,
      handler: ({ database }) => {
        database.exec("INSERT INTO effects (n) VALUES (1)");
        return { booked: true };
      },
    };
    const test = await openTestSystem({ definitions: [definition], store: shop, commands: { book } });
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    expect(test.instance("o-1")).toMatchObject({ status: "completed", outcome: "booked" });
    expect(shop.prepare("SELECT count(*) FROM effects").pluck().get()).toBe(1);
  });
});

describe("a transactional handler", () => {
  it("that returns a promise has its writes undone, and a dead letter at once", async () => {
    const late: unknown[] = [];
    const { test, place, effects } = await open((args) => {
      write(args);
      return (async () => {
        await Promise.resolve();
        try {
          write(args);
        } catch (error) {
          late.push(error);
        }
        throw new Error("nobody waits for this");
      })();
    });
    await place();
    expect(effects()).toBe(0);
    expect(test.deadLetters()).toMatchObject([{ attempts: 1, error: { code: "TRANSACTION_INVALID" } }]);
    expect(test.deadLetters()[0]!.error.message).toContain("returned a promise");
    expect(late).toMatchObject([{ code: "TRANSACTION_OVER" }]);
  });

  const endings: Readonly<Record<string, (args: TransactionHandlerArgs, shop: Database) => unknown>> = {
    "commits through its database": ({ database }) => database.exec("-- done\n COMMIT"),
    "rolls back through its database": ({ database }) => database.prepare("ROLLBACK").run(),
    "begins another transaction": ({ database }) => database.exec("SELECT 1; BEGIN"),
    "closes its database": ({ database }) => Reflect.get(database, "close").call(database),
    "changes a setting": ({ database }) => Reflect.get(database, "pragma").call(database, "journal_mode = DELETE"),
    "attaches a file": ({ database }) => database.prepare("ATTACH ':memory:' AS other").run(),
    "rolls back by a conflict and goes on": ({ database }) => {
      database.exec("INSERT INTO once VALUES ('x')");
      expect(() => database.exec("INSERT INTO once VALUES ('x')")).toThrow("UNIQUE");
      database.exec("INSERT INTO effects (n) VALUES (9)");
    },
    "rolls back on another way": (_, shop) => void shop.exec("ROLLBACK"),
    "rolls back and begins anew on another way": (_, shop) => void shop.exec("ROLLBACK; BEGIN; INSERT INTO effects (n) VALUES (9)"),
    "releases what is not its own": (args) => {
      args.database.exec("RELEASE perdure_handler");
      write(args);
    },
  };
  it.each(Object.keys(endings))("that %s is refused with a sentence, and nothing of it or of others is lost", async (name) => {
    const shop = openShop();
    const { test, effects } = await open(
      (args) => {
        write(args);
        if (args.command.aggregateId === "bad") endings[name]!(args, shop);
      },
      { shop },
    );
    await test.dispatch(["good", "bad", "fine"].map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    expect(effects()).toBe(2);
    expect(shop).toMatchObject({ open: true, inTransaction: false });
    const [letter, ...more] = test.deadLetters();
    expect(more).toEqual([]);
    expect(letter).toMatchObject({ aggregateId: "bad", attempts: 1, error: { code: "TRANSACTION_INVALID" } });
    expect(letter!.error.message).toMatch(new RegExp(`${ownTransaction}|is not for a transactional handler`));
    expect((await test.system.lag()).accepted).toBe(3);
  });

  it("that commits on another way keeps others from nothing, and their counts", async () => {
    const shop = openShop();
    const { test } = await open(
      (args) => {
        write(args);
        if (args.command.aggregateId === "bad") shop.exec("COMMIT");
      },
      { shop },
    );
    await test.dispatch(["good", "bad", "fine"].map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    const count = (aggregateId: string) =>
      shop
        .prepare(
          "SELECT count(*) FROM effects JOIN perdure_journal j ON j.data LIKE '%' || command_id || '%' AND kind = 'command_handled' JOIN perdure_instances i USING (process_id) WHERE aggregate_id = ?",
        )
        .pluck()
        .get(aggregateId);
    expect([count("good"), count("fine"), count("bad")]).toEqual([1, 1, 0]);
    expect(test.deadLetters()).toMatchObject([{ aggregateId: "bad", error: { code: "TRANSACTION_INVALID" } }]);
    const lag = await test.system.lag();
    expect(lag).toMatchObject({ accepted: 3, waiting: 0, pendingCommands: 0 });
  });

  it("cannot use its database, or a statement of it, once it has returned, but by a later handler", async () => {
    let kept: HandlerDatabase | undefined;
    let statement: HandlerStatement | undefined;
    let rows: Iterator<unknown> | undefined;
    const { place, effects } = await open((args) => {
      kept ??= args.database;
      expect(args.database).toBe(kept);
      statement ??= args.database.prepare("INSERT INTO effects (n) VALUES (1)");
      statement.run();
      rows = args.database.prepare("SELECT n FROM effects").iterate();
      rows.next();
    });
    await place("o-1", 2);
    expect(effects()).toBe(2);
    for (const use of [() => statement!.run(), () => kept!.exec("SELECT 1"), () => kept!.prepare("SELECT 1"), () => rows!.next()]) {
      expect(use).toThrow(expect.objectContaining({ code: "TRANSACTION_OVER" }));
    }
    expect(kept!.open).toBe(false);
    expect(effects()).toBe(2);
  });

  it("is given what every command handler is given, and a signal that never aborts", async () => {
    const seen: unknown[] = [];
    const { test, place } = await open(
      ({ command, process, idempotencyKey, attempt, signal, payload }: TransactionHandlerArgs & { readonly payload?: unknown }) => {
        seen.push({ key: idempotencyKey === command.commandId, attempt, aborted: signal.aborted, process: process?.status, payload });
      },
    );
    await place();
    expect(seen).toEqual([{ key: true, attempt: 1, aborted: false, process: "started", payload: { n: 1 } }]);
    expect(test.deadLetters()).toEqual([]);
  });

  it("runs in no caller's async context", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { place } = await open(() => void seen.push(storage.getStore()));
    await storage.run("a request", () => place());
    expect(seen).toEqual([undefined]);
  });

  it("whose returned event has an asynchronous schema is a dead letter that says so", async () => {
    const shop = openShop();
    const folder = createTemporaryFolder({
      "order/events/booked.mjs": `export const payload = { "~standard": { version: 1, vendor: "test", validate: async (value) => ({ value }) } };`,
      "order/events/order-placed.mjs": "",
      "order/processes/order-lifecycle/index.mjs": `export const config = () => ({ startedBy: ["OrderPlaced"], completedBy: [], timeout: "7d" });`,
      "order/processes/order-lifecycle/on-order-placed.mjs": `export const handler = ({ event, commands }) => commands.book({ aggregateId: event.aggregateId });`,
      "order/processes/order-lifecycle/on-booked.mjs": `export const handler = () => {};`,
    });
    const book: CommandOption = { transaction: true, handler: () => ({ type: "Booked", aggregateId: "o-1" }) };
    const test = await openTestSystem({ domain: folder, store: { database: shop }, commands: { book } });
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    expect(test.deadLetters()).toMatchObject([{ error: { code: "SCHEMA_ASYNC" }, attempts: 1 }]);
  });

  it("fails where the test says so, before any of it runs, and goes on with the retry", async () => {
    const { test, place, effects, calls } = await open(write);
    test.fail("book");
    await place();
    expect({ effects: effects(), calls }).toEqual({ effects: 0, calls: [] });
    await test.advance("1s");
    expect({ effects: effects(), calls }).toEqual({ effects: 1, calls: ["o-1 2"] });
    expect(test.commands()).toMatchObject([{ type: "book", executedAt: expect.any(Date) }]);
  });

  it("keeps the order of its instance, and its limits", async () => {
    const order: unknown[] = [];
    const { test, place } = await open(({ command }) => void order.push((command.payload as { n: number }).n), {
      limits: { rate: "2/1m" },
    });
    await place("o-1", 4);
    expect(order).toEqual([1, 2]);
    await test.advance("1m");
    expect(order).toEqual([1, 2, 3, 4]);
  });
});

describe("a command with transaction = true", () => {
  const definitions = [defineLifecycle()];
  const load = (command: object, more: object = {}) =>
    openTestSystem({ definitions, commands: { book: { transaction: true, ...command } as CommandOption }, ...more });

  it.each([
    ["an async handler", { handler: async () => {} }, "a transaction cannot wait for a promise"],
    ["a timeout", { handler: () => {}, timeout: "5s" }, "nothing can cut it off"],
  ])("is refused with %s", async (_, command, reason) => {
    await expect(load(command)).rejects.toThrow(reason);
  });

  it("is refused with another value than true or false", async () => {
    await expect(load({ handler: () => {}, transaction: "yes" })).rejects.toThrow("transaction has to be true or false");
  });

  it("is refused on a store without an SQLite database", async () => {
    const { openSqliteStore } = await import("../../src/store/sqlite/sqlite-store.ts");
    const open = () => ({ ...openSqliteStore({ path: ":memory:", synchronous: "full" }), lending: undefined });
    await expect(load({ handler: () => {} }, { store: { open } })).rejects.toThrow("the store has no SQLite database to lend it");
  });
});
