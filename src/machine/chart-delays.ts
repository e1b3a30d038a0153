import type { AnyStateMachine } from "xstate";
import { readDuration } from "../platform/duration.ts";

type Delay = number | ((args: unknown, params: unknown) => unknown);

/**
 * The delays of a user's machine by name, as XState wants them. One that the machine names and does not define is a duration:
 * `after: { "3d": … }` means three days. What a function gives may be a duration too.
 */
export function readDelays(machine: AnyStateMachine): Readonly<Record<string, Delay>> {
  const { delays, actions } = machine.implementations as { readonly delays: Readonly<Record<string, Delay>>; readonly actions: unknown };
  const names = [...Object.keys(delays), ...listDelayNames(machine.config), ...listDelayNames(actions)];
  return Object.fromEntries(
    names.flatMap((name) => {
      const delay = Object.hasOwn(delays, name) ? readDefined(delays[name]!) : readDuration(name);
      return delay === undefined ? [] : [[name, delay] as const];
    }),
  );
}

function readDefined(delay: Delay): Delay {
  if (typeof delay !== "function") return delay;
  return (args, params) => {
    const given = delay(args, params);
    return readDuration(given) ?? given;
  };
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
