import type { Logger } from "../platform/logger.ts";
import { toPrintable } from "../platform/printable.ts";
import type { Committed } from "../runtime/commit/commit-feed.ts";
import type { Changes } from "../runtime/decide/changes.ts";
import { isPolicyName } from "../definition/model/policy.ts";
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
      else if (step.unjournaled !== undefined) logUnjournaled(logger, step.unjournaled);
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

/** A failed attempt of a policy, or of a command that belongs to no instance. */
function logUnjournaled(logger: Logger, { command, error, retryAt }: NonNullable<Changes["unjournaled"]>): void {
  const { type, commandId, process, aggregateId, attempts } = command;
  const attempt = attempts + 1;
  const subject = isPolicyName(type) ? { policy: type } : { command: type, commandId, ...(process !== "" && { policy: process }) };
  const next = `the next attempt is due at ${new Date(retryAt).toISOString()}`;
  logger.warn(toPrintable(`${describeUnowned(command)}: attempt ${attempt} failed: ${describeError(error)}; ${next}`), {
    ...subject,
    aggregateId,
    attempt,
    retryAt: new Date(retryAt),
  });
}

function describeUnowned({
  type,
  process,
  aggregateId,
}: {
  readonly type: string;
  readonly process: string;
  readonly aggregateId: string;
}): string {
  const what = isPolicyName(type)
    ? `policy "${type}"`
    : process === ""
      ? `command ${type} from outside`
      : `command ${type} of policy "${process}"`;
  return `${what}, aggregate ${JSON.stringify(aggregateId)}`;
}

function logRow(logger: Logger, { deadLetterId, error, aggregateId }: DeadLetterRecord): void {
  const text = `the inbox: ${describeError(readStoredError(JSON.parse(error)))}; look at it with: perdure dead-letters show ${deadLetterId}`;
  logger.error(toPrintable(text), { deadLetterId, aggregateId });
}

function logLetter(logger: Logger, letter: DeadLetterRecord): void {
  if (letter.kind === "inbox") return logRow(logger, letter);
  const { process, aggregateId, processId, deadLetterId, kind, handler, attempts } = letter;
  const step = kind === "command" ? `command ${handler}` : handler;
  const error = describeError(readStoredError(JSON.parse(letter.error)));
  const attemptsMade = attempts === 1 ? "1 attempt" : `${attempts} attempts`;
  logger.error(
    toPrintable(
      `${processId === "" && kind !== "correlation" ? describeUnowned({ ...letter, type: handler }) : `${describePlace(letter)}: ${step}`} failed for good after ${attemptsMade}: ${error}; look at it with: perdure dead-letters show ${deadLetterId}`,
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
