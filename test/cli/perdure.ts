import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { projectFolder } from "../docs/markdown.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** How a command ended, and what it printed. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** For its standard input, which is empty otherwise. */
  readonly input?: string;
  /** The folder it runs in, below the project's. */
  readonly in?: string;
}

/** The built bin. */
export const bin = join(projectFolder, "dist/cli/main.js");

/** A project of its own, gone when the test is over; `files` beside or in place of those of the order lifecycle. */
export class Project {
  readonly folder: string;

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.folder = createTemporaryFolder({ ...orderFiles, ...files });
    mkdirSync(join(this.folder, "node_modules"));
    symlinkSync(projectFolder, join(this.folder, "node_modules/perdure"));
  }

  /** Runs the built bin to its end. */
  run(args: readonly string[], { input = "", in: below = "." }: RunOptions = {}): Promise<Ended> {
    return this.#begin(args, below, input).ended;
  }

  /** What a command that has to succeed prints with --json. */
  async json<Value>(...args: readonly string[]): Promise<Value> {
    const { code, stdout, stderr } = await this.run([...args, "--json"]);
    if (code !== 0) throw new Error(`perdure ${args.join(" ")} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as Value;
  }

  /** Starts a command that goes on until it is stopped, and waits for its first line. */
  async start(...args: readonly string[]): Promise<Running> {
    const running = this.#begin(args, ".", undefined);
    await running.firstLine;
    return running;
  }

  /** Starts a command, which may be stopped before its end. */
  open(...args: readonly string[]): Running {
    return this.#begin(args, ".", "");
  }

  /** Makes the handler of OrderPlaced fail, or heals it. */
  break(isBroken = true): void {
    const file = join(this.folder, "broken");
    if (isBroken) writeFileSync(file, "");
    else rmSync(file, { force: true });
  }

  has(path: string): boolean {
    return existsSync(join(this.folder, path));
  }

  #begin(args: readonly string[], below: string, input: string | undefined): Running {
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: join(this.folder, below),
      env: { ...process.env, NO_COLOR: "1" },
      stdio: "pipe",
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let stdout = "";
    let stderr = "";
    const firstLine = new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        if (stdout.includes("\n")) resolve(stdout.split("\n")[0]!);
      });
      child.once("close", () => reject(new Error(`perdure ${args.join(" ")} ended without a line: ${stderr}`)));
    });
    // Commands that print nothing are no mistake; whoever needs the line awaits it.
    firstLine.catch(() => {});
    const firstNote = new Promise<string>((resolve) => {
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
        if (stderr.includes("\n")) resolve(stderr.split("\n")[0]!);
      });
    });
    // It may end before it has read everything.
    child.stdin.on("error", () => {});
    if (input !== undefined) child.stdin.end(input);
    const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
    return { child, firstLine, firstNote, ended, stop: (signal = "SIGTERM") => (child.kill(signal), ended) };
  }
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** Of its standard output. */
  readonly firstLine: Promise<string>;
  /** The first line of its standard error stream. */
  readonly firstNote: Promise<string>;
  readonly ended: Promise<Ended>;
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

/** Looks again until what is read is as wanted. */
export async function until<Value>(read: () => Promise<Value>, isWanted: (value: Value) => boolean, mostTries = 40): Promise<Value> {
  for (let tries = 0; ; tries += 1) {
    const value = await read();
    if (isWanted(value)) return value;
    if (tries === mostTries) throw new Error(`still ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The process of most tests: its first handler fails as long as there is a file `broken`. */
export const orderFiles: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({ type: "module" }),
  "perdure.config.ts": `
    import { defineConfig } from "perdure/config";
    export default defineConfig({
      domain: "./domain",
      store: { path: "./shop.db" },
      processes: { retry: { retryStrategy: "none" } },
      commands: { sendWelcomeEmail: async () => {} },
    });`,
  "domain/order/processes/order-lifecycle/index.ts": `
    export const config = ({ events }: { events: Record<string, string> }) => ({
      startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: "7d",
    });`,
  "domain/order/processes/order-lifecycle/on-order-placed.ts": `
    import { existsSync } from "node:fs";
    import type { HandlerArgs } from "perdure";
    export async function handler({ event, commands }: HandlerArgs) {
      if (existsSync("broken")) throw new TypeError("the printer is on fire");
      await commands.sendWelcomeEmail({ aggregateId: event.aggregateId, delay: "1h" });
    }`,
  "domain/order/processes/order-lifecycle/on-order-fulfilled.ts": "export async function handler() {}",
  "domain/order/processes/order-lifecycle/on-order-lifecycle-timed-out.ts": "export async function handler() {}",
  "domain/order/processes/order-lifecycle/on-order-lifecycle-failed.ts": "export async function handler() {}",
};
