import type { CommittedStep, JournalEntry } from "perdure";
import type { Line, Tone } from "./narrator.ts";
import type { Effect } from "./protocol.ts";

/** A step as a line. `effect` is what its command did; `moment` writes times as the lines do. */
export function describeStep(step: CommittedStep, effect: Effect | undefined, moment: (at: Date | undefined) => string): Line {
  const { at, kind, aggregateId: order } = step;
  const { what = kind, tone = "plain" } = looks[kind] ?? {};
  return { at, order, what, tone, text: describeFacts(step, effect, moment) };
}

const looks: Partial<Record<JournalEntry["kind"], { readonly what?: string; readonly tone?: Tone }>> = {
  attempt_failed: { what: "attempt failed", tone: "late" },
  command_handled: { what: "command" },
  completed: { tone: "good" },
  timed_out: { tone: "late" },
  failed: { tone: "bad" },
};

function describeFacts(entry: JournalEntry, effect: Effect | undefined, moment: (at: Date | undefined) => string): string {
  const { kind, handler = "", event, command, commands = [], events = [], attempt = 1, error, retryAt, dueAt } = entry;
  const dispatched = commands.map(({ type, dueAt }) => (dueAt > entry.at ? `${type} at ${moment(dueAt)}` : type));
  switch (kind) {
    case "started":
      return `by ${event?.type}, times out at ${moment(dueAt)}`;
    case "handled":
    case "completed":
      return [handler, ...dispatched].join(" → ");
    case "attempt_failed":
      return `${handler}: ${error?.message}; attempt ${attempt + 1} at ${moment(retryAt)}`;
    case "failed":
      return `${handler}: ${error?.message}; out of attempts, now a dead letter`;
    case "timed_out":
      return `was due ${moment(dueAt)}`;
    case "command_handled":
      return [`${command?.type}: ${effect?.text}`, ...events.map(({ type }) => type)].join(" → ");
    default:
      return [handler, command?.type, error?.message].filter(Boolean).join(" ");
  }
}
