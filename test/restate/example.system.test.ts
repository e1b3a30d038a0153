import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { jiti, startNode } from "../support/os-process.ts";
import { isLongForm } from "../support/long-form.ts";
import { until } from "../support/patience.ts";
import { isRestateHere } from "../support/restate-server.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const example = "examples/order-lifecycle/restate/main.ts";

test.skipIf(!isRestateHere())(
  "npm run example:restate tells the whole story over two kills, cleans up and exits with 0",
  { timeout: 180_000 },
  async () => {
    const folder = createTemporaryFolder();

    const { code, stdout, stderr } = await startNode([jiti, example], { env: { TMPDIR: folder } }).ended;

    expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("All went as told.") });
    expect(stdout).toMatch(/killed +service process \d+, by SIGKILL[^]+killed +server \d+, by SIGKILL[^]+o-4 +timed_out/);
    const by = (pattern: RegExp) => pattern.exec(stdout)![1];
    expect(by(/o-4 +command +sendWelcomeEmail: .*by process (\d+)/)).not.toBe(by(/killed +service process (\d+)/));
    expect(listRunning(stdout)).toEqual([]);
    expect(listLeft(folder)).toEqual([]);
  },
);

test.skipIf(!isRestateHere() || !isLongForm)(
  "npm run example:restate leaves nothing behind when it is ended by Ctrl-C",
  { timeout: 120_000 },
  async () => {
    const folder = createTemporaryFolder();
    const story = startNode([jiti, example], { env: { TMPDIR: folder } });
    await story.line("stdout", /o-1 +handled/);

    const { code, stdout } = await story.stop("SIGINT");

    expect(code).toBe(1);
    // Nobody waits for what is killed at the end.
    await until(
      () => listRunning(stdout),
      (pids) => pids.length === 0,
    );
    expect(listLeft(folder)).toEqual([]);
  },
);

/** The processes that a story has told of and that still run. */
function listRunning(story: string): readonly number[] {
  const pids = [...story.matchAll(/process(?:es)? (\d+)(?: and (\d+))?/g)].flatMap(([, ...found]) => found.filter(Boolean).map(Number));
  expect(pids.length).toBeGreaterThan(2);
  return [...new Set(pids)].filter(isRunning);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function listLeft(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith("perdure-"));
}
