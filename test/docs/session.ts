import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { projectFolder } from "./markdown.ts";

/** A folder in which the commands of a page are typed, with this project installed. */
export interface Session {
  /** What the command printed, both streams together. */
  type(command: string): Promise<string>;
  /** Starts a command in a second terminal. */
  begin(command: string): Promise<void>;
  /** Interrupts it; what it printed. */
  interrupt(): Promise<string>;
  /** Writes a file; whether that changed anything. */
  edit(path: string, text: string): boolean;
}

// What `npx` finds, in the built project or in its packages.
const programs: Readonly<Record<string, string>> = {
  perdure: "dist/cli/main.js",
  tsc: "node_modules/typescript/bin/tsc",
  jiti: "node_modules/jiti/lib/jiti-cli.mjs",
};

export function openSession(): Session {
  // As `npm init -y` and `npm install` leave it.
  const folder = createTemporaryFolder({ "package.json": '{ "name": "shop", "version": "1.0.0", "type": "commonjs" }\n' });
  mkdirSync(join(folder, "node_modules"));
  const packages = join(projectFolder, "node_modules");
  // The reader has not installed the types of Node.
  for (const name of readdirSync(packages)) if (name !== "@types") symlinkSync(join(packages, name), join(folder, "node_modules", name));
  symlinkSync(projectFolder, join(folder, "node_modules/perdure"));

  let second: ReturnType<typeof run> | undefined;
  const run = (command: string) => {
    const [npx, program = "", ...args] = command.split(" ");
    const script = programs[program];
    if (npx !== "npx" || script === undefined) throw new Error(`the session cannot type ${command}`);
    const child = spawn(process.execPath, [join(projectFolder, script), ...args], { cwd: folder, env: { ...process.env, NO_COLOR: "1" } });
    onTestFinished(() => void child.kill("SIGKILL"));
    let printed = "";
    const hasPrinted = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          printed += text;
          resolve();
        });
      }
      child.once("close", () => resolve());
    });
    child.stdin.end();
    // The page has paths from the project's folder.
    const ended = new Promise<string>((resolve) => child.once("close", () => resolve(printed.replaceAll(`${folder}/`, ""))));
    return { child, hasPrinted, ended };
  };

  return {
    type: (command) => run(command).ended,
    begin: async (command) => {
      second = run(command);
      await second.hasPrinted;
    },
    interrupt: async () => {
      if (second === undefined) throw new Error("nothing runs in the second terminal");
      const { child, ended } = second;
      second = undefined;
      child.kill("SIGINT");
      return ended;
    },
    edit: (path, text) => {
      const file = join(folder, path);
      if (existsSync(file) && readFileSync(file, "utf8") === text) return false;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return true;
    },
  };
}

/** The output of a command without what differs from one run to the next. */
export function maskOutput(output: string): string {
  return output
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?Z/g, "<moment>")
    .replace(/\((?:in )?\d+s(?: ago)?\)|\(now\)/g, "(<span>)")
    .replace(/(again|Email) in [\d.]+m?s/g, "$1 in <span>")
    .replace(/\bpid \d+( on \S+)?/g, (_, host?: string) => (host === undefined ? "pid <pid>" : "pid <pid> on <host>"))
    .replace(/\b(Node|SQLite) \d+(?:\.\d+)+/g, "$1 <version>")
    .replace(/[\d.]+ MB/g, "<size> MB");
}
