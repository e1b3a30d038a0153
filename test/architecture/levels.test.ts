import { execFile, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { describe, expect, test as it } from "vitest";

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
