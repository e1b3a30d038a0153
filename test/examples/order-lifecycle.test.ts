import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const jiti = join(dirname(createRequire(import.meta.url).resolve("jiti/package.json")), "lib/jiti-cli.mjs");

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

test("npm start tells the whole story, cleans up and exits with 0", { timeout: 90_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "perdure-test-"));
  folders.push(folder);

  const { code, stdout, stderr } = await run("examples/order-lifecycle/main.ts", { NO_COLOR: "1", TMPDIR: folder });

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

interface Ended {
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(script: string, env: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [jiti, script], { cwd: root, env: { ...process.env, ...env }, timeout: 80_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? null), stdout, stderr });
    });
  });
}

/** The cells of the rows below a heading, up to the next empty line. */
function tableBelow(heading: string, text: string): string[][] {
  const lines = text.slice(text.indexOf(heading)).split("\n\n")[0]!.split("\n");
  const header = lines.findIndex((line) => /^ +[A-Z ]+$/.test(line));
  return lines.slice(header + 1).map((line) => line.trim().split(/ {2,}/));
}
