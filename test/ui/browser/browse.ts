import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { expect } from "vitest";
import { findChromium } from "../../cli/chromium.ts";

const executablePath = findChromium();

/** Where there is no Chromium, tests in it are skipped, and their names say why. */
export const isMissing = executablePath === undefined;
export const why = isMissing ? " (skipped: no chromium on PATH)" : "";

// Much else may run on the machine.
export const patience = { timeout: 15_000 };

/** How the page is looked at. */
export interface Look {
  readonly name: string;
  readonly width: number;
  readonly colorScheme: "light" | "dark";
  /** Of axe-core, which takes its time; all if `undefined`. Colours are what differs between the schemes. */
  readonly rules?: readonly string[];
}

export const looks: readonly Look[] = [
  { name: "light", width: 1280, colorScheme: "light" },
  { name: "dark", width: 1280, colorScheme: "dark", rules: ["color-contrast", "link-in-text-block"] },
  { name: "light and narrow", width: 390, colorScheme: "light" },
  { name: "dark and narrow", width: 390, colorScheme: "dark", rules: ["color-contrast", "link-in-text-block"] },
];

const HEIGHT = 900;

/** A browser for all tests of one file; whoever launches it closes it. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox", "--disable-gpu"] });
}

/** Opens `url` in a page of its own. What it logs as an error, or throws, is in `problems`. */
export async function openPage(
  browser: Browser,
  url: string,
  prepare: (context: BrowserContext) => Promise<unknown> = async () => {},
): Promise<Page & { readonly problems: readonly string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: HEIGHT }, reducedMotion: "reduce", timezoneId: "UTC" });
  await prepare(context);
  const page = await context.newPage();
  page.setDefaultTimeout(patience.timeout);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(url);
  return Object.assign(page, { problems });
}

export async function lookAt(page: Page, { width, colorScheme }: Look): Promise<void> {
  await page.setViewportSize({ width, height: HEIGHT });
  await page.emulateMedia({ colorScheme });
}

/** Goes where a link would, without loading the page anew. */
export async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate(`void (location.hash = ${JSON.stringify(hash)})`);
}

/** Waits until the content has these words. */
export async function sees(page: Page, ...words: readonly string[]): Promise<void> {
  for (const each of words) await expect.poll(() => page.locator("main").innerText(), patience).toContain(each);
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds that keeps people from using the page: each a line. */
export async function findBarriers(page: Page, { rules }: Pick<Look, "rules"> = {}): Promise<readonly string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axeSource);
  const options = { resultTypes: ["violations"], ...(rules !== undefined && { runOnly: rules }) };
  return page.evaluate<string[]>(`axe.run(document, ${JSON.stringify(options)}).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => id + " at " + nodes.length + " places, first " + nodes[0].target.join(" ") + ": " + nodes[0].failureSummary))`);
}
