import { statSync } from "node:fs";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { definePolicy, ProcessError } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { createDatabasePath, createTemporaryFolder } from "../support/temporary-folder.ts";
import { createRecording, defineOrder, openTestSystem } from "../support/order-process.ts";
import { countSecrets, defineMembership, joined, left, noted, openCustomers, SECRET, tellStory, type Customers } from "./customers.ts";

const refusalOf = async (promise: Promise<unknown>): Promise<ProcessError> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (ProcessError.is(error)) return error;
  throw new Error("it was not refused");
};

/** Everything that can be looked up of an aggregate, as text. */
async function lookUp({ test: { system } }: Customers, aggregateId: string): Promise<string> {
  const found = await system.processes.find({ aggregateId });
  const histories = await Promise.all(found.map(({ processId }) => system.processes.history(processId)));
  const letters = await system.deadLetters.list({ aggregateId, status: "any" });
  return JSON.stringify([found, histories, letters]);
}

describe("erasing an aggregate", () => {
  it("takes all that was said of it, and leaves ids, types, moments and statuses", async () => {
    const customers = await openCustomers();
    await tellStory(customers, "c-1");
    const { system } = customers.test;
    const before = await lookUp(customers, "c-1");
    expect(before.split(SECRET).length).toBeGreaterThan(10);
    const [instance] = await system.processes.find({ aggregateId: "c-1" });
    const kinds = (await system.processes.history(instance!.processId)).map(({ kind, at }) => ({ kind, at }));

    const erased = await system.processes.erase({ aggregateId: "c-1", by: "dee" });
    expect(erased).toMatchObject({ instances: 1, events: 3, deadLetters: 3 });
    expect(erased.journalEntries).toBeGreaterThan(3);
    expect(await lookUp(customers, "c-1")).not.toContain(SECRET);
    const [after] = await system.processes.find({ aggregateId: "c-1" });
    expect(after).toEqual({ ...instance, context: {} });
    const history = await system.processes.history(instance!.processId);
    expect(history.map(({ kind, at }) => ({ kind, at }))).toEqual([...kinds, { kind: "erased", at: new Date(customers.test.clock.now()) }]);
    expect(history.at(-1)).toMatchObject({ by: "dee" });
    expect(history[0]).toMatchObject({ event: { eventId: "joined-c-1", type: "CustomerJoined" } });
    const letters = await system.deadLetters.list({ aggregateId: "c-1", status: "any" });
    expect(letters.map(({ kind, status, error }) => `${kind} ${status} ${error.message}`).toSorted()).toEqual([
      "command discarded erased",
      "command retried erased",
      "policy retried erased",
    ]);
  });

  it("takes the reason for which an instance was cancelled, and leaves that it was", async () => {
    const customers = await openCustomers();
    const { test } = customers;
    const { processes } = test.system;
    await test.dispatch(joined("c-1"));
    const { processId } = test.instance("c-1")!;
    await processes.suspend(processId, { reason: `at the word of ${SECRET}`, by: "bo" });
    await processes.cancel(processId, { reason: `at the word of ${SECRET}`, by: "bo" });
    await processes.erase({ aggregateId: "c-1" });
    expect(await lookUp(customers, "c-1")).not.toContain(SECRET);
    expect(test.instance("c-1")).toMatchObject({ status: "cancelled" });
    const told = await processes.history(processId);
    expect(told.filter(({ by }) => by === "bo").map(({ kind, reason }) => [kind, reason])).toEqual([
      ["suspended", undefined],
      ["cancelled", undefined],
    ]);
  });

  it("leaves other aggregates as they were, and finds nothing a second time", async () => {
    const customers = await openCustomers();
    await tellStory(customers, "c-1");
    await tellStory(customers, "c-2");
    const other = await lookUp(customers, "c-2");
    const { processes } = customers.test.system;
    await processes.erase({ aggregateId: "c-1" });
    expect(await lookUp(customers, "c-2")).toBe(other);
    const none = { instances: 0, journalEntries: 0, events: 0, deadLetters: 0 };
    const once = await lookUp(customers, "c-1");
    expect(await processes.erase({ aggregateId: "c-1" })).toMatchObject(none);
    expect(await lookUp(customers, "c-1")).toBe(once);
    expect(await processes.erase({ aggregateId: "nobody" })).toMatchObject(none);
  });

  it("leaves its events recognised, and a new one begins a new instance", async () => {
    const customers = await openCustomers();
    await tellStory(customers, "c-1");
    const { test } = customers;
    await test.system.processes.erase({ aggregateId: "c-1" });
    expect(await test.dispatch(joined("c-1"))).toMatchObject({ outcome: "duplicate" });
    expect(await test.dispatch({ ...joined("c-1"), eventId: "again" })).toMatchObject({ outcome: "accepted" });
    expect(test.instance("c-1")).toMatchObject({ status: "started", context: { email: `${SECRET}@example.org` } });
  });

  it("takes its values out of the index of contexts", async () => {
    const customers = await openCustomers();
    await tellStory(customers, "c-1");
    const { processes } = customers.test.system;
    const find = () => processes.find({ process: "customer/membership", where: { email: `${SECRET}@example.org` } });
    expect(await find()).toHaveLength(1);
    await processes.erase({ aggregateId: "c-1" });
    expect(await find()).toHaveLength(0);
  });

  it("leaves nothing by which an index that is built later would find it", async () => {
    const path = createDatabasePath();
    const indexed = (index: readonly "email"[]) => ({ store: { path }, definitions: [defineMembership(() => {}, index)] });
    const before = await openCustomers(indexed([]));
    await tellStory(before, "c-1");
    await before.test.system.processes.erase({ aggregateId: "c-1" });
    await before.test.stop();
    const { test } = await openCustomers(indexed(["email"]));
    // What every customer has at first.
    expect(await test.system.processes.find({ process: "customer/membership", where: { email: "" } })).toEqual([]);
  });

  it("of one process leaves events that this process has not had, and what others keep", async () => {
    const customers = await openCustomers();
    await tellStory(customers, "c-1");
    const { processes, deadLetters } = customers.test.system;
    expect(await processes.erase({ aggregateId: "c-1", process: "customer/membership" })).toMatchObject({ instances: 1, deadLetters: 1 });
    const letters = await deadLetters.list({ aggregateId: "c-1", status: "any" });
    expect(letters.filter(({ error }) => error.message !== "erased").map(({ handler }) => handler)).toEqual(["customer/count", "remind"]);
  });

  it("is refused while anything of it is still to be done, names each, and erases nothing then", async () => {
    const customers = await openCustomers();
    const { test, broken } = customers;
    const { processes, deadLetters, scheduled } = test.system;
    const hindered = async (aggregateId: string) => {
      const before = await lookUp(customers, aggregateId);
      const refusal = await refusalOf(processes.erase({ aggregateId }));
      expect(refusal.code).toBe("ERASE_REFUSED");
      expect(await lookUp(customers, aggregateId)).toBe(before);
      return (refusal.details["hindrances"] as readonly { readonly kind: string }[]).map(({ kind }) => kind);
    };
    await test.dispatch(joined("c-1"));
    expect(await hindered("c-1")).toEqual(["instance"]);
    await test.dispatch(left("c-1"));
    const { commandId } = await test.system.commands["remind"]!({ aggregateId: "c-1", delay: "1d", payload: {} });
    expect(await hindered("c-1")).toEqual(["command"]);
    await scheduled.cancel(commandId);
    broken.add("count");
    await test.dispatch({ ...joined("c-1"), eventId: "again" });
    await test.dispatch({ ...left("c-1"), eventId: "left-again" });
    expect(await hindered("c-1")).toEqual(["dead letter"]);
    const [letter] = await deadLetters.list();
    const { message } = await refusalOf(processes.erase({ aggregateId: "c-1" }));
    expect(message).toContain(`"c-1" cannot be erased, because something of it is still to be done: dead letter ${letter!.id}`);
    await deadLetters.discard(letter!.id);
    await processes.erase({ aggregateId: "c-1" });
  });

  it("is refused while a policy is still to run for it, or a row of the inbox is not accepted", async () => {
    const shop = new SqliteDatabase(":memory:");
    onTestFinished(() => void shop.close());
    const later = definePolicy({ aggregate: "customer", name: "later", on: "CustomerAsked", delay: "1d", handler: () => {} });
    const { test } = await openCustomers({ store: { database: shop }, policies: [later] });
    const { processes } = test.system;
    await test.dispatch({ type: "CustomerAsked", aggregateId: "c-1" });
    await expect(processes.erase({ aggregateId: "c-1" })).rejects.toThrow(/policy [\w-]+ \(customer\/later\) is still to be done/);
    test.system.enqueue(joined("c-2"));
    await expect(processes.erase({ aggregateId: "c-2" })).rejects.toThrow("row 1 of perdure_inbox is not accepted yet");
  });

  it("is refused while an event of another aggregate that it has had waits elsewhere", async () => {
    const customers = await openCustomers({ processes: { retry: { retryStrategy: "fixed", initialDelay: "1h", maxRetries: 1 } } });
    const { test, broken } = customers;
    const { processes } = test.system;
    await test.dispatch([joined("c-1"), joined("c-2")]);
    broken.add("note on c-2");
    await test.dispatch({ ...noted("c-1"), eventId: "both", payload: { about: ["c-1", "c-2"], text: SECRET } });
    await test.dispatch(left("c-1"));
    const { problem } = await refusalOf(processes.erase({ aggregateId: "c-1" }));
    expect(problem).toContain('event both (NoteTaken) waits for customer/membership of "c-2"');
    broken.clear();
    await test.advance("1h");
    await processes.erase({ aggregateId: "c-1" });
    // What was erased is the event. What the other instance has made of it is its own.
    expect(test.instance("c-2")).toMatchObject({ context: { notes: [SECRET] } });
  });

  it("with a vacuum leaves the bytes of what was erased nowhere in the file and its log", async () => {
    const path = createDatabasePath();
    const customers = await openCustomers({ store: { path } });
    await tellStory(customers, "c-1");
    const { remains } = await customers.test.system.processes.erase({ aggregateId: "c-1", vacuum: true });
    expect(remains).toEqual({ log: false, freePages: false });
    expect(statSync(`${path}-wal`).size).toBe(0);
    await customers.test.stop();
    expect(countSecrets(path)).toBe(0);
  });

  it("without a vacuum overwrites the bytes of what it takes away", async () => {
    const path = createDatabasePath();
    const recording = createRecording();
    const test = await openTestSystem({ definitions: [defineOrder(recording, { timeout: undefined })], store: { path } });
    const long = `${SECRET} `.repeat(1_000);
    for (const type of ["OrderPlaced", "OrderFulfilled"])
      await test.dispatch({ type, aggregateId: "o-1", payload: { short: SECRET, long } });
    const { remains } = await test.system.processes.erase({ aggregateId: "o-1" });
    expect(remains).toEqual({ log: false, freePages: true });
    await test.stop();
    expect(countSecrets(path)).toBe(0);
  });

  it("takes the letters in a file of their own as well", async () => {
    const folder = createTemporaryFolder();
    const dlq = join(folder, "letters.db");
    const customers = await openCustomers({
      store: { path: join(folder, "perdure.db") },
      processes: { retry: { maxRetries: 0 }, dlq: { type: "sqlite", path: dlq } },
    });
    await tellStory(customers, "c-1");
    await customers.test.system.processes.erase({ aggregateId: "c-1" });
    await customers.test.stop();
    expect(countSecrets(dlq)).toBe(0);
  });

  it("refuses options that are none", async () => {
    const { processes } = (await openCustomers()).test.system;
    for (const options of [
      {},
      { aggregateId: "" },
      { aggregateId: "c-1", by: "" },
      { aggregateId: "c-1", vacuum: 1 },
      { aggregate: "c-1" },
    ]) {
      expect((await refusalOf(processes.erase(options as never))).code).toBe("CONFIG_INVALID");
    }
  });
});
