import { isUnowned, laneOf } from "../../definition/model/lane.ts";
import { nameMailbox } from "../../record/command.ts";
import { createJournalRecord } from "../../record/journal-entry.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { CommandVerb } from "../../store/intervention.ts";
import type { Changes } from "./changes.ts";

/** A command whose turn has not come, and what an operator asks of it. */
export interface ScheduledContext {
  readonly command: CommandRecord;
  /** Whether a dead letter or a suspension holds it back. */
  readonly isParked: boolean;
  readonly verb: CommandVerb;
  readonly now: number;
}

/** Calls a command off, so that it never runs, or gives it another moment. A moment in the past makes it due at once. */
export function decideScheduled({ command, isParked, verb, now }: ScheduledContext): Changes {
  const { processId, commandId, type, dueAt } = command;
  const { reason, by = null } = verb;
  const isMoved = verb.kind === "reschedule-command";
  const facts = {
    command: { commandId, type },
    dueAt: isMoved ? verb.dueAt : dueAt,
    ...(by !== null && { by }),
    ...(reason !== null && { reason }),
  };
  return {
    key: nameMailbox(command),
    source: { from: "command", lane: laneOf(command), seq: command.seq, changed: { processId, dueAt } },
    ...(isMoved && { restored: { kind: "command", command: { ...command, dueAt: verb.dueAt } } }),
    // What comes back is not parked by itself.
    ...(isMoved && isParked && { parkCommandsOf: processId }),
    // What belongs to no instance has no journal.
    journal: isUnowned(processId)
      ? []
      : [createJournalRecord(processId, now, isMoved ? "command_rescheduled" : "command_cancelled", facts)],
  };
}
