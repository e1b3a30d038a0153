import { deriveId } from "../../platform/ids.ts";
import { newToRecord } from "../../record/command.ts";
import { createPolicyAttempt } from "../../record/policy-attempt.ts";
import { decideUnownedGivenUp } from "../../runtime/decide/decide-unowned.ts";
import type { PolicyRoute } from "../../runtime/decide/policy-router.ts";
import type { NewCommand } from "../../store/commands.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { AcceptInput } from "../wire/messages.ts";
import { hasRoom, refuseFull } from "./key-size.ts";
import type { OpenKey } from "./open-key.ts";
import { recordRepeatable } from "./record-repeatable.ts";

/** What became of something that belongs to no instance. `letter`: there was no room for it in the key. */
export interface UnownedAcceptance {
  readonly isDuplicate: boolean;
  readonly letter?: DeadLetterRecord;
}

/** Stores an attempt of the key's policy at an event. One without room is a dead letter. */
export function acceptForPolicy(key: OpenKey, given: AcceptInput, route: PolicyRoute): UnownedAcceptance {
  const { keys: _keys, from: _from, to: _to, processId: _processId, ...event } = given;
  const position = key.store.events.append(event);
  if (position === undefined) return { isDuplicate: true };
  key.kept.accepted += 1;
  return acceptCommand(key, createPolicyAttempt(route, { position, ...event }), event.acceptedAt);
}

/** Stores a command that belongs to no instance. One without room is a dead letter. */
export function acceptCommand(key: OpenKey, command: NewCommand, now: number): UnownedAcceptance {
  const { kept, store, memory } = key;
  const size = JSON.stringify(command).length;
  if (!hasRoom(kept, size)) return { isDuplicate: false, letter: writeLetter(key, command, { size, now }) };
  memory.lanes.add(newToRecord(command, store.commands.add(command)));
  return { isDuplicate: false };
}

/** The letter holds the command in a place of its own, so that a retry brings the command back behind what was accepted before. */
function writeLetter(
  { kept, store }: OpenKey,
  command: NewCommand,
  { size, now }: { readonly size: number; readonly now: number },
): DeadLetterRecord {
  kept.lastSeq += 1;
  const error = recordRepeatable(refuseFull(kept, `${command.type} (${command.commandId})`, size));
  const deadLetterId = deriveId(`${command.commandId}/full`);
  const { deadLetter } = decideUnownedGivenUp(newToRecord(command, kept.lastSeq), { error, deadLetterId, now });
  const letter = { ...deadLetter!, attempts: 0 };
  store.deadLetters.add(letter);
  return letter;
}
