import { acceptContext } from "../../definition/model/accept-context.ts";
import type { ProcessDefinition } from "../../definition/model/definition.ts";
import { openStatuses, type StateValue } from "../../definition/model/instance.ts";
import { ProcessError } from "../../errors.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { migrate } from "../../runtime/core/migrate.ts";
import type { AwaitedDefinition } from "../../store/counters.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { RouteRecord } from "../../store/routes.ts";
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

/** A state in which open instances stand, and that the chart of their process does not have. */
export interface VanishedState {
  readonly process: string;
  readonly version: number;
  readonly state: StateValue;
  readonly instances: number;
}

export interface Trial {
  readonly versions: readonly TriedVersion[];
  /** Each instance, but for those that stand in a state of `vanished`. */
  readonly failing: readonly FailingInstance[];
  readonly vanished: readonly VanishedState[];
  /** Events that wait, and that the definitions neither handle nor know, or whose policy they do not have. */
  readonly waiting: readonly Omit<AwaitedDefinition, "oldestAcceptedAt">[];
}

// How many instances are read at once.
const PAGE = 500;

interface Trying {
  /** Of the same definitions, with those of the policies. */
  readonly routes: readonly RouteRecord[];
  readonly machines: ReadonlyMap<string, ProcessMachine>;
  /** Of a context, in bytes. */
  readonly limit: number;
  /** In milliseconds since 1970. */
  readonly now: number;
}

/** Tries the migrations of all open instances. It writes nothing. */
export async function tryMigrations(store: Store, trying: Trying): Promise<Trial> {
  const { machines, routes } = trying;
  const versions = new Map<string, TriedVersion>();
  const vanished = new Map<string, VanishedState>();
  const failing: FailingInstance[] = [];
  for (const instance of openInstances(store)) {
    const { process, aggregateId, processId, version, state } = instance;
    const machine = machines.get(process);
    const problem = machine === undefined ? undefined : await findProblem(instance, machine, { ...trying, store });
    if (problem === VANISHED) {
      const place = JSON.stringify([process, version, state]);
      const { instances } = vanished.get(place) ?? { instances: 0 };
      vanished.set(place, { process, version, state: JSON.parse(state!) as StateValue, instances: instances + 1 });
    } else if (problem !== undefined) failing.push({ process, aggregateId, processId, version, problem });
    const name = JSON.stringify([process, version]);
    const tried = versions.get(name) ?? { process, version, to: machine?.definition.version ?? null, instances: 0, failing: 0 };
    versions.set(name, { ...tried, instances: tried.instances + 1, failing: tried.failing + (problem === undefined ? 0 : 1) });
  }
  return {
    versions: [...versions.values()].toSorted((one, other) => one.process.localeCompare(other.process) || one.version - other.version),
    failing,
    vanished: [...vanished.values()].toSorted(
      (one, other) => one.process.localeCompare(other.process) || one.version - other.version || other.instances - one.instances,
    ),
    waiting: store.counters.awaited(routes).map(({ oldestAcceptedAt: _oldestAcceptedAt, ...waiting }) => waiting),
  };
}

function* openInstances({ instances }: Store): Generator<InstanceRecord> {
  for (const status of openStatuses) {
    let before: number | undefined;
    for (;;) {
      const page = instances.find({ status }, PAGE, before);
      for (const instance of page) if (instance.endedAt === null) yield instance;
      if (page.length < PAGE) break;
      before = page.at(-1)!.cursor;
    }
  }
}

// What is found of an instance whose state the chart does not have. It is told once for all of that state.
const VANISHED = Symbol("vanished");

async function findProblem(
  instance: InstanceRecord,
  machine: ProcessMachine,
  { limit, now, store }: Omit<Trying, "machines" | "routes"> & { readonly store: Store },
): Promise<string | typeof VANISHED | undefined> {
  const { definition, chart } = machine;
  if (instance.version > definition.version)
    return `it is of version ${instance.version}, which is newer than the definition's ${definition.version}`;
  if (instance.version === definition.version) {
    if (chart !== undefined && instance.state !== null && !chart.hasState(JSON.parse(instance.state) as StateValue)) return VANISHED;
    return findUncharted(instance, machine, store) ?? findMisfit(instance, definition, limit);
  }
  try {
    const migrated = await migrate(instance, { machine, limit, now });
    return findUncharted(migrated.instance, machine, store);
  } catch (error) {
    if (!ProcessError.is(error, "MIGRATION_FAILED")) throw error;
    return String(error.details["problem"]);
  }
}

/**
 * An instance that stands nowhere in the chart of its process, although it has handled an event. One whose first step is still to come
 * begins there.
 */
function findUncharted({ state, processId }: InstanceRecord, { chart }: ProcessMachine, { journal }: Store): string | undefined {
  if (chart === undefined || state !== null || !journal.read(processId).some(({ kind }) => kind === "handled")) return undefined;
  return "it began before its process had a chart of its own, and no migration says where it stands in the chart";
}

/** A context that was written by another schema although the version is the same. */
async function findMisfit(
  { context, version }: InstanceRecord,
  { context: defined }: ProcessDefinition,
  limit: number,
): Promise<string | undefined> {
  if (context === null || defined === undefined) return undefined;
  const describe = (problem: string) => `the context of version ${version} does not fit today's definition: ${problem}`;
  const accepted = await acceptContext(defined.schema, JSON.parse(context), limit);
  return "problem" in accepted ? describe(accepted.problem) : undefined;
}
