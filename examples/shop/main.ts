import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { createTestSystem } from "perdure/testing";
import { createApp } from "./app/app.ts";
import { serveApp } from "./app/serve-app.ts";
import { createCommandHandlers } from "./command-handlers.ts";
import { createDesk } from "./desk.ts";
import { createOrders, type Order } from "./orders.ts";
import { createMailer } from "./services/mailer.ts";
import { makeTables } from "./tables.ts";

// Two weeks in a few seconds: the system, the file and the HTTP server are real ones, and the clock is moved by this program.
const start = Date.parse("2026-03-24T08:00:00Z");
const folder = mkdtempSync(join(tmpdir(), "perdure-shop-"));
const database = new Database(join(folder, "shop.db"));
makeTables(database);

const mailer = createMailer(({ to, subject }) => tell(nameOf(to), `gets "${subject}"`));
const world = await createTestSystem({
  domain: fileURLToPath(new URL("./domain", import.meta.url)),
  store: { database },
  now: start,
  commands: createCommandHandlers(mailer),
});
const app = createApp(
  createOrders(database, (event) => world.system.enqueue(event)),
  createDesk(() => world.system),
);
const served = await serveApp(app, 0);

console.log("Orders come in over HTTP. The first column is the day.\n");
tell("ada", "orders a chair");
assert.equal((await order("chair", "ada")).status, 201);
tell("ben", "orders the last lamp");
assert.equal((await order("lamp", "ben")).status, 201);
tell("cleo", "orders a lamp as well");
const refused = await order("lamp", "cleo");
tell("cleo", `is told: ${((await refused.json()) as { problem: string }).problem}`);
assert.equal(refused.status, 409);
assert.equal((await order("lamp", "no address")).status, 400);
assert.equal((await fetch(`${served.url}/orders/4`)).status, 404);
// What was refused has left neither a row nor an event.
assert.equal(count("orders"), 2);
assert.equal((await world.system.lag()).accepted, 2);

await until(1);
tell("ada", "pays. The program ends as in a crash, just before the shipment is committed, and is started again");
world.crashAt("before-command", { of: "shipOrder" });
assert.equal((await post("/orders/1/payment")).status, 202);
assert.equal((await post("/orders/1/payment")).status, 409);
assert.equal(world.crashes, 1);
// The handler has run twice, and what it wrote is there once.
assert.equal(count("shipments"), 1);

await until(1.5);
tell("dan", "orders a chair, and presses the cancel button");
assert.equal((await order("chair", "dan")).status, 201);
assert.equal((await post("/orders/3/cancel")).status, 202);
assert.equal((await post("/orders/3/cancel")).status, 409);
assert.equal((await post("/orders/1/cancel")).status, 409);
const journal = await world.system.processes.history(world.instance("order-3")!.processId);
const word = journal.find(({ kind }) => kind === "cancelled");
assert.deepEqual([word?.reason, word?.by], ["you asked for it", "the shop's page"]);

await until(30);
console.log("\nThe orders, as GET /orders has them\n");
const orders = (await (await fetch(`${served.url}/orders`)).json()) as readonly Order[];
for (const { number, item, email, status, shippedAt } of orders) tell(nameOf(email), `order ${number}, ${item}: ${status}`, shippedAt);
console.log("\nThe reports of the Mondays\n");
const reports = database.prepare<[], { until: string; orders: number; cents: number }>("SELECT * FROM reports ORDER BY until").all();
for (const { until: end, orders: shipped, cents } of reports) console.log(`  until ${end}: ${shipped} shipped, ${cents / 100} €`);

assert.deepEqual(
  orders.map(({ status }) => status),
  ["shipped", "expired", "cancelled"],
);
assert.deepEqual(mailsTo("ada"), ["Your chair is reserved", "Your chair is on its way", "How is your chair?"]);
assert.deepEqual(mailsTo("ben"), ["Your lamp is reserved", "Your lamp waits for its payment", "Your lamp was given away"]);
assert.deepEqual(mailsTo("cleo"), []);
assert.deepEqual(mailsTo("dan"), ["Your chair is reserved", "Your chair is cancelled: you asked for it"]);
// What was given away or cancelled is there again, once.
assert.deepEqual(database.prepare("SELECT item, available FROM stock ORDER BY item").raw().all(), [
  ["chair", 2],
  ["lamp", 1],
]);
// Spain puts its clocks forward on the 29th, and nine o'clock is nine o'clock.
assert.deepEqual(
  reports.map(({ until: end, orders: shipped }) => [end, shipped]),
  [
    ["2026-03-30T07:00:00.000Z", 1],
    ["2026-04-06T07:00:00.000Z", 0],
    ["2026-04-13T07:00:00.000Z", 0],
    ["2026-04-20T07:00:00.000Z", 0],
  ],
);
assert.match(await (await fetch(served.url)).text(), /<td>shipped<\/td>/);

await served.close();
await world.stop();
database.close();
rmSync(folder, { recursive: true });
console.log("\nAll went as told.");

/** Orders an item by the route, and lets everything be done that follows at once. */
async function order(item: string, name: string): Promise<Response> {
  return post("/orders", { item, email: name.includes(" ") ? name : `${name}@example.org` });
}

async function post(path: string, body: object = {}): Promise<Response> {
  const response = await fetch(served.url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  await world.settle();
  return response;
}

async function until(day: number): Promise<void> {
  await world.advanceTo(start + day * 24 * 60 * 60 * 1000);
}

function tell(who: string, what: string, at: string | number | null = world.clock.now()): void {
  const day = (new Date(at ?? world.clock.now()).getTime() - start) / (24 * 60 * 60 * 1000);
  console.log(`  ${day.toFixed(1).padStart(4)}  ${who.padEnd(4)}  ${what}`);
}

function count(table: "orders" | "shipments"): unknown {
  return database.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
}

function mailsTo(name: string): readonly string[] {
  return mailer.sent.filter(({ to }) => nameOf(to) === name).map(({ subject }) => subject);
}

function nameOf(address: string): string {
  return address.slice(0, address.indexOf("@"));
}
