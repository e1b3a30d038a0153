import { setTimeout } from "node:timers/promises";
import type { KnownEvent } from "perdure";
import type { Chronicle } from "./chronicle.ts";
import type { Narrator } from "./narrator.ts";
import { openWorker, type Worker } from "./worker-process.ts";

/** What every scene plays with, whoever works. */
export interface Scenery {
  readonly narrator: Narrator;
  readonly chronicle: Chronicle;
  dispatch(event: KnownEvent): Promise<void>;
  /** Lets the moment come, or goes on at once if it has passed. */
  waitUntil(moment: Date): Promise<void>;
}

/** Scenery with a worker. */
export interface Stage extends Scenery, AsyncDisposable {
  /** The worker that was opened last. */
  readonly worker: Worker;
  /** Puts a new worker on the stage, which has still to start. */
  openWorker(): Promise<void>;
}

/** A stage with a worker on it, which has still to start. None is left running when the stage is disposed of. */
export async function openStage(database: string, narrator: Narrator, chronicle: Chronicle): Promise<Stage> {
  const open = async () => {
    const worker = await openWorker(database, chronicle);
    narrator.line({ at: new Date(), what: "worker", tone: "asked", text: `process ${worker.pid} opens the database` });
    return worker;
  };
  let worker = await open();

  return {
    narrator,
    chronicle,
    get worker() {
      return worker;
    },
    openWorker: async () => {
      worker = await open();
    },
    dispatch: async (event) => {
      narrator.line({ at: new Date(), order: event.aggregateId, what: "dispatched", tone: "asked", text: event.type });
      await worker.dispatch(event);
    },
    waitUntil,
    [Symbol.asyncDispose]: () => worker.end(),
  };
}

export async function waitUntil(moment: Date): Promise<void> {
  await setTimeout(Math.max(0, moment.getTime() - Date.now()));
}
