import type { AnyStateMachine } from "xstate";
import { errorToText } from "../errors.ts";
import { refusePromises } from "../platform/promises.ts";
import { isBuilder } from "./reading/read-actions.ts";

type Part = Readonly<Record<string, unknown>>;
type AnyFunction = (...args: readonly unknown[]) => unknown;

/** What a machine is made of. */
export type MachineParts = Pick<AnyStateMachine, "config" | "implementations">;

/**
 * A user's machine whose functions have to answer at once: each throws a `TypeError` that names it if it gives a promise. XState itself goes on
 * with the promise, so that an async guard lets everything through, an async delay is no time at all, and a rejection ends the OS process.
 *
 * It is made of the same parts, with functions around the user's that have the same names, so that whatever reads the machine finds the same.
 */
export function answerAtOnce({ config, implementations }: MachineParts): MachineParts {
  const { actions, guards, delays } = implementations as Readonly<Record<"actions" | "guards" | "delays", Part>>;
  return {
    config: readState(config as Part, []) as AnyStateMachine["config"],
    implementations: {
      ...implementations,
      actions: mapValues(actions, (action, name) => readAction(action, `the action ${name}`)),
      guards: mapValues(guards, (guard, name) => readGuard(guard, `the guard ${name}`)),
      delays: mapValues(delays, (delay, name) => askNow(delay, `the delay ${name}`)),
    } as AnyStateMachine["implementations"],
  };
}

/** A function that throws if the user's gives a promise; what is no function as it is. */
function askNow(given: unknown, name: string): unknown {
  if (typeof given !== "function") return given;
  const ask: AnyFunction = (...args) => {
    let answer: unknown;
    try {
      answer = (given as AnyFunction)(...args);
    } catch (error) {
      // XState reads the message of what a guard throws.
      if (typeof error === "object" && error !== null) throw error;
      throw new Error(`${name} throws ${errorToText(error)}`, { cause: error });
    }
    return refusePromises(answer, name);
  };
  return putInPlace(ask, given as AnyFunction);
}

/** A function with the name and the properties of the one that it stands for, but for those in `other`. */
function putInPlace(own: AnyFunction, given: AnyFunction, other: Part = {}): AnyFunction {
  return Object.defineProperty(Object.assign(own, given, other), "name", { value: given.name, configurable: true });
}

function readState(config: Part, path: readonly string[]): Part {
  const place = path.length === 0 ? "the chart itself" : `the state ${path.join(".")}`;
  const readOn = (transitions: unknown, nameOf: (type: string) => string) =>
    isRecord(transitions) ? mapValues(transitions, (each, type) => readTransitions(each, `${nameOf(type)} in ${place}`)) : transitions;
  return change(config, {
    context: (context) => askNow(context, "the context"),
    entry: (actions) => readActions(actions, `entry of ${place}`),
    exit: (actions) => readActions(actions, `exit of ${place}`),
    on: (transitions) => readOn(transitions, (type) => type),
    after: (transitions) => readOn(transitions, (delay) => `after ${delay}`),
    always: (transitions) => readTransitions(transitions, `always in ${place}`),
    onDone: (transitions) => readTransitions(transitions, `onDone in ${place}`),
    route: (transitions) => readTransitions(transitions, `route of ${place}`),
    initial: (transition) => readTransitions(transition, `initial of ${place}`),
    invoke: (invocations) => mapEach(invocations, (each) => readInvocation(each, place)),
    output: (output) => askNow(output, `the output of ${place}`),
    states: (states) => (isRecord(states) ? mapValues(states, (each, key) => readState(each as Part, [...path, key])) : states),
  });
}

function readInvocation(given: unknown, place: string): unknown {
  if (!isRecord(given)) return given;
  return change(given, {
    input: (input) => askNow(input, `the input of the invocation ${String(given["src"])} in ${place}`),
    onDone: (transitions) => readTransitions(transitions, `onDone in ${place}`),
    onError: (transitions) => readTransitions(transitions, `onError in ${place}`),
    onSnapshot: (transitions) => readTransitions(transitions, `onSnapshot in ${place}`),
  });
}

