import type { CommandRecord } from "../store/commands.ts";
import type { DeadLetterRecord } from "../store/dead-letters.ts";
import type { InboxRow } from "../store/inbox.ts";
import type { StoredEvent } from "../store/events.ts";
import type { ErrorRecord } from "../definition/model/own-payloads.ts";
import type { JournalFacts } from "./journal-entry.ts";
import { editPolicyEvent } from "./policy-attempt.ts";

/** What is left of a payload. */
export const ERASED_PAYLOAD = "{}";

const ERASED_ERROR: ErrorRecord = { name: "Error", message: "erased" };

// A fact that is added later is erased until somebody names it here.
const LEFT: ReadonlySet<string> = new Set<keyof JournalFacts>([
  "status",
  "event",
  "command",
  "handler",
  "attempt",
  "commands",
  "withdrawn",
  "events",
  "error",
  "retryAt",
  "dueAt",
  "timeoutCancelled",
  "deadLetterId",
  "by",
  "outcome",
  "timer",
  "state",
  "from",
  "to",
  "edited",
  "dropped",
]);

/** What is left of an entry of the journal, as JSON text: ids, names, moments, and who asked for it. */
export function eraseFacts(data: string): string {
  const left = Object.entries(JSON.parse(data) as JournalFacts).filter(([fact]) => LEFT.has(fact));
  return JSON.stringify(Object.fromEntries(left.map(([fact, value]): [string, unknown] => [fact, eraseFact(fact, value)])));
}

function eraseFact(fact: string, value: unknown): unknown {
  if (fact === "error") return ERASED_ERROR;
  if (fact !== "commands") return value;
  // The key of a command is the user's own text. The cast holds, because the fact's name says what it is.
  return (value as NonNullable<JournalFacts["commands"]>).map(({ commandId, type, dueAt }) => ({ commandId, type, dueAt }));
}

/** What is left of a dead letter. */
export function eraseLetter(letter: DeadLetterRecord): DeadLetterRecord {
  return {
    ...letter,
    subject: eraseSubject(letter),
    error: JSON.stringify(ERASED_ERROR),
    reason: null,
    retriedWith: letter.retriedWith === null ? null : ERASED_PAYLOAD,
  };
}

function eraseSubject({ kind, subject }: DeadLetterRecord): string {
  const parsed = JSON.parse(subject) as unknown;
  // The casts hold, because the kind of a letter says what its subject is.
  switch (kind) {
    case "inbox": {
      const { number, eventId, type, aggregateId, oversize } = parsed as InboxRow;
      const empty = { payload: null, occurredAt: null, correlationId: null, causationId: null };
      return JSON.stringify({ number, eventId, type, aggregateId, ...empty, oversize } satisfies InboxRow);
    }
    case "policy": {
      const attempt = parsed as CommandRecord;
      return JSON.stringify({ ...attempt, payload: editPolicyEvent(attempt, ERASED_PAYLOAD) } satisfies CommandRecord);
    }
    case "command":
      return JSON.stringify({ ...(parsed as CommandRecord), payload: ERASED_PAYLOAD, key: null } satisfies CommandRecord);
    case "event":
    case "timer":
    case "correlation":
      return JSON.stringify({ ...(parsed as StoredEvent), payload: ERASED_PAYLOAD } satisfies StoredEvent);
    case "timed_out":
    case "failed":
    case "cancelled":
      return eraseOwnEvent(parsed as StoredEvent);
  }
}

// Readers rely on the moment in it.
function eraseOwnEvent(event: StoredEvent): string {
  const { processId, startedAt } = JSON.parse(event.payload) as { readonly processId?: unknown; readonly startedAt?: unknown };
  return JSON.stringify({ ...event, payload: JSON.stringify({ processId, startedAt }) } satisfies StoredEvent);
}
