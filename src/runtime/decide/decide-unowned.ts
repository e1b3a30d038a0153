import type { ErrorRecord } from "../../definition/model/own-payloads.ts";
import { laneOf } from "../../definition/model/lane.ts";
import { isPolicyName } from "../../definition/model/policy.ts";
import { nameMailbox } from "../../record/command.ts";
import type { CommandRecord, NewCommand } from "../../store/commands.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { Changes } from "./changes.ts";
import { openLetter } from "./open-letter.ts";

// What belongs to no instance has no journal: what comes of it is in the commands that it dispatches, in its letters, and in the log.

/** What an attempt of a policy has done. */
export interface PolicyDone {
  /** What it has dispatched. */
  readonly commands: readonly NewCommand[];
  /** Commands of before that give way, because it has dispatched one of their key. */
  readonly replaced: readonly CommandRecord[];
}

/** A policy has handled its event. */
export function decidePolicyHandled(attempt: CommandRecord, { commands, replaced }: PolicyDone): Changes {
  return {
    key: nameMailbox(attempt),
    source: { from: "command", lane: laneOf(attempt), seq: attempt.seq },
    commands,
    ...(replaced.length > 0 && { dropCommands: replaced.map((command) => ({ lane: laneOf(command), seq: command.seq })) }),
    journal: [],
  };
}

/**
 * A policy, or a command that belongs to no instance, has no attempts left. It has a dead letter that holds nothing: what is behind it in its
 * lane goes on, because there is no instance that could wait for an operator.
 */
export function decideUnownedGivenUp(
  command: CommandRecord,
  failure: { readonly error: ErrorRecord; readonly deadLetterId: string; readonly now: number },
): Changes {
  const { type, generation, attempts, firstFailedAt } = command;
  return {
    key: nameMailbox(command),
    source: { from: "command", lane: laneOf(command), seq: command.seq },
    deadLetter: openLetter({ ...nameMailbox(command), processId: "" }, failure, {
      kind: isPolicyName(type) ? "policy" : "command",
      handler: type,
      subject: JSON.stringify(command),
      generation,
      blocks: false,
      attempts: attempts + 1,
      firstFailedAt: firstFailedAt ?? failure.now,
    }),
    journal: [],
  };
}

/** Whether a letter is that of a policy, or of a command that belongs to no instance. */
export function isOfUnowned({ kind, processId }: DeadLetterRecord): boolean {
  return kind === "policy" || (kind === "command" && processId === "");
}
