import { createSeeded, type Seeded } from "../seeded.ts";

/**
 * What a run with reactions is to do, as data: events to which policies react, commands from outside, and a schedule. Nothing has an instance. The
 * same seed gives the same plan, but for `began`.
 */
export interface Plan {
  readonly seed: number;
  readonly events: readonly PlannedEvent[];
  /** Events to dispatch, as eventIds: streams side by side, the batches of one after the other. An aggregate is of one stream. */
  readonly streams: readonly (readonly (readonly string[])[])[];
  readonly outside: readonly OutsideCommand[];
  /** The clock of all OS processes: when it began, and how much faster it goes, so that a schedule has a moment each half second. */
  readonly began: number;
  readonly pace: number;
  /** How many moments the schedule has, from when the first life is up. */
  readonly ticks: number;
  /** How long after its event the policy `remind` is due, in milliseconds of that clock. */
  readonly remindMs: number;
  /** What goes wrong in the store on purpose; `null`: nothing. */
  readonly fault: string | null;
}

export interface PlannedEvent {
  readonly type: "OrderNoted";
  readonly aggregateId: string;
  readonly eventId: string;
  /** By policy: how it goes. */
  readonly payload: Readonly<Record<"tell" | "remind", Behaviour>>;
}

export interface Behaviour extends Failing {
  readonly says: readonly PlannedCommand[];
}

export interface PlannedCommand {
  readonly delayMs: number | null;
  readonly payload: CommandPayload;
}

export interface CommandPayload extends Failing {
  /** Unlike that of any other command of the plan. */
  readonly tag: string;
  /** Whether it returns an event. */
  readonly tells: boolean;
}

interface Failing {
  /** How many attempts fail before one succeeds. */
  readonly throws: number;
  /** It fails for good until the operator has mended it: at once, or after all its retries. */
  readonly breaks: "at-once" | "after-retries" | null;
  readonly takesMs: number;
  /** What an operator does with its dead letter. */
  readonly settlement: "retry" | "discard";
}

export interface OutsideCommand extends PlannedCommand {
  readonly commandId: string;
  readonly aggregateId: string;
}

const PACE = 120;
const REMIND_MS = 12_000;

export interface PlanOptions {
  readonly seed: number;
  readonly aggregates: number;
  /** How many moments the schedule has. */
  readonly ticks: number;
  readonly fault?: string | undefined;
}

export function createPlan({ seed, aggregates, ticks, fault }: PlanOptions, began: number = Date.now()): Plan {
  const seeded = createSeeded(seed);
  const behave = createBehaviours(seeded);
  const streamCount = seeded.between(1, 3);
  const streams: string[][][] = Array.from({ length: streamCount }, () => []);
  const events: PlannedEvent[] = [];
  for (let index = 0; index < aggregates; index += 1) {
    const aggregateId = `order ${index}`;
    const own = Array.from({ length: seeded.between(1, 5) }, (_, seq): PlannedEvent => {
      const eventId = `${seed}/${aggregateId}/${seq}`;
      return {
        type: "OrderNoted",
        aggregateId,
        eventId,
        payload: { tell: behave(`${eventId} tell`, seeded.between(0, 2)), remind: behave(`${eventId} remind`, seeded.between(0, 1)) },
      };
    });
    events.push(...own);
    const ids = own.map(({ eventId }) => eventId);
    while (ids.length > 0) streams[index % streamCount]!.push(ids.splice(0, seeded.chance(0.3) ? 3 : 1));
  }
  const outside = Array.from({ length: aggregates }, (_, index): OutsideCommand => {
    const commandId = `${seed}/outside ${index}`;
    const [command] = behave(commandId, 1).says;
    return { ...command!, commandId, aggregateId: `order ${index % Math.ceil(aggregates / 2)}` };
  });
  return { seed, events, streams, outside, began, pace: PACE, ticks, remindMs: REMIND_MS, fault: fault ?? null };
}

function createBehaviours(seeded: Seeded): (name: string, commands: number) => Behaviour {
  const fail = (): Failing => ({
    throws: seeded.chance(0.2) ? seeded.between(1, 2) : 0,
    breaks: seeded.chance(0.12) ? seeded.pick(["at-once", "after-retries"] as const) : null,
    takesMs: seeded.between(0, 3),
    settlement: seeded.pick(["retry", "retry", "discard"] as const),
  });
  return (name, commands) => ({
    ...fail(),
    says: Array.from({ length: commands }, (_, place) => ({
      delayMs: seeded.chance(0.3) ? seeded.between(1, 20_000) : null,
      payload: { ...fail(), tag: `${name}/${place}`, tells: seeded.chance(0.4) },
    })),
  });
}
