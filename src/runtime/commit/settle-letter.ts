import type { Domain } from "../../definition/model/definition.ts";
import { ProcessError } from "../../errors.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { Ids } from "../../platform/ids.ts";
import type { DeadLetterRecord, DeadLetterRecords, LetterEnd, DeadLetterStatus } from "../../store/dead-letters.ts";
import type { LetterIntervention } from "../../store/intervention.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import type { Limits } from "../check/settings.ts";
import type { Changes } from "../decide/changes.ts";
import { decideCorrelationEnded, decideCorrelationFailed, decideCorrelationRetried, isOfCorrelate } from "../decide/decide-correlation.ts";
import { isOfUnowned } from "../decide/decide-unowned.ts";
import { decideRowEnded, decideRowRetried } from "../decide/decide-inbox.ts";
import { findKeys } from "./find-keys.ts";
import type { Router } from "../decide/router.ts";
import {
  refuseRemoved,
  decideLetterDiscarded,
  decideLetterRetried,
  decideLetterSkipped,
  decideUnownedSettled,
  editPayload,
  type LetterContext,
  type Parked,
} from "../decide/decide-settlement.ts";

/** What an intervention is decided by. */
export interface InterventionRules {
  readonly machines: ReadonlyMap<string, ProcessMachine>;
  readonly router: Router;
  readonly domain: Pick<Domain, "policies">;
  readonly ids: Ids;
  readonly settings: { readonly limits: Limits };
}

/**
 * Decides by what is stored how a dead letter is settled. Call it inside the transaction that writes the changes, and between two steps of
 * the instance, because events may be accepted at any other moment.
 * @throws ProcessError `DEAD_LETTER_UNKNOWN`, `DEAD_LETTER_SETTLED`, `PROCESS_REMOVED`, `SETTLEMENT_REFUSED`
 */
export function prepareSettlement(store: KeyedStore, rules: InterventionRules, settlement: LetterIntervention, now: number): Changes {
  const { deadLetterId, by = null } = settlement;
  const letter = findOpenLetter(store.deadLetters, deadLetterId);
  const moment = { settledAt: now, settledBy: by };
  if (letter.kind === "inbox") {
    return settlement.kind === "retry"
      ? decideRowRetried(letter, { ...moment, retriedWith: settlement.payload ?? null })
      : decideRowEnded(letter, { ...moment, status: endedBy[settlement.kind], reason: settlement.reason });
  }
  if (letter.kind === "correlation") {
    return settlement.kind === "retry"
      ? correlateAgain(letter, rules, { ...moment, retriedWith: settlement.payload ?? null })
      : decideCorrelationEnded(letter, { ...moment, status: endedBy[settlement.kind], reason: settlement.reason });
  }
  if (isOfUnowned(letter)) return settleUnowned(letter, rules, settlement, now);
  const { machines } = rules;
  const instance = store.instances.get(letter.processId);
  if (instance === undefined) throw new Error(`dead letter ${deadLetterId} names the instance ${letter.processId}, which is not stored`);
  const context: LetterContext = { letter, instance, machine: machines.get(letter.process), others: findOthers(store, letter), by, now };
  switch (settlement.kind) {
    case "retry":
      return decideLetterRetried(context, settlement.payload);
    case "skip":
      return decideLetterSkipped(context, settlement.reason);
    case "discard":
      return decideLetterDiscarded(context, readParked(store, instance), settlement.reason);
  }
}

/**
 * Decides by what is stored how a failed instance ends that nobody has brought back in time: its oldest dead letter is discarded, and the
 * others with it. Call it as `prepareSettlement`.
 */
export function prepareDiscard(store: KeyedStore, machine: ProcessMachine, instance: InstanceRecord, now: number): Changes {
  const [letter] = listOpenLetters(store.deadLetters, instance.processId).filter(({ blocks }) => blocks);
  if (letter === undefined) throw new Error(`instance ${instance.processId} is failed, and no open dead letter holds it`);
  const span = machine.definition.failedTimeout?.text;
  const reason = `nobody has settled it in time (failedTimeout${span === undefined ? "" : `: ${span}`})`;
  const context = { letter, instance, machine, others: findOthers(store, letter), by: null, now };
  return decideLetterDiscarded(context, readParked(store, instance), reason);
}

