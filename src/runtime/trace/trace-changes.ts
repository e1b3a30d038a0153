import type { Changes } from "../decide/changes.ts";

/** The changes of an attempt, with the span of the attempt in all that comes of it; `undefined`: it has none. */
export function traceChanges(changes: Changes, traceparent: string | undefined): Changes {
  if (traceparent === undefined) return changes;
  const { commands, events, followUp } = changes;
  return {
    ...changes,
    ...(commands !== undefined && { commands: commands.map((command) => ({ ...command, traceparent })) }),
    ...(events !== undefined && { events: events.map((event) => ({ ...event, traceparent })) }),
    ...(followUp !== undefined && { followUp: { ...followUp, event: { ...followUp.event, traceparent } } }),
  };
}
