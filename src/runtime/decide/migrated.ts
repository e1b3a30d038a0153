import { createJournalRecord } from "../../record/journal-entry.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { Changes } from "./changes.ts";
import type { ContextChange } from "./context-change.ts";

/** An instance of an older version, and what the migrations have made of it. */
export interface Migrated {
  readonly stored: InstanceRecord;
  readonly instance: InstanceRecord;
  readonly change: ContextChange | undefined;
}

/** The changes of a step that began with a migrated instance: they replace the stored one, and the journal tells of the migration first. */
export function includeMigration(changes: Changes, { stored, instance, change }: Migrated, now: number): Changes {
  const facts = {
    from: stored.version,
    to: instance.version,
    ...(change !== undefined && { context: change.changed, contextWithout: change.without.length === 0 ? undefined : change.without }),
  };
  return {
    ...changes,
    replaces: stored,
    journal: [createJournalRecord(stored.processId, now, "migrated", facts), ...changes.journal],
  };
}
