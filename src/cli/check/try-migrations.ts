import { acceptContext } from "../../definition/model/accept-context.ts";
import type { Domain, ProcessDefinition } from "../../definition/model/definition.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import { migrate } from "../../runtime/core/migrate.ts";
import { listRoutes } from "../../runtime/decide/router.ts";
import type { AwaitedDefinition } from "../../store/counters.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { Store } from "../../store/store.ts";

/** What becomes of the open instances of one process that have one version. */
export interface TriedVersion {
  readonly process: string;
  readonly version: number;
  /** The version of the definition; `null` if the process is not defined any more. */
  readonly to: number | null;
  readonly instances: number;
  /** Those of them that no step could go on with. */
  readonly failing: number;
}

/** An open instance that no step could go on with. */
export interface FailingInstance {
  readonly process: string;
  readonly aggregateId: string;
  readonly processId: string;
  readonly version: number;
  readonly problem: string;
}

export interface Trial {
  readonly versions: readonly TriedVersion[];
  readonly failing: readonly FailingInstance[];
  /** Events that wait, and that the definitions neither handle nor know. */
  readonly waiting: readonly Omit<AwaitedDefinition, "oldestAcceptedAt">[];
}

// How many instances are read at once.
const PAGE = 500;

/** Tries the migrations of all open instances. It writes nothing. `limit` is of a context, in bytes. */
export async function tryMigrations(store: Store, { definitions }: Pick<Domain, "definitions">, limit: number): Promise<Trial> {
  const byProcess = new Map(definitions.map((definition) => [definition.process, definition]));
  const versions = new Map<string, TriedVersion>();
  const failing: FailingInstance[] = [];
  for (const instance of openInstances(store)) {
    const { process, aggregateId, processId, version } = instance;
    const definition = byProcess.get(process);
    const problem = definition === undefined ? undefined : await findProblem(instance, definition, limit);
    if (problem !== undefined) failing.push({ process, aggregateId, processId, version, problem });
    const name = JSON.stringify([process, version]);
    const tried = versions.get(name) ?? { process, version, to: definition?.version ?? null, instances: 0, failing: 0 };
    versions.set(name, { ...tried, instances: tried.instances + 1, failing: tried.failing + (problem === undefined ? 0 : 1) });
  }
  return {
    versions: [...versions.values()].toSorted((one, other) => one.process.localeCompare(other.process) || one.version - other.version),
    failing,
    waiting: store.counters.awaited(listRoutes(definitions)).map(({ process, type, count }) => ({ process, type, count })),
  };
}

function* openInstances({ instances }: Store): Generator<InstanceRecord> {
  for (const status of ["started", "failed"] as const) {
    let before: number | undefined;
    for (;;) {
      const page = instances.find({ status }, PAGE, before);
      for (const instance of page) if (instance.endedAt === null) yield instance;
      if (page.length < PAGE) break;
      before = page.at(-1)!.cursor;
    }
  }
}

async function findProblem(instance: InstanceRecord, definition: ProcessDefinition, limit: number): Promise<string | undefined> {
  if (instance.version > definition.version)
    return `it is of version ${instance.version}, which is newer than the definition's ${definition.version}`;
  if (instance.version === definition.version) return findMisfit(instance, definition, limit);
  try {
    await migrate(instance, definition, limit);
    return undefined;
  } catch (error) {
    if (!ProcessError.is(error, "MIGRATION_FAILED")) throw error;
    return String(error.details["problem"]);
  }
}

/** A context that was written by another schema although the version is the same. */
async function findMisfit(
  { context, version }: InstanceRecord,
  { context: defined }: ProcessDefinition,
  limit: number,
): Promise<string | undefined> {
  if (context === null || defined === undefined) return undefined;
  const describe = (problem: string) => `the context of version ${version} does not fit today's definition: ${problem}`;
  try {
    const accepted = await acceptContext(defined.schema, JSON.parse(context), limit);
    return "problem" in accepted ? describe(accepted.problem) : undefined;
  } catch (error) {
    return describe(`its schema throws: ${errorToText(error)}`);
  }
}
