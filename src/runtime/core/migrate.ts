import { acceptContext } from "../../definition/model/accept-context.ts";
import { readChartRecord, writeChartRecord } from "../../definition/model/chart-record.ts";
import type { ContextDefinition } from "../../definition/model/context.ts";
import type { ProcessDefinition } from "../../definition/model/definition.ts";
import type { StateValue } from "../../definition/model/instance.ts";
import { type Migration, migrationName } from "../../definition/model/migration.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import type { ChartMachine } from "../../machine/own-chart.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { describeKind, isPlainObject, writeJson, type WrittenJson } from "../../platform/json.ts";
import { dropPromises } from "../../platform/promises.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import { freeze } from "./context.ts";
import { compareContexts, readContext } from "../decide/context-change.ts";
import type { Migrated } from "../decide/migrated.ts";

export interface Migrating {
  readonly machine: Pick<ProcessMachine, "definition" | "chart">;
  /** Of the context, in bytes. */
  readonly limit: number;
  /** In milliseconds since 1970. The timers of a state that a migration enters count from it. */
  readonly now: number;
}

type Context = Readonly<Record<string, unknown>>;

/**
 * What the migrations of a definition make of an instance that an older version has written. It writes nothing. It answers at once unless
 * the schema of the context is asynchronous.
 * @throws ProcessError `MIGRATION_FAILED`
 */
export function migrate(stored: InstanceRecord, { machine, limit, now }: Migrating): Migrated | Promise<Migrated> {
  const { definition, chart } = machine;
  const { version, context } = definition;
  const migrated = runMigrations(stored, definition);
  if (chart !== undefined) return migrateChart(stored, migrated, chart, { version, limit, now });
  // Without a context, there is nothing to remember from this version on.
  if (context === undefined) {
    const change = stored.context === null ? undefined : compareContexts(stored.context, "{}");
    return { stored, instance: { ...stored, version, context: null }, change };
  }
  return migrateContext(stored, migrated.context, context, { version, limit });
}

function migrateContext(
  stored: InstanceRecord,
  migrated: Context,
  { schema }: ContextDefinition,
  { version, limit }: { readonly version: number; readonly limit: number },
): Migrated | Promise<Migrated> {
  const finish = (accepted: WrittenJson): Migrated => {
    if ("problem" in accepted) return refuse(stored, `the context of version ${version}: ${accepted.problem}`, accepted.cause);
    return {
      stored,
      instance: { ...stored, version, context: accepted.json },
      change: compareContexts(stored.context, accepted.json),
    };
  };
  const accepted = acceptContext(schema, migrated, limit);
  return accepted instanceof Promise ? accepted.then(finish) : finish(accepted);
}

/** The instance is put where the migrations say. One that has ended stays where it was, because nothing follows from that any more. */
function migrateChart(
  stored: InstanceRecord,
  { context, state }: Moving,
  chart: ChartMachine,
  { version, limit, now }: { readonly version: number; readonly limit: number; readonly now: number },
): Migrated {
  const written = writeJson(context, "context", limit, "limits.context");
  if ("problem" in written) return refuse(stored, `the context of version ${version}: ${written.problem}`);
  const instance = { ...stored, version, context: written.json };
  const change = compareContexts(stored.context, written.json);
  if (state === undefined || stored.endedAt !== null) return { stored, instance, change };
  const record = readChartRecord(stored.chart);
  const placement = place(stored, () =>
    chart.place({ ...record, from: readState(stored), to: state, context, aggregateId: stored.aggregateId, now }),
  );
  const { timers, invocations, withdrawn } = placement;
  return {
    stored,
    instance: {
      ...instance,
      state: JSON.stringify(placement.state),
      chart: writeChartRecord({ history: record.history, timers, invocations }),
    },
    change,
    moved: { state: placement.state, withdrawn },
  };
}

function place<Placement>(stored: InstanceRecord, ask: () => Placement): Placement {
  try {
    return ask();
  } catch (error) {
    return refuse(stored, errorToText(error), error);
  }
}

interface Moving {
  readonly context: Context;
  /** Where the instance is to stand in its chart; `undefined`: it stands nowhere, or its process has no chart. */
  readonly state: StateValue | undefined;
}

function runMigrations(stored: InstanceRecord, { version, migrations, chart }: ProcessDefinition): Moving {
  let moving: Moving = { context: readContext(stored.context ?? "{}"), state: readState(stored) };
  for (let from = stored.version; from < version; from += 1) {
    const migration = migrations.get(from);
    if (migration === undefined) refuse(stored, `there is no migration ${migrationName(from)}`);
    moving = runMigration(stored, migration, { ...moving, name: migrationName(from), isCharted: chart !== undefined });
  }
  return moving;
}

function readState({ state }: InstanceRecord): StateValue | undefined {
  return state === null ? undefined : (JSON.parse(state) as StateValue);
}

function runMigration(
  stored: InstanceRecord,
  migration: Migration,
  { name, context, state, isCharted }: Moving & { readonly name: string; readonly isCharted: boolean },
): Moving {
  const given = isCharted ? state : stored.status;
  let returned: unknown;
  try {
    // Migrations are stored as taking `never`, so that one that says what its context was is a migration too.
    const run = migration as (args: { readonly context: unknown; readonly state: unknown }) => unknown;
    returned = run({ context: freeze(context), state: freeze(given) });
  } catch (error) {
    return refuseThrown(stored, `the migration ${name}`, error);
  }
  // A promise is refused below, as whatever else is not { context, state } as plain values.
  dropPromises(returned);
  if (!isPlainObject(returned)) refuse(stored, `the migration ${name} returned ${nameKind(returned)}, not { context }`);
  if (!isPlainObject(returned.context)) {
    refuse(stored, `the migration ${name} returned ${nameKind(returned.context)} as context, not an object`);
  }
  const { state: next } = returned;
  if (!isCharted && next !== undefined && next !== stored.status) {
    refuse(stored, `the migration ${name} returned another state than ${stored.status}, but without a chart a migration moves no instance`);
  }
  if (isCharted && next !== undefined && typeof next !== "string" && !isPlainObject(next)) {
    refuse(stored, `the migration ${name} returned ${nameKind(next)} as state, not a state of the chart such as "awaitingPayment"`);
  }
  return { context: returned.context, state: isCharted ? ((next as StateValue | undefined) ?? state) : undefined };
}

function nameKind(value: unknown): string {
  return value === undefined ? "nothing" : describeKind(value);
}

function refuseThrown(stored: InstanceRecord, what: string, error: unknown): never {
  return refuse(stored, `${what} throws: ${errorToText(error)}`, error);
}

function refuse({ process, processId, aggregateId, version }: InstanceRecord, problem: string, cause?: unknown): never {
  throw new ProcessError("MIGRATION_FAILED", `process "${process}", aggregate "${aggregateId}", of version ${version}: ${problem}`, {
    hint: "The instance is as it was. Correct the migration, deploy it, and retry the dead letter; `perdure check --against <file>` tries all migrations before.",
    details: { process, processId, version, problem },
    cause,
  });
}
