import type { JournalKind } from "../record/journal-entry.ts";
import { callAt, steadyClock } from "../platform/clock.ts";
import type { Status } from "../definition/model/instance.ts";
import type { HttpSystem } from "./http-system.ts";

/** How an instance has handled an event, or has failed to. */
export interface HandledStep {
  readonly process: string;
  readonly processId: string;
  /** The last that its journal says of the event. */
  readonly kind: JournalKind;
  readonly status: Status | undefined;
  /** Where it failed for good. */
  readonly deadLetterId: string | undefined;
}

// Entries that name an event that is not handled yet.
const pending: readonly JournalKind[] = ["started", "attempt_failed", "migrated", "resumed"];

/** Watches what is committed for the steps of some events, from when it is made. */
export interface HandledWatch {
  /** What was seen so far, by eventId. */
  readonly steps: ReadonlyMap<string, HandledStep>;
  /** Resolves when each of the events has a step, or `timeoutMs` have passed. */
  until(eventIds: readonly string[], timeoutMs: number): Promise<void>;
  end(): void;
}

export function watchHandled({ processes }: Pick<HttpSystem, "processes">, eventIds: readonly string[]): HandledWatch {
  const wanted = new Set(eventIds);
  const steps = new Map<string, HandledStep>();
  let look = () => {};
  const end = processes.subscribe(({ event, process, processId, kind, status, deadLetterId }) => {
    if (event === undefined || !wanted.has(event.eventId) || pending.includes(kind)) return;
    steps.set(event.eventId, { process, processId, kind, status, deadLetterId });
    look();
  });
  return {
    steps,
    end,
    until: async (eventIds, timeoutMs) =>
      new Promise((resolve) => {
        const callOff = callAt(steadyClock, steadyClock.now() + timeoutMs, () => resolve());
        look = () => {
          if (!eventIds.every((eventId) => steps.has(eventId))) return;
          callOff();
          resolve();
        };
        look();
      }),
  };
}

const NEWEST = 20;

/** The step of an event that was accepted before, if one of the newest instances of its aggregate has it in its journal. */
export async function findHandled(
  { processes }: Pick<HttpSystem, "processes">,
  { eventId, aggregateId }: { readonly eventId: string; readonly aggregateId: string },
): Promise<HandledStep | undefined> {
  for (const { process, processId } of await processes.find({ aggregateId, limit: NEWEST })) {
    const entry = (await processes.history(processId)).findLast(({ event, kind }) => event?.eventId === eventId && !pending.includes(kind));
    if (entry !== undefined) return { process, processId, kind: entry.kind, status: entry.status, deadLetterId: entry.deadLetterId };
  }
  return undefined;
}
