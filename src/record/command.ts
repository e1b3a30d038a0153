import type { Command } from "../definition/model/command.ts";
import { isUnowned } from "../definition/model/lane.ts";
import type { CommandRecord, NewCommand } from "../store/commands.ts";
import type { MailboxKey } from "../store/mailbox.ts";

/** A stored command as its handler sees it. */
export function recordToCommand(record: NewCommand): Command {
  const { commandId, type, aggregateId, payload, correlationId, causationId, process, dispatchedAt, dueAt } = record;
  const processId = nameInstance(record.processId);
  return {
    commandId,
    type,
    aggregateId,
    payload: JSON.parse(payload) as unknown,
    metadata: { correlationId, causationId, process, processId, dispatchedAt: new Date(dispatchedAt), dueAt: new Date(dueAt) },
  };
}

/** A command as it was written down by a version that knew less of commands: in the subject of a letter, or in an export. */
export function completeCommand(record: LessKnownCommand): CommandRecord {
  const { invocation = null, lane = invocation === null ? null : "own", key = null } = record;
  return { ...record, invocation, lane, key };
}

type Since = "invocation" | "lane" | "key";

type LessKnownCommand = Omit<CommandRecord, Since> & { readonly [Field in Since]?: CommandRecord[Field] | undefined };

/** The processId as it is shown: empty where the row has the lane of commands without an instance in its place. */
export function nameInstance(processId: string): string {
  return isUnowned(processId) ? "" : processId;
}

/** The mailbox of the instance that dispatched a command. What belongs to no instance has one in its place: of its policy, and of its aggregate. */
export function nameMailbox({ process, instanceAggregateId }: NewCommand): MailboxKey {
  return { process, aggregateId: instanceAggregateId };
}

/** The row of a command that has just been dispatched. Its fields are named one by one, because a copy by spreading takes several times as long. */
export function newToRecord(command: NewCommand, seq: number): CommandRecord {
  return {
    seq,
    commandId: command.commandId,
    type: command.type,
    aggregateId: command.aggregateId,
    payload: command.payload,
    process: command.process,
    processId: command.processId,
    instanceAggregateId: command.instanceAggregateId,
    correlationId: command.correlationId,
    causationId: command.causationId,
    dispatchedAt: command.dispatchedAt,
    dueAt: command.dueAt,
    attempts: 0,
    notBefore: null,
    firstFailedAt: null,
    generation: 0,
    origin: command.origin,
    invocation: command.invocation,
    lane: command.lane,
    key: command.key,
    traceparent: command.traceparent ?? null,
  };
}
