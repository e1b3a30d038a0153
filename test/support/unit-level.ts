import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import timersPromises from "node:timers/promises";
import workerThreads from "node:worker_threads";
import { expect } from "vitest";

/*
 * What the unit level may not do, found out where a test does it: an OS process or a thread that is started, and a wait in real time. All
 * files of an OS process share this one, so that what they find in Node's place is put there once.
 *
 * A wait is a timer of Node's that was set for longer than MOST_MS and came to its end while the test still ran. A limit that is not reached
 * is not a wait. The library does not use the global timers (see AGENTS.md), so what it does meanwhile is not taken for a test's wait. How
 * long a test takes is not measured, because an honest test may be slow on a slow machine.
 */

const MOST_MS = 200;
const waits: string[] = [];

function fail(what: string): never {
  throw new Error(
    `A test of the unit level ${what}. Move it to a file named *.system.test.ts, or let it do without; see AGENTS.md, "Tests".`,
  );
}

for (const name of ["spawn", "spawnSync", "exec", "execSync", "execFile", "execFileSync", "fork"] as const) {
  Object.assign(childProcess, { [name]: () => fail(`calls child_process.${name}`) });
}
Object.assign(workerThreads, {
  Worker: function Worker() {
    fail("starts a thread");
  },
});

/** Called when a timer is set; what it returns, when the timer has come to its end. */
function watchTimer(waitMs: unknown): () => void {
  const { currentTestName } = expect.getState();
  return () => {
    const isWait = Number(waitMs) > MOST_MS && currentTestName !== undefined && currentTestName === expect.getState().currentTestName;
    if (isWait) waits.push(`${String(waitMs)} ms`);
  };
}

for (const name of ["setTimeout", "setInterval"] as const) {
  const original = globalThis[name];
  const watched = (callback: (...args: unknown[]) => void, waitMs?: number, ...more: unknown[]) => {
    const noteEnd = watchTimer(waitMs);
    const run = (...args: unknown[]) => {
      noteEnd();
      callback(...args);
    };
    return original(run, waitMs, ...more);
  };
  globalThis[name] = Object.assign(watched, original) as never;
}

const sleep = timersPromises.setTimeout;
Object.assign(timersPromises, {
  setTimeout: async (...args: Parameters<typeof sleep>) => {
    const noteEnd = watchTimer(args[0]);
    const value = await sleep(...args);
    noteEnd();
    return value;
  },
});

syncBuiltinESMExports();

/** Called at the end of each test. @throws if it has waited in real time */
export function refuseWaits(): void {
  const [first] = waits.splice(0);
  if (first !== undefined) fail(`has waited in real time: a timer for ${first} ran to its end, and ${MOST_MS} ms are the most`);
}
