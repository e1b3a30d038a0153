import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test as it } from "vitest";
import { openFetchServer } from "../../../src/serve/fetch-server.ts";
import { createUi } from "../../../src/ui/index.ts";
import { hostile, pay, place } from "../open-ui.ts";
import { goTo, isMissing, launch, openPage, patience, sees, why } from "./browse.ts";
import { findId, openShop, type Shop } from "./shop.ts";

let browser: Browser;
let shop: Shop;

async function open(prepare?: Parameters<typeof openPage>[2]) {
  const page = await openPage(browser, shop.url, prepare);
  onTestFinished(() => page.context().close());
  return page;
}

async function fail(orders: readonly string[], amount: unknown = 1): Promise<void> {
  shop.provider.isDown = true;
  await shop.system.dispatch(orders.flatMap((id) => [place(id), pay(id, amount)]));
  await shop.system.whenIdle();
  shop.provider.isDown = false;
}

describe.skipIf(isMissing)(`the page in trouble${why}`, () => {
  beforeAll(async () => {
    [browser, shop] = await Promise.all([launch(), openShop()]);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await shop?.close();
  });

  it("shows what everybody tries to put into a page as what it is, in each place", async () => {
    const { system } = shop;
    await system.dispatch({ type: "OrderPlaced", aggregateId: hostile, payload: { total: 1, note: hostile } });
    await system.whenIdle();
    await fail([hostile], { [hostile]: hostile });
    const [letter] = await system.deadLetters.list({ aggregateId: hostile });
    const processId = await findId(system, hostile);
    await system.processes.suspend(processId, { by: hostile, reason: hostile });
    // Of one that is suspended nothing is due.
    await system.dispatch(place(`${hostile} of another`));
    const page = await open();
    for (const hash of ["#/", "#/instances", `#/instance/${processId}`, "#/letters", `#/letter/${letter!.id}`, "#/timers"]) {
      await goTo(page, hash);
      await sees(page, hostile);
    }
    await goTo(page, `#/instances?q=${encodeURIComponent(hostile)}&state=${encodeURIComponent(hostile)}`);
    await sees(page, "No instance matches.");
    expect(await page.evaluate("globalThis.attacked ?? 'no'")).toBe("no");
    expect(await page.locator("img, iframe, object, main script, main style").count()).toBe(0);
    expect(page.problems).toEqual([]);
    await system.deadLetters.discard(letter!.id);
  });

  it("loses the connection in the middle of a group of 500 letters, says what was done, and goes on with the rest", async () => {
    const orders = Array.from({ length: 500 }, (_, index) => `order-${index}`);
    await fail(orders);
    const page = await open();
    await goTo(page, "#/letters");
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "More" }).click();
    await sees(page, "500 letters of on-payment-received");
    let asked = 0;
    await page.route("**/api/do-all/**", (route) => ((asked += 1) === 5 ? route.abort() : route.continue()));
    await page.getByRole("button", { name: "Retry all" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Retry all" }).click();
    const bar = page.getByRole("region", { name: "Under way" });
    await expect.poll(() => bar.innerText(), patience).toContain("200 of 500 done, 300 untouched");
    expect(await bar.innerText()).toContain("The server does not answer. Nothing is lost.");
    await shop.system.whenIdle();
    expect(shop.system.overview.getSnapshot().context.deadLetters).toBe(300);
    // It is there on whatever page the reader is.
    await goTo(page, "#/timers");
    await bar.getByRole("button", { name: "Go on" }).click();
    await expect.poll(() => bar.innerText(), patience).toContain("500 of 500 done");
    await bar.getByRole("button", { name: "Dismiss" }).click();
    expect(await bar.count()).toBe(0);
    expect(await shop.system.deadLetters.list()).toEqual([]);
    expect(page.problems.filter((problem) => !problem.includes("net::ERR_FAILED"))).toEqual([]);
  });

  it("tells the second of two operators who press at once what the first has done", async () => {
    await fail(["order-two"]);
    const [letter] = await shop.system.deadLetters.list({ aggregateId: "order-two" });
    const [one, other] = [await open(), await open()];
    for (const page of [one, other]) {
      await goTo(page, `#/letter/${letter!.id}`);
      await page.getByRole("button", { name: "Discard" }).click();
    }
    const press = (page: typeof one) => page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
    await Promise.all([press(one), press(other)]);
    const said = async () => {
      const alerts = await Promise.all([one, other].map((page) => page.getByRole("alert").allInnerTexts()));
      return alerts.flat();
    };
    await expect.poll(said, patience).toHaveLength(1);
    expect(await said()).toEqual([expect.stringContaining("discarded")]);
    expect(await shop.system.deadLetters.get(letter!.id)).toMatchObject({ status: "discarded" });
  });

  it("shows the beginning of ten megabytes, and offers no edit that would lose the rest", async () => {
    await fail(["order-large"], "x".repeat(10_000_000));
    const [letter] = await shop.system.deadLetters.list({ aggregateId: "order-large" });
    const page = await open();
    await goTo(page, `#/letter/${letter!.id}`);
    await sees(page, "The first 200,000 of 10,000,0");
    expect(await page.getByRole("button", { name: "Edit and retry" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Retry" }).count()).toBe(1);
  });

  it("counts by the server's clock where the reader's differs, and says that it does", async () => {
    await shop.system.dispatch(place("order-clock"));
    await shop.system.whenIdle();
    const page = await open((context) => context.addInitScript("{ const now = Date.now; Date.now = () => now() + 3 * 3_600_000; }"));
    await goTo(page, `#/instance/${await findId(shop.system, "order-clock")}`);
    await sees(page, "in 1 d 23 h");
    expect(await page.locator("header .state").innerText()).toContain("This clock is 3 h ahead of the server's, whose moments are shown.");
  });

  it("goes on by itself when the server is back, and shows what has happened meanwhile", async () => {
    const serve = (port: number) => {
      const ui = createUi(shop.system, { authorize: () => true });
      return openFetchServer({ port, host: "127.0.0.1", handle: ui, onError: () => {} });
    };
    const first = await serve(0);
    const page = await openPage(browser, `http://127.0.0.1:${first.port}/`);
    onTestFinished(() => page.context().close());
    await goTo(page, "#/instances?q=order-meanwhile");
    await sees(page, "No instance matches.");
    await first.close();
    await expect.poll(() => page.locator("header .state").innerText(), patience).toContain("No connection to the server; trying again.");
    await shop.system.dispatch(place("order-meanwhile"));
    const second = await serve(first.port);
    onTestFinished(() => second.close());
    await page.getByRole("button", { name: "1 new: show it" }).click();
    await sees(page, "order-meanwhile");
    await expect.poll(() => page.locator("header .state").innerText(), patience).toBe("live");
  });

  it("says in a sentence that something cannot be shown, and leaves the rest of the page", async () => {
    const page = await open();
    await page.route("**/api/overview", (route) => route.fulfill({ json: { counts: null } }));
    await page.reload();
    await sees(page, "This cannot be shown");
    await page.getByRole("link", { name: "Instances" }).click();
    await sees(page, "order-499");
  });
});
