import { createSeeded, type Seeded } from "../seeded.ts";

/**
 * All that a run is to do, as data: the worker follows it without a decision of its own, the checker compares what came of
 * it. The same seed gives the same plan.
 */
export interface Plan {
  readonly seed: number;
  readonly instances: Readonly<Record<string, PlannedInstance>>;
  readonly events: readonly PlannedEvent[];
  /** Events to dispatch, as eventIds: streams side by side, the batches of one after the other. */
  readonly streams: readonly (readonly (readonly string[])[])[];
}

export interface PlannedInstance {
  readonly aggregateId: string;
  readonly aggregate: "job" | "watch";
  /** `stays`: until an operator cancels it, when all else is done. */
  readonly fate: "completes" | "stays" | "breaks" | "times-out" | "ends-in-time";
  /** What an operator does with its dead letters. */
  readonly settlement: "retry" | "discard";
  /** What its timed-out and failed handlers do. */
  readonly onTimedOut: Behaviour;
  readonly onFailed: Behaviour;
}

export interface PlannedEvent {
  readonly type: "JobStarted" | "JobStepped" | "JobFinished" | "WatchStarted" | "WatchEnded";
  readonly aggregateId: string;
  readonly eventId: string;
  readonly payload: Behaviour & {
    /** Its place among the events of its instance, from 0. */
    readonly seq: number;
    /** How often the handler of `job/audit` fails before it succeeds. */
    readonly auditThrows: number;
  };
}

/** What a handler does when it is given this. */
export interface Behaviour {
  /** How many attempts fail before one succeeds. */
  readonly throws: number;
  /** It fails for good until the operator has mended it: at once, or after all its retries, or by ending its OS process each time. */
  readonly breaks: "at-once" | "after-retries" | "exits" | "aborts" | null;
  readonly takesMs: number;
  readonly says: readonly PlannedCommand[];
}

export interface PlannedCommand {
  readonly name: "charge" | "remind";
  readonly delayMs: number | null;
  readonly payload: {
    /** Unlike that of any other command of the plan. */
    readonly tag: string;
    readonly throws: number;
    readonly breaks: Behaviour["breaks"];
    readonly takesMs: number;
    /** Behaviours of the JobAnswered events that it returns. */
    readonly answers: readonly Behaviour[];
  };
}

/** More attempts are made than the longest `throws` needs. */
export const MAX_RETRIES = 2;

/** From WatchStarted. */
export const WATCH_TIMEOUT_MS = 400;

export function createPlan(seed: number, instanceCount: number): Plan {
  const seeded = createSeeded(seed);
  const create = createBehaviours(seeded, `plan-${seed}`);
  const instances: Record<string, PlannedInstance> = {};
  const events: PlannedEvent[] = [];
  const streamCount = seeded.between(1, 4);
  const queues: string[][][] = Array.from({ length: streamCount }, () => []);

  for (let index = 0; index < instanceCount; index += 1) {
    const fate = seeded.pick(["completes", "completes", "stays", "breaks", "breaks", "times-out", "ends-in-time"] as const);
    const aggregate = fate === "times-out" || fate === "ends-in-time" ? "watch" : "job";
    const aggregateId = `${aggregate}-${index}`;
    const breaksInHandler = fate === "times-out" && seeded.chance(0.3);
    instances[aggregateId] = {
      aggregateId,
      aggregate,
      fate,
      settlement: seeded.pick(["retry", "retry", "discard"]),
      onTimedOut: create.behaviour({ breaks: breaksInHandler ? seeded.pick(waysToBreak) : null }),
      onFailed: create.behaviour({ breaks: seeded.chance(0.15) ? "after-retries" : null }),
    };
    const own = planEvents(seed, seeded, create, aggregateId, fate);
    events.push(...own);
    queues[index % streamCount]!.push(...planBatches(seeded, fate, own));
  }
  return { seed, instances, events, streams: queues.map((batches) => mix(seeded, batches)) };
}

const waysToBreak = ["at-once", "after-retries", "exits", "aborts"] as const;

