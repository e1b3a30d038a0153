import {
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  createMachine,
  type InspectionEvent,
} from "xstate";
import { type ChartInvocation, type ChartRecord, type ChartTimer, NOT_ASKED } from "../definition/model/chart-record.ts";
import type { ProcessEvent } from "../definition/model/event.ts";
import type { StateValue } from "../definition/model/instance.ts";
import { answerAtOnce } from "./at-once.ts";
import { readDelaysOfAnyName } from "./chart-delays.ts";
import { type ChartNames, type NamedInvocation, nameChart, nameTransition, writePath } from "./chart-names.ts";
import { hasState, placeInstance, type Placement, type Placing } from "./chart-placement.ts";
import { createInertScope, type ExecutedAction } from "./inert-scope.ts";
import { findOutcome } from "./chart-outcome.ts";
import { followTimers } from "./follow-timers.ts";
import { machineEvents } from "./machine-events.ts";
import { neverSettles } from "./never-settles.ts";

/** A process's own chart as the runtime asks it. It is pure: it takes what is stored, and says what comes next. */
export interface ChartMachine {
  /**
   * What an event does to an instance. `at`: where it stands; `undefined`: it has not begun, so it enters its first state before.
   * @throws whatever a guard, an assignment, a delay or an input throws; an Error if one of them gives a promise, or if the chart has no such state any more
   */
  step(at: ChartPosition | undefined, event: ProcessEvent, trigger?: ChartTrigger): ChartMove;
  /** Whether the chart says what is to follow when an invocation fails. */
  handlesError(invocation: NamedInvocation): boolean;
  /** Where a migration puts an instance. @throws Error that says why it cannot stand there; whatever a delay throws */
  place(placing: Placing): Placement;
  /** Whether the chart has a state in which an instance stands. */
  hasState(state: StateValue): boolean;
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

/**
 * `given`: the machine as the user made it, which has been checked. `onTransition` is told the name of each transition that a step takes, as
 * `nameTransition` gives it.
 */
export function createChartMachine(given: AnyStateMachine, onTransition?: (name: string) => void): ChartMachine {
  const machine = prepare(given);
  const names = nameChart(machine);
  const implementations: Readonly<Record<string, unknown>> = machine.implementations.actions;
  let performed: ExecutedAction[] = [];
  const scope = createInertScope((action) => performed.push(action), onTransition && createWatched(onTransition));

  const settle = (snapshot: AnyMachineSnapshot): AnyMachineSnapshot => {
    if (snapshot.status === "error") throw snapshot.error;
    return snapshot;
  };
  const begin = (event: ProcessEvent) => settle(machine.getInitialSnapshot(scope, event.payload) as AnyMachineSnapshot);
  const resume = ({ state, context, history }: ChartPosition) =>
    machine.resolveState({ value: state, context, historyValue: names.readHistory(history) as never, status: "active" });

  return {
    place: (placing) => placeInstance(machine, names, placing),
    hasState: (state) => hasState(machine, state),
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
        ...followInvocations(performed, { at, event, after, names, settled: trigger?.kind === "timer" ? undefined : trigger?.invocation }),
        actions: performed.flatMap((action) => readChartAction(action, { event, told, names, implementations })),
        done: after.status === "done" ? { outcome: findOutcome(after, told ?? event) } : undefined,
        initialContext,
      };
    },
  };
}

/** XState tells the transitions of a step to whoever inspects the actor around it. */
function createWatched(onTransition: (name: string) => void): ReturnType<typeof createActor> {
  const inspect = (event: InspectionEvent) => {
    if (event.type !== "@xstate.microstep") return;
    // oxlint-disable-next-line no-underscore-dangle -- nothing else says which transitions a step takes
    for (const transition of event._transitions) onTransition(nameTransition(transition));
  };
  return createActor(createMachine({}), { inspect });
}

/**
 * The machine as Perdure runs it: its functions answer at once, delays are read as durations, nothing that is invoked runs, and circles come to
 * an end.
 */
function prepare(given: AnyStateMachine): AnyStateMachine {
  const { config, implementations } = answerAtOnce(given);
  const options = { maxIterations: MOST_MICROSTEPS, ...(config as { readonly options?: object }).options };
  const machine = createMachine({ ...config, options } as never, implementations as never) as AnyStateMachine;
  const delays = readDelaysOfAnyName(implementations.delays as Readonly<Record<string, unknown>>);
  const actors = new Proxy({}, { get: () => neverSettles });
  Object.assign(machine.implementations, { delays, actors });
  return machine;
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

interface InvocationsBefore {
  readonly at: ChartPosition | undefined;
  readonly event: ProcessEvent;
  readonly after: AnyMachineSnapshot;
  readonly names: ChartNames;
  /** The invocation whose result this is, which has ended. */
  readonly settled: Pick<ChartInvocation, "commandId"> | undefined;
}

/** XState does not say which invocations a restored machine ends, so the states that it is in now say which go on. */
function followInvocations(
  performed: readonly ExecutedAction[],
  { at, event, after, names, settled }: InvocationsBefore,
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
  const goOn = (at?.invocations ?? []).filter(
    (each) => each.commandId !== settled?.commandId && active.some((other) => isSame(each, other) && !asked.has(other.id)),
  );
  const late = goOn.filter(({ commandId }) => commandId === NOT_ASKED);
  return {
    invocations: goOn.filter(({ commandId }) => commandId !== NOT_ASKED),
    invokes: [
      ...late.map(({ path, index, src }) => ({ path, index, src, input: readInput({ path, index }, { event, after, names }) })),
      ...active.filter(({ id }) => asked.has(id)).map(({ path, index, src, id }) => ({ path, index, src, input: asked.get(id) })),
    ],
  };
}

/** The input of an invocation whose state XState has not entered, because a migration has. */
function readInput(
  { path, index }: Pick<NamedInvocation, "path" | "index">,
  { event, after, names }: Pick<InvocationsBefore, "event" | "after" | "names">,
): unknown {
  const input: unknown = names.findState(path)?.invoke[index]?.input;
  if (typeof input !== "function") return input;
  return (input as (args: object) => unknown)({ context: after.context, event: addFacts({ type: machineEvents.migrated }, event) });
}

interface ActionsOf {
  readonly event: ProcessEvent;
  /** The event as the chart was told it. */
  readonly told: AnyEventObject | undefined;
  readonly names: ChartNames;
  readonly implementations: Readonly<Record<string, unknown>>;
}

/** XState's own actions but for the log are done by the machine, or are timers and invocations. */
function readChartAction(
  { type, info, params, exec }: ExecutedAction,
  { event, told, names, implementations }: ActionsOf,
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
  const own = info.event as AnyEventObject;
  // The first states are entered because of the event that begins the instance. What the chart raises may be of the same type.
  const seen = own === told || own.type === "xstate.init" ? (told ?? event) : addFacts(own, event);
  return [{ kind: "handler", name: type, params, context: info.context, event: seen }];
}
