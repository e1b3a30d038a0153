import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, openDeadLetters, ProcessError, type ProcessSystemOptions } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { createSite, type Site } from "../processes/remote-system.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { event, expectAgreement, instanceOf, openFailingOrders, place, theLetter, type FailingOrders } from "./failing-orders.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

/** An order system in files, with a file of its own for the dead letters. */
async function open(): Promise<{ readonly orders: FailingOrders; readonly dlq: string }> {
  const folder = createTemporaryFolder();
  const dlq = join(folder, "letters/dlq.db");
  const orders = await openFailingOrders({
    store: { path: join(folder, "perdure.db") },
    processes: { retry: { retryStrategy: "fixed", initialDelay: "1s", maxRetries: 1 }, dlq: { type: "sqlite", path: dlq } },
  });
  return { orders, dlq };
}

function openBox(path: string) {
  const box = openDeadLetters(path);
  onTestFinished(() => box.close());
  return box;
}

interface Row {
  readonly dead_letter_id: string;
  readonly status: string;
  readonly reason: string | null;
}

function readRows(path: string): readonly Row[] {
  const database = new SqliteDatabase(path, { readonly: true });
  try {
    return database.prepare("SELECT * FROM perdure_dead_letters").all() as Row[];
  } finally {
    database.close();
  }
}

async function fail(orders: FailingOrders): Promise<string> {
  await place(orders);
  orders.broken.add("paid");
  await orders.test.dispatch([event("PaymentReceived", "paid"), event("AddressChanged", "moved")]);
  await orders.test.advance("1s");
  orders.broken.clear();
  orders.takeRan();
  return (await theLetter(orders)).id;
}

describe("dlq.path of its own", () => {
  it("receives each letter exactly once, readable by openDeadLetters and by any SQLite client", async () => {
    const { orders, dlq } = await open();
    const id = await fail(orders);
    const box = openBox(dlq);
    expect([...(await box.list())]).toEqual([await theLetter(orders)]);
    expect(await box.get(id)).toEqual(await theLetter(orders));
    expect(readRows(dlq)).toMatchObject([
      { dead_letter_id: id, process: "order/order-lifecycle", aggregate_id: "o-1", status: "open", attempts: 2 },
    ]);
    await orders.test.restart();
    expect(readRows(dlq)).toHaveLength(1);
    expect(await box.get("no such id")).toBeUndefined();
  });

  it("follows what is settled in the system", async () => {
    const { orders, dlq } = await open();
    const id = await fail(orders);
    await orders.test.system.deadLetters.discard(id, { reason: "by hand" });
    await orders.test.settle();
    const box = openBox(dlq);
    expect(await box.get(id)).toMatchObject({ status: "discarded", reason: "by hand" });
    expect([...(await box.list())]).toEqual([]);
    expect([...(await box.list({ status: "discarded" }))]).toEqual([
      ...(await orders.test.system.deadLetters.list({ status: "discarded" })),
    ]);
    expect(readRows(dlq)).toMatchObject([{ status: "discarded", reason: "by hand" }]);
  });

  it("settles a letter on both sides when it is retried from the file, once", async () => {
    const { orders, dlq } = await open();
    const id = await fail(orders);
    const box = openBox(dlq);
    await box.retry(id);
    await orders.test.settle();
    expect(orders.takeRan()).toEqual(["PaymentReceived paid", "AddressChanged moved"]);
    expect(await orders.test.system.deadLetters.get(id)).toMatchObject({ status: "retried" });
    await until(
      async () => (await box.get(id))!.status,
      (status) => status === "retried",
    );
    expect((await instanceOf(orders)).status).toBe("started");
    await expect(box.retry(id)).rejects.toMatchObject({ code: "DEAD_LETTER_SETTLED" });
    await expect(box.discard(id)).rejects.toMatchObject({ code: "DEAD_LETTER_SETTLED" });
    await expect(box.retry("no such id")).rejects.toMatchObject({ code: "DEAD_LETTER_UNKNOWN" });
    await expectAgreement(orders.test.system);
  });

  it("settles a letter on both sides when it is discarded from the file, with the reason", async () => {
    const { orders, dlq } = await open();
    const id = await fail(orders);
    const box = openBox(dlq);
    await box.discard(id, { reason: "from the tool" });
    expect(await orders.test.system.deadLetters.get(id)).toMatchObject({ status: "discarded", reason: "from the tool" });
    expect((await instanceOf(orders)).endedAt).toBeDefined();
    await until(
      () => box.get(id),
      (letter) => letter!.status === "discarded" && letter!.reason === "from the tool",
    );
    await expectAgreement(orders.test.system);
  });

  it("settles many from the file", async () => {
    const { orders, dlq } = await open();
    orders.broken.add("OrderPlaced");
    await orders.test.dispatch(["a", "b", "c"].map((aggregateId) => event("OrderPlaced", `placed-${aggregateId}`, { aggregateId })));
    await orders.test.advance("1s");
    orders.broken.clear();
    const box = openBox(dlq);
    expect(await box.retryAll({}, { dryRun: true })).toHaveLength(3);
    expect(await box.discardAll({ aggregateId: "b" }, { reason: "no" })).toMatchObject([{ outcome: "settled" }]);
    await until(
      async () => (await box.list()).length,
      (count) => count === 2,
    );
    expect(await box.retryAll({})).toMatchObject([{ outcome: "settled" }, { outcome: "settled" }]);
    await orders.test.settle();
    expect(await orders.test.system.processes.find({ status: "started" })).toHaveLength(2);
    await until(
      () =>
        readRows(dlq)
          .map(({ status }) => status)
          .toSorted()
          .join(),
      (statuses) => statuses === "discarded,retried,retried",
    );
  });

  it("settles it once where both sides ask at once", async () => {
    const { orders, dlq } = await open();
    const id = await fail(orders);
    const box = openBox(dlq);
    const outcomes = await Promise.allSettled([box.retry(id), orders.test.system.deadLetters.discard(id)]);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(outcomes.find((outcome) => outcome.status === "rejected")).toMatchObject({ reason: { code: "DEAD_LETTER_SETTLED" } });
    await until(async () => (await box.get(id))!.status === (await orders.test.system.deadLetters.get(id))!.status);
  });

  it("receives the letters from before it was named, too", async () => {
    const path = join(createTemporaryFolder(), "perdure.db");
    const orders = await openFailingOrders({ store: { path } });
    const id = await fail(orders);
    await orders.test.stop();
    const dlq = join(createTemporaryFolder(), "dlq.db");
    const again = await openFailingOrders({
      store: { path },
      now: orders.test.clock.now(),
      processes: { dlq: { type: "sqlite", path: dlq } },
    });
    expect(await openBox(dlq).get(id)).toEqual(await theLetter(again));
  });
});

