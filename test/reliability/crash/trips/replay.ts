import { isDeepStrictEqual } from "node:util";
import { type AnyMachineSnapshot, type AnyStateMachine, type EventFromLogic, initialTransition, transition } from "xstate";
import { isDone } from "../check/evidence-index.ts";
import type { EventRow, InstanceRow, JournalRow } from "../check/evidence.ts";
import type { Check } from "../check/check.ts";

/** What a chart does in one committed step. */
export interface ReplayedStep {
  readonly row: JournalRow;
  readonly event: EventRow;
  /** What its handlers are to do, in order, as their lines say it. */
  readonly actions: readonly string[];
  /** What it invokes anew, by XState's id. */
  readonly invoked: readonly Invoked[];
  /** The invocations that it ends without a result. */
  readonly ended: readonly Invoked[];
  /** The invocation whose result it takes. */
  readonly taken: Invoked | undefined;
  /** Whether it brought a result that came after its state was left. */
  readonly isLate: boolean;
  /** The timers that it ends before they are due. */
  readonly timersEnded: number;
}

export interface Invoked {
  readonly id: string;
  readonly src: string;
  /** The command, or what the key of a child ends with; `undefined` until a step's commands are known. */
  readonly commandId: string | undefined;
}

export interface Replay {
  readonly instance: InstanceRow;
  readonly steps: readonly ReplayedStep[];
  /** Where the chart stands at last. */
  readonly timers: ReadonlyMap<string, number>;
  readonly live: ReadonlyMap<string, Invoked>;
  readonly snapshot: AnyMachineSnapshot;
}

export interface ReplayedInstance {
  readonly machine: AnyStateMachine;
  readonly instance: InstanceRow;
  /** Which command or child came of an invocation in a step. */
  readonly nameInvoked: (row: JournalRow, src: string) => string | undefined;
}

type Action = ReturnType<typeof initialTransition>[1][number];

/** Runs the events of an instance's journal through the machine as XState does, and compares each step and the end with what is stored. */
export function replay(check: Check, given: ReplayedInstance): Replay | undefined {
  const { index, evidence, expect } = check;
  const rows = (index.rowsByInstance.get(given.instance.processId) ?? []).filter(
    (row) => isDone(row) && !row.facts.event!.type.endsWith("TimedOut"),
  );
  // Its first step failed for good.
  if (rows.length === 0) return undefined;
  const first = evidence.events.get(rows[0]!.facts.event!.eventId)!;
  const state: State = { ...given, check, timers: new Map(), live: new Map() };
  const [snapshot, actions] = initialTransition(given.machine, JSON.parse(first.payload) as never);
  let at = snapshot as AnyMachineSnapshot;
  let begun: readonly Action[] = actions as readonly Action[];
  const begins = index.rowsByInstance.get(given.instance.processId)!.find(({ kind }) => kind === "started")!;
  // One whose first attempt failed had no context yet.
  const isToldLater = begins.facts.context === undefined && index.rowsByInstance.get(given.instance.processId)![1]!.kind !== rows[0]!.kind;
  expect(
    isToldLater || isDeepStrictEqual(toJson(at.context), begins.facts.context),
    () => `${nameOf(state)} began with another context than its chart`,
  );
  const steps: ReplayedStep[] = [];
  for (const row of rows) {
    const before = steps.length === 0 ? undefined : at;
    const step = takeStep(state, at, { row, begun });
    begun = [];
    steps.push(step.step);
    at = step.snapshot;
    const moved = before === undefined || !isDeepStrictEqual(before.value, at.value);
    expect(
      isDeepStrictEqual(row.facts.state, moved ? at.value : undefined),
      () => `${nameOf(state)}: ${place(row)} led to ${JSON.stringify(row.facts.state)}, and not to ${JSON.stringify(at.value)}`,
    );
  }
  return { instance: given.instance, steps, timers: state.timers, live: state.live, snapshot: at };
}

interface State extends ReplayedInstance {
  readonly check: Check;
  /** When each timer is due, and the event of one that is raised. */
  readonly timers: Map<string, number>;
  readonly live: Map<string, Invoked>;
}

