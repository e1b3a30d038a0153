import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runExample } from "./run-example.ts";

test("the first program completes the paid order, times out the unpaid one, and accepts no event twice", { timeout: 90_000 }, async () => {
  const folder = await makeFolder();
  const run = () => runExample("order-lifecycle/main.ts", { cwd: folder });
  const print = (outcome: string) =>
    ["ada-1-placed", "bob-1-placed", "ada-1-paid"].map((eventId) => `${eventId} ${outcome}\n`).join("") +
    "The order of Ada is completed, the order of Bob is timed_out.\n";

  expect(await run()).toMatchObject({ code: 0, stderr: "", stdout: print("accepted") });
  expect(await run()).toMatchObject({ code: 0, stderr: "", stdout: print("duplicate") });
  expect(await readdir(folder)).toEqual(["orders.db"]);
});

test("npm start tells the whole story, cleans up and exits with 0", { timeout: 90_000 }, async () => {
  const folder = await makeFolder();

  const { code, stdout, stderr } = await runExample("order-lifecycle/demo/main.ts", { env: { TMPDIR: folder } });

  expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("All went as told.") });
  const rows = tableBelow("The instances, as stored", stdout);
  expect(rows.map((cells) => cells.slice(1, 3))).toEqual([
    ["o-1", "completed"],
    ["o-2", "timed_out"],
    ["o-3", "failed"],
    ["o-4", "timed_out"],
  ]);
  expect(tableBelow("The open dead letters", stdout).map((cells) => cells.slice(1, 4))).toEqual([["o-3", "on-payment-received", "4"]]);
  expect(stdout).not.toContain("\u001B");
  expect((await readdir(folder)).filter((name) => name.startsWith("perdure-"))).toEqual([]);
});

test("npm run example:onboarding tells the whole story and exits with 0", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await runExample("user-onboarding/main.ts");

  expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("All went as told.") });
  expect(stdout).toMatch(/3\.0 {2}ben +no mail "Please confirm your address \(2\)": it has become pointless/);
  expect(stdout).toMatch(/14\.0 {2}cleo +gets "What was missing\?"/);
  expect(stdout).toMatch(/14\.0 {2}cleo +timed_out/);
});

test("npm run example:checkout tells the whole story and exits with 0", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await runExample("checkout-saga/main.ts");

  expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("All went as told.") });
  expect(stdout).toContain("ShipmentRefused → voidPayment, releaseStock, cancelOrder");
  expect(stdout).toContain("timed_out: stock reserved, payment pending, payment voided, stock released, cancelled");
  expect(stdout).toContain("CheckoutFailed → flagForReview");
});

test("npm run example:trial tells the whole story and exits with 0", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await runExample("trial-subscription/main.ts");

  expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("All went as told.") });
  expect(stdout).toMatch(/20\.0 {2}ben +stands in \{"collecting":\{"card":"given","address":"missing"\}\}/);
  expect(stdout).toMatch(/2\.8 {2}cleo +gets "Welcome to garden, receipt r-2"/);
  expect(stdout).toMatch(/10\.0 {2}dan +expired/);
});

test("npm run example:shop tells the whole story over HTTP, cleans up and exits with 0", { timeout: 60_000 }, async () => {
  const folder = await makeFolder();
  const { code, stdout, stderr } = await runExample("shop/main.ts", { env: { TMPDIR: folder } });

  expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("All went as told.") });
  expect(stdout).toMatch(/0\.0 {2}cleo +is told: there is no lamp left/);
  expect(stdout).toMatch(/1\.5 {2}dan +gets "Your chair is cancelled: you asked for it"/);
  expect(stdout).toContain("until 2026-03-30T07:00:00.000Z: 1 shipped, 49 €");
  expect((await readdir(folder)).filter((name) => name.startsWith("perdure-"))).toEqual([]);
});

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "perdure-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The cells of the rows below a heading, up to the next empty line. */
function tableBelow(heading: string, text: string): string[][] {
  const lines = text.slice(text.indexOf(heading)).split("\n\n")[0]!.split("\n");
  const header = lines.findIndex((line) => /^ +[A-Z ]+$/.test(line));
  return lines.slice(header + 1).map((line) => line.trim().split(/ {2,}/));
}
