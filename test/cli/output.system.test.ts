import { pathToFileURL } from "node:url";
import { describe, expect, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { bin, startProcess } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";
import { Project } from "./perdure.ts";
import { readHere } from "./run-here.ts";
import { place, openShop } from "./shop.ts";

interface Stats {
  readonly worker: { readonly isAlive: boolean };
  readonly lag: { readonly accepted: number; readonly handled: number };
}

// It prints, as user's code does.
const talkative = {
  "domain/order/processes/order-lifecycle/on-order-placed.ts": `
    export async function handler({ event }) {
      console.log("placed", event.aggregateId);
      console.error("placed", event.aggregateId);
      process.stdout.write("x".repeat(100_000));
    }`,
};

const isWorked = ({ lag }: Stats) => lag.accepted === 2 && lag.handled === 2;

/** Starts a command whose output a shell redirects. */
const startIn = ({ folder }: Project, args: string, redirect: string, before = "") =>
  startProcess("bash", ["-c", `${before} exec "${process.execPath}" "${bin}" ${args} ${redirect}`], { cwd: folder });

const runIn = (...args: Parameters<typeof startIn>) => startIn(...args).ended;

describe("a worker whose output goes nowhere", () => {
  it("works on when the reader goes away, and gives its lease back when it is told to stop", async () => {
    const project = new Project(talkative);
    const worker = await project.start("start");
    worker.child.stdout!.destroy();
    worker.child.stderr!.destroy();
    for (const id of ["order-1", "order-2"]) expect((await project.run(["send", "OrderPlaced", id])).code).toBe(0);
    await until(() => readHere<Stats>(project, "stats"), isWorked);
    expect((await worker.stop()).code).toBe(0);
    expect(await readHere<Stats>(project, "stats")).toMatchObject({ worker: { isAlive: false } });
  });

  it("works when the disk is full and the standard error stream is closed from the start", async () => {
    const project = new Project(talkative);
    await project.run(["send", "--file", "-"], { input: ["order-1", "order-2"].map((id) => JSON.stringify(place(id))).join("\n") });
    const worker = startIn(project, "start", "> /dev/full 2>&-");
    await until(() => readHere<Stats>(project, "stats"), isWorked);
    expect((await worker.stop()).code).toBe(0);
  });
});

describe("a command whose output goes into a pipe", () => {
  it("loads a linked package from its real place, as every program does", async () => {
    const config = `
      import { defineConfig } from "perdure/config";
      console.error(import.meta.resolve("perdure/config"));
      export default defineConfig({ domain: "./domain" });`;
    const project = new Project({ "perdure.config.js": config });
    const { code, stderr } = await project.run(["check"]);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining(pathToFileURL(projectFolder).href) as string });
  });
});

describe("a command whose output cannot be written", () => {
  it("says so and fails, whether nothing was written or a part", async () => {
    const project = await openShop(Array.from({ length: 20 }, (_, at) => place(`order-${at}`)));
    const full = { code: 1, stderr: expect.stringContaining("error: what was to be printed could not be written: ENOSPC") as string };
    for (const args of ["list --json", "stats --watch", "send OrderPlaced order-new"])
      expect(await runIn(project, args, "> /dev/full")).toMatchObject(full);
    expect(await runIn(project, "list", "> /dev/full 2>&1")).toMatchObject({ code: 1 });
    // The limit of a file's size is met in the middle of the only line.
    expect(await runIn(project, "list --json", ">> list.json", "head -c 102000 /dev/zero > list.json; ulimit -f 100;")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("EFBIG") as string,
    });
    // What it had to do apart from printing was done.
    expect(await readHere<Stats>(project, "stats")).toMatchObject({ lag: { accepted: 21 } });
  });

  it("does its work to the end when the reader of its notes and its data has gone", async () => {
    const project = new Project({
      "events.jsonl": Array.from({ length: 3_000 }, (_, at) => JSON.stringify(place(`order-${at}`))).join("\n"),
    });
    const sending = project.open("send", "--file", "events.jsonl");
    sending.child.stdout!.destroy();
    sending.child.stderr!.destroy();
    expect((await sending.ended).code).toBe(0);
    expect(await readHere<Stats>(project, "stats")).toMatchObject({ lag: { accepted: 3_000 } });
  });
});
