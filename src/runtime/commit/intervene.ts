import type { Intervention } from "../../store/intervention.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { Changes } from "../decide/changes.ts";
import { findOpenInstance, isInstanceChanged, prepareInstance } from "./change-instance.ts";
import { findScheduled, type HasBegun, isScheduledChanged, prepareScheduled } from "./change-scheduled.ts";
import { findOpenLetter, type InterventionRules, prepareSettlement } from "./settle-letter.ts";

/** The mailbox between whose steps an intervention is carried out, and the instance that it concerns, if any. */
export interface Target extends MailboxKey {
  /** Empty if the letter is of no instance. */
  readonly processId: string;
}

/**
 * Finds what an intervention is for, and refuses one that cannot be carried out as it stands now. What has changed by the time it is carried
 * out is refused by `prepareIntervention`.
 * @throws ProcessError `DEAD_LETTER_UNKNOWN`, `DEAD_LETTER_SETTLED`; `COMMAND_NOT_SCHEDULED`; `INSTANCE_UNKNOWN`, `INSTANCE_ENDED`
 */
export function findTarget(store: Pick<KeyedStore, "deadLetters" | "commands" | "instances">, intervention: Intervention): Target {
  if ("commandId" in intervention) return findScheduled(store, intervention);
  if ("deadLetterId" in intervention) return findOpenLetter(store.deadLetters, intervention.deadLetterId);
  return findOpenInstance(store, intervention.processId);
}

/**
 * Decides by what is stored what an intervention changes. Call it inside the transaction that writes the changes, and between two steps of
 * the target's mailbox, because events may be accepted at any other moment.
 * @throws ProcessError as `findTarget` does, and `PROCESS_REMOVED`, `SETTLEMENT_REFUSED` for a letter; `COMMAND_BEGUN`, `COMMAND_INVOKED` for a
 * command; and as `prepareInstance` does for an instance
 */
export function prepareIntervention(
  store: KeyedStore,
  rules: InterventionRules & { readonly hasBegun: HasBegun },
  intervention: Intervention,
  now: number,
): Changes {
  if ("commandId" in intervention) return prepareScheduled(store, rules.hasBegun, intervention, now);
  if ("deadLetterId" in intervention) return prepareSettlement(store, rules, intervention, now);
  return prepareInstance(store, rules, intervention, now);
}

/** Whether `changes` of an intervention are stored already, because a commit took effect although it reported a failure. */
export function hasTakenEffect(store: Pick<KeyedStore, "deadLetters" | "commands" | "instances">, changes: Changes, now: number): boolean {
  const { source } = changes;
  if (source.from === "operator") return isInstanceChanged(store, changes);
  if (source.from !== "letter") return isScheduledChanged(store, changes, now);
  const letter = store.deadLetters.get(source.settles.deadLetterId);
  return letter?.status === source.settles.status && letter.settledAt === source.settles.settledAt;
}
