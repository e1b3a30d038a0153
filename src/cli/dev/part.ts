import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { GlobalOptions } from "../project/project.ts";
import type { Order, PartName, Told } from "./messages.ts";

/** An OS process that `perdure dev` has started. */
export interface Part {
  /** Resolves when it has ended, with whether it was asked to. */
  readonly ended: Promise<{ readonly wasAsked: boolean }>;
  order(order: Order): void;
  /** Tells it to stop, and kills it when it has not ended after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface PartPorts {
  readonly onTold: (told: Told) => void;
  /** A line that it has printed. */
  readonly onLine: (line: string, stream: "stdout" | "stderr") => void;
}

// In a group of its own, Ctrl-C reaches `perdure dev` alone, which stops it in order.
const hasGroup = process.platform !== "win32";

export function startPart(name: PartName, { config, verbose }: GlobalOptions, { onTold, onLine }: PartPorts): Part {
  const globals = [...(config === undefined ? [] : ["--config", config]), ...(verbose === true ? ["--verbose"] : [])];
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...globals, "dev", "--as", name], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: hasGroup,
  });
  let wasAsked = false;
  child.on("message", (told: Told) => onTold(told));
  for (const stream of ["stdout", "stderr"] as const) readLines(child[stream]!, (line) => onLine(line, stream));
  const ended = new Promise<{ readonly wasAsked: boolean }>((resolve) => {
    child.once("error", (error) => {
      onLine(`error: it cannot be started: ${error.message}`, "stderr");
      resolve({ wasAsked });
    });
    child.once("close", () => resolve({ wasAsked }));
  });
  // It may end before it has been told.
  const order = (what: Order) => void (child.connected && child.send(what, () => {}));
  return {
    ended,
    order,
    stop: async (graceMs) => {
      wasAsked = true;
      order({ kind: "stop" });
      const patience = setTimeout(() => kill(child), graceMs);
      await ended;
      clearTimeout(patience);
    },
  };
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream }).on("line", onLine);
}

/** Ends it, and what a handler of it has started. */
function kill(child: ChildProcess): void {
  if (!hasGroup || child.pid === undefined) return void child.kill("SIGKILL");
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
