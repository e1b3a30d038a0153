import type { CommittedStep } from "../observe/step-feed.ts";
import type { Desk } from "./desk.ts";
import { Refusal } from "./respond.ts";
import { showTime, showTimer } from "./show.ts";
import type { Figures, OverviewAnswer, RecentStep } from "./wire.ts";

const NEXT = 8;
const RECENT = 20;

/** What is there, from memory: it is asked after each commit. */
export function readFigures({ system, clock, hasWorker }: Desk): Figures {
  const { counts, deadLetters, lag } = system.overview.getSnapshot().context;
  return {
    at: showTime(new Date(clock.now())),
    counts,
    deadLetters,
    accepted: lag.accepted,
    waiting: lag.waiting,
    worker: readWorker(system.state, hasWorker),
  };
}

function readWorker(state: Desk["system"]["state"], hasWorker: Desk["hasWorker"]): Figures["worker"] {
  if (state === "working") return "working";
  // Another OS process is the worker.
  if (state === "standby") return "working";
  if (hasWorker === undefined) return state === "client" ? "unknown" : "none";
  return hasWorker() ? "working" : "none";
}

/** One answer for all pages that are open. */
export async function readOverview(desk: Desk): Promise<OverviewAnswer> {
  return desk.thrift("overview", () => readNow(desk));
}

async function readNow(desk: Desk): Promise<OverviewAnswer> {
  const { system, minutes } = desk;
  const [{ lag, reasons }, next] = await Promise.all([system.health(), system.timers.list({ limit: NEXT })]);
  if (lag === undefined)
    throw new Refusal(503, "STORE_UNAVAILABLE", `${reasons.join("; ")}.`, "The page goes on by itself when it answers.");
  return {
    ...readFigures(desk),
    state: system.state,
    reasons,
    running: lag.running,
    awaitingDefinition: lag.awaitingDefinition,
    newerInstances: lag.newerInstances,
    awaitingLimit: lag.awaitingLimit,
    oldestWaitingMs: lag.oldestWaitingMs,
    parked: lag.parked,
    overdueTimers: lag.overdueTimers,
    pendingCommands: lag.pendingCommands,
    inbox: lag.inbox,
    keptEvents: lag.keptEvents,
    next: next.map(showTimer),
    recent: system.overview.getSnapshot().context.recentSteps.slice(0, RECENT).map(showStep),
    minutes: minutes.read(),
  };
}

function showStep({ at, kind, process, processId, aggregateId, event, command, handler, timer }: CommittedStep): RecentStep {
  return { at: showTime(at), kind, process, processId, aggregateId, what: event?.type ?? command?.type ?? timer ?? handler };
}