describe("a process that is killed on the way of a letter to its file", () => {
  const dlqOf = (site: Site) => join(site.folder, "dlq.db");
  const withFile = (site: Site) =>
    ({ processes: { retry: { retryStrategy: "none" }, dlq: { type: "sqlite", path: dlqOf(site) } } }) as const;
  const placed = { type: "OrderPlaced", aggregateId: "o-1", eventId: "e-1" };

  it.each([
    ["after the failure was committed, and before the file was written", "commit of failed", 0],
    ["after the file was written, and before the main store knows", "mark", 1],
  ])("%s: the restart hands it over, and it is there once", async (_, dieAt, rowsThen) => {
    const site = createSite();
    site.setBroken(true);
    const first = await site.start({ ...withFile(site), dieAt });
    first.call("dispatch", placed).catch(() => {});
    expect(await first.gone).toEqual([null, "SIGKILL"]);
    expect(readRows(dlqOf(site))).toHaveLength(rowsThen);
    expect(readRows(site.path)).toHaveLength(1);

    const second = await site.start(withFile(site));
    await second.call("whenIdle");
    const letters = await second.call("letters");
    expect(letters).toHaveLength(1);
    expect(readRows(dlqOf(site))).toMatchObject([{ dead_letter_id: letters[0]!.id, status: "open" }]);
    expect(site.readLedger()).toHaveLength(1);
    site.setBroken(false);
    await openBox(dlqOf(site)).retry(letters[0]!.id);
    await second.call("waitFor", { aggregateId: "o-1" }, { status: "started", timeout: "10s" });
    await until(
      () =>
        readRows(dlqOf(site))
          .map(({ status }) => status)
          .join(),
      (statuses) => statuses === "retried",
    );
  });

  it.each(["retry", "discard"] as const)("while a settlement is handed over: the restart brings the file up to it: %s", async (kind) => {
    const site = createSite();
    site.setBroken(true);
    const first = await site.start(withFile(site));
    await first.call("dispatch", placed);
    await first.call("whenIdle");
    const [letter] = await first.call("letters");
    await until(
      () => readRows(dlqOf(site)).length,
      (count) => count === 1,
    );
    site.setBroken(false);
    await first.kill();
    const second = await site.start({ ...withFile(site), dieAt: kind === "retry" ? "commit of resumed" : "commit of discarded" });
    second.call(kind, letter!.id).catch(() => {});
    expect(await second.gone).toEqual([null, "SIGKILL"]);
    expect(readRows(dlqOf(site))).toMatchObject([{ status: "open" }]);

    await site.start(withFile(site));
    await until(
      () =>
        readRows(dlqOf(site))
          .map(({ status }) => status)
          .join(),
      (statuses) => statuses === (kind === "retry" ? "retried" : "discarded"),
    );
  });
});

