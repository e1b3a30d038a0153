import { type AnyEventObject, type AnyMachineSnapshot, type AnyStateMachine, createMachine, fromPromise } from "xstate";
import type { ChartInvocation, ChartRecord, ChartTimer } from "../definition/model/chart-record.ts";
import type { ProcessEvent } from "../definition/model/event.ts";
import type { StateValue } from "../definition/model/instance.ts";
import { LAST_MOMENT, readDuration } from "../platform/duration.ts";
import { type ChartNames, type NamedInvocation, nameChart, writePath } from "./chart-names.ts";
import { createInertScope, type ExecutedAction } from "./inert-scope.ts";
import { findOutcome } from "./chart-outcome.ts";

/** A process's own chart as the runtime asks it. It is pure: it takes what is stored, and says what comes next. */
export interface ChartMachine {
  /**
   * What an event does to an instance. `at`: where it stands; `undefined`: it has not begun, so it enters its first state before.
   * @throws whatever a guard, an assignment, a delay or an input throws; an Error if the chart has no such state any more
   */
  step(at: ChartPosition | undefined, event: ProcessEvent, trigger?: ChartTrigger): ChartMove;
  /** Whether the chart says what is to follow when an invocation fails. */
  handlesError(invocation: NamedInvocation): boolean;
}

/** Where an instance stands. */
export interface ChartPosition extends ChartRecord {
  readonly state: StateValue;
  readonly context: Readonly<Record<string, unknown>>;
}

/** What Perdure tells a chart by itself, beside the events of the domain. */
export type ChartTrigger =
  | { readonly kind: "timer"; readonly timer: ChartTimer }
  | { readonly kind: "done"; readonly invocation: Pick<ChartInvocation, "commandId">; readonly output?: unknown }
  | { readonly kind: "error"; readonly invocation: Pick<ChartInvocation, "commandId">; readonly error: unknown };

export interface ChartMove {
  readonly state: StateValue;
  readonly context: unknown;
  readonly history: ChartRecord["history"];
  /** The timers that go on; those that this move starts are in `starts`. */
  readonly timers: readonly ChartTimer[];
  readonly starts: readonly ChartTimer[];
  /** The invocations that go on. */
  readonly invocations: readonly ChartInvocation[];
  /** What its states ask for anew, in order. */
  readonly invokes: readonly (NamedInvocation & { readonly input: unknown })[];
  /** What the handlers are to do, in order. */
  readonly actions: readonly ChartAction[];
  /** The final state was reached; `outcome`: what that says of how, if it says anything. */
  readonly done: { readonly outcome: string | undefined } | undefined;
  /** The context before the event, of an instance that begins. */
  readonly initialContext: unknown;
}

/** A named action that is a handler, with what XState gives it; or a line for the log. */
export type ChartAction =
  | { readonly kind: "handler"; readonly name: string; readonly params: unknown; readonly context: unknown; readonly event: unknown }
  | { readonly kind: "log"; readonly label: string | undefined; readonly value: unknown };

// A chart that takes more steps at once never ends: eventless transitions lead in a circle.
const MOST_MICROSTEPS = 1_000;

/** `given`: the machine as the user made it, which has been checked. */
export function createChartMachine(given: AnyStateMachine): ChartMachine {
  const machine = prepare(given);
  const names = nameChart(machine);
  const implementations: Readonly<Record<string, unknown>> = machine.implementations.actions;
  let performed: ExecutedAction[] = [];
  const scope = createInertScope((action) => performed.push(action));

  const settle = (snapshot: AnyMachineSnapshot): AnyMachineSnapshot => {
    if (snapshot.status === "error") throw snapshot.error;
    return snapshot;
  };
  const begin = (event: ProcessEvent) => settle(machine.getInitialSnapshot(scope, event.payload) as AnyMachineSnapshot);
  const resume = ({ state, context, history }: ChartPosition) =>
    machine.resolveState({ value: state, context, historyValue: names.readHistory(history) as never, status: "active" });

  return {
    handlesError: ({ path, index }) => {
      const node = names.findState(path);
      const type = `xstate.error.actor.${String(node?.invoke[index]?.id)}`;
      // Any state around may say it.
      for (let each = node; each !== undefined; each = each.parent) if (each.transitions.has(type)) return true;
      return false;
    },
    step: (at, event, trigger) => {
      performed = [];
      const before = at === undefined ? begin(event) : (resume(at) as AnyMachineSnapshot);
      const initialContext = at === undefined ? before.context : undefined;
      const told = trigger === undefined ? event : tell(trigger, event, { at, names });
      // A chart that is complete from the start, or whose timer or invocation has gone, is told nothing.
      const after =
        before.status !== "active" || told === undefined ? before : settle(machine.transition(before, told, scope) as AnyMachineSnapshot);
      const fired = trigger?.kind === "timer" ? trigger.timer.id : undefined;
      return {
        state: after.value as StateValue,
        context: after.context,
        history: names.writeHistory(after),
        ...followTimers(performed, { at, event, names, fired }),
        ...followInvocations(performed, { at, after, names, settled: trigger?.kind === "timer" ? undefined : trigger?.invocation }),
        actions: performed.flatMap((action) => readChartAction(action, { event, names, implementations })),
        done: after.status === "done" ? { outcome: findOutcome(after, event) } : undefined,
        initialContext,
      };
    },
  };
}

