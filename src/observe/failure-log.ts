import type { Logger } from "../platform/logger.ts";
import { toPrintable } from "../platform/printable.ts";
import type { Committed } from "../runtime/commit/commit-feed.ts";
import type { Changes } from "../runtime/decide/changes.ts";
import type { ErrorRecord } from "../definition/model/own-payloads.ts";
import type { JournalFacts } from "../record/journal-entry.ts";
import { readStoredError } from "../record/stored-error.ts";
import type { DeadLetterRecord } from "../store/dead-letters.ts";

/**
 * A listener to commits that logs what failed once that is committed: a warning for each attempt that failed and will be repeated, and an
 * error for each new dead letter.
 */
export function createFailureLog(logger: Logger): (committed: Pick<Committed, "steps" | "letters">) => void {
  return ({ steps, letters }) => {
    for (const letter of letters) logLetter(logger, letter);
    for (const step of steps) {
      if (step.deadLetter !== undefined) logLetter(logger, step.deadLetter);
      else if ("failure" in step.source && step.source.failure !== undefined) logAttempt(logger, step);
    }
  };
}

function logAttempt(logger: Logger, { key, journal }: Changes): void {
  for (const { processId, kind, data } of journal) {
    if (kind !== "attempt_failed" && kind !== "command_attempt_failed") continue;
    const { handler, command, event, attempt, error, retryAt } = JSON.parse(data) as JournalFacts;
    const step = command === undefined ? handler : `command ${command.type}`;
    const next = retryAt === undefined ? "" : `; the next attempt is due at ${new Date(retryAt).toISOString()}`;
    logger.warn(toPrintable(`${describePlace(key)}: attempt ${attempt} of ${step} failed: ${describeError(error)}${next}`), {
      ...key,
      processId,
      ...(command === undefined ? { handler, eventId: event?.eventId } : { command: command.type, commandId: command.commandId }),
      attempt,
      ...(retryAt !== undefined && { retryAt: new Date(retryAt) }),
    });
  }
}

function logLetter(logger: Logger, letter: DeadLetterRecord): void {
  const { process, aggregateId, processId, deadLetterId, kind, handler, attempts } = letter;
  const step = kind === "command" ? `command ${handler}` : handler;
  const error = describeError(readStoredError(JSON.parse(letter.error)));
  const attemptsMade = attempts === 1 ? "1 attempt" : `${attempts} attempts`;
  logger.error(
    toPrintable(
      `${describePlace(letter)}: ${step} failed for good after ${attemptsMade}: ${error}; look at it with: perdure dead-letters show ${deadLetterId}`,
    ),
    {
      process,
      aggregateId,
      processId,
      deadLetterId,
      ...(kind === "command" ? { command: handler } : { handler }),
      attempts,
    },
  );
}

// The id is written as JSON, because it may hold blanks and quotes.
function describePlace({ process, aggregateId }: { readonly process: string; readonly aggregateId: string }): string {
  return `process "${process}", aggregate ${JSON.stringify(aggregateId)}`;
}

const LONGEST_LINE = 300;

/** The beginning of an error's first line, because the message that holds it is one line for a person. */
function describeError(error: ErrorRecord | undefined): string {
  if (error === undefined) return "an unknown error";
  const [line = ""] = `${error.name}: ${error.message}`.split(/[\r\n]/, 1);
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}
