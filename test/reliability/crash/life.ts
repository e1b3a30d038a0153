import { fileURLToPath } from "node:url";
import { createGate } from "../../support/gate.ts";
import { type OsProcess, startNode } from "../../support/os-process.ts";
import { within } from "../../support/patience.ts";

/** What one OS process is told to do. */
export interface Orders {
  readonly folder: string;
  readonly role: "worker" | "client";
  /** Its number among the processes of a run. */
  readonly life: number;
  readonly dispatches: boolean;
  /** Whose plan and processes it has, and in which version. */
  readonly domain: "jobs" | "parcels" | "trips" | "reactions";
  readonly version: 1 | 2;
  /**
   * Of a deploy: version 1, version 2, version 1 once more because the deploy is taken back, version 2 for good. Only in the last stage does a life
   * go on until the plan is done. Before, it dispatches the part of the plan up to its stage and then stops, whatever is left to do.
   */
  readonly stage: 1 | 2 | 3 | 4;
  /** It kills itself at this transaction of its own, from 1. */
  readonly kill?: { readonly transaction: number; readonly place: KillPlace };
  readonly maxRetries: number;
  readonly watchTimeoutMs: number;
  readonly hasLetterFile: boolean;
  /** How much of what waits a worker holds in memory. */
  readonly memoryLimits: { readonly held: number; readonly active?: number };
  /**
   * It opens and closes its own store with the SQLite library of this path, again and again, as a second copy of the driver in its OS
   * process would. It kills itself as soon as the system says that its files are gone.
   */
  readonly secondSqlite?: string;
}

/** Before BEGIN; after all writes, before COMMIT; right after COMMIT. */
export type KillPlace = "before" | "inside" | "after";
export const killPlaces: readonly KillPlace[] = ["before", "inside", "after"];

/** How a life ended; `by-itself`: by what one of its handlers did. */
export type Ending = { readonly ended: "killed" | "by-itself" } | { readonly ended: "done"; readonly transactions: number };

type Found = Readonly<Record<1 | 2, number>>;

export interface Life {
  /** Resolves when it has ended. @throws what the process reported, or that it was stuck */
  readonly ending: Promise<Ending>;
  /** Resolves when it has opened the store, or has ended. */
  readonly up: Promise<unknown>;
  /** How many rows the store had when it was opened, once that is known. */
  readonly progress: number | undefined;
  /** How many instances it found of the process that its domain counts, by their version, up to a hundred. */
  readonly found: Found;
  /** Errors that the library logged. */
  readonly logged: readonly string[];
  kill(): void;
}

// As worker.mjs has it.
const SUICIDE = 86;

// A life takes seconds at most; a machine that others use as well may be slow.
const STUCK_MS = 60_000;

/** Processes that wait, with everything imported, so that a restart takes no longer than opening the file. */
export interface Spares {
  begin(orders: Orders): Promise<Life>;
  close(): void;
}

export function createSpares(): Spares {
  const script = fileURLToPath(new URL("worker.mjs", import.meta.url));
  // It is not the end of a test that ends them, because several courses may run in one test.
  const ends = new Set<() => void>();
  const spawnOne = () => {
    const child = startNode<Message>([script], { talks: true, onFinished: (end) => ends.add(end) });
    const ready = child.message(({ at }) => at === "ready", "it was ready");
    ready.catch(() => {});
    return { child, ready };
  };
  let spare = spawnOne();

  return {
    begin: async (orders) => {
      const { child, ready } = spare;
      spare = spawnOne();
      await ready;
      const life = watch(child);
      child.send(orders);
      return life;
    },
    close: () => {
      for (const end of ends) end();
    },
  };
}

type Message =
  | { readonly at: "ready" }
  | { readonly at: "up"; readonly progress: number; readonly found: Found }
  | { readonly at: "log"; readonly level: string; readonly message: string; readonly error: string }
  | { readonly at: "error"; readonly message: string }
  | { readonly at: "done"; readonly transactions: number };

function watch(child: OsProcess<Message>): Life {
  const logged: string[] = [];
  let progress: number | undefined;
  let found: Found = { 1: 0, 2: 0 };
  let report: Message | undefined;
  const up = createGate();
  child.listen((message) => {
    if (message.at === "up") {
      ({ progress, found } = message);
      up.open();
    } else if (message.at === "log") logged.push(`${message.message} ${message.error}`);
    else report = message;
  });
  const isOver = async (): Promise<Ending> => {
    const { code, signal } = await within(child.ended, "a life to end", STUCK_MS).catch(async (error: unknown) => {
      await child.kill();
      throw error;
    });
    if (report?.at === "error") throw new Error(report.message);
    // Killed while it was leaving, it has still done everything.
    if (report?.at === "done") return { ended: "done", transactions: report.transactions };
    if (signal === "SIGKILL") return { ended: "killed" };
    if (signal === "SIGABRT" || code === SUICIDE) return { ended: "by-itself" };
    throw new Error(`a process ended by itself with ${String(code ?? signal)}`);
  };
  const ending = isOver().finally(up.open);
  ending.catch(() => {});
  return {
    ending,
    up: up.opened,
    get progress() {
      return progress;
    },
    get found() {
      return found;
    },
    logged,
    kill: () => child.signal("SIGKILL"),
  };
}
