import { fileURLToPath } from "node:url";
import { createProcessSystem, defineProcess, type ProcessSystem } from "perdure";
import { describe, expect, type onTestFinished, test as it } from "vitest";
import { type Ended, runNode, startNode } from "../support/os-process.ts";
import { within } from "../support/patience.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { placed } from "./lives.ts";

const program = fileURLToPath(new URL("dying-worker.mjs", import.meta.url));
const limitedProgram = fileURLToPath(new URL("limited-worker.mjs", import.meta.url));
const MOST_LIVES = 15;

type OnFinished = typeof onTestFinished;

/** Starts a worker again and again until one ends with nothing left to do. */
async function supervise(path: string, leaseMs: number, onFinished: OnFinished): Promise<readonly Ended[]> {
  const ends: Ended[] = [];
  const args = ["--max-old-space-size=48", program, path, String(leaseMs)];
  while (ends.at(-1)?.code !== 0 && ends.length < MOST_LIVES) ends.push(await runNode(args, { onFinished }));
  return ends;
}

async function accept(path: string, ...aggregateIds: readonly string[]): Promise<ProcessSystem> {
  const definition = defineProcess({ aggregate: "order", name: "lc", startedBy: ["OrderPlaced"], completedBy: [], timeout: "1d", on: {} });
  const client = await createProcessSystem({ role: "client", definitions: [definition], store: { path } });
  await client.dispatch(placed(...aggregateIds));
  return client;
}

const errorsOf = async (system: ProcessSystem) =>
  Object.fromEntries((await system.deadLetters.list()).map(({ aggregateId, error }) => [aggregateId, error.code ?? error.message]));

describe.concurrent("an OS process that its handlers end", () => {
  it("by aborting, exiting, using up its memory or throwing in a timer: each is a dead letter, and the others are handled", async ({
    onTestFinished,
  }) => {
    const path = createDatabasePath(onTestFinished);
    const client = await accept(path, "abort", "sound-1", "exit", "memory", "timer", "rejection", "sound-2");
    onTestFinished(() => client.stop());
    const ends = await supervise(path, 60_000, onTestFinished);
    expect(await errorsOf(client)).toEqual({
      abort: "WORKER_DIED",
      exit: "WORKER_DIED",
      memory: "WORKER_DIED",
      timer: "WORKER_DIED",
      rejection: "a promise that nobody awaits",
    });
    expect((await client.processes.find({ status: "started" })).map(({ aggregateId }) => aggregateId).toSorted()).toEqual([
      "sound-1",
      "sound-2",
    ]);
    // Two that all of them may have ended, and one for each that does.
    expect(ends).toHaveLength(2 + 4 + 1);
    expect(ends.every(({ stdout }) => stdout.startsWith("ready: working\n"))).toBe(true);
  });

  it("or that one of them blocks for longer than the lease, with another worker standing by", async ({ onTestFinished }) => {
    const path = createDatabasePath(onTestFinished);
    const client = await accept(path, "block");
    onTestFinished(() => client.stop());
    await Promise.all([supervise(path, 400, onTestFinished), supervise(path, 400, onTestFinished), client.dispatch(placed("light"))]);
    expect(await errorsOf(client)).toEqual({ block: "WORKER_DIED" });
    expect(await client.processes.find({ aggregateId: "light" })).toMatchObject([{ status: "started" }]);
  });
});

describe("commands that may have ended the OS process", () => {
  it("run, though their limits let few of them run at once and memory holds few of those that wait", async () => {
    const path = createDatabasePath();
    const client = await accept(path, ...Array.from({ length: 24 }, (_, at) => `order-${at}`));
    const signals: (string | null)[] = [];
    for (let life = 1; life <= 3; life += 1) {
      const worker = startNode([limitedProgram, path, String(life)]);
      const { code, signal } = await within(worker.ended, "the commands run");
      signals.push(signal ?? String(code));
    }
    expect(signals).toEqual(["SIGKILL", "SIGKILL", "0"]);
    expect(await client.lag()).toMatchObject({ handled: 24, pendingCommands: 0 });
    await client.stop();
  });
});

describe("a promise that rejects outside of every handler", () => {
  it("ends the OS process as it does by default, also while handlers are watched", async () => {
    const module = (path: string) => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href);
    const code = `
      import { watchRejections } from ${module("runtime/core/rejections.js")};
      const foreign = () => void Promise.reject(new Error("foreign"));
      watchRejections(() => true).run(() => void Promise.reject(new Error("own")));
      setTimeout(foreign, 20);
      setTimeout(() => console.log("still here"), 200);
    `;
    const ended = await runNode(["--input-type=module", "-e", code]);
    expect(ended.stderr).toContain("foreign");
    expect(ended.stderr).not.toContain("own");
    expect([ended.code, ended.stdout]).toEqual([1, ""]);
  });
});
