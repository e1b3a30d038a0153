import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { JournalRecord } from "../../store/journal.ts";
import type { KeptKey } from "../wire/kept-key.ts";
import type { KeyView, ReadInput } from "../wire/messages.ts";
import { prefixes, stateKeys } from "../wire/names.ts";
import type { ReadContext } from "./sdk.ts";

/** All there is of a key, for look-ups. */
export async function readKey(context: ReadContext, { processId }: ReadInput): Promise<KeyView> {
  const names = (await context.stateKeys()).toSorted();
  const core = context.get<KeptKey>(stateKeys.core);
  const instances = getAll<InstanceRecord>(context, names, prefixes.instance);
  const letters = getAll<DeadLetterRecord>(context, names, prefixes.letter);
  const journal = processId === undefined ? undefined : getAll<readonly JournalRecord[]>(context, names, prefixes.journal);
  const { entries = [], commands = [], accepted = 0, ignored = 0 } = (await core) ?? {};
  return {
    instances: (await collect(instances)).toSorted((one, other) => compare(other.processId, one.processId)),
    entries,
    commands,
    letters: (await collect(letters)).toSorted(
      (one, other) => one.lastFailedAt - other.lastFailedAt || compare(one.deadLetterId, other.deadLetterId),
    ),
    counters: { accepted, ignored },
    ...(journal !== undefined && { journal: (await collect(journal)).flat().filter((record) => record.processId === processId) }),
  };
}

/** Asks for all rows of a kind before any is there, so that they take the time of one. */
function getAll<Row>(context: ReadContext, names: readonly string[], prefix: string): readonly PromiseLike<Row | null>[] {
  return names.filter((name) => name.startsWith(prefix)).map((name) => context.get<Row>(name));
}

async function collect<Row>(asked: readonly PromiseLike<Row | null>[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const each of asked) {
    const row = await each;
    if (row !== null) rows.push(row);
  }
  return rows;
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
