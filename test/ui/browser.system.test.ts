import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type BrowserPage, findChromium, openPage } from "../cli/chromium.ts";
import { openShop, place } from "../cli/shop.ts";

const chromium = findChromium();
const why = chromium === undefined ? " (skipped: no chromium on PATH)" : "";
const soon = { timeout: 15_000 };
const hostile = "</script></style><img src=x onerror='globalThis.attacked = true'>";

const files = {
  "domain/order/processes/order-lifecycle/context.js": `
    const validate = ({ note = "" }) => ({ value: { note } });
    export const context = { "~standard": { version: 1, vendor: "test", validate } };`,
  "domain/order/processes/order-lifecycle/index.js": `
    export const config = ({ events }) => ({
      startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: "7d", retry: { retryStrategy: "none" },
    });`,
  "domain/order/processes/order-lifecycle/on-order-placed.js": `
    export async function handler({ event, commands }) {
      if (event.payload.of.startsWith("bad")) throw new TypeError("no printer for " + event.payload.of);
      await commands.sendWelcomeEmail({ aggregateId: event.aggregateId, delay: "1h" });
      return { note: event.payload.note ?? "" };
    }`,
};

/** What a reader does: the page's own words are all that is looked for. */
function readerOf(page: BrowserPage, url: string) {
  const { origin } = new URL(url);
  const evaluate = <Value>(expression: string) => page.evaluate<Value>(origin, expression);
  const text = () => evaluate<string>("document.querySelector('main')?.innerText ?? ''");
  const find = (selector: string, words: string) =>
    `[...document.querySelectorAll(${JSON.stringify(selector)})].find((each) => each.textContent.includes(${JSON.stringify(words)}))`;
  return {
    evaluate,
    text,
    /** Waits until the content has these words. */
    sees: async (...words: readonly string[]) => {
      for (const each of words) await expect.poll(text, soon).toContain(each);
    },
    goTo: (hash: string) => evaluate(`void (location.hash = ${JSON.stringify(hash)})`),
    click: async (selector: string, words: string) => {
      await expect.poll(() => evaluate<boolean>(`${find(selector, words)} !== undefined`), soon).toBe(true);
      await evaluate(`void ${find(selector, words)}.click()`);
    },
    type: (selector: string, words: string) =>
      evaluate(`void (() => {
        const field = document.querySelector(${JSON.stringify(selector)});
        field.value = ${JSON.stringify(words)};
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      })()`),
    /** What the picture's own tree has that matches. */
    drawn: (selector: string) =>
      evaluate<number>(`document.querySelector(".picture")?.shadowRoot?.querySelectorAll(${JSON.stringify(selector)}).length ?? 0`),
  };
}

test.skipIf(chromium === undefined)(
  `an operator looks at an instance on its chart, mends a letter, and sees what comes, and nothing that is stored runs${why}`,
  { timeout: 90_000 },
  async () => {
    const bad = { type: "OrderPlaced", aggregateId: "bad-1", payload: { of: "bad-1" } };
    const project = await openShop(
      [{ ...place("order-1"), payload: { of: "order-1", note: hostile } }, bad, { ...bad, aggregateId: "bad-2", payload: { of: "bad-2" } }],
      { ...files },
    );
    const worker = await project.start("start");
    const running = project.open("ui", "--by", "ada");
    const url = await running.line();
    const page = await openPage(chromium!, url);
    const reader = readerOf(page, url);

    await reader.sees("order/order-lifecycle", "sendWelcomeEmail", "Dead letters");
    expect(await reader.evaluate("location.search")).toBe("");

    // The instance on its chart, and a step of its journal.
    await reader.goTo("#/instances?q=order-1");
    await reader.click("tbody a", "order-1");
    await reader.sees("Journal", hostile);
    await expect.poll(() => reader.drawn(".started.highlight"), soon).toBe(1);
    await reader.click(".timeline button", "started");
    await reader.sees("Where it stood after the step that is marked.");

    // Two letters are one group; one is mended, and the other retried with its group.
    await reader.goTo("#/letters");
    await reader.sees("2 letters of on-order-placed", "no printer for bad-1");
    await reader.click(".rows a", "OrderPlaced");
    await reader.click("button", "Edit and retry");
    await reader.type("textarea", '{"of":"good"}');
    await reader.click("button", "Retry with this payload");
    await reader.sees("retried", "ada");
    await reader.goTo("#/letters");
    await reader.sees("1 letter of on-order-placed");
    await reader.click("button", "Discard");
    await reader.sees("what waits behind its letter is dropped");
    await reader.click("dialog button[type=submit]", "Discard");
    await reader.sees("There is no open dead letter.");

    // What comes is counted, and shown when it is asked for.
    await reader.goTo("#/instances");
    await reader.sees("order-1");
    expect((await project.run(["send", "OrderPlaced", "order-9", "--payload", '{"of":"order-9"}'])).code).toBe(0);
    await reader.sees("1 new: show it");
    expect(await reader.text()).not.toContain("order-9");
    await reader.click("button", "1 new");
    await reader.sees("order-9");

    for (const [view, words] of [
      ["timers", "timeout"],
      ["schedules", "There is no schedule."],
      ["processes", "order/order-lifecycle"],
    ]) {
      await reader.goTo(`#/${view}`);
      await reader.sees(words!);
    }
    await reader.goTo("#/map");
    await expect.poll(() => reader.drawn("text"), soon).toBeGreaterThan(3);

    expect(await reader.evaluate("globalThis.attacked ?? 'no'")).toBe("no");
    expect(await reader.evaluate("[...document.querySelectorAll('img, iframe, object')].length")).toBe(0);

    // The worker goes, and so does the server; the page says each.
    await worker.stop();
    const state = () => reader.evaluate<string>("document.querySelector('.state').innerText");
    await expect.poll(state, soon).toContain("No worker runs");
    const screenshot = process.env["PERDURE_SCREENSHOT"];
    if (screenshot !== undefined) writeFileSync(join(screenshot, "ui.png"), await page.screenshot());
    expect((await running.stop()).code).toBe(0);
    await expect.poll(state, soon).toContain("No connection to the server");
  },
);
