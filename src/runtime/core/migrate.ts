import { acceptContext } from "../../definition/model/accept-context.ts";
import type { ProcessDefinition } from "../../definition/model/definition.ts";
import type { Status } from "../../definition/model/instance.ts";
import { type Migration, migrationName } from "../../definition/model/migration.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import { describeKind, isPlainObject, type WrittenJson } from "../../platform/json.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import { freeze } from "./context.ts";
import { compareContexts, readContext } from "../decide/context-change.ts";
import type { Migrated } from "../decide/migrated.ts";

/**
 * What the migrations of a definition make of an instance that an older version has written. It writes nothing. It answers at once unless
 * the schema of the context is asynchronous. `limit` is of the context, in bytes.
 * @throws ProcessError `MIGRATION_FAILED`
 */
export function migrate(stored: InstanceRecord, definition: ProcessDefinition, limit: number): Migrated | Promise<Migrated> {
  const { version, context } = definition;
  const migrated = runMigrations(stored, definition);
  const finish = (accepted: WrittenJson): Migrated => {
    if ("problem" in accepted) return refuse(stored, `the context of version ${version}: ${accepted.problem}`);
    return {
      stored,
      instance: { ...stored, version, context: accepted.json },
      change: compareContexts(stored.context, accepted.json),
    };
  };
  // Without a context, there is nothing to remember from this version on.
  if (context === undefined) {
    const change = stored.context === null ? undefined : compareContexts(stored.context, "{}");
    return { stored, instance: { ...stored, version, context: null }, change };
  }
  try {
    const accepted = acceptContext(context.schema, migrated, limit);
    return accepted instanceof Promise
      ? accepted.catch((error: unknown): never => refuseThrown(stored, "the schema of the context", error)).then(finish)
      : finish(accepted);
  } catch (error) {
    if (ProcessError.is(error, "MIGRATION_FAILED")) throw error;
    return refuseThrown(stored, "the schema of the context", error);
  }
}

function runMigrations(stored: InstanceRecord, { version, migrations }: ProcessDefinition): Readonly<Record<string, unknown>> {
  let context = readContext(stored.context ?? "{}");
  for (let from = stored.version; from < version; from += 1) {
    const migration = migrations.get(from);
    if (migration === undefined) refuse(stored, `there is no migration ${migrationName(from)}`);
    context = runMigration(stored, migration, migrationName(from), context);
  }
  return context;
}

function runMigration(
  stored: InstanceRecord,
  migration: Migration,
  name: string,
  context: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  let returned: unknown;
  try {
    // Migrations are stored as taking `never`, so that one that says what its context was is a migration too.
    const run = migration as (args: { readonly context: unknown; readonly state: Status }) => unknown;
    returned = run({ context: freeze(context), state: stored.status });
  } catch (error) {
    return refuseThrown(stored, `the migration ${name}`, error);
  }
  // Nobody awaits a promise that it returns by mistake, and its rejection must not end the OS process.
  if (returned instanceof Promise) returned.catch(() => {});
  if (!isPlainObject(returned)) refuse(stored, `the migration ${name} returned ${nameKind(returned)}, not { context }`);
  if (!isPlainObject(returned.context)) {
    refuse(stored, `the migration ${name} returned ${nameKind(returned.context)} as context, not an object`);
  }
  if (returned.state !== undefined && returned.state !== stored.status) {
    refuse(stored, `the migration ${name} returned another state than ${stored.status}, but a migration moves no instance`);
  }
  return returned.context;
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
