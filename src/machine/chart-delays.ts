import type { AnyStateMachine } from "xstate";
import { readDuration } from "../platform/duration.ts";

type Delays = Readonly<Record<string, unknown>>;
type DelayFunction = (args: unknown, params: unknown) => unknown;
type ReadDelay = number | ((args: unknown, params: unknown) => number);

/**
 * The delays of a user's machine for tools, as XState wants them: those that it defines or names. One that the machine names and does not define
 * is a duration: `after: { "3d": … }` means three days.
 */
export function readDelays(machine: AnyStateMachine): Readonly<Record<string, ReadDelay>> {
  const { delays, actions } = machine.implementations as { readonly delays: Delays; readonly actions: unknown };
  const names = [...Object.keys(delays), ...listDelayNames(machine.config), ...listDelayNames(actions)];
  return Object.fromEntries(
    names.flatMap((name) => {
      const given = findGiven(delays, name);
      // What has a key called `delay` and is no delay names none.
      const delay = typeof given === "function" ? readLater(delays, name) : readDuration(given);
      return delay === undefined ? [] : [[name, delay] as const];
    }),
  );
}

/**
 * The same for the runtime, by whatever name is asked for: an action that decides what it raises may name a delay that stands nowhere else.
 * XState itself takes a delay that it does not find, or that is no number, for none.
 */
export function readDelaysOfAnyName(delays: Delays): Delays {
  return new Proxy(delays, { get: (_, name) => (typeof name === "string" ? readLater(delays, name) : undefined) });
}

/** @throws TypeError, when it is asked, for what is not a duration */
function readLater(delays: Delays, name: string): (args: unknown, params: unknown) => number {
  return (args, params) => {
    const given = findGiven(delays, name);
    const delay = typeof given === "function" ? (given as DelayFunction)(args, params) : given;
    const milliseconds = readDuration(delay);
    if (milliseconds === undefined) throw new TypeError(`the delay "${name}" is ${String(delay)}, which is not a duration`);
    return milliseconds;
  };
}

function findGiven(delays: Delays, name: string): unknown {
  return Object.hasOwn(delays, name) ? delays[name] : name;
}

/** The keys of each `after`, and the delays of raised events, anywhere in a config. */
function* listDelayNames(part: unknown): Generator<string> {
  if ((typeof part !== "object" && typeof part !== "function") || part === null) return;
  // XState's own actions, such as `raise`, are functions that carry what they were given.
  if ("delay" in part && typeof part.delay === "string") yield part.delay;
  if (typeof part === "function") return;
  if ("after" in part && typeof part.after === "object" && part.after !== null) yield* Object.keys(part.after);
  for (const child of Object.values(part)) yield* listDelayNames(child);
}
