import { createSeeded, type Seeded } from "../seeded.ts";

/**
 * What a run with trips is to do, as data. A trip is an instance of a process with a chart of its own. When its timers and invocations come to an
 * end is not planned: the check replays what the journal says. The same seed gives the same plan.
 */
export interface Plan {
  readonly seed: number;
  readonly events: readonly PlannedEvent[];
  /** Events to dispatch, as eventIds: one stream for each trip, in batches. */
  readonly streams: readonly (readonly (readonly string[])[])[];
  /** How long the dispatcher waits after a batch, by its first event. */
  readonly pausesMs: Readonly<Record<string, number>>;
}

export interface PlannedEvent {
  readonly type: "TripPlanned" | EventType | "TripClosed";
  readonly aggregateId: string;
  readonly eventId: string;
  readonly payload: (Behaviour & Settled) | TripInput;
}

const types = ["TripPaused", "TripResumed", "HotelChosen", "HotelChosen", "HotelChanged", "TermsChanged", "GuestAdded"] as const;
type EventType = (typeof types)[number];

/** What a handler does when it is given this. */
export interface Behaviour {
  /** How many attempts fail before one succeeds. */
  readonly throws: number;
  /** It fails for good until the operator has mended it: at once, or after all its retries. */
  readonly breaks: "at-once" | "after-retries" | null;
  readonly takesMs: number;
}

interface Settled {
  /** What an operator does with a dead letter of this. */
  readonly settlement: "retry" | "discard";
}

/** What an invoked command is given. */
interface CommandInput extends Behaviour, Settled {
  readonly tag: string;
}

/** What an insurance is asked for with: the behaviour of its first step, and what its chart does. */
export interface InsuranceInput extends Behaviour, Settled {
  readonly hurryMs: number;
  readonly terms: CommandInput;
}

/** The payload of TripPlanned, which is the input of the chart, and the behaviour of its first step. */
export interface TripInput extends Behaviour, Settled {
  /** One for each round of planning. Some fail for good. */
  readonly flights: readonly CommandInput[];
  readonly hotel: CommandInput;
  readonly insurance: InsuranceInput;
  readonly invoice: CommandInput;
  readonly reminders: number;
  readonly planningMs: number;
  readonly remindMs: number;
  readonly askAgainMs: number;
  readonly nudgeMs: number;
}

/** From InsuranceAsked. */
export const INSURANCE_TIMEOUT_MS = 500;

// More than there are attempts.
const ALWAYS = 99;

/** `pace`: how many times longer planning may take, because a run with more kills comes on more slowly. */
export function createPlan(seed: number, tripCount: number, pace: number): Plan {
  const seeded = createSeeded(seed);
  const events: PlannedEvent[] = [];
  const pausesMs: Record<string, number> = {};
  const streams = Array.from({ length: tripCount }, (_, index) => {
    const own = planEvents(seeded, { prefix: `${seed}/trip-${index}`, aggregateId: `trip-${index}`, pace });
    events.push(...own);
    const batches = planBatches(
      seeded,
      own.map(({ eventId }) => eventId),
    );
    // Now and then the next event comes at once.
    for (const [first] of batches) pausesMs[first!] = seeded.chance(0.3) ? 0 : seeded.between(5, 160);
    return batches;
  });
  return { seed, events, streams, pausesMs };
}

function planEvents(
  seeded: Seeded,
  { prefix, aggregateId, pace }: { readonly prefix: string; readonly aggregateId: string; readonly pace: number },
): PlannedEvent[] {
  const middle = Array.from({ length: seeded.between(4, 9) }, () => seeded.pick(types));
  const all = ["TripPlanned" as const, ...middle, ...(seeded.chance(0.75) ? ["TripClosed" as const] : [])];
  return all.map((type, at) => ({
    type,
    aggregateId,
    eventId: `${prefix}/${at}`,
    payload: type === "TripPlanned" ? planTrip(seeded, pace) : planBehaviour(seeded, 0.02),
  }));
}

function planTrip(seeded: Seeded, pace: number): TripInput {
  const breaksTerms = seeded.chance(0.2);
  return {
    ...planBehaviour(seeded, 0.03),
    flights: Array.from({ length: 3 }, (_, at) =>
      planCommand(seeded, `flight ${at}`, { fails: seeded.chance(0.5), longestMs: seeded.pick([5, 60, 250]), breaks: false }),
    ),
    hotel: planCommand(seeded, "hotel", { fails: false, longestMs: seeded.pick([20, 100, 300]), breaks: seeded.chance(0.1) }),
    insurance: {
      ...planBehaviour(seeded, 0.1),
      hurryMs: seeded.between(10, 250),
      terms: planCommand(seeded, "terms", { fails: breaksTerms, longestMs: seeded.pick([20, 100, 600]), breaks: false }),
    },
    invoice: planCommand(seeded, "invoice", { fails: seeded.chance(0.3), longestMs: 60, breaks: false }),
    reminders: seeded.between(0, 5),
    planningMs: seeded.between(150, 900) * pace,
    remindMs: seeded.between(15, 160),
    askAgainMs: seeded.between(5, 80),
    nudgeMs: seeded.between(10, 160),
  };
}

function planBehaviour(seeded: Seeded, breaks: number): Behaviour & Settled {
  return {
    throws: seeded.chance(0.2) ? seeded.between(1, 2) : 0,
    breaks: seeded.chance(breaks) ? seeded.pick(["at-once", "after-retries"] as const) : null,
    takesMs: seeded.between(0, 4),
    settlement: seeded.pick(["retry", "retry", "discard"]),
  };
}

function planCommand(
  seeded: Seeded,
  tag: string,
  { fails, longestMs, breaks }: { readonly fails: boolean; readonly longestMs: number; readonly breaks: boolean },
): CommandInput {
  const given = planBehaviour(seeded, 0);
  return {
    ...given,
    tag,
    throws: fails ? ALWAYS : given.throws,
    breaks: breaks ? "after-retries" : null,
    takesMs: seeded.between(1, longestMs),
  };
}

function planBatches(seeded: Seeded, ids: string[]): string[][] {
  const batches: string[][] = [];
  while (ids.length > 0) batches.push(ids.splice(0, seeded.chance(0.2) ? 2 : 1));
  return batches;
}
