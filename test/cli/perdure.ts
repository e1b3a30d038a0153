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

/**
 * A project of its own, gone when the test is over; `files` beside or in place of those of the order lifecycle, which a file of the same name
 * replaces in either language.
 */
export class Project {
  readonly folder: string;

  constructor(files: Readonly<Record<string, string>> = {}) {
    const replaced = new Set(Object.keys(files).map(withoutExtension));
    const kept = Object.entries(orderFiles).filter(([path]) => !replaced.has(withoutExtension(path)));
    this.folder = createTemporaryFolder({ ...Object.fromEntries(kept), ...files });
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

const withoutExtension = (path: string) => path.replace(/\.[jt]s$/, "");

/**
 * The process of most tests: its first handler fails as long as there is a file `broken`. In JavaScript, because each command of a new project
 * would compile its TypeScript anew, which takes as long as the command; the tests of `init`, `doctor` and the documentation have TypeScript.
 */
export const orderFiles: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({ type: "module" }),
  "perdure.config.js": `
    import { defineConfig } from "perdure/config";
    export default defineConfig({
      domain: "./domain",
      store: { path: "./shop.db" },
      processes: { retry: { retryStrategy: "none" } },
      commands: { sendWelcomeEmail: async () => {} },
    });`,
  "domain/order/processes/order-lifecycle/index.js": `
    export const config = ({ events }) => ({
      startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: "7d",
    });`,
  "domain/order/processes/order-lifecycle/on-order-placed.js": `
    import { existsSync } from "node:fs";
    export async function handler({ event, commands }) {
      if (existsSync("broken")) throw new TypeError("the printer is on fire");
      await commands.sendWelcomeEmail({ aggregateId: event.aggregateId, delay: "1h" });
    }`,
  "domain/order/processes/order-lifecycle/on-order-fulfilled.js": "export async function handler() {}",
  "domain/order/processes/order-lifecycle/on-order-lifecycle-timed-out.js": "export async function handler() {}",
  "domain/order/processes/order-lifecycle/on-order-lifecycle-failed.js": "export async function handler() {}",
};

/** The same files, named as TypeScript, which they are as well. */
export function inTypeScript(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [path.replace(/\.js$/, ".ts"), text]));
}
