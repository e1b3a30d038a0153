import { checkAcceptance, checkAcceptedInOrder } from "../check/acceptance.ts";
import { type Check, type CheckOptions, openCheck } from "../check/check.ts";
import { checkContexts } from "../check/contexts.ts";
import { type Counts, countAll } from "../check/counts.ts";
import { checkLeftovers } from "../check/leftovers.ts";
import { checkAttempts, checkHandlerRuns, checkOneAtATime } from "../check/runs.ts";
import { checkCommands } from "./commands.ts";
import { checkDeliveries, type Delivery, listDeliveries } from "./deliveries.ts";
import { checkLimits, countFull } from "./limits.ts";
import type { Plan, PlannedEvent } from "./plan.ts";
import { checkVersions } from "./versions.ts";

/** What each check of a run with parcels is given. */
export interface ParcelCheck extends Check {
  readonly plan: Plan;
  readonly deliveries: readonly Delivery[];
}

/** What a run with parcels came to in addition. */
export interface ParcelCounts extends Counts {
  readonly migrations: number;
  /** Kept events that their instances have handled, and those that have gone. */
  readonly keptHandled: number;
  readonly keptGone: number;
  /** How often an attempt at `weigh` took the last place of its scale. */
  readonly fullScales: number;
}

/** Compares what a finished run left behind with its plan, and shares no code with the library. */
export function checkParcels(
  plan: Plan,
  folder: string,
  options: CheckOptions,
): { readonly violations: readonly string[]; readonly counts: ParcelCounts } {
  const violations: string[] = [];
  const opened = openCheck(folder, options, violations);
  const check: ParcelCheck = { ...opened, plan, deliveries: listDeliveries(plan, opened.evidence) };
  checkLeftovers(check);
  checkAcceptance(check, plan.events, (event) => expectOutcome(check, event));
  for (const [index, batches] of plan.streams.entries()) checkAcceptedInOrder(check, `stream ${index}`, batches.flat());
  checkDeliveries(check);
  checkOneAtATime(check);
  checkAttempts(check);
  checkHandlerRuns(check);
  checkCommands(check);
  checkVersions(check);
  checkLimits(check);
  checkContexts(check, {
    has: (process) => process === "parcel/delivery",
    stepsOf: ({ seen, steps }) => (seen ?? steps) as readonly unknown[],
    outcomeOf: () => null,
  });
  return { violations, counts: countParcels(check) };
}

/** An event is kept if each of its instances is still to begin, and is for nobody if it is for no parcel. */
function expectOutcome({ deliveries }: ParcelCheck, { eventId, payload }: PlannedEvent): "accepted" | "kept" | "unrouted" {
  if (payload.parcels.length === 0) return "unrouted";
  const isEarly = deliveries.every(({ start, later }) => start?.eventId !== eventId && !later.some((event) => event.eventId === eventId));
  return isEarly ? "kept" : "accepted";
}

function countParcels(check: ParcelCheck): ParcelCounts {
  const { evidence, deliveries } = check;
  const kept = deliveries.flatMap(({ early }) => early);
  return {
    ...countAll(check),
    migrations: evidence.journal.filter(({ kind }) => kind === "migrated").length,
    keptHandled: kept.filter(({ isHandled }) => isHandled).length,
    keptGone: kept.filter(({ isHandled, isLeft }) => !isHandled && !isLeft).length,
    fullScales: countFull(check),
  };
}
