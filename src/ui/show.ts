import { describeState } from "../machine/state-paths.ts";
import type { ProcessInstance } from "../definition/model/instance.ts";
import { isPlainObject } from "../platform/json.ts";
import type { DeadLetter } from "../record/dead-letter.ts";
import type { ScheduleState } from "../record/schedule.ts";
import type { ScheduledCommand } from "../record/scheduled-command.ts";
import type { Timer } from "../record/timer.ts";
import type { WaitingEvent } from "../record/waiting-event.ts";
import { redactNow } from "./redact-now.ts";
import type { ShowError } from "./show-error.ts";
import type { RedactSubject, UiOptions } from "./ui-options.ts";
import type { JsonText, LetterAnswer, WireCommand, WireInstance, WireLetter, WireSchedule, WireTimer, WireWaiting } from "./wire.ts";

/** The longest text of one payload or context that is sent, in characters. */
export const LONGEST_TEXT = 200_000;

// A message is shown in a list; the whole of it is in the letter.
const LONGEST_MESSAGE = 500;

export function showTime(moment: Date): string {
  return moment.toISOString();
}

function showOptionalTime(moment: Date | undefined): string | undefined {
  return moment?.toISOString();
}

/** Payloads and contexts as text, redacted where the options say so. */
export type ShowValue = (value: unknown, subject: RedactSubject) => JsonText;

/** How what is stored is shown. */
export interface Showing {
  readonly showValue: ShowValue;
  readonly showError: ShowError;
}

export function createShowValue({ redact }: Pick<UiOptions, "redact">): ShowValue {
  return (value, subject) => {
    const shown = redact === undefined ? value : redactNow(redact, value, subject);
    // What stands for a payload may be what JSON has no text for.
    const text = (JSON.stringify(shown, undefined, 2) as string | undefined) ?? `(${typeof shown})`;
    return { text: text.slice(0, LONGEST_TEXT), length: text.length };
  };
}

export function showInstance(instance: ProcessInstance): WireInstance {
  const { processId, process, aggregateId, status, state, outcome, startedAt, updatedAt, endedAt, dueAt, suspended } = instance;
  return {
    processId,
    process,
    aggregateId,
    status,
    state: state === undefined ? undefined : describeState(state),
    outcome,
    suspended: suspended && { ...suspended, at: showTime(suspended.at) },
    startedAt: showTime(startedAt),
    updatedAt: showTime(updatedAt),
    endedAt: showOptionalTime(endedAt),
    dueAt: showOptionalTime(dueAt),
  };
}

export function showTimer({ kind, dueAt, process, aggregateId, processId, command, policy, name }: Timer): WireTimer {
  return { kind, dueAt: showTime(dueAt), process, aggregateId, processId, what: command ?? name ?? policy };
}

export function showWaiting({ eventId, type, acceptedAt, attempts, retryAt }: WaitingEvent): WireWaiting {
  return { eventId, type, acceptedAt: showTime(acceptedAt), attempts, retryAt: showOptionalTime(retryAt) };
}

export function showCommand({ commandId, type, aggregateId, dueAt, dispatchedAt, key }: ScheduledCommand): WireCommand {
  return { commandId, type, aggregateId, dueAt: showTime(dueAt), dispatchedAt: showTime(dispatchedAt), key };
}

export function showLetter(letter: DeadLetter, showError: ShowError): WireLetter {
  const { id, process, processId, aggregateId, kind, handler, attempts, firstFailedAt, lastFailedAt, status } = letter;
  const { type } = subjectOf(letter);
  const error = showError(letter.error, { process, type });
  return {
    id,
    process,
    processId,
    aggregateId,
    kind,
    handler,
    what: type,
    errorName: error.name,
    errorMessage: error.message.length > LONGEST_MESSAGE ? `${error.message.slice(0, LONGEST_MESSAGE)}…` : error.message,
    attempts,
    firstFailedAt: showTime(firstFailedAt),
    lastFailedAt: showTime(lastFailedAt),
    status,
  };
}

export function showWholeLetter(letter: DeadLetter, { showValue, showError }: Showing): LetterAnswer {
  const { settledAt, settledBy, reason, retriedWith } = letter;
  const { value, ...subject } = subjectOf(letter);
  return {
    ...showLetter(letter, showError),
    error: showError(letter.error, subject),
    payload: showValue(value, subject),
    settledAt: showOptionalTime(settledAt),
    settledBy,
    reason,
    retriedWith: retriedWith === undefined ? undefined : showValue(retriedWith, subject),
  };
}

function subjectOf({ process, event, command, row }: DeadLetter): RedactSubject & { readonly value: unknown } {
  if (event !== undefined) return { kind: "event", process, type: event.type, value: event.payload };
  if (command !== undefined) return { kind: "command", process, type: command.type, value: command.payload };
  return { kind: "row", process, type: isPlainObject(row) && typeof row["type"] === "string" ? row["type"] : "", value: row };
}

export function showSchedule(
  { schedule, cron, timeZone, missed, dueAt, lastAt, removedAt, failure }: ScheduleState,
  showError: ShowError,
): WireSchedule {
  return {
    schedule,
    cron,
    timeZone,
    missed,
    dueAt: showOptionalTime(dueAt),
    lastAt: showOptionalTime(lastAt),
    removedAt: showOptionalTime(removedAt),
    failure:
      failure === undefined
        ? undefined
        : {
            at: showTime(failure.at),
            problem: showError({ name: "", message: failure.problem }, { process: "", type: "" }).message,
          },
  };
}