/** The machine as Perdure runs it: delays are read as durations, nothing that is invoked runs, and circles come to an end. */
function prepare(given: AnyStateMachine): AnyStateMachine {
  const { config, implementations } = given;
  const options = { maxIterations: MOST_MICROSTEPS, ...(config as { readonly options?: object }).options };
  const machine = createMachine({ ...config, options } as never, implementations as never) as AnyStateMachine;
  const own = implementations.delays as Readonly<Record<string, unknown>>;
  // XState looks a delay up by its name, and takes one that it does not find, or that is no number, for none.
  const delays = new Proxy(own, {
    get: (_, name) => (typeof name === "string" ? (args: unknown, params: unknown) => readDelay(name, own[name], args, params) : undefined),
  });
  const neverSettles = fromPromise(() => new Promise(() => {}));
  const actors = new Proxy({}, { get: () => neverSettles });
  Object.assign(machine.implementations, { delays, actors });
  return machine;
}

function readDelay(name: string, delay: unknown, args: unknown, params: unknown): number {
  const resolved: unknown =
    typeof delay === "function" ? (delay as (args: unknown, params: unknown) => unknown)(args, params) : (delay ?? name);
  const milliseconds = readDuration(resolved);
  if (milliseconds === undefined) throw new TypeError(`the delay "${name}" is ${String(resolved)}, which is not a duration`);
  return milliseconds;
}

/** The event as XState has it; `undefined` if the chart has no place for it any more. */
function tell(
  trigger: ChartTrigger,
  event: ProcessEvent,
  { at, names }: { readonly at: ChartPosition | undefined; readonly names: ChartNames },
): AnyEventObject | undefined {
  if (trigger.kind === "timer") {
    const { after, event: raised } = trigger.timer;
    if (raised !== undefined) return addFacts(raised, event);
    const type = after === undefined ? undefined : names.timerEvent(after);
    return type === undefined ? undefined : addFacts({ type }, event);
  }
  // It has ended if its state was left before the result came to its turn.
  const invocation = at?.invocations.find(({ commandId }) => commandId === trigger.invocation.commandId);
  const id = invocation === undefined ? undefined : names.invocationId(invocation);
  if (id === undefined) return undefined;
  return trigger.kind === "done"
    ? addFacts({ type: `xstate.done.actor.${id}`, output: trigger.output, actorId: id }, event)
    : addFacts({ type: `xstate.error.actor.${id}`, error: trigger.error, actorId: id }, event);
}

/** An event of the chart with what is known of the one that led to it. That one's payload is not its own. */
function addFacts(own: AnyEventObject, facts: ProcessEvent): AnyEventObject {
  return { ...facts, payload: undefined, ...own };
}

interface TimersBefore {
  readonly at: ChartPosition | undefined;
  readonly event: ProcessEvent;
  readonly names: ChartNames;
  /** The timer that has just come due. */
  readonly fired: string | undefined;
}