type Create = ReturnType<typeof createBehaviours>;

function createBehaviours(seeded: Seeded, prefix: string) {
  let tags = 0;
  const command = (name: PlannedCommand["name"], breaks: Behaviour["breaks"] = null): PlannedCommand => ({
    name,
    delayMs: name === "remind" ? seeded.between(1, 900) : null,
    payload: {
      tag: `${prefix}/${(tags += 1)}`,
      throws: seeded.chance(0.2) ? seeded.between(1, MAX_RETRIES) : 0,
      breaks,
      takesMs: seeded.between(0, 3),
      answers:
        name === "charge" && seeded.chance(0.5) ? Array.from({ length: seeded.between(1, 2) }, () => behaviour({ isAnswer: true })) : [],
    },
  });
  const behaviour = (
    given: { readonly breaks?: Behaviour["breaks"]; readonly isAnswer?: boolean; readonly says?: readonly PlannedCommand[] } = {},
  ): Behaviour => ({
    throws: seeded.chance(0.2) ? seeded.between(1, MAX_RETRIES) : 0,
    breaks: given.breaks ?? null,
    takesMs: seeded.between(0, 4),
    says:
      given.says ??
      Array.from({ length: given.isAnswer === true ? 0 : seeded.between(0, 2) }, () => command(seeded.chance(0.6) ? "charge" : "remind")),
  });
  return { command, behaviour };
}

function planEvents(seed: number, seeded: Seeded, create: Create, aggregateId: string, fate: PlannedInstance["fate"]): PlannedEvent[] {
  const types: PlannedEvent["type"][] =
    fate === "times-out"
      ? ["WatchStarted"]
      : fate === "ends-in-time"
        ? ["WatchStarted", "WatchEnded"]
        : [
            "JobStarted",
            ...Array.from({ length: seeded.between(1, 6) }, () => "JobStepped" as const),
            ...(fate === "stays" ? [] : (["JobFinished"] as const)),
          ];
  const broken = fate === "breaks" ? seeded.between(0, types.length - 2) : undefined;
  const breaksCommand = seeded.chance(0.4);
  return types.map((type, seq) => {
    const how = seq === broken ? seeded.pick(waysToBreak) : null;
    const behaviour =
      how !== null && breaksCommand
        ? create.behaviour({
            says: [create.command("charge"), create.command("charge", how), create.command("remind"), create.command("charge")],
          })
        : create.behaviour({ breaks: how });
    // A retry of the starting event would come after the timeout.
    const throws = fate === "ends-in-time" || fate === "times-out" ? 0 : behaviour.throws;
    return {
      type,
      aggregateId,
      eventId: `${seed}/${aggregateId}/${seq}`,
      payload: { ...behaviour, throws, seq, auditThrows: seeded.chance(0.1) ? 1 : 0 },
    };
  });
}

/** The events of one instance, some of them together. Those that end it in time come with their start, in one commit. */
function planBatches(seeded: Seeded, fate: PlannedInstance["fate"], events: readonly PlannedEvent[]): string[][] {
  const ids = events.map(({ eventId }) => eventId);
  if (fate === "ends-in-time") return [ids];
  const batches: string[][] = [];
  while (ids.length > 0) batches.push(ids.splice(0, seeded.chance(0.3) ? seeded.between(1, 4) : 1));
  return batches;
}

/** The batches of several instances mixed, each instance's in order. */
function mix(seeded: Seeded, batches: readonly (readonly string[])[]): (readonly string[])[] {
  const byInstance = new Map<string, (readonly string[])[]>();
  for (const batch of batches) {
    const instance = batch[0]!.split("/")[1]!;
    byInstance.set(instance, [...(byInstance.get(instance) ?? []), batch]);
  }
  const mixed: (readonly string[])[] = [];
  while (byInstance.size > 0) {
    const instance = seeded.pick([...byInstance.keys()]);
    const rest = byInstance.get(instance)!;
    mixed.push(rest.shift()!);
    if (rest.length === 0) byInstance.delete(instance);
  }
  return mixed;
}
