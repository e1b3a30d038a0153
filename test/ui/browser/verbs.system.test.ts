import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test as it } from "vitest";
import { pay, place } from "../open-ui.ts";
import { goTo, isMissing, launch, openPage, patience, sees, why } from "./browse.ts";
import { findId, openShop, type Shop } from "./shop.ts";

let browser: Browser;
let shop: Shop;
let page: Page;

/** Presses a button of the page, and then the dialog's of the same name. */
async function confirm(button: string, { reason, when }: { readonly reason?: string; readonly when?: string } = {}): Promise<void> {
  await page.getByRole("main").getByRole("button", { name: button, exact: true }).first().click();
  const dialog = page.getByRole("dialog");
  if (when !== undefined) await dialog.getByLabel("When").fill(when);
  if (reason !== undefined) await dialog.getByLabel("Reason, for the journal").fill(reason);
  await dialog.getByRole("button", { name: button, exact: true }).click();
  await dialog.waitFor({ state: "detached" });
}

/** An instance of its own, which the page shows. */
async function openInstance(aggregateId: string): Promise<string> {
  await shop.system.dispatch(place(aggregateId));
  await shop.system.whenIdle();
  const id = await findId(shop.system, aggregateId);
  await goTo(page, `#/instance/${id}`);
  await sees(page, aggregateId, "Journal");
  return id;
}

/** Letters of payments that have failed, one for each order. */
async function failPayments(...orders: readonly string[]): Promise<readonly string[]> {
  const { system, provider } = shop;
  await system.dispatch(orders.map((id) => place(id)));
  provider.isDown = true;
  await system.dispatch(orders.map((id) => pay(id, 1)));
  await system.whenIdle();
  provider.isDown = false;
  return Promise.all(orders.map(async (aggregateId) => (await system.deadLetters.list({ aggregateId }))[0]!.id));
}

async function openLetter(aggregateId: string): Promise<string> {
  const [id] = await failPayments(aggregateId);
  await goTo(page, `#/letter/${id}`);
  await sees(page, aggregateId, "Payload");
  return id!;
}

const lastEntry = async (id: string) => (await shop.system.processes.history(id)).at(-1)!;
const statusOf = async (id: string) => (await shop.system.deadLetters.get(id))!.status;

