import type { AnyStateMachine } from "xstate";
import { readDuration } from "../platform/duration.ts";

/**
 * How long the delays of a user's machine are that it names and does not define, in milliseconds by name: `after: { "3d": … }` means
 * three days. A delay that the machine defines is as it defines it, and one in digits is what XState reads it as.
 */
export function readDelays(machine: AnyStateMachine): Readonly<Record<string, number>> {
  const { delays, actions } = machine.implementations;
  const names = [...listDelayNames(machine.config), ...listDelayNames(actions)];
  return Object.fromEntries(
    names.flatMap((name) => {
      const durationMs = name in delays ? undefined : readDuration(name);
      return durationMs === undefined ? [] : [[name, durationMs] as const];
    }),
  );
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
