import { completeCommand } from "../../record/command.ts";
import type { ExportedFacts, ExportedKey } from "../../store/exported-key.ts";
import type { KeptKey, SeenEvent } from "../wire/kept-key.ts";
import type { KeyExport } from "../wire/messages.ts";
import { createKeptKey, tidyKey } from "./kept-key.ts";

/** A key of an export, and the events by which it recognises repeated ones. */
export interface ImportedKey extends Omit<ExportedKey, "seen"> {
  readonly seen: readonly SeenEvent[];
}

/** What an export says of all its keys. */
export interface ImportedFacts extends Pick<ExportedFacts, "unkeyedUpTo" | "lastPosition" | "lastSeq"> {
  readonly exportId: string;
}

/** A key of an export as `importKey` takes it, at `now`. It counts on from where its store was, so that no identity is made a second time. */
export function toKeyExport(
  { process, aggregateId, parent, instances, entries, commands, letters, journal, seen }: ImportedKey,
  { exportId, unkeyedUpTo, lastPosition, lastSeq }: ImportedFacts,
  now: number,
): KeyExport {
  const imported: KeptKey = {
    ...createKeptKey({ process, aggregateId }),
    unkeyedUpTo,
    lastPosition,
    lastSeq,
    parent,
    instances,
    entries,
    commands: commands.map(({ record, isParked }) => ({ record: completeCommand(record), isParked })),
    // A letter of no instance holds nothing up, so that it lies beside the key.
    letters: letters.filter(({ status, processId }) => status === "open" && processId !== ""),
    seen,
  };
  tidyKey(imported, now);
  const { lastJournal: _lastJournal, running: _running, wake: _wake, importedFrom: _importedFrom, ...kept } = imported;
  return { importId: exportId, kept, instances, letters, journal };
}

/** Whether a key has something to do, now or later, so that it is to be begun. */
export function hasWork({ kept: { instances, entries, commands } }: KeyExport): boolean {
  return entries.length > 0 || commands.length > 0 || instances.some(({ endedAt }) => endedAt === null);
}