function takeStep(
  state: State,
  at: AnyMachineSnapshot,
  { row, begun }: { readonly row: JournalRow; readonly begun: readonly Action[] },
): { readonly step: ReplayedStep; readonly snapshot: AnyMachineSnapshot } {
  const { machine, check, timers, live } = state;
  const event = check.evidence.events.get(row.facts.event!.eventId)!;
  const taken = findTaken(state, event);
  const isLate = taken === undefined && event.type.endsWith("InvocationSettled");
  const told = row.facts.timer === undefined ? tellEvent(event, taken) : tellTimer(state, row, event);
  if (taken !== undefined) live.delete(taken.id);
  const [after, actions]: readonly [AnyMachineSnapshot, readonly Action[]] = isLate
    ? [at, []]
    : transition(machine, at as never, told as EventFromLogic<AnyStateMachine>);
  const all = [...begun, ...actions];
  const going = new Map(live);
  const timersEnded = followTimers(timers, all, event.occurredAt);
  const invoked = all.flatMap((action): readonly Invoked[] => {
    if (action.type !== "xstate.spawnChild") return [];
    const { id, src } = action.params as { readonly id: string; readonly src: string };
    return [{ id, src, commandId: state.nameInvoked(row, src) }];
  });
  for (const id of live.keys()) if (after.status !== "active" || !isActive(after, id)) live.delete(id);
  // What was entered and left again in one step is not asked for.
  const asked = invoked.filter(({ id }, place) => isActive(after, id) && invoked.findLastIndex((other) => other.id === id) === place);
  for (const each of asked) live.set(each.id, each);
  if (after.status !== "active") {
    timers.clear();
    live.clear();
  }
  const ended = [...going.values()].filter((each) => live.get(each.id) !== each);
  const did = all.flatMap(({ type, params }) =>
    type.startsWith("xstate.") ? [] : [[type, (params as { readonly place?: string } | undefined)?.place].filter(Boolean).join(" ")],
  );
  return { step: { row, event, actions: did, invoked: asked, ended, taken, isLate, timersEnded }, snapshot: after };
}

/** The invocation whose result an event brings, if it goes on. */
function findTaken({ live }: State, { payload }: EventRow): Invoked | undefined {
  const { invocation } = JSON.parse(payload) as { readonly invocation?: { readonly commandId: string } };
  return [...live.values()].find(({ commandId }) => invocation !== undefined && commandId === invocation.commandId);
}

function tellEvent(event: EventRow, taken: Invoked | undefined): object {
  const payload = JSON.parse(event.payload) as { readonly kind?: string; readonly output?: unknown; readonly error?: unknown };
  const { eventId, type } = event;
  if (taken === undefined) return { type, eventId, payload };
  return payload.kind === "done"
    ? { type: `xstate.done.actor.${taken.id}`, eventId, output: payload.output }
    : { type: `xstate.error.actor.${taken.id}`, eventId, error: payload.error };
}

/** A timer comes due once for each time that it was begun, and not when its state was left. */
function tellTimer(state: State, { facts, at, kind }: JournalRow, { eventId, occurredAt }: EventRow): object {
  const { timers, check, machine } = state;
  const name = facts.timer!;
  const dueAt = timers.get(name);
  const say = () => `${nameOf(state)}: ${kind} by the timer ${name}, which`;
  check.expect(dueAt !== undefined, () => `${say()} does not go on`);
  check.expect(dueAt === undefined || dueAt === occurredAt, () => `${say()} came due ${dueAt! - occurredAt} ms before it was to`);
  check.expect(at >= occurredAt, () => `${say()} came ${occurredAt - at} ms early`);
  for (const [other, moment] of timers) check.expect(moment >= occurredAt, () => `${say()} came before the earlier timer ${other}`);
  timers.delete(name);
  if (name.startsWith("raise ")) return { type: "Nudged", eventId };
  const [path, key] = name.split(" after ");
  return { type: `xstate.after.${key}.${machine.id}.${path}`, eventId };
}

function followTimers(timers: Map<string, number>, actions: readonly Action[], occurredAt: number): number {
  let ended = 0;
  for (const { type, params } of actions) {
    if (type === "xstate.cancel" && timers.delete(nameTimer((params as unknown as { readonly sendId: string }).sendId))) ended += 1;
    if (type !== "xstate.raise") continue;
    const { id, delay } = params as unknown as { readonly id: string; readonly delay?: number };
    if (typeof delay === "number") timers.set(nameTimer(id), occurredAt + delay);
  }
  return ended;
}

/** XState's name of a timer, `xstate.after.remind.trip.planning`, as the one of the journal: `planning after remind`. */
function nameTimer(sendId: string): string {
  const [, key, path] = /^xstate\.after\.([^.]+)\.[^.]+\.(.+)$/.exec(sendId) ?? [];
  return key === undefined ? `raise ${JSON.stringify(sendId)}` : `${path} after ${key}`;
}

function isActive(snapshot: AnyMachineSnapshot, id: string): boolean {
  // XState's own tools find them like that.
  // oxlint-disable-next-line no-underscore-dangle
  return snapshot._nodes.some(({ invoke }) => invoke.some((each) => each.id === id));
}

function toJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

function nameOf({ instance }: Pick<State, "instance">): string {
  return `${instance.process} of ${instance.aggregateId}`;
}

function place({ kind, facts }: JournalRow): string {
  return `${kind} ${facts.event?.type} ${facts.event?.eventId}`;
}
