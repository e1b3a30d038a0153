import type { JournalEntry } from "../runtime/step/journal-entry.ts";
import { formatSpan } from "./moment.ts";
import type { Style, Terminal } from "./terminal.ts";

/** The journal of an instance as lines: when, what, and the facts. */
export function formatTimeline(entries: readonly JournalEntry[], terminal: Terminal): readonly string[] {
  const widest = Math.max(...entries.map(({ kind }) => kind.length));
  return entries.map((entry) => {
    const { at, kind } = entry;
    const moment = terminal.style("dim", at.toISOString().replace("T", " "));
    return `${moment}  ${terminal.style(styles[kind] ?? "bold", kind.padEnd(widest))}  ${describeFacts(entry)}`.trimEnd();
  });
}

const styles: Partial<Record<JournalEntry["kind"], Style>> = {
  started: "cyan",
  completed: "green",
  timed_out: "yellow",
  attempt_failed: "yellow",
  command_attempt_failed: "yellow",
  failed: "red",
  step_failed: "red",
  command_failed: "red",
};

function describeFacts({ at, event, command, handler, attempt, commands, events, error, retryAt, dueAt, deadLetterId, reason, dropped }: JournalEntry): string {
  const isLater = dueAt !== undefined && dueAt > at;
  const facts = [
    event?.type,
    command?.type,
    handler !== undefined && handler !== command?.type && `by ${handler}`,
    attempt !== undefined && attempt > 1 && `attempt ${attempt}`,
    commands !== undefined && commands.length > 0 && `→ ${commands.map((each) => describeCommand(each, at)).join(", ")}`,
    events !== undefined && events.length > 0 && `→ ${events.map(({ type }) => type).join(", ")}`,
    error !== undefined && `✗ ${error.name}: ${error.message.replace(/\s+/g, " ")}`,
    retryAt !== undefined && `again in ${formatSpan(retryAt.getTime() - at.getTime())}`,
    isLater && `due in ${formatSpan(dueAt.getTime() - at.getTime())}`,
    deadLetterId !== undefined && `dead letter ${deadLetterId}`,
    reason !== undefined && `because: ${reason}`,
    dropped !== undefined && `dropped ${dropped.map(({ type }) => type).join(", ")}`,
  ];
  return facts.filter((fact) => typeof fact === "string").join("  ");
}

function describeCommand({ type, dueAt }: { readonly type: string; readonly dueAt: Date }, at: Date): string {
  return dueAt > at ? `${type} in ${formatSpan(dueAt.getTime() - at.getTime())}` : type;
}