/** Starts and ends timers in the order in which the chart asks for it. Their moments count from the event, which gives the same after a delay. */
function followTimers(
  performed: readonly ExecutedAction[],
  { at, event, names, fired }: TimersBefore,
): Pick<ChartMove, "timers" | "starts"> {
  const going = new Map((at?.timers ?? []).filter(({ id }) => id !== fired).map((timer) => [timer.id, timer]));
  const starts = new Map<string, ChartTimer>();
  const idOf = (sendId: string | undefined, type: string) => {
    const after = names.findTimer(type);
    return after === undefined ? `raise ${sendId ?? type}` : `${writePath(after.path)} after ${after.key}`;
  };
  for (const { type, params } of performed) {
    if (type === "xstate.cancel") {
      const { sendId } = params as { readonly sendId: string };
      const id = idOf(sendId, sendId);
      going.delete(id);
      starts.delete(id);
    }
    if (type !== "xstate.raise") continue;
    const { event: raised, delay, id: sendId } = params as { readonly event: { readonly type: string }; delay?: unknown; id?: string };
    if (typeof delay !== "number") continue;
    const after = names.findTimer(raised.type);
    const id = after === undefined ? freeId(idOf(sendId, raised.type), sendId, { going, starts }) : idOf(sendId, raised.type);
    going.delete(id);
    const dueAt = Math.min(event.occurredAt.getTime() + delay, LAST_MOMENT);
    starts.set(id, after === undefined ? { id, dueAt, event: raised } : { id, dueAt, after });
  }
  return { timers: [...going.values()], starts: [...starts.values()] };
}

/** Events that are raised without a name of their own do not take each other's place. */
function freeId(
  id: string,
  sendId: string | undefined,
  { going, starts }: { readonly going: ReadonlyMap<string, unknown>; readonly starts: ReadonlyMap<string, unknown> },
): string {
  if (sendId !== undefined) return id;
  let free = id;
  for (let number = 2; going.has(free) || starts.has(free); number += 1) free = `${id} ${number}`;
  return free;
}

interface InvocationsBefore {
  readonly at: ChartPosition | undefined;
  readonly after: AnyMachineSnapshot;
  readonly names: ChartNames;
  /** The invocation whose result this is, which has ended. */
  readonly settled: Pick<ChartInvocation, "commandId"> | undefined;
}

/** XState does not say which invocations a restored machine ends, so the states that it is in now say which go on. */
function followInvocations(
  performed: readonly ExecutedAction[],
  { at, after, names, settled }: InvocationsBefore,
): Pick<ChartMove, "invocations" | "invokes"> {
  const asked = new Map<string, unknown>();
  for (const { type, params } of performed) {
    if (type !== "xstate.spawnChild") continue;
    const { id, input } = params as { readonly id: string; readonly input?: unknown };
    asked.set(id, input);
  }
  const active = after.status === "active" ? names.listInvocations(after) : [];
  const isSame = (one: NamedInvocation, other: NamedInvocation) =>
    one.index === other.index && writePath(one.path) === writePath(other.path);
  return {
    invocations: (at?.invocations ?? []).filter(
      (each) => each.commandId !== settled?.commandId && active.some((other) => isSame(each, other) && !asked.has(other.id)),
    ),
    invokes: active.filter(({ id }) => asked.has(id)).map(({ path, index, src, id }) => ({ path, index, src, input: asked.get(id) })),
  };
}

interface ActionsOf {
  readonly event: ProcessEvent;
  readonly names: ChartNames;
  readonly implementations: Readonly<Record<string, unknown>>;
}

/** XState's own actions but for the log are done by the machine, or are timers and invocations. */
function readChartAction(
  { type, info, params, exec }: ExecutedAction,
  { event, names, implementations }: ActionsOf,
): readonly ChartAction[] {
  if (type === "xstate.log") {
    const { label, value } = params as { readonly label?: string; readonly value: unknown };
    return [{ kind: "log", label, value }];
  }
  if (type === "xstate.raise" || type === "xstate.cancel" || type === "xstate.stopChild") return [];
  // What `spawn` makes has no place in the chart.
  if (type === "xstate.spawnChild" && names.isInvocation((params as { readonly id: string }).id)) return [];
  // XState names an inline function's action after the function, so its name alone does not tell it from a named one.
  if (type.startsWith("xstate.") || (exec !== undefined && implementations[type] !== exec)) {
    throw new TypeError(`the action "${type}" cannot be made durable; name it, and give it a handler in actions/`);
  }
  const told = info.event as AnyEventObject;
  // The first states are entered because of the event that begins the instance.
  const seen = told.type === event.type || told.type === "xstate.init" ? event : addFacts(told, event);
  return [{ kind: "handler", name: type, params, context: info.context, event: seen }];
}
