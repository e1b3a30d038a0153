import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { bin, jiti, startProcess, tsc } from "../support/os-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { type Block, placeOf, projectFolder } from "./markdown.ts";
import { splitCommands } from "./split-commands.ts";

/** A folder in which the commands of a page are typed, with this project installed. */
export interface Session {
  /** What the command printed, both streams together. */
  type(command: string): Promise<string>;
  /** Starts a command in a second terminal. */
  begin(command: string): Promise<void>;
  /** Interrupts it; what it printed. */
  interrupt(): Promise<string>;
  /** Writes a file, or removes it; whether that changed anything. */
  edit(path: string, text: string | undefined): boolean;
  readonly folder: string;
}

// What `npx` finds, in the built project or in its packages.
const programs: Readonly<Record<string, string>> = { perdure: bin, tsc, jiti };

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
    const [words = [], ...more] = splitCommands(command);
    const [program = "", ...args] = words[0] === "npx" ? words.slice(1) : words;
    const script = programs[program];
    if (more.length > 0 || script === undefined) throw new Error(`the session cannot type ${command}`);
    // Both streams in one pipe, so that what is printed comes in order.
    const child = startProcess("sh", ["-c", 'exec "$0" "$@" 2>&1', process.execPath, script, ...args], { cwd: folder });
    // What a worker logs comes before it says that it is ready.
    const hasPrinted = () => child.line("stdout", /^(?!info: )./);
    // The page has paths from the project's folder.
    const ended = child.ended.then(({ stdout }) => stdout.replaceAll(`${folder}/`, ""));
    return { child, hasPrinted, ended };
  };

  return {
    folder,
    type: async (command) => {
      const [whole = "", tail] = command.split(" | tail -");
      const output = await run(whole).ended;
      return tail === undefined ? output : `${output.trimEnd().split("\n").slice(-Number(tail)).join("\n")}\n`;
    },
    begin: async (command) => {
      second = run(command);
      await second.hasPrinted();
    },
    interrupt: async () => {
      if (second === undefined) throw new Error("nothing runs in the second terminal");
      const { child, ended } = second;
      second = undefined;
      child.signal("SIGINT");
      return ended;
    },
    edit: (path, text) => {
      const file = join(folder, path);
      if (text === undefined) {
        rmSync(file);
        return true;
      }
      if (existsSync(file) && readFileSync(file, "utf8") === text) return false;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return true;
    },
  };
}

/** The ids of this run by those of the page: commands that follow name what came before. */
export type Ids = Map<string, string>;

const PATIENCE_MS = 20_000;

/**
 * Types the commands of a block one after the other and compares what they print, but for what is another at each run. `perdure start` is
 * what runs in the second terminal: it is interrupted. Whatever changes something is typed once; to look, one may look again.
 */
export async function playBlock(block: Block, session: Session, ids: Ids): Promise<number> {
  const typed = [...block.code.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)].map(([, command = "", said = ""]) => ({
    command,
    expected: said.replace("^C", ""),
  }));
  for (const { command, expected } of typed) {
    const isStart = command.endsWith("perdure start");
    const canLookAgain = !isStart && !/perdure (?:init|typegen|send|dead-letters (?:retry|discard))|^npx jiti/.test(command);
    const given = command.replace(idPattern, (id) => ids.get(id) ?? id);
    const until = performance.now() + (canLookAgain ? PATIENCE_MS : 0);
    let output: string;
    do {
      output = isStart ? await session.interrupt() : await session.type(given);
    } while (maskOutput(output) !== maskOutput(expected) && performance.now() < until);
    const typedAt = `${placeOf(block)}: ${command}\n`;
    expect(typedAt + maskOutput(output)).toBe(typedAt + maskOutput(expected));

    const printed = output.match(idPattern) ?? [];
    for (const [index, id] of (expected.match(idPattern) ?? []).entries()) ids.set(id, printed[index]!);
  }
  return typed.length;
}

const idPattern = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** The output of a command without what differs from one run to the next. */
function maskOutput(output: string): string {
  return output
    .replace(idPattern, "<id>")
    .replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{3})?Z/g, "<moment>")
    .replace(/\((?:\d+m )?\d+m?s ago\)/g, "(<span> ago)")
    .replace(/(again|Email) in [\d.]+m?s/g, "$1 in <span>")
    .replace(/\bworker [^\s:]+:\d+:/g, "worker <host>:<pid>:")
    .replace(/\bpid \d+( on \S+)?/g, (_, host?: string) => (host === undefined ? "pid <pid>" : "pid <pid> on <host>"))
    .replace(/\b(Node|SQLite) \d+(?:\.\d+)+/g, "$1 <version>")
    .replace(/asked by \S+/g, "asked by <user>")
    .replace(/[\d.]+ MB/g, "<size> MB");
}
