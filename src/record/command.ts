import type { Command } from "../definition/model/command.ts";
import type { NewCommand } from "../store/commands.ts";

/** A stored command as its handler sees it. */
export function recordToCommand(record: NewCommand): Command {
  const { commandId, type, aggregateId, payload, correlationId, causationId, process, processId, dispatchedAt, dueAt } = record;
  return {
    commandId,
    type,
    aggregateId,
    payload: JSON.parse(payload) as unknown,
    metadata: { correlationId, causationId, process, processId, dispatchedAt: new Date(dispatchedAt), dueAt: new Date(dueAt) },
  };
}
