// Makes the pictures of the page that the README shows, of an instance of `perdure ui --demo`, in light and in dark. `npm run pictures` calls it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const LARGEST_BYTES = 150_000;
const LOOKS = 60;

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const folders = (process.env.PATH ?? "").split(delimiter);
const executablePath = ["chromium", "chromium-browser", "google-chrome"]
  .flatMap((name) => folders.map((folder) => join(folder, name)))
  .find((path) => existsSync(path));
if (executablePath === undefined) throw new Error("there is no Chromium on PATH: on Debian, `apt-get install chromium` installs it");

const demo = spawn(process.execPath, [here("../../dist/cli/main.js"), "ui", "--demo"], { stdio: ["ignore", "pipe", "ignore"] });
const browser = await chromium.launch({ executablePath });
try {
  const [printed] = await once(demo.stdout, "data");
  const address = String(printed).trim();
  const context = await browser.newContext({ viewport: { width: 1280, height: 905 }, locale: "en-GB", timezoneId: "UTC" });
  const page = await context.newPage();
  await page.goto(address);
  const instance = await findInstance(context.request, new URL(address).origin);
  await page.goto(`${new URL(address).origin}/#/instance/${instance.processId}`);
  await page.locator("svg.perdure-chart").waitFor();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await sleep(500);
    const path = here(`page-${colorScheme}.png`);
    await page.screenshot({ path });
    const { size } = statSync(path);
    if (size > LARGEST_BYTES) throw new Error(`${path} has ${size} bytes, which is more than ${LARGEST_BYTES}`);
    console.log(`${path}  ${size} bytes`);
  }
} finally {
  await browser.close();
  demo.kill("SIGINT");
  await once(demo, "exit");
}

/** An order that is paid and packed, so that there is something to see in its chart and in its journal. */
async function findInstance(request, origin) {
  for (let look = 0; look < LOOKS; look += 1) {
    const { items } = await (await request.get(`${origin}/api/instances?process=order/fulfilment&status=started`)).json();
    const found = items.find(({ state }) => state?.includes("onItsWay"));
    if (found !== undefined) return found;
    await sleep(1_000);
  }
  throw new Error("no order of the demonstration was on its way within a minute");
}
