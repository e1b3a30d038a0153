import type { ChartInvocation } from "../../definition/model/chart-record.ts";
import type { StateValue } from "../../definition/model/instance.ts";
import { createJournalRecord } from "../../record/journal-entry.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { Changes } from "./changes.ts";
import { endInvocations } from "./child.ts";
import type { ContextChange } from "./context-change.ts";

/** An instance of an older version, and what the migrations have made of it. */
export interface Migrated {
  readonly stored: InstanceRecord;
  readonly instance: InstanceRecord;
  readonly change: ContextChange | undefined;
  /** What a migration has done to the chart of the instance; `undefined`: nothing, or its process has none. */
  readonly moved?: { readonly state: StateValue; readonly withdrawn: readonly ChartInvocation[] } | undefined;
}

/** The changes of a step that began with a migrated instance: they replace the stored one, and the journal tells of the migration first. */
export function includeMigration(changes: Changes, { stored, instance, change, moved }: Migrated, now: number): Changes {
  const facts = {
    from: stored.version,
    to: instance.version,
    ...(change !== undefined && { context: change.changed, contextWithout: change.without.length === 0 ? undefined : change.without }),
    state: moved?.state,
  };
  const { withdrawn = [], events = [] } = moved === undefined ? {} : endInvocations(stored, moved.withdrawn, now);
  return {
    ...changes,
    replaces: stored,
    ...(withdrawn.length > 0 && { withdrawn: [...withdrawn, ...(changes.withdrawn ?? [])] }),
    ...(events.length > 0 && { events: [...events, ...(changes.events ?? [])] }),
    journal: [createJournalRecord(stored.processId, now, "migrated", facts), ...changes.journal],
  };
}