const endedBy = { skip: "skipped", discard: "discarded" } as const;

/** @throws ProcessError `POLICY_REMOVED` */
function settleUnowned(letter: DeadLetterRecord, { domain }: InterventionRules, settlement: LetterIntervention, now: number): Changes {
  const { kind, handler, deadLetterId } = letter;
  if (kind === "policy" && settlement.kind === "retry" && !domain.policies.has(handler)) {
    throw new ProcessError("POLICY_REMOVED", `dead letter "${deadLetterId}": the policy "${handler}" is not defined any more`, {
      hint: "Bring its file back to retry the letter, or discard it.",
    });
  }
  return decideUnownedSettled(letter, settlement, now);
}

/** @throws ProcessError `PROCESS_REMOVED` */
function correlateAgain(
  letter: DeadLetterRecord,
  { machines, router, ids, settings }: InterventionRules,
  moment: Omit<LetterEnd, "status" | "reason"> & Pick<DeadLetterRecord, "retriedWith">,
): Changes {
  const event = editPayload(JSON.parse(letter.subject) as StoredEvent, moment.retriedWith ?? undefined);
  if (!machines.has(letter.process)) throw refuseRemoved(letter);
  const route = router(event.type).find(({ process }) => process === letter.process);
  // By now, the process has nothing to do with the event.
  if (route === undefined) return decideCorrelationRetried(letter, undefined, moment);
  try {
    return decideCorrelationRetried(letter, { event, route, keys: findKeys(route, event, settings.limits) }, moment);
  } catch (error) {
    if (!isOfCorrelate(error)) throw error;
    return decideCorrelationFailed(letter, { event, error }, ids.next(), moment);
  }
}

/** @throws ProcessError `DEAD_LETTER_UNKNOWN`, `DEAD_LETTER_SETTLED` */
export function findOpenLetter(letters: Pick<DeadLetterRecords, "get">, deadLetterId: string): DeadLetterRecord {
  const letter = letters.get(deadLetterId);
  checkOpen(letter, deadLetterId);
  return letter;
}

/** @throws ProcessError as `findOpenLetter` does */
export function checkOpen<Letter extends { readonly status: DeadLetterStatus; readonly settledAt?: number | Date | null | undefined }>(
  letter: Letter | undefined,
  deadLetterId: string,
): asserts letter is Letter {
  if (letter === undefined) {
    throw new ProcessError("DEAD_LETTER_UNKNOWN", `there is no dead letter "${deadLetterId}"`, {
      hint: "`perdure dead-letters list`, or deadLetters.list(), lists them.",
    });
  }
  if (letter.status === "open") return;
  const settledAt = letter.settledAt instanceof Date ? letter.settledAt.getTime() : (letter.settledAt ?? null);
  throw new ProcessError("DEAD_LETTER_SETTLED", `dead letter "${deadLetterId}" was ${letter.status} at ${describeMoment(settledAt)}`, {
    hint: "A letter is settled once. If the step failed again, it has a new one.",
    details: { status: letter.status, settledAt },
  });
}

/** The letters of an instance that nobody has settled. */
export function listOpenLetters(letters: Pick<DeadLetterRecords, "find">, processId: string): readonly DeadLetterRecord[] {
  return letters.find({ processId, status: "open" }, Number.MAX_SAFE_INTEGER, undefined);
}

function findOthers(store: KeyedStore, { processId, deadLetterId }: DeadLetterRecord): readonly DeadLetterRecord[] {
  return listOpenLetters(store.deadLetters, processId).filter((other) => other.blocks && other.deadLetterId !== deadLetterId);
}

function readParked({ mailbox, commands }: KeyedStore, instance: InstanceRecord): Parked {
  const entries = mailbox.read(instance, Number.MAX_SAFE_INTEGER);
  return {
    events: entries.flatMap(({ kind, event }) => (kind === "event" ? [event] : [])),
    commands: commands.readParked(instance.processId),
  };
}

function describeMoment(moment: number | null): string {
  return moment === null ? "an unknown moment" : new Date(moment).toISOString();
}
