import type { ErrorRecord } from "../../definition/model/own-payloads.ts";
import { describeState } from "../../machine/state-paths.ts";
import type { JournalEntry } from "../../record/journal-entry.ts";
import { stringifyExactly } from "../../platform/json.ts";
import { countOf } from "../../platform/count-of.ts";
import { formatSpan } from "./moment.ts";
import { type Style, styled, type Text } from "./text.ts";

/** A journal entry as a line: when, what, and the facts. */
export interface TimelineEntry {
  readonly moment: Text;
  readonly kind: Text;
  readonly facts: string;
}

/** The journal of an instance, its columns of one width. */
export function formatTimeline(entries: readonly JournalEntry[]): readonly TimelineEntry[] {
  const widest = entries.reduce((length, { kind }) => Math.max(length, kind.length), 0);
  return entries.map((entry) => ({
    moment: styled("dim", entry.at.toISOString().replace("T", " ")),
    kind: styled(styles[entry.kind] ?? "bold", entry.kind.padEnd(widest)),
    facts: describeFacts(entry),
  }));
}

/** An error in a line. Of an error of Perdure, the way out is left to where all of it is shown. */
export function describeError({ name, message }: ErrorRecord): string {
  const [problem = ""] = name === "ProcessError" ? message.split("\n  ") : [message];
  return `${name}: ${problem.replace(/\s+/g, " ")}`;
}

const styles: Partial<Record<JournalEntry["kind"], Style>> = {
  started: "cyan",
  completed: "green",
  timed_out: "yellow",
  attempt_failed: "yellow",
  command_attempt_failed: "yellow",
  cancelled: "yellow",
  failed: "red",
  step_failed: "red",
  command_failed: "red",
};

function describeFacts({
  at,
  kind,
  event,
  command,
  handler,
  attempt,
  commands,
  withdrawn,
  events,
  error,
  retryAt,
  dueAt,
  timeoutCancelled,
  deadLetterId,
  reason,
  by,
  edited,
  dropped,
  context,
  contextWithout,
  outcome,
  from,
  to,
  timer,
  state,
}: JournalEntry): string {
  const facts = [
    from !== undefined && to !== undefined && `version ${from} → ${to}`,
    // The event of a timer is Perdure's own, and its type says less than the timer's name.
    timer ?? event?.type,
    command?.type,
    handler !== undefined && handler !== command?.type && `by ${handler}`,
    attempt !== undefined && attempt > 1 && `attempt ${attempt}`,
    commands !== undefined && commands.length > 0 && `→ ${commands.map((each) => describeCommand(each, at)).join(", ")}`,
    events !== undefined && events.length > 0 && `→ ${events.map(({ type }) => type).join(", ")}`,
    state !== undefined && describeState(state) !== "" && `in ${describeState(state)}`,
    outcome !== undefined && `outcome ${outcome}`,
    (context !== undefined || contextWithout !== undefined) && describeChange(context ?? {}, contextWithout ?? []),
    error !== undefined && `✗ ${describeError(error)}`,
    retryAt !== undefined && `again in ${formatSpan(retryAt.getTime() - at.getTime())}`,
    withdrawn !== undefined && `took back ${withdrawn.map(({ type }) => type).join(", ")}`,
    timeoutCancelled === true && "times out no more",
    dueAt !== undefined && describeDue(kind, dueAt, at),
    deadLetterId !== undefined && `dead letter ${deadLetterId}`,
    edited === true && "with an edited payload",
    by !== undefined && `asked by ${by}`,
    reason !== undefined && `because: ${reason}`,
    dropped !== undefined && `dropped ${dropped.map(({ type }) => type).join(", ")}`,
  ];
  return facts.filter((fact) => typeof fact === "string").join("  ");
}

/** When the timeout or the command is due, if that is later; of a step, where it has moved the timeout to. */
function describeDue(kind: JournalEntry["kind"], dueAt: Date, at: Date): string | undefined {
  const away = dueAt.getTime() - at.getTime();
  if (kind === "handled" || kind === "rescheduled") return away > 0 ? `times out in ${formatSpan(away)} now` : "times out at once";
  return away > 0 ? `due in ${formatSpan(away)}` : undefined;
}

/** What an entry changed of the context: `paid = true, email = "ada@example.org", without code`. */
function describeChange(context: Readonly<Record<string, unknown>>, without: readonly string[]): string {
  const changes = Object.entries(context).map(([key, value]) => `${key} = ${shorten(stringifyExactly(value))}`);
  return [...changes, ...without.map((key) => `without ${key}`)].join(", ");
}

// The whole value is in the context that is shown above, and in --json.
const LONGEST_VALUE = 200;

function shorten(text: string): string {
  return text.length <= LONGEST_VALUE
    ? text
    : `${text.slice(0, LONGEST_VALUE)}… (${countOf(text.length - LONGEST_VALUE, "more character")})`;
}

function describeCommand({ type, dueAt }: { readonly type: string; readonly dueAt: Date }, at: Date): string {
  return dueAt > at ? `${type} in ${formatSpan(dueAt.getTime() - at.getTime())}` : type;
}
