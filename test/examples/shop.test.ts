import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { createTestSystem, type CrashPoint } from "perdure/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { createApp } from "../../examples/shop/app/app.ts";
import { createCommandHandlers } from "../../examples/shop/command-handlers.ts";
import { createDesk } from "../../examples/shop/desk.ts";
import { createOrders } from "../../examples/shop/orders.ts";
import { createMailer } from "../../examples/shop/services/mailer.ts";
import { makeTables } from "../../examples/shop/tables.ts";

const domain = fileURLToPath(new URL("../../examples/shop/domain", import.meta.url));

describe("the shop", () => {
  test("takes an order with its event, or neither", async () => {
    const { world, ask, order, rows } = await open();
    const placed = await order("lamp");
    expect([placed.status, placed.headers.get("location"), await placed.json()]).toEqual([
      201,
      "/orders/1",
      expect.objectContaining({ number: 1, item: "lamp", cents: 1900, status: "placed" }),
    ]);
    const refused = await order("lamp");
    expect([refused.status, await refused.json()]).toEqual([409, { problem: "there is no lamp left" }]);
    expect((await order("sofa")).status).toBe(409);
    expect([rows("orders"), await world.system.lag()]).toEqual([1, expect.objectContaining({ accepted: 1, inbox: 0 })]);
    expect(world.instance("order-1")?.status).toBe("started");
    expect((await ask("GET", "/orders")).status).toBe(200);
  });

  test("refuses what is no order, and does not know orders that there are not", async () => {
    const { ask, order } = await open();
    expect((await order("lamp", "no address")).status).toBe(400);
    expect((await ask("POST", "/orders", "{")).status).toBe(400);
    for (const [method, path] of [
      ["GET", "/orders/1"],
      ["GET", "/orders/x"],
      ["POST", "/orders/1/payment"],
      ["POST", "/orders/1/cancel"],
    ] as const) {
      expect([path, (await ask(method, path)).status]).toEqual([path, 404]);
    }
  });

  test("ships an order that is paid, takes its reminder back, and asks for a review", async () => {
    const { world, ask, order, mails } = await open();
    await order("chair");
    expect((await ask("POST", "/orders/1/payment")).status).toBe(202);
    expect((await ask("POST", "/orders/1/payment")).status).toBe(409);
    expect(await (await ask("GET", "/orders/1")).json()).toMatchObject({ status: "shipped" });
    expect(world.instance("order-1")?.status).toBe("completed");
    await world.advance("30d");
    expect(mails()).toEqual(["Your chair is reserved", "Your chair is on its way", "How is your chair?"]);
  });

  test.each<CrashPoint>(["before-accept", "after-accept", "before-step", "after-step", "before-command", "after-command"])(
    "ships an order once when it crashes %s",
    async (point) => {
      const { world, ask, order, rows } = await open();
      await order("chair");
      world.crashAt(point);
      await ask("POST", "/orders/1/payment");
      expect([world.crashes, rows("shipments"), world.instance("order-1")?.status]).toEqual([1, 1, "completed"]);
    },
  );

  test("reminds of an order that is not paid, and gives its item back after a week", async () => {
    const { world, ask, order, mails } = await open();
    await order("lamp");
    await world.advance("7d");
    expect(mails()).toEqual(["Your lamp is reserved", "Your lamp waits for its payment", "Your lamp was given away"]);
    expect(await (await ask("GET", "/orders/1")).json()).toMatchObject({ status: "expired" });
    expect((await ask("POST", "/orders/1/payment")).status).toBe(409);
    expect((await order("lamp")).status).toBe(201);
  });

  test("ends an order that is cancelled before it is paid, and gives its item back", async () => {
    const { world, ask, order, mails } = await open();
    await order("lamp");
    expect((await ask("POST", "/orders/1/cancel")).status).toBe(202);
    expect(await (await ask("GET", "/orders/1")).json()).toMatchObject({ status: "cancelled" });
    expect(world.instance("order-1")?.status).toBe("cancelled");
    for (const path of ["/orders/1/cancel", "/orders/1/payment"]) expect((await ask("POST", path)).status).toBe(409);
    expect((await order("lamp")).status).toBe(201);
    await ask("POST", "/orders/2/payment");
    expect((await ask("POST", "/orders/2/cancel")).status).toBe(409);
    await world.advance("1d");
    expect(mails()).toEqual([
      "Your lamp is reserved",
      "Your lamp is cancelled: you asked for it",
      "Your lamp is reserved",
      "Your lamp is on its way",
    ]);
  });

  test("does not cancel an order that is paid and not shipped yet", async () => {
    const { world, app, ask, order } = await open();
    await order("chair");
    // Nothing is handled between the two.
    expect((await app.request("/orders/1/payment", { method: "POST" })).status).toBe(202);
    expect((await app.request("/orders/1/cancel", { method: "POST" })).status).toBe(409);
    await world.settle();
    expect(await (await ask("GET", "/orders/1")).json()).toMatchObject({ status: "shipped" });
  });

  test("writes a report for each week", async () => {
    const { world, ask, order, database } = await open();
    await order("chair");
    await ask("POST", "/orders/1/payment");
    await world.advance("22d");
    expect(database.prepare("SELECT * FROM reports ORDER BY until").raw().all()).toEqual([
      ["2026-01-05T08:00:00.000Z", 1, 4900],
      ["2026-01-12T08:00:00.000Z", 0, 0],
      ["2026-01-19T08:00:00.000Z", 0, 0],
    ]);
  });

  test("has a page with buttons, which shows what customers have written as text", async () => {
    const { ask, order, app, database } = await open();
    await order("chair");
    database.prepare("UPDATE orders SET email = '<script>alert(1)</script>'").run();
    const page = await (await ask("GET", "/")).text();
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toContain("<script>");
    expect(page).toContain('<form method="post" action="/orders/1/payment"><button>Pay</button></form>');
    expect(page).toContain('<form method="post" action="/orders/1/cancel"><button>Cancel</button></form>');
    const headers = { accept: "text/html,*/*", "Content-Type": "application/x-www-form-urlencoded" };
    const form = await app.request("/orders", { method: "POST", headers, body: "item=lamp&email=ben%40example.org" });
    expect([form.status, form.headers.get("location")]).toEqual([303, "/"]);
    expect(await (await ask("GET", "/orders/2")).json()).toMatchObject({ item: "lamp", email: "ben@example.org" });
  });
});

async function open() {
  const database = new Database(":memory:");
  makeTables(database);
  const mailer = createMailer();
  const world = await createTestSystem({
    domain,
    store: { database },
    now: "2026-01-01T00:00:00Z",
    commands: createCommandHandlers(mailer),
  });
  onTestFinished(async () => {
    await world.stop();
    database.close();
  });
  const app = createApp(
    createOrders(database, (event) => world.system.enqueue(event)),
    createDesk(() => world.system),
  );
  const ask = async (method: "GET" | "POST", path: string, body?: string) => {
    const response = await app.request(path, {
      method,
      ...(body !== undefined && { body, headers: { "Content-Type": "application/json" } }),
    });
    await world.settle();
    return response;
  };
  return {
    world,
    database,
    app,
    ask,
    order: (item: string, email = "ada@example.org") => ask("POST", "/orders", JSON.stringify({ item, email })),
    rows: (table: "orders" | "shipments") => database.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    mails: () => mailer.sent.map(({ subject }) => subject),
  };
}