describe.skipIf(isMissing)(`an operator at the page${why}`, () => {
  beforeAll(async () => {
    [browser, shop] = await Promise.all([launch(), openShop()]);
    page = await openPage(browser, shop.url);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await shop?.close();
  });

  it("suspends an instance, resumes it, moves its timeout and cancels it, with who and why", async () => {
    const id = await openInstance("order-i");
    await confirm("Suspend", { reason: "a dispute" });
    await sees(page, "suspended by\nada", "a dispute");
    await confirm("Resume", { reason: "settled" });
    await expect.poll(() => lastEntry(id), patience).toMatchObject({ kind: "unsuspended", by: "ada", reason: "settled" });
    await confirm("Move the timeout", { when: "2199-01-31T09:00:00Z" });
    await sees(page, "2199");
    await confirm("Cancel the instance", { reason: "a joke" });
    await sees(page, "cancelled");
    expect(await shop.system.processes.get(id)).toMatchObject({ status: "cancelled" });
    expect(await lastEntry(id)).toMatchObject({ by: "ada", reason: "a joke" });
    // What has ended takes nothing more.
    await expect.poll(() => page.getByRole("button", { name: "Suspend" }).count(), patience).toBe(0);
  });

  it("does nothing by opening what is asked first, and leaving it", async () => {
    const id = await openInstance("order-leave");
    const before = await lastEntry(id);
    await page.getByRole("button", { name: "Cancel the instance" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Leave it" }).click();
    // A key that follows at once belongs to the dialog: before the browser takes another event, the dialog is open.
    await page.getByRole("button", { name: "Suspend" }).focus();
    expect(await page.evaluate(`document.activeElement.click(); Promise.resolve().then(() => document.querySelector("dialog").open)`)).toBe(
      true,
    );
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await page.evaluate("document.activeElement?.textContent")).toBe("Suspend");
    expect(await lastEntry(id)).toEqual(before);
  });

  it("moves a command that is not due, and calls it off", async () => {
    const processId = await openInstance("order-c");
    await confirm("Reschedule", { when: "2199-01-31T09:00:00Z" });
    await expect
      .poll(async () => (await shop.system.scheduled.list({ processId }))[0]!.dueAt, patience)
      .toEqual(new Date("2199-01-31T09:00:00Z"));
    await confirm("Cancel the command", { reason: "paid already" });
    await expect.poll(() => shop.system.scheduled.list({ processId }), patience).toEqual([]);
    await expect.poll(() => page.getByRole("button", { name: "Cancel the command" }).count(), patience).toBe(0);
  });

  it("is told of a moment that cannot be understood, and may say another", async () => {
    await openInstance("order-m");
    await page.getByRole("button", { name: "Move the timeout" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("When").fill("whenever");
    await dialog.getByRole("button", { name: "Move the timeout" }).click();
    await expect.poll(() => dialog.getByRole("alert").textContent(), patience).toContain('"whenever"');
    await dialog.getByLabel("When").fill("3d");
    await dialog.getByRole("button", { name: "Move the timeout" }).click();
    await dialog.waitFor({ state: "detached" });
  });

  it("retries a letter, skips one and discards one", async () => {
    const retried = await openLetter("order-r");
    await confirm("Retry");
    await sees(page, "status\nretried");
    expect(await statusOf(retried)).toBe("retried");
    const skipped = await openLetter("order-s");
    await confirm("Skip", { reason: "paid in cash" });
    await sees(page, "paid in cash");
    expect(await statusOf(skipped)).toBe("skipped");
    const discarded = await openLetter("order-d");
    await confirm("Discard", { reason: "a test" });
    await sees(page, "a test");
    expect(await statusOf(discarded)).toBe("discarded");
  });

  it("retries a letter with an edited payload, and is told of one that is no JSON", async () => {
    const id = await openLetter("order-e");
    await page.getByRole("button", { name: "Edit and retry" }).click();
    await page.getByLabel("Payload, as JSON").fill('{"amount": ');
    await page.getByRole("button", { name: "Retry with this payload" }).click();
    await sees(page, "The payload");
    expect(await statusOf(id)).toBe("open");
    await page.getByLabel("Payload, as JSON").fill('{"amount": 42}');
    await page.getByRole("button", { name: "Retry with this payload" }).click();
    await sees(page, "Retried with", "42");
    await shop.system.whenIdle();
    expect((await shop.system.processes.find({ aggregateId: "order-e" }))[0]).toMatchObject({ context: { paid: 42 } });
  });

  it("retries and discards all letters of a group", async () => {
    await failPayments("order-g1", "order-g2", "order-g3");
    await goTo(page, "#/letters");
    await sees(page, "3 letters of on-payment-received");
    await confirm("Retry all");
    await sees(page, "There is no open dead letter.");
    await expect.poll(() => shop.system.deadLetters.list(), patience).toEqual([]);
    const ids = await failPayments("order-g4", "order-g5");
    await page.getByRole("button", { name: "2 new" }).click();
    await confirm("Discard all", { reason: "given up" });
    await expect.poll(() => Promise.all(ids.map(statusOf)), patience).toEqual(["discarded", "discarded"]);
  });

  it("counts first what a verb for all that match would take, and then does it to these", async () => {
    const { system } = shop;
    for (const id of ["ada", "grace", "barbara"]) await system.dispatch({ type: "TrialBegun", aggregateId: id, payload: {} });
    await system.dispatch({ type: "CardGiven", aggregateId: "ada", payload: {} });
    await system.whenIdle();
    await goTo(page, "#/process/subscription%2Ftrial");
    await page.locator("a.count", { hasText: "2" }).first().waitFor();
    await page.getByLabel("2 in trial", { exact: true }).click();
    await sees(page, "grace", "barbara");
    await page.getByRole("button", { name: "Suspend these" }).click();
    await expect.poll(() => page.getByRole("dialog").innerText(), patience).toContain("2 open instances can be changed so.");
    await page.getByRole("dialog").getByRole("button", { name: "Leave it" }).click();
    expect(await system.processes.find({ suspended: true })).toEqual([]);
    await confirm("Suspend these", { reason: "a price that is wrong" });
    await expect.poll(() => system.processes.find({ suspended: true }), patience).toHaveLength(2);
    expect(await lastEntry(await findId(system, "grace"))).toMatchObject({ by: "ada", reason: "a price that is wrong" });
    await sees(page, "2 of 2 done");
    await confirm("Resume these");
    await expect.poll(() => system.processes.find({ suspended: true }), patience).toEqual([]);
    await confirm("Cancel these", { reason: "over" });
    await expect.poll(() => system.processes.find({ process: "subscription/trial", status: "cancelled" }), patience).toHaveLength(2);
    expect(await system.processes.find({ aggregateId: "ada" })).toMatchObject([{ status: "started" }]);
  });

  it("runs a schedule beside its moments", async () => {
    await goTo(page, "#/schedules");
    await sees(page, "report/weekly");
    await confirm("Run now");
    await expect.poll(() => shop.system.processes.find({ aggregateId: "of-the-week" }), patience).toHaveLength(1);
  });
});
