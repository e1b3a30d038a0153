import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type OsProcess, startNode } from "../support/os-process.ts";
import { within } from "../support/patience.ts";
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

interface Message {
  readonly at: string;
  readonly message?: string;
}

export function createGround(): Ground {
  const folder = createTemporaryFolder();
  const path = join(folder, "perdure.db");
  const ledger = join(folder, "ledger.txt");

  const startWorker = (scenario: WorkerScenario): OsProcess<Message> => {
    const worker = startNode<Message>([fileURLToPath(new URL("worker.mjs", import.meta.url))], { talks: true });
    worker.send({ path, ledger, scenario });
    return worker;
  };

  return {
    path,
    readLedger: () => (existsSync(ledger) ? readFileSync(ledger, "utf8").split("\n").filter(Boolean) : []),
    runUntil: async (place, scenario) => {
      const worker = startWorker(scenario);
      await reach(worker, place);
      const { signal } = await worker.kill();
      if (signal !== "SIGKILL") throw new Error(`the worker was to be killed at ${place}, but ended by ${signal ?? "itself"}`);
    },
    runUntilIdle: async (scenario = {}) => {
      const worker = startWorker({ ...scenario, whenIdle: true });
      await reach(worker, "idle");
      const { code } = await within(worker.ended, "the worker to end by itself");
      if (code !== 0) throw new Error(`the worker ended with ${code}`);
    },
  };
}

/** Resolves when the worker says that it is at `place`. */
async function reach(worker: OsProcess<Message>, place: string): Promise<void> {
  const { at, message } = await worker.message(({ at }) => at === "error" || at === place, `it came to ${place}`);
  if (at === "error") throw new Error(message);
}
