import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { JournalRecord } from "../../store/journal.ts";
import { tidyKey } from "../key/kept-key.ts";
import type { KeptKey } from "../wire/kept-key.ts";
import type { ForgetInput, ForgetInstance } from "../wire/messages.ts";
import { prefixes, serviceOf, stateKeys } from "../wire/names.ts";
import type { Parts } from "./parts.ts";
import type { KeyContext } from "./sdk.ts";
import { send } from "./send.ts";
import { Turn } from "./turn.ts";

const DAY_MS = 86_400_000;

/** Forgets what is past its retention: of an instance that has ended, or of events that a key had seen before it was imported. */
export async function forget(context: KeyContext, process: string, input: ForgetInput, parts: Parts): Promise<void> {
  const turn = await Turn.open(context, process, parts);
  if (input.what !== "seen") return forgetInstance(context, turn.key.kept, input, parts);
  tidyKey(turn.key.kept, await context.date.now());
  const names = await context.stateKeys();
  if (names.every((name) => name === stateKeys.core) && isIdle(turn.key.kept)) context.clear(stateKeys.core);
  else turn.save();
}

async function forgetInstance(context: KeyContext, kept: KeptKey, { processId, what }: ForgetInstance, parts: Parts): Promise<void> {
  const again = (next: ForgetInput, delay: number) =>
    send(context, parts, { service: serviceOf(kept.key.process), method: "forget", key: context.key, parameter: next, delay });
  const isOwing = kept.instances.some((instance) => instance.processId === processId);
  if (isOwing) {
    again({ processId, what }, DAY_MS);
    return;
  }
  const names = (await context.stateKeys()).toSorted();
  const gone = new Set(await findGone(context, names, { processId, what }));
  for (const name of gone) context.clear(name);
  if (what === "journal") {
    const { journalMs, endedMs } = parts.settings.retention;
    again({ processId, what: "all" }, endedMs - journalMs);
    return;
  }
  const isEmpty = names.every((name) => gone.has(name) || name === stateKeys.core);
  // Nothing that could come again needs the place that it had: identities hold more than that.
  if (isEmpty && isIdle(kept)) context.clear(stateKeys.core);
}

function isIdle({ entries, seen, wake }: KeptKey): boolean {
  return entries.length === 0 && seen.length === 0 && wake === null;
}

async function findGone(context: KeyContext, names: readonly string[], { processId, what }: ForgetInstance): Promise<readonly string[]> {
  const row = await context.get<InstanceRecord>(stateKeys.instance(processId));
  // What is not there has no retention, and an instance that is open is none of this.
  if (row === null || row.endedAt === null) return [];
  const isOwn = (record: { readonly processId: string } | undefined) => record?.processId === processId;
  const journal = await findRows(context, names, prefixes.journal, (records) => isOwn((records as readonly JournalRecord[])[0]));
  if (what === "journal") return journal;
  const letters = await findRows(context, names, prefixes.letter, (letter) => isOwn(letter as DeadLetterRecord));
  return [...journal, ...letters, stateKeys.instance(processId)];
}

async function findRows(
  context: KeyContext,
  names: readonly string[],
  prefix: string,
  isWanted: (row: unknown) => boolean,
): Promise<readonly string[]> {
  // All are asked for before any is there, so that they take the time of one.
  const asked = names.filter((name) => name.startsWith(prefix)).map((name) => ({ name, row: context.get(name) }));
  const found: string[] = [];
  for (const { name, row } of asked) if (isWanted(await row)) found.push(name);
  return found;
}
