import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** What a worker does, in this order: starts, dispatches, and then all that is due. */
export interface WorkerScenario {
  readonly dispatch?: readonly { readonly type: string; readonly aggregateId: string; readonly eventId: string }[];
  /** Default true. */
  readonly start?: boolean;
  /** It stays for ever in this handler or command handler, after its effect. */
  readonly hangIn?: string;
  /** It stays for ever after the commit of this kind of journal entry. */
  readonly hangAfter?: string;
  /** It stops and ends by itself when nothing is left that is due. */
  readonly whenIdle?: boolean;
}

/** A database and a ledger that outlive the workers on them. */
export interface Ground {
  readonly path: string;
  /** Lines that handlers wrote, in order. */
  readLedger(): readonly string[];
  /** Runs a worker until it says that it is at `place`, then kills it with SIGKILL. */
  runUntil(place: string, scenario: WorkerScenario): Promise<void>;
  /** Runs a worker until nothing is left that is due, and until it has ended by itself. */
  runUntilIdle(scenario?: WorkerScenario): Promise<void>;
}

const MAX_MS = 15_000;

export function createGround(): Ground {
  const folder = createTemporaryFolder();
  const path = join(folder, "perdure.db");
  const ledger = join(folder, "ledger.txt");

  const startWorker = (scenario: WorkerScenario): ChildProcess => {
    const worker = spawn(process.execPath, [fileURLToPath(new URL("worker.mjs", import.meta.url))], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    onTestFinished(() => void worker.kill("SIGKILL"));
    worker.send({ path, ledger, scenario });
    return worker;
  };

  return {
    path,
    readLedger: () => (existsSync(ledger) ? readFileSync(ledger, "utf8").split("\n").filter(Boolean) : []),
    runUntil: async (place, scenario) => {
      const worker = startWorker(scenario);
      const gone = once(worker, "exit");
      await reach(worker, place);
      worker.kill("SIGKILL");
      const [, signal] = (await gone) as [number | null, string | null];
      if (signal !== "SIGKILL") throw new Error(`the worker was to be killed at ${place}, but ended by ${signal ?? "itself"}`);
    },
    runUntilIdle: async (scenario = {}) => {
      const worker = startWorker({ ...scenario, whenIdle: true });
      const gone = once(worker, "exit", { signal: AbortSignal.timeout(MAX_MS) });
      await reach(worker, "idle");
      const [code] = (await gone) as [number | null];
      if (code !== 0) throw new Error(`the worker ended with ${code}`);
    },
  };
}

/** Resolves when the worker says that it is at `place`. */
function reach(worker: ChildProcess, place: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`the worker did not come to ${place}`)), MAX_MS);
    worker.on("message", (message: { readonly at: string; readonly message?: string }) => {
      if (message.at === "error") reject(new Error(message.message));
      else if (message.at === place) resolve();
      else return;
      clearTimeout(limit);
    });
    worker.once("exit", (code, signal) => {
      clearTimeout(limit);
      reject(new Error(`the worker ended with ${code ?? signal} before it came to ${place}`));
    });
  });
}
