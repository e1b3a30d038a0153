import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bin, type Ended as EndedProcess, type OsProcess, startNode, type StartOptions } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** How a command ended, and what it printed. */
export type Ended = Pick<EndedProcess, "code" | "stdout" | "stderr">;

export interface RunOptions {
  /** For its standard input, which is empty otherwise. */
  readonly input?: string;
  /** The folder it runs in, below the project's. */
  readonly in?: string;
}

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
  async start(...args: readonly string[]): Promise<OsProcess> {
    const running = this.#begin(args, ".", { kind: "stays-open" });
    await running.line();
    return running;
  }

  /** Starts a command, which may be stopped before its end. */
  open(...args: readonly string[]): OsProcess {
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

  #begin(args: readonly string[], below: string, input: StartOptions["input"]): OsProcess {
    return startNode([bin, ...args], { cwd: join(this.folder, below), ...(input !== undefined && { input }) });
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
