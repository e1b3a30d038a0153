import { execFile, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { describe, expect, test as it } from "vitest";
import { projectFolder } from "../support/project-folder.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("a test of the unit level", () => {
  it("is found out when it starts an OS process or a thread", () => {
    expect(() => spawn(process.execPath)).toThrow("calls child_process.spawn");
    expect(() => execFile(process.execPath)).toThrow("calls child_process.execFile");
    expect(() => new Worker("", { eval: true })).toThrow("starts a thread");
  });

  // Both fail at their end, which is as it should be: `it.fails` passes because they do.
  it.fails("is found out when it waits by a timer", () => pause(210));
  it.fails("is found out when it waits by a promise of Node's", () => sleep(210));

  it("may wait shortly, and set a limit that is not reached", async () => {
    const limit = setTimeout(() => {}, 60_000);
    await pause(1);
    clearTimeout(limit);
  });
});

describe("an OS process of a test", () => {
  it("is started by the one harness, which ends it with the test; the server of Restate has one of its own", () => {
    const files = readdirSync(join(projectFolder, "test"), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(?:ts|mjs)$/.test(file))
      .map((file) => `test/${file}`);
    expect(files).toContain("test/support/os-process.ts");
    const importers = files.filter((file) => /from "(?:node:)?child_process"/.test(readFileSync(join(projectFolder, file), "utf8")));
    expect(importers.toSorted()).toEqual([
      "test/architecture/levels.test.ts",
      "test/support/os-process.ts",
      "test/support/restate-server.ts",
      "test/support/unit-level.ts",
    ]);
  });
});
