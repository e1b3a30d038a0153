import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createGate } from "./gate.ts";
import { within } from "./patience.ts";
import { projectFolder } from "./project-folder.ts";

/** Programs of the built project and of its packages, as Node runs them. */
export const bin = join(projectFolder, "dist/cli/main.js");
export const jiti = join(projectFolder, "node_modules/jiti/lib/jiti-cli.mjs");
export const tsc = join(projectFolder, "node_modules/typescript/bin/tsc");

/** How an OS process ended, and what it has printed. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams, in the order in which they came. */
  readonly output: string;
}

export interface StartOptions {
  readonly cwd?: string;
  /** In addition to this OS process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads from its standard input: nothing, unless it is told; `stays-open` has no end. */
  readonly input?: string | { readonly kind: "stays-open" };
  /** It talks in messages. What it prints goes to where the tests print. */
  readonly talks?: boolean;
  /** Who ends it; the end of the test, unless somebody else is told. Tests that run side by side give their own. */
  readonly onFinished?: (end: () => void) => void;
}

/** An OS process that a test has started. It is killed when the test is over. */
export interface OsProcess<Message = unknown> {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** The first line that it prints to a stream and that matches. @throws if it ends without one */
  line(stream?: "stdout" | "stderr" | "output", pattern?: RegExp): Promise<string>;
  send(message: object): void;
  /** Calls `listener` with each message from now on. */
  listen(listener: (message: Message) => void): void;
  /** The first message from now on that is wanted. @throws if it ends without one, or takes too long */
  message(isWanted: (message: Message) => boolean, what: string): Promise<Message>;
  signal(signal: NodeJS.Signals): void;
  /** Sends a signal, and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
  /** With SIGKILL. */
  kill(): Promise<Ended>;
}

export function startProcess<Message = unknown>(
  command: string,
  args: readonly string[],
  { cwd = projectFolder, env = {}, input = "", talks = false, onFinished = onTestFinished }: StartOptions = {},
): OsProcess<Message> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: talks ? ["ignore", "inherit", "inherit", "ipc"] : "pipe",
  });
  onFinished(() => void child.kill("SIGKILL"));
  const printed = collect(child);
  // It may end before it has read everything.
  child.stdin?.on("error", () => {});
  if (typeof input === "string") child.stdin?.end(input);

  const end = createGate<Ended>();
  child.once("close", (code, signal) => end.open({ code, signal, ...printed.texts }));
  const name = [command, ...args].join(" ");
  const orEnd = async <Value>(promise: Promise<Value>, what: string): Promise<Value> => {
    const early = end.opened.then(({ code, signal, output }) => {
      throw new Error(`${name} ended with ${code ?? signal} before ${what}: ${output}`);
    });
    return Promise.race([promise, early]);
  };

  const stop = (signal: NodeJS.Signals = "SIGTERM") => {
    child.kill(signal);
    return end.opened;
  };
  return {
    child,
    ended: end.opened,
    line: (stream = "stdout", pattern = /.*/) => orEnd(printed.line(stream, pattern), `it had printed a line to ${stream}`),
    send: (message) => void child.send(message),
    listen: (listener) => void child.on("message", listener),
    message: (isWanted, what) => {
      const wanted = createGate<Message>();
      child.on("message", (message: Message) => isWanted(message) && wanted.open(message));
      return within(orEnd(wanted.opened, what), what);
    },
    signal: (signal) => void child.kill(signal),
    stop,
    kill: () => stop("SIGKILL"),
  };
}

/** Starts Node with a program and its arguments. */
export function startNode<Message = unknown>(args: readonly string[], options?: StartOptions): OsProcess<Message> {
  return startProcess(process.execPath, args, options);
}

/** Runs Node to the end of a program. */
export function runNode(args: readonly string[], options?: StartOptions): Promise<Ended> {
  return startNode(args, options).ended;
}

type Stream = "stdout" | "stderr" | "output";

/** What `child` has printed so far, and its lines. */
function collect(child: ChildProcess) {
  const texts: Record<Stream, string> = { stdout: "", stderr: "", output: "" };
  const looks = new Set<() => void>();
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.setEncoding("utf8").on("data", (text: string) => {
      texts[stream] += text;
      texts.output += text;
      for (const look of looks) look();
    });
  }
  const line = (stream: Stream, pattern: RegExp): Promise<string> => {
    const found = createGate<string>();
    const look = () => {
      // What follows the last line break is not a whole line yet.
      const match = texts[stream]
        .split("\n")
        .slice(0, -1)
        .find((each) => pattern.test(each));
      if (match === undefined) return;
      looks.delete(look);
      found.open(match);
    };
    looks.add(look);
    look();
    return found.opened;
  };
  return { texts, line };
}
