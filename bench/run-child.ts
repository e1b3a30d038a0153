import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Assignment, ChildMessage } from "./child.ts";

const childFile = fileURLToPath(new URL("child.mjs", import.meta.url));
let running: ChildProcess | undefined;

/** Has something done in an OS process of its own, and returns what it measured. */
export async function runChild(assignment: Assignment): Promise<unknown> {
  let figures: unknown;
  const code = await watchChild(assignment, (message) => {
    if (message.kind === "done") figures = message.figures;
  });
  if (code !== 0) throw new Error(`this could not be done: ${JSON.stringify(assignment)}`);
  return figures;
}

/** Lets it work for that many milliseconds after it has said that it is ready, then ends it with SIGKILL. */
export async function runChildUntilKilled(assignment: Assignment, milliseconds: number): Promise<void> {
  const code = await watchChild(assignment, (message, child) => {
    if (message.kind === "ready") setTimeout(() => child.kill("SIGKILL"), milliseconds);
  });
  if (code !== null) throw new Error(`this ended before it was killed: ${JSON.stringify(assignment)}`);
}

export function killChild(): void {
  running?.kill("SIGKILL");
}

/** Resolves with the exit code, `null` after a signal. */
function watchChild(assignment: Assignment, onMessage: (message: ChildMessage, child: ChildProcess) => void): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = fork(childFile, [JSON.stringify(assignment)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    running = child;
    child.on("message", (message) => onMessage(message as ChildMessage, child));
    child.once("error", reject);
    child.once("close", (code) => {
      running = undefined;
      resolve(code);
    });
  });
}