describe("a dlq.path that cannot be used", () => {
  const definition = defineLifecycle();
  const refusalOf = async (options: ProcessSystemOptions): Promise<ProcessError> => {
    const error: unknown = await createProcessSystem({ definitions: [definition], ...options }).then(
      (system) => system.stop(),
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(ProcessError);
    return error as ProcessError;
  };

  it("is refused where it is a folder, lies below a file, is damaged or another program's, with its path; the store stays usable", async () => {
    const folder = createTemporaryFolder({ "file.txt": "text", "damaged.db": "no database at all".repeat(400) });
    const foreign = new SqliteDatabase(join(folder, "foreign.db"));
    foreign.exec("CREATE TABLE theirs (id INTEGER)");
    foreign.close();
    mkdirSync(join(folder, "folder.db"));
    const path = join(folder, "perdure.db");
    for (const [name, code] of [
      ["folder.db", "STORE_UNAVAILABLE"],
      ["file.txt/dlq.db", "STORE_UNAVAILABLE"],
      ["damaged.db", "STORE_CORRUPT"],
      ["foreign.db", "STORE_FOREIGN"],
    ] as const) {
      const dlq = join(folder, name);
      const refusal = await refusalOf({ store: { path }, processes: { dlq: { type: "sqlite", path: dlq } } });
      expect([name, refusal.code]).toEqual([name, code]);
      expect(refusal.message).toContain(join(folder, name.split("/")[0]!));
    }
    expect(readdirSync(join(folder, "folder.db"))).toEqual([]);
    const system = await createProcessSystem({ definitions: [definition], store: { path } });
    await system.start();
    expect(system.state).toBe("working");
    await system.stop();
  });

  it("leaves a store that somebody else owns open", async () => {
    const database = new SqliteDatabase(":memory:");
    onTestFinished(() => void database.close());
    const folder = createTemporaryFolder();
    await refusalOf({ store: database, processes: { dlq: { type: "sqlite", path: folder } } });
    expect(database.open).toBe(true);
  });

  it("is refused as CONFIG_INVALID where it is the store's own file, however that is written, before anything is made", async () => {
    const folder = createTemporaryFolder();
    const path = join(folder, "perdure.db");
    for (const dlq of [path, join(folder, "x/../perdure.db"), `${folder}/./perdure.db`]) {
      const refusal = await refusalOf({ store: { path }, processes: { dlq: { type: "sqlite", path: dlq } } });
      expect(refusal).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringMatching(/dlq\.path/) as string });
    }
    expect(existsSync(path)).toBe(false);
  });

  it("is refused as CONFIG_INVALID where the store's file is given as a connection, as store or as store.path", async () => {
    const path = join(createTemporaryFolder(), "perdure.db");
    const database = new SqliteDatabase(path);
    onTestFinished(() => void database.close());
    for (const store of [database, { path: database }]) {
      expect((await refusalOf({ store, processes: { dlq: { type: "sqlite", path } } })).code).toBe("CONFIG_INVALID");
    }
  });

  it("is refused as CONFIG_INVALID where it is the store's own file by a link", async () => {
    const folder = createTemporaryFolder();
    const path = join(folder, "perdure.db");
    writeFileSync(path, "");
    symlinkSync(path, join(folder, "dlq.db"));
    expect((await refusalOf({ store: { path }, processes: { dlq: { type: "sqlite", path: join(folder, "dlq.db") } } })).code).toBe(
      "CONFIG_INVALID",
    );
  });
});

describe("a file of dead letters that cannot be written for a while", () => {
  it("harms nothing: the letter counts in the main store, and is handed over once the file can be written", async () => {
    const { orders, dlq } = await open();
    const blocker = new SqliteDatabase(dlq);
    onTestFinished(() => void blocker.close());
    blocker.exec("BEGIN IMMEDIATE");
    const id = await fail(orders);
    expect(await theLetter(orders)).toMatchObject({ id, status: "open" });
    expect(readRows(dlq)).toEqual([]);
    blocker.exec("COMMIT");
    await until(
      () =>
        readRows(dlq)
          .map(({ dead_letter_id }) => dead_letter_id)
          .join(),
      (ids) => ids === id,
    );
  });
});
