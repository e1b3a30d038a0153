import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test as it } from "vitest";
import { openShop, place } from "../../cli/shop.ts";
import { goTo, isMissing, launch, openPage, patience, sees, why } from "./browse.ts";

describe.skipIf(isMissing)(`the page of \`perdure ui\`${why}`, () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launch();
  }, 60_000);

  afterAll(() => browser?.close());

  it(
    "shows what comes when it is asked for, says that the worker and the server have died, and goes on by itself",
    { timeout: 90_000 },
    async () => {
      const project = await openShop([place("order-1")]);
      const worker = await project.start("start");
      const running = project.open("ui", "--by", "ada");
      const page = await openPage(browser, await running.line());
      onTestFinished(() => page.context().close());
      const state = () => page.locator("header .state").innerText();
      expect(new URL(page.url()).search).toBe("");

      await goTo(page, "#/instances");
      await sees(page, "order-1");
      expect((await project.run(["send", "OrderPlaced", "order-9"])).code).toBe(0);
      await sees(page, "1 new: show it");
      expect(await page.getByRole("main").innerText()).not.toContain("order-9");
      await page.getByRole("button", { name: "1 new: show it" }).click();
      await sees(page, "order-9");
      await goTo(page, "#/map");
      await page.locator(".picture svg text").first().waitFor();

      // The worker dies. What is asked for is noted, and done by the next one.
      await worker.kill();
      await expect.poll(state, patience).toContain("No worker runs: what waits is handled when one starts.");
      await goTo(page, "#/instances?q=order-9");
      await page.getByRole("link", { name: "order-9" }).click();
      await page.getByRole("button", { name: "Suspend" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Suspend" }).click();
      await sees(page, "Noted: no worker runs, and the next one does it.");
      await project.start("start");
      await sees(page, "suspended by\nada");
      await expect.poll(state, patience).toBe("live");

      expect((await running.stop()).code).toBe(0);
      await expect.poll(state, patience).toContain("No connection to the server; trying again.");
      await sees(page, "order-9");
    },
  );
});
