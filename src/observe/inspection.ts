import type { Committed } from "../runtime/commit/commit-feed.ts";
import { type JournalEntry, readJournalRecord } from "../runtime/step/journal-entry.ts";

/** One journal entry, told after its commit. */
export interface InspectionEvent {
  readonly type: "perdure.step";
  readonly process: string;
  readonly aggregateId: string;
  readonly entry: JournalEntry;
}

export function inspectCommitted({ steps }: Committed, inspect: (event: InspectionEvent) => void): void {
  for (const { key, journal } of steps) {
    for (const record of journal) inspect({ type: "perdure.step", ...key, entry: readJournalRecord(record) });
  }
}