/** One or several; each is a target alone or an object. */
function readTransitions(transitions: unknown, place: string): unknown {
  return mapEach(transitions, (transition) =>
    isRecord(transition)
      ? change(transition, {
          guard: (guard) => readGuard(guard, `the guard of ${place}`),
          actions: (actions) => readActions(actions, place),
        })
      : transition,
  );
}

/** `and`, `or` and `not` are functions that carry the guards of which they are made. */
function readGuard(guard: unknown, name: string): unknown {
  if (isRecord(guard)) return readParams(guard, name);
  if (typeof guard !== "function" || !("check" in guard)) return askNow(guard, name);
  const parts: unknown = "guards" in guard ? guard.guards : undefined;
  if (!Array.isArray(parts)) return guard;
  const given = guard as unknown as AnyFunction;
  return putInPlace((...args) => given(...args), given, { guards: parts.map((part: unknown) => readGuard(part, name)) });
}

function readParams(given: Part, place: string): Part {
  return change(given, { params: (params) => askNow(params, `the params of ${String(given["type"])}, ${place},`) });
}

function readActions(actions: unknown, place: string): unknown {
  return mapEach(actions, (action) => readAction(action, place));
}

function readAction(action: unknown, place: string): unknown {
  if (isRecord(action)) return readParams(action, place);
  // What is no action of XState's is a handler, or was refused.
  if (!isBuilder(action)) return action;
  const given = action as unknown as AnyFunction;
  const kind = action.type.replace("xstate.", "");
  const read = (part: unknown, key: string): unknown => {
    if (key === "collect") return readCollect(part as AnyFunction, place);
    if (key === "assignment" && isRecord(part)) return mapValues(part, (each, to) => askNow(each, `assign of ${to} in ${place}`));
    return machinery.has(key) ? part : askNow(part, `${key === "assignment" ? kind : `the ${key} of ${kind}`} in ${place}`);
  };
  const other: Part = {
    ...mapValues({ ...action }, read),
    // What it enqueues is known when it runs.
    ...(action.type === "xstate.enqueueActions" && { resolve: readEnqueued(action["resolve"] as AnyFunction, place) }),
  };
  return putInPlace((...args) => given(...args), given, other);
}

/** What XState itself does with one of its actions; everything else in the action is the user's. */
const machinery: ReadonlySet<string> = new Set(["resolve", "retryResolve", "execute"]);

function readCollect(collect: AnyFunction, place: string): unknown {
  const within = ({ check, ...given }: { readonly check: (guard: unknown) => unknown }, params: unknown) =>
    collect({ ...given, check: (guard: unknown) => check(readGuard(guard, `a guard that ${place} checks`)) }, params);
  return askNow(putInPlace(within as AnyFunction, collect), `enqueueActions in ${place}`);
}

/** XState gives the actions that were enqueued as the third part of an answer. */
function readEnqueued(resolve: AnyFunction, place: string): AnyFunction {
  return (...args) => {
    const [snapshot, params, actions] = resolve(...args) as readonly unknown[];
    return [snapshot, params, actions === undefined ? actions : readActions(actions, place)];
  };
}

function isRecord(value: unknown): value is Part {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapValues(record: Part, map: (value: unknown, key: string) => unknown): Part {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}

/** What may be written as one or as several. */
function mapEach(given: unknown, map: (each: unknown) => unknown): unknown {
  return Array.isArray(given) ? given.map(map) : map(given);
}

/** A copy in which the keys that are there are changed. */
function change(given: Part, changes: Readonly<Record<string, (value: unknown) => unknown>>): Part {
  return mapValues(given, (value, key) => (Object.hasOwn(changes, key) ? changes[key]!(value) : value));
}
