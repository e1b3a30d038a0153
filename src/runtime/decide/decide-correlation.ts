import { ProcessError } from "../../errors.ts";
import { recordError } from "../../record/error-record.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { Limits } from "../check/settings.ts";
import type { Changes } from "./changes.ts";
import { findKeys } from "./correlate.ts";
import { refuseRemoved } from "./decide-settlement.ts";
import type { Router } from "./router.ts";

/** Whether the `correlate` of a process is at fault, so that the event is a dead letter of that process and of no other. */
export function isOfCorrelate(error: unknown): boolean {
  return ProcessError.is(error, "CORRELATE_INVALID");
}

/** What `correlate` of a process failed for. */
export interface FailedCorrelation {
  readonly process: string;
  readonly event: StoredEvent;
  readonly error: unknown;
}

/** The dead letter of an event whose instances are not known. It belongs to no instance, and holds nothing up. */
export function createCorrelationLetter({ process, event, error }: FailedCorrelation, deadLetterId: string): DeadLetterRecord {
  const { aggregateId, acceptedAt } = event;
  return {
    deadLetterId,
    process,
    aggregateId,
    processId: "",
    kind: "correlation",
    handler: "correlate",
    subject: JSON.stringify(event),
    generation: 0,
    blocks: false,
    error: JSON.stringify(recordError(error)),
    attempts: 1,
    firstFailedAt: acceptedAt,
    lastFailedAt: acceptedAt,
    status: "open",
    settledAt: null,
    reason: null,
  };
}

/**
 * Asks `correlate` once more, by the definition of today: the event goes where it says, at the place that it had, or has its next dead letter.
 * @throws ProcessError `PROCESS_REMOVED`
 */
export function decideCorrelationRetried(
  letter: DeadLetterRecord,
  router: Router,
  limits: Limits,
  { now, nextId }: { readonly now: number; readonly nextId: () => string },
): Changes {
  const event = JSON.parse(letter.subject) as StoredEvent;
  const route = router(event.type).find(({ process }) => process === letter.process);
  if (route === undefined) throw refuseRemoved(letter);
  const settled = settle(letter, { status: "retried", settledAt: now, reason: null });
  try {
    return { ...settled, routed: { event, route, keys: findKeys(route, event, limits) } };
  } catch (error) {
    if (!isOfCorrelate(error)) throw error;
    const { generation, attempts, firstFailedAt } = letter;
    const next = createCorrelationLetter({ process: letter.process, event, error }, nextId());
    return {
      ...settled,
      deadLetter: { ...next, generation: generation + 1, attempts: attempts + 1, firstFailedAt, lastFailedAt: now },
    };
  }
}

/** The event goes to no instance of the process. */
export function decideCorrelationDiscarded(letter: DeadLetterRecord, reason: string | null, now: number): Changes {
  return settle(letter, { status: "discarded", settledAt: now, reason });
}

function settle(
  { deadLetterId, process, aggregateId }: DeadLetterRecord,
  settlement: { readonly status: "retried" | "discarded"; readonly settledAt: number; readonly reason: string | null },
): Changes {
  return { key: { process, aggregateId }, source: { from: "letter", settles: { deadLetterId, ...settlement } }, journal: [] };
}
