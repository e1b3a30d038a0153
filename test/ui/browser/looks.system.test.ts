import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { drawDomain } from "perdure";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test as it } from "vitest";
import { projectFolder } from "../../support/project-folder.ts";
import { findBarriers, goTo, isMissing, launch, lookAt, looks, openPage, patience, sees, why } from "./browse.ts";
import { fill, findId, openShop, type Shop } from "./shop.ts";

// A folder for pictures, for whoever wants to look by eye.
const screenshots = process.env["PERDURE_SCREENSHOT"];

const map = () => drawDomain({ domain: join(projectFolder, "test/docs/shop/domain"), format: "svg" });

describe.skipIf(isMissing)(`each page${why}`, () => {
  let browser: Browser;
  let shop: Shop;
  let places: readonly (readonly [name: string, hash: string, ...words: readonly string[]])[];

  beforeAll(async () => {
    [browser, shop] = await Promise.all([launch(), openShop({ by: "ada", map })]);
    await fill(shop);
    const [letter] = await shop.system.deadLetters.list();
    places = [
      ["overview", "#/", "accepted a minute", "remind", "order/order-lifecycle"],
      ["processes", "#/processes", "subscription/trial"],
      ["process", "#/process/order%2Forder-lifecycle", "order/order-lifecycle"],
      ["own-chart", "#/process/subscription%2Ftrial", "subscription/trial"],
      ["instances", "#/instances", "order-12", "suspended"],
      ["instance", `#/instance/${await findId(shop.system, "order-2")}`, "Journal", "the provider answers 503 to order-2"],
      ["instance-chart", `#/instance/${await findId(shop.system, "barbara")}`, "Journal", "PaymentMissed"],
      ["letters", "#/letters", "2 letters of on-payment-received", "the provider answers 503"],
      ["letter", `#/letter/${letter!.id}`, "Payload", "Caused by"],
      ["timers", "#/timers", "timeout", "order-12"],
      ["schedules", "#/schedules", "report/weekly"],
      ["map", "#/map", "Map"],
    ];
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await shop?.close();
  });

  it.for(looks)("has in $name what it is for, fits, and keeps nobody out as far as axe-core can tell", async (look) => {
    const page = await openPage(browser, shop.url);
    await lookAt(page, look);
    const barriers: string[] = [];
    for (const [name, hash, ...words] of places) {
      await goTo(page, hash);
      await sees(page, ...words);
      await expect.poll(() => page.locator(".loading").count(), patience).toBe(0);
      if (screenshots !== undefined) {
        mkdirSync(screenshots, { recursive: true });
        await page.screenshot({ path: join(screenshots, `${name}-${look.colorScheme}-${look.width}.png`), fullPage: true });
      }
      barriers.push(...(await findBarriers(page, look)).map((barrier) => `${name}: ${barrier}`));
      const width = await page.evaluate<number>("document.documentElement.scrollWidth");
      if (width > look.width) barriers.push(`${name}: it is ${width} wide`);
    }
    expect(barriers).toEqual([]);
    expect(page.problems).toEqual([]);
    expect(shop.errors).toEqual([]);
    await page.context().close();
  });
});
