import { ProcessError } from "../../errors.ts";
import { nameMailbox } from "../../record/command.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { CommandIntervention } from "../../store/intervention.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { Changes } from "../decide/changes.ts";
import { decideScheduled } from "../decide/decide-scheduled.ts";

type Stored = Pick<KeyedStore, "commands" | "instances">;

/** Whether the turn of a command has come, by its `seq`. */
export type HasBegun = (seq: number) => boolean;

/** The mailbox of a command that waits for its moment. @throws ProcessError `COMMAND_NOT_SCHEDULED` */
export function findScheduled(store: Stored, { processId, commandId }: CommandIntervention): MailboxKey & { readonly processId: string } {
  return { ...nameMailbox(findCommand(store, processId, commandId)), processId };
}

/**
 * Decides by what is stored what becomes of a command that an operator calls off or moves. Call it inside the transaction that writes the
 * changes, because the command's turn may come at any other moment.
 * @throws ProcessError `COMMAND_NOT_SCHEDULED`, `COMMAND_BEGUN`, `COMMAND_INVOKED`
 */
export function prepareScheduled(
  store: Stored,
  hasBegun: HasBegun,
  { commandId, processId, ...verb }: CommandIntervention,
  now: number,
): Changes {
  const command = findCommand(store, processId, commandId);
  const name = `command "${command.type}" (${commandId})`;
  const details = { commandId, process: command.process, processId };
  if (command.invocation !== null) {
    throw new ProcessError("COMMAND_INVOKED", `${name} was invoked by the chart of its instance, which waits for its result`, {
      hint: "Send an event that leaves the state which has invoked it: that takes the command back.",
      details,
    });
  }
  if (command.attempts > 0 || command.generation > 0 || hasBegun(command.seq)) {
    throw new ProcessError("COMMAND_BEGUN", `${name} has begun: it runs, waits for another attempt, or was retried by an operator`, {
      hint: "Let it end. If it fails for good, discard or skip its dead letter.",
      details,
    });
  }
  const isParked = store.commands.readParked(processId).some(({ seq }) => seq === command.seq);
  return decideScheduled({ command, isParked, verb, now });
}

/** Whether `changes` to a command are stored already, because a commit took effect although it reported a failure. */
export function isScheduledChanged({ commands }: Stored, { source, restored }: Changes, now: number): boolean {
  if (source.from !== "command" || source.changed === undefined) return false;
  const { processId, dueAt } = source.changed;
  const stored = commands.list(processId).find(({ seq }) => seq === source.seq);
  if (restored?.kind === "command") return stored?.dueAt === restored.command.dueAt;
  // If it is due by now, it may have run meanwhile.
  return stored === undefined && dueAt > now;
}

function findCommand({ commands }: Stored, processId: string, commandId: string): CommandRecord {
  const command = commands.list(processId).find((each) => each.commandId === commandId);
  if (command === undefined) throw refuseUnscheduled(commandId);
  return command;
}

export function refuseUnscheduled(commandId: string): ProcessError {
  return new ProcessError("COMMAND_NOT_SCHEDULED", `no command "${commandId}" waits: there never was one, or it has ended by now`, {
    hint: "scheduled.list() lists the commands that wait for their moment. The journal of its instance says what became of a command.",
    details: { commandId },
  });
}
