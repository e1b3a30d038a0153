import type { StateValue, Status } from "../definition/model/instance.ts";
import type { JournalEntry } from "../record/journal-entry.ts";
import { type Showing, showTime } from "./show.ts";
import type { WireEntry } from "./wire.ts";

/** The most entries of a journal that are sent: the last ones. */
export const MOST_ENTRIES = 1_000;

/** Each entry with where the instance stood after it, because an entry says only what has changed. */
export function showJournal(journal: readonly JournalEntry[], process: string, showing: Showing): readonly WireEntry[] {
  let status: Status = "started";
  let state: StateValue | undefined;
  const first = journal.length - MOST_ENTRIES;
  const shown: WireEntry[] = [];
  for (const [index, entry] of journal.entries()) {
    status = entry.status ?? statusOf(entry) ?? status;
    state = entry.state ?? state;
    if (index >= first) shown.push(showEntry(entry, { status, state }, process, showing));
  }
  return shown;
}

function statusOf({ kind }: JournalEntry): Status | undefined {
  switch (kind) {
    case "started":
    case "completed":
    case "timed_out":
    case "failed":
    case "cancelled":
      return kind;
    default:
      return undefined;
  }
}

function showEntry(
  entry: JournalEntry,
  stand: { readonly status: Status; readonly state: StateValue | undefined },
  process: string,
  { showValue, showError }: Showing,
): WireEntry {
  const { at, kind, event, command, handler, attempt, error, timer, outcome, reason, by, deadLetterId } = entry;
  const { commands, withdrawn, events, dropped, retryAt, dueAt, context, contextWithout } = entry;
  const typeOf = ({ type }: { readonly type: string }) => type;
  return {
    at: showTime(at),
    kind,
    ...stand,
    event,
    command,
    handler,
    attempt,
    error: error && showError(error, { process, type: event?.type ?? command?.type ?? "" }),
    timer,
    outcome,
    reason,
    by,
    deadLetterId,
    contextWithout,
    commands: commands?.map(({ type, dueAt }) => ({ type, dueAt: showTime(dueAt) })),
    withdrawn: withdrawn?.map(typeOf),
    events: events?.map(typeOf),
    dropped: dropped?.map(typeOf),
    retryAt: retryAt && showTime(retryAt),
    dueAt: dueAt && showTime(dueAt),
    context: context === undefined ? undefined : showValue(context, { kind: "context", process, type: "" }),
  };
}
