import type { Intervention } from "../../store/intervention.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { Changes } from "../decide/changes.ts";
import { findOpenLetter, type InterventionRules, prepareSettlement } from "./settle-letter.ts";

/** The mailbox between whose steps an intervention is carried out, and the instance that it concerns, if any. */
export interface Target extends MailboxKey {
  /** Empty if the letter is of no instance. */
  readonly processId: string;
}

/**
 * Finds what an intervention is for, and refuses one that cannot be carried out as it stands now. What has changed by the time it is carried
 * out is refused by `prepareIntervention`.
 * @throws ProcessError `DEAD_LETTER_UNKNOWN`, `DEAD_LETTER_SETTLED`
 */
export function findTarget({ deadLetters }: Pick<KeyedStore, "deadLetters">, intervention: Intervention): Target {
  return findOpenLetter(deadLetters, intervention.deadLetterId);
}

/**
 * Decides by what is stored what an intervention changes. Call it inside the transaction that writes the changes, and between two steps of
 * the target's mailbox, because events may be accepted at any other moment.
 * @throws ProcessError as `findTarget` does, and `PROCESS_REMOVED`, `SETTLEMENT_REFUSED`
 */
export function prepareIntervention(store: KeyedStore, rules: InterventionRules, intervention: Intervention, now: number): Changes {
  return prepareSettlement(store, rules, intervention, now);
}

/** Whether `changes` of an intervention are stored already, because a commit took effect although it reported a failure. */
export function hasTakenEffect({ deadLetters }: Pick<KeyedStore, "deadLetters">, { source }: Changes): boolean {
  if (source.from !== "letter") return false;
  const letter = deadLetters.get(source.settles.deadLetterId);
  return letter?.status === source.settles.status && letter.settledAt === source.settles.settledAt;
}
