import SqliteDatabase, { type Database } from "better-sqlite3";
import type { TransactionHandlerArgs } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { openTestSystem } from "../support/order-process.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** Those who count money in whole numbers have their connection give bigints. */
const wantBigints = (shop: Database) => void shop.defaultSafeIntegers(true);

function openShop(): Database {
  const shop = new SqliteDatabase(`${createTemporaryFolder()}/shop.db`);
  onTestFinished(() => void shop.close());
  shop.exec("CREATE TABLE ledger (id INTEGER PRIMARY KEY, cents INTEGER)");
  return shop;
}

async function open(shop: Database) {
  const read: unknown[] = [];
  let [handled, charged] = [0, 0];
  const fail = () => {
    throw new Error("500");
  };
  const definition = defineLifecycle({
    OrderPlaced: async ({ event, commands }) => {
      if (event.aggregateId === "failing") {
        handled += 1;
        fail();
      }
      await commands["book"]!({ aggregateId: event.aggregateId });
      if (event.aggregateId === "o-2") await commands["charge"]!({ aggregateId: event.aggregateId });
    },
  });
  const book = {
    transaction: true as const,
    handler: ({ database }: TransactionHandlerArgs) => {
      const { lastInsertRowid } = database.prepare("INSERT INTO ledger (cents) VALUES (100)").run();
      read.push(lastInsertRowid, database.prepare("SELECT cents FROM ledger").pluck().get());
    },
  };
  const charge = () => {
    charged += 1;
    fail();
  };
  const test = await openTestSystem({
    definitions: [definition],
    store: { database: shop },
    commands: { book, charge },
    processes: { retry: { maxRetries: 1, retryStrategy: "fixed", initialDelay: "1s" } },
    logger: silentLogger,
  });
  return { test, read, attempts: () => [handled, charged] };
}

describe("a program's connection that gives bigints", () => {
  it.each(["before the system is made", "while the system runs"])("is Perdure's as well, when it is told so %s", async (moment) => {
    const shop = openShop();
    if (moment.startsWith("before")) wantBigints(shop);
    const { test, read, attempts } = await open(shop);
    wantBigints(shop);
    const { system } = test;
    for (const aggregateId of ["o-1", "o-2", "failing"]) await test.dispatch({ type: "OrderPlaced", aggregateId });
    shop.transaction(() => system.enqueue({ type: "OrderPlaced", aggregateId: "o-3" }))();
    await test.settle();
    await test.advance("1s");
    expect(attempts()).toEqual([2, 2]);
    expect((await system.deadLetters.list()).map(({ aggregateId }) => aggregateId).toSorted()).toEqual(["failing", "o-2"]);
    const found = await system.processes.find({});
    expect(found.map(({ aggregateId, status }) => `${aggregateId} ${status}`).toSorted()).toEqual([
      "failing failed",
      "o-1 started",
      "o-2 failed",
      "o-3 started",
    ]);
    expect(await system.lag()).toMatchObject({ inbox: 0, accepted: 4 });
    expect((await system.storage()).bytes).toBeTypeOf("number");
    expect(await system.prune()).toBe(0);
    // The program's statements, and those of its transactional handlers, give what the program wants.
    expect(read).toEqual([1n, 100n, 2n, 100n, 3n, 100n]);
    expect(shop.prepare("SELECT count(*) FROM ledger").pluck().get()).toBe(3n);
    await test.stop();
  });

  it("is found again by what is known of it, after a stop", async () => {
    const shop = openShop();
    wantBigints(shop);
    const { test } = await open(shop);
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await test.system.stop();
    await test.system.start();
    expect(test.instance("o-1")).toMatchObject({ status: "started" });
    await test.stop();
  });
});
