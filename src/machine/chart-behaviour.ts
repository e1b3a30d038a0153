import type { AnyStateMachine, AnyStateNode } from "xstate";
import { writePath } from "./chart-names.ts";

/**
 * What a chart does, as plain data that is the same for the same behaviour: states, transitions, the names of actions and guards, delays and
 * what is invoked. Not in it are descriptions, ids, tags, `meta`, the order of keys, and what the user's functions do.
 */
export function describeBehaviour(machine: AnyStateMachine): unknown {
  const { context, output } = machine.config as { readonly context?: unknown; readonly output?: unknown };
  return [describeState(machine.root, machine), describeValue(context), describeValue(output)];
}

function describeState(node: AnyStateNode, machine: AnyStateMachine): unknown {
  const { entry, exit, target } = node.config as { readonly entry?: unknown; readonly exit?: unknown; readonly target?: unknown };
  return {
    type: node.type,
    initial: node.type === "compound" ? describeTransition(node.initial) : null,
    // A history state has no transitions, but a place that it leads to at first.
    history: node.type === "history" ? [node.history, describeValue(target)] : null,
    entry: describeActions(entry),
    exit: describeActions(exit),
    invoke: node.invoke.map(({ src, input }) => [describeValue(src), describeValue(input)]),
    on: [...node.transitions]
      .map(([type, transitions]) => [nameTrigger(type, node, machine), transitions.map(describeTransition)] as const)
      .toSorted(([one], [other]) => compare(JSON.stringify(one), JSON.stringify(other))),
    always: (node.always ?? []).map(describeTransition),
    output: describeValue(node.output),
    states: Object.keys(node.states)
      .toSorted(compare)
      .map((key) => [key, describeState(node.states[key]!, machine)]),
  };
}

type AnyTransition = Pick<NonNullable<AnyStateNode["always"]>[number], "target" | "actions"> & {
  readonly guard?: unknown;
  readonly reenter?: boolean;
};

function describeTransition({ target, actions, guard, reenter }: AnyTransition): unknown {
  return [target?.map(({ path }) => writePath(path)) ?? null, describeActions(actions), nameGuard(guard), reenter === true];
}

/** The names that XState gives to the events of timers and invocations hold ids, which say nothing of behaviour. */
function nameTrigger(type: string, { after, invoke }: AnyStateNode, { implementations }: AnyStateMachine): unknown {
  const timer = after.find(({ eventType }) => eventType === type);
  if (timer !== undefined) {
    const own: unknown = (implementations.delays as Readonly<Record<string, unknown>>)[String(timer.delay)];
    return ["after", String(timer.delay), describeValue(own)];
  }
  for (const [index, { id }] of invoke.entries()) {
    if (type === `xstate.done.actor.${id}`) return ["done", index];
    if (type === `xstate.error.actor.${id}`) return ["error", index];
  }
  return type.startsWith("xstate.done.state.") ? "done" : type;
}

function describeActions(actions: unknown): unknown {
  const listed: readonly unknown[] = actions === undefined || actions === null ? [] : [actions].flat();
  return listed.map((action) => {
    const { type, params, event, delay, id, sendId } = (typeof action === "string" ? { type: action } : action) as Readonly<
      Record<string, unknown>
    >;
    return [describeValue(type), ...[params, event, delay, id ?? sendId].map(describeValue)];
  });
}

/** A named guard by its name, one of XState's by its parts, and one of the user's functions by the name that it has. */
function nameGuard(guard: unknown): unknown {
  if (guard === undefined || guard === null) return null;
  if (typeof guard === "string") return nameGuard({ type: guard });
  const { type, params, guards, stateValue, name } = guard as Readonly<Record<string, unknown>>;
  if (Array.isArray(guards)) return [describeValue(name), guards.map(nameGuard)];
  if (stateValue !== undefined) return [describeValue(name), describeValue(stateValue)];
  return typeof guard === "function" ? ["function", describeValue(name)] : [describeValue(type), describeValue(params)];
}

/** Data as it is, with its keys in order; of a function, that it is one. */
function describeValue(value: unknown): unknown {
  if (typeof value === "function") return ["function"];
  if (Array.isArray(value)) return value.map(describeValue);
  if (typeof value !== "object" || value === null) return value ?? null;
  return Object.keys(value)
    .toSorted(compare)
    .map((key) => [key, describeValue(Reflect.get(value, key))]);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
