import { recordToDeadLetter } from "../../record/dead-letter.ts";
import { nameInstance } from "../../record/command.ts";
import { recordToInstance } from "../../record/instance.ts";
import { recordToJournalEntry } from "../../record/journal-entry.ts";
import { recordToTimer } from "../../record/timer.ts";
import { isPolicyName } from "../../definition/model/policy.ts";
import { readPolicyEvent } from "../../record/policy-attempt.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { AggregateChoice, AggregateRows, WaitingRow } from "../../store/erasure.ts";
import type { StoredEvent } from "../../store/events.ts";

/** The version of the format. It grows when what a reader relies on changes. */
export const AGGREGATE_FORMAT = 1;

/**
 * All that is kept of an aggregate, an object for each line: a heading, what there is, each with its `kind`, and an end, without which it is not
 * whole. Moments become ISO 8601 as JSON.
 */
export function describeAggregate(rows: AggregateRows, { aggregateId, process }: AggregateChoice, at: Date): readonly object[] {
  const lines = [
    ...rows.instances.map((record) => ({ kind: "instance", ...recordToInstance(record) })),
    ...rows.journal.map(({ seq: _seq, ...record }) => {
      const { kind: what, ...entry } = recordToJournalEntry(record);
      return { kind: "journal", what, ...entry };
    }),
    ...rows.events.map((event) => ({ kind: "event", ...describeEvent(event) })),
    ...rows.waiting.map(describeWaiting),
    ...rows.commands.map(describeCommand),
    ...rows.letters.map((record) => {
      // The second name of the id would only repeat it.
      const { deadLetterId: _id, kind: of, ...letter } = recordToDeadLetter(record);
      return { kind: "dead-letter", of, ...letter };
    }),
    ...rows.timers.map((record) => {
      const { kind: of, ...timer } = recordToTimer(record);
      return { kind: "timer", of, ...timer };
    }),
    ...rows.inbox.map(({ oversize: _oversize, ...row }) => ({ kind: "inbox-row", ...row })),
  ];
  const heading = { perdure: "aggregate", format: AGGREGATE_FORMAT, aggregateId, ...(process !== undefined && { process }), at };
  return [heading, ...lines, { end: true, lines: lines.length }];
}

function describeEvent({ eventId, type, aggregateId, payload, occurredAt, acceptedAt, correlationId, causationId }: StoredEvent) {
  return {
    eventId,
    type,
    aggregateId,
    payload: JSON.parse(payload) as unknown,
    occurredAt: new Date(occurredAt),
    acceptedAt: new Date(acceptedAt),
    correlationId: correlationId ?? undefined,
    causationId: causationId ?? undefined,
  };
}

/** Its event has the payload, unless an operator has edited that for this entry. */
function describeWaiting({ process, aggregateId, kind: of, eventId, type, payload }: WaitingRow) {
  return {
    kind: "waiting",
    of,
    process,
    aggregateId,
    eventId,
    type,
    payload: payload === null ? undefined : (JSON.parse(payload) as unknown),
  };
}

function describeCommand(record: CommandRecord) {
  const { commandId, type, aggregateId, payload, process, processId, dispatchedAt, dueAt, attempts, key } = record;
  const moments = { dispatchedAt: new Date(dispatchedAt), dueAt: new Date(dueAt), attempts };
  if (isPolicyName(type)) return { kind: "policy", commandId, policy: type, event: describeEvent(readPolicyEvent(record)), ...moments };
  return {
    kind: "command",
    commandId,
    type,
    aggregateId,
    payload: JSON.parse(payload) as unknown,
    process,
    processId: nameInstance(processId),
    ...moments,
    key: key ?? undefined,
  };
}
