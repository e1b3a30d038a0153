import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findChromium, openPage } from "./chromium.ts";
import { serveReceiver } from "./receiver/serve-receiver.ts";
import { fulfil, openShop, place, work } from "./shop.ts";

const chromium = findChromium();
const why = chromium === undefined ? " (skipped: no chromium on PATH)" : "";
const soon = { timeout: 15_000 };

interface Drawn {
  readonly name: string;
  readonly states: readonly string[];
  readonly present: readonly string[];
  readonly events: readonly string[];
}

const states = ["started", "completed", "timed_out", "failed"];
const draws = (id: string, present: string, ...events: readonly string[]): Drawn => ({
  name: `order/order-lifecycle ${id}`,
  states,
  present: [present],
  events: ["xstate.init", "OrderPlaced", ...events],
});

test.skipIf(chromium === undefined)(
  `a browser shows in the inspector's frame what is stored, what comes, and all of it again after a reload${why}`,
  { timeout: 90_000 },
  async () => {
    const project = await openShop([place("order-1"), place("order-2"), fulfil("order-1")]);
    const receiver = await serveReceiver();
    const running = await project.start("inspect", "--url", receiver.url);
    const url = await running.line();
    const [bridge, inspector] = [url, receiver.url].map((address) => new URL(address).origin) as [string, string];
    const page = await openPage(chromium!, url);
    const drawn = () => page.evaluate<readonly Drawn[]>(inspector, "drawn()");
    const stateLine = () => page.evaluate<string>(bridge, "document.getElementById('state').textContent");

    const stored = [draws("order-1", "completed", "OrderFulfilled"), draws("order-2", "started")];
    await expect.poll(drawn, soon).toEqual(stored);
    // The inspector has said twice that it listens.
    expect(await stateLine()).toBe("connected, 12 messages");

    await work(project, [fulfil("order-2"), place("order-3")]);
    const whole = [stored[0], draws("order-2", "completed", "OrderFulfilled"), draws("order-3", "started")];
    await expect.poll(drawn, soon).toEqual(whole);

    const screenshot = process.env["PERDURE_SCREENSHOT"];
    if (screenshot !== undefined) writeFileSync(screenshot, await page.screenshot());

    await page.evaluate(inspector, "location.reload()");
    await expect.poll(() => receiver.requests.filter(({ url }) => url === "/").length, soon).toBe(2);
    await expect.poll(drawn, soon).toEqual(whole);
    await page.evaluate(bridge, "location.reload()");
    await expect.poll(() => receiver.requests.filter(({ url }) => url === "/").length, soon).toBe(3);
    await expect.poll(drawn, soon).toEqual(whole);

    // Only the inspector in the frame is heeded, and nothing else may be in it.
    await page.evaluate(bridge, "document.getElementById('state').textContent = 'as before'");
    for (const from of ["{ source: window, origin: frame.dataset.origin }", "{ source: frame.contentWindow, origin: location.origin }"]) {
      const message = `new MessageEvent("message", { data: { type: "@statelyai.connected" }, ...${from} })`;
      await page.evaluate(bridge, `dispatchEvent(((frame) => ${message})(document.getElementById("inspector"))) || undefined`);
    }
    await page.evaluate(inspector, "location.href = 'http://localhost:' + location.port + '/elsewhere'");
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await stateLine()).toBe("as before");
    expect(receiver.requests.map(({ url }) => url)).not.toContain("/elsewhere");
    // It is not told who frames it: the address has the token in it.
    for (const { headers } of receiver.requests) expect(headers.referer ?? inspector).not.toContain(bridge);

    expect((await running.stop()).code).toBe(0);
    await expect.poll(stateLine, soon).toBe("not connected: perdure inspect has ended");
  },
);
