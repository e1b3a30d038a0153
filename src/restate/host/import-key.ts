import { ProcessError } from "../../errors.ts";
import type { JournalRecord } from "../../store/journal.ts";
import type { KeptKey } from "../wire/kept-key.ts";
import type { BeginInput, KeyExport } from "../wire/messages.ts";
import { stateKeys } from "../wire/names.ts";
import { REFUSED_STATUS, writeRefusal } from "../wire/refusal.ts";
import { createKeptKey } from "../key/kept-key.ts";
import type { Parts } from "./parts.ts";
import type { KeyContext } from "./sdk.ts";
import { forgetEnded, forgetSeen, send } from "./send.ts";
import { Turn } from "./turn.ts";

// Records of the journal in one part of it.
const RECORDS = 100;

/**
 * Takes a key over from another host, as it was there. Nothing of it is done, so that a key which is not imported yet is not touched by what
 * this one does. To take the same export over again changes nothing. Returns whether anything was written.
 */
export async function importKey(context: KeyContext, process: string, given: KeyExport, parts: Parts): Promise<boolean> {
  const before = await context.get<KeptKey>(stateKeys.core);
  if (before !== null && before.importedFrom === given.importId) return false;
  if (before !== null && !isUntouched(before)) throw refuse(context.key, process, parts);
  const { instances, letters, journal, kept, importId } = given;
  for (const instance of instances) context.set(stateKeys.instance(instance.processId), instance);
  for (const letter of letters) context.set(stateKeys.letter(letter.deadLetterId), letter);
  let lastJournal = 0;
  for (const records of splitJournal(journal)) {
    lastJournal += 1;
    context.set(stateKeys.journal(lastJournal), records);
  }
  const key: KeptKey = {
    ...kept,
    key: { process, aggregateId: context.key },
    lastJournal,
    running: [],
    wake: null,
    importedFrom: importId,
  };
  context.set(stateKeys.core, key);
  const now = await context.date.now();
  for (const { processId, endedAt } of instances) {
    if (endedAt !== null) send(context, parts, forgetEnded(key.key, processId, parts.settings.retention, now - endedAt));
  }
  const lastSeen = kept.seen.reduce((latest, { until }) => Math.max(latest, until), 0);
  // A key that holds nothing, or nothing but what was to be forgotten before it came here, is forgotten at once.
  if (kept.seen.length > 0 || instances.length === 0) send(context, parts, forgetSeen(process, context.key, Math.max(0, lastSeen - now)));
  return true;
}

/** Goes on with a key that was imported. To go on again changes nothing. Returns whether the key was imported from that export. */
export async function beginKey(context: KeyContext, process: string, { importId }: BeginInput, parts: Parts): Promise<boolean> {
  const turn = await Turn.open(context, process, parts);
  if (turn.key.kept.importedFrom !== importId) return false;
  await turn.end(undefined);
  return true;
}

/** A part of the journal is of one instance alone, because it is forgotten with it. */
function* splitJournal(journal: readonly JournalRecord[]): Generator<readonly JournalRecord[]> {
  for (const processId of new Set(journal.map((record) => record.processId))) {
    const own = journal.filter((record) => record.processId === processId);
    for (let at = 0; at < own.length; at += RECORDS) yield own.slice(at, at + RECORDS);
  }
}

/** Whether nothing has ever come of the key here. */
function isUntouched(kept: KeptKey): boolean {
  return JSON.stringify(kept) === JSON.stringify({ ...createKeptKey(kept.key), ignored: kept.ignored });
}

function refuse(aggregateId: string, process: string, { sdk }: Parts): Error {
  const error = new ProcessError(
    "KEY_IN_USE",
    `process "${process}", aggregate ${JSON.stringify(aggregateId)} cannot be imported: it is in use here`,
    {
      hint: "Nothing was written. Import before anything is dispatched for the aggregate.",
      details: { process, aggregateId },
    },
  );
  return new sdk.TerminalError(writeRefusal(error), { errorCode: REFUSED_STATUS });
}
