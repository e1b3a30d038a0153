import type { HandlerRun, JournalRow } from "../check/evidence.ts";
import type { ParcelCheck } from "./check.ts";

/**
 * Each instance of parcel/delivery that version 1 has begun is migrated once. No handler is given a context of another version than its
 * own, and no step is committed by a version that is not its instance's.
 */
export function checkVersions({ evidence, index, expect }: ParcelCheck): void {
  for (const { process, eventId, version, saw } of index.handlerRuns) {
    expect(saw === (process === "parcel/delivery" ? version : null), () => `${process} of version ${version} saw ${saw} for ${eventId}`);
  }
  for (const { processId, process, aggregateId, version, context } of evidence.instances.values()) {
    const name = `${process} of ${aggregateId}`;
    const rows = index.rowsByInstance.get(processId) ?? [];
    const migrations = rows.filter(({ kind }) => kind === "migrated");
    if (process !== "parcel/delivery") {
      expect(version === 1 && migrations.length === 0, () => `${name} is of version ${version}`);
      continue;
    }
    const begunIn = "seen" in (rows.find(({ kind }) => kind === "started")?.facts.context ?? {}) ? 1 : 2;
    expect(version === 2, () => `${name} is still of version ${version}`);
    expect(migrations.length === 2 - begunIn, () => `${name} began in version ${begunIn} and was migrated ${migrations.length} times`);
    for (const { facts } of migrations) expect(facts.from === 1 && facts.to === 2, () => `${name} came from ${facts.from} to ${facts.to}`);
    const told = (JSON.parse(context!) as { readonly migrations?: number }).migrations;
    expect(told === migrations.length, () => `${name} has a context that was migrated ${told} times`);
    const migratedAt = migrations[0]?.seq ?? (begunIn === 2 ? 0 : Number.POSITIVE_INFINITY);
    for (const row of rows) {
      const run = findRun(index.handlerRuns, row);
      const wanted = row.seq > migratedAt ? 2 : 1;
      expect(run === undefined || run.version === wanted, () => `${name}: version ${run?.version} committed ${row.kind}, not ${wanted}`);
    }
  }
}

/** The run of a handler that an entry of the journal tells of. An attempt that ended with its worker may have none. */
function findRun(runs: readonly HandlerRun[], { processId, at, facts }: JournalRow): HandlerRun | undefined {
  if (facts.handler === undefined || facts.attempt === undefined || facts.error?.code === "WORKER_DIED") return undefined;
  return runs.findLast(
    (run) => run.processId === processId && run.eventId === facts.event?.eventId && run.attempt === facts.attempt && run.at <= at,
  );
}
