import type { ProcessInstance } from "../../definition/model/instance.ts";
import { createDeadLettersView } from "../../observe/dead-letters.ts";
import { createErasing } from "../../observe/erase.ts";
import { readLag } from "../../observe/lag.ts";
import { createProcesses } from "../../observe/processes.ts";
import { createScheduledView } from "../../observe/scheduled.ts";
import { createTimersView } from "../../observe/timers.ts";
import { readWorkerState } from "../../observe/worker-state.ts";
import { systemClock } from "../../platform/clock.ts";
import { recordToSchedule } from "../../record/schedule.ts";
import { createCommitFeed } from "../../runtime/commit/commit-feed.ts";
import { type Erased, eraseAggregate, type EraseWish, findErasure } from "../../runtime/commit/erase.ts";
import { findTarget } from "../../runtime/commit/intervene.ts";
import { askWorker } from "../../runtime/worker/asker.ts";
import type { Intervention } from "../../store/intervention.ts";
import type { RouteRecord } from "../../store/routes.ts";
import type { Store } from "../../store/store.ts";
import { readOptions } from "../../system/system-options.ts";
import { listWaiting, MOST_WAITING } from "../../record/waiting-event.ts";
import type { Desk, InterventionOutcome, Owners, StoredPayloads } from "./desk.ts";
import { checkStoreExists, type FileProject } from "./project.ts";

/**
 * The file of a project, to look into and to intervene in, beside a worker or without one. No definition is loaded, so this
 * also serves an operator whose project is broken, and none of its handlers runs.
 */
export interface FileDesk extends Desk {
  readonly store: Store;
}

/** Opens the desk for as long as `use` takes. @throws CliError when there is no store yet */
export async function useFileDesk(project: FileProject, use: (desk: FileDesk) => Promise<void> | void): Promise<void> {
  checkStoreExists(project);
  const store = readOptions(project.options).openStore();
  try {
    await use(createFileDesk(project, store));
  } finally {
    store.close();
  }
}

function createFileDesk(project: FileProject, store: Store): FileDesk {
  const feed = createCommitFeed(() => {});
  return {
    project,
    store,
    processes: {
      ...createProcesses({
        store: () => store,
        feed: () => feed,
        // Nothing is committed here.
        steps: { subscribe: () => () => {} },
        clock: systemClock,
        intervene: (intervention) => intervene(store, intervention),
      }),
      ...createErasing(async (wish) => erase(store, wish)),
    },
    timers: createTimersView(() => store),
    scheduled: createScheduledView({
      commands: () => store.commands,
      clock: systemClock,
      intervene: (intervention) => intervene(store, intervention),
    }),
    schedules: { list: async () => store.schedules.list().map(recordToSchedule) },
    deadLetters: createDeadLettersView({
      letters: () => store.deadLetters,
      settle: async (deadLetterId, settlement) => void (await intervene(store, { ...settlement, deadLetterId })),
    }),
    // Only the worker knows what is running and what was ignored.
    lag: async () => readLag(store, systemClock.now(), { running: 0, ignored: 0 }),
    worker: async () => readWorker(store),
    processNames: async () => [...new Set(store.instances.counts().map(({ process }) => process))],
    owners: async () => readOwners(store),
    counts: async () => store.instances.counts(),
    waiting: async ({ process, aggregateId }) => listWaiting(store.mailbox.read({ process, aggregateId }, MOST_WAITING)),
    payloads: async (instance, eventIds) => readPayloads(store, instance, eventIds),
    findCommand: async (commandId) => store.commands.find(commandId)?.processId,
    intervene: (intervention) => intervene(store, intervention),
  };
}

function readOwners(store: Store): Owners {
  const routes = store.routes.read();
  const nameThose = (isWanted: (route: RouteRecord) => boolean) => [...new Set(routes.filter(isWanted).map(({ process }) => process))];
  return { processes: nameThose(({ policy }) => policy !== true), policies: nameThose(({ policy }) => policy === true) };
}

function readWorker(store: Store) {
  return readWorkerState(store.lease.read(), systemClock.now());
}

async function intervene(store: Store, intervention: Intervention): Promise<InterventionOutcome> {
  findTarget(store, intervention);
  if (!readWorker(store).isAlive) {
    leaveRequest(store, intervention);
    return "left";
  }
  await askWorker(
    store.requests,
    intervention,
    async (work) => store.transact(work),
    () => undefined,
  );
  return "done";
}

// Whoever asks at a terminal has time, and a busy worker gives the file away for moments only.
const CLEAN_PATIENCE_MS = 10_000;

/** Erases at once, whether a worker runs or not. */
function erase(store: Store, wish: EraseWish): Erased {
  const counts = store.transact(() => eraseAggregate(store, wish, systemClock.now()));
  return { ...counts, remains: findErasure(store).clean({ vacuum: wish.vacuum, patienceMs: CLEAN_PATIENCE_MS }) };
}

/** Leaves a request for the next worker, which looks for requests when it starts. A request that is there already is not doubled. */
function leaveRequest(store: Store, intervention: Intervention): void {
  store.transact(() => store.requests.ask(intervention, systemClock.now(), Number.MAX_SAFE_INTEGER));
}

function readPayloads(store: Store, { processId }: ProcessInstance, eventIds: readonly string[]): StoredPayloads {
  const unsettled = store.commands.list(processId);
  const events = eventIds.flatMap((id) => store.events.get(id) ?? []);
  return {
    events: new Map(events.map(({ eventId, payload }): [string, unknown] => [eventId, JSON.parse(payload)])),
    commands: new Map(unsettled.map(({ commandId, payload }): [string, unknown] => [commandId, JSON.parse(payload)])),
  };
}
