import { type LoadDomainOptions, type LoadedDomain, loadDomain } from "../definition/load-domain.ts";
import { ProcessError } from "../errors.ts";
import { loadConfig } from "./load-config.ts";
import { importMachines } from "../machine/import-machines.ts";
import { createDeadLettersView } from "../observe/dead-letters.ts";
import { createFailureLog } from "../observe/failure-log.ts";
import { createInspection } from "../observe/inspection/inspection.ts";
import { readHealth } from "../observe/health.ts";
import { readLag } from "../observe/lag.ts";
import { createOverview, feedOverview, type Overview } from "../observe/overview.ts";
import { createSchedulesView } from "../observe/schedules.ts";
import { createFiguresTeller, createLetterCount } from "./figures.ts";
import { createInstancesView } from "./instances-view.ts";
import { createStepFeed, type StepFeed } from "../observe/step-feed.ts";
import { createScheduledView } from "../observe/scheduled.ts";
import { createTimersView } from "../observe/timers.ts";
import { createUnknownEventLog } from "../observe/unknown-event-log.ts";
import { describeChange, readDefinitionChanges } from "../observe/definition-changes.ts";
import { withoutContext } from "../platform/async-context.ts";
import { type Ids, systemIds } from "../platform/ids.ts";
import { type Random, systemRandom } from "../platform/random.ts";
import { describeCompiledTwin } from "./compiled-twin.ts";
import { openStores } from "./open-stores.ts";
import { acceptFromOutside, createOutsideCommands } from "./outside-commands.ts";
import type { ProcessSystem } from "./process-system.ts";
import type { Receipt } from "../runtime/commit/accept.ts";
import type { DispatchedEvent } from "../definition/model/dispatched-event.ts";
import { createReturnedReader } from "../runtime/core/read-returned.ts";
import type { Around } from "../runtime/core/around.ts";
import type { Kernel } from "../runtime/run/kernel.ts";
import { defaultMemoryLimits, type MemoryLimits } from "../runtime/memory/memory.ts";
import { nameOwner } from "../platform/owner.ts";
import { createIdentities } from "../runtime/decide/identity.ts";
import { createPolicyRouter, listPolicyRoutes } from "../runtime/decide/policy-router.ts";
import { createRouter, listDomainRoutes } from "../runtime/decide/router.ts";
import type { Committed } from "../runtime/commit/commit-feed.ts";
import { openRuntime } from "../runtime/runtime.ts";
import { createOpenings, type Opened, type Openings } from "./openings.ts";
import { refuseUnlent } from "./refuse-unlent.ts";
import { openAfterOlder } from "./open-after-older.ts";
import type { Store } from "../store/store.ts";
import { readStopTimeout } from "./stop-options.ts";
import { type ProcessSystemOptions, readOptions, type SystemOptions } from "./system-options.ts";

/**
 * Loads the definitions, opens the store and connects the two. Nothing is handled before `start`. Without `options`, the options are those
 * of the `perdure.config` file in the working directory or in the nearest folder above it that has one.
 * @throws ProcessError first of all `NODE_TOO_OLD`, `XSTATE_UNUSABLE`, and `DRIVER_UNUSABLE` where a file is to be opened; without
 * `options` `CONFIG_FILE_MISSING`, `CONFIG_FILE_INVALID`; then `DEFINITION_INVALID`, `CONFIG_INVALID`; and before anything is written
 * `STORE_CORRUPT`, `STORE_FOREIGN`, `STORE_NEWER`, `STORE_UNAVAILABLE`, `STORE_OLDER` (a worker first waits for a minute)
 */
export async function createProcessSystem(options?: ProcessSystemOptions): Promise<ProcessSystem> {
  return (await assembleSystem(options === undefined ? (await loadConfig()).options : options)).system;
}

/** A system and what only tests may do with it. */
export interface Assembly {
  readonly system: ProcessSystem;
  /** Ends the system as a crash of the OS process would. */
  halt(): void;
  /** A number that grows with everything that happens in the system. */
  progress(): number;
  /** The store that is open, for those who read it at once. @throws ProcessError `SYSTEM_STOPPED` */
  readonly store: Store;
}

/** What only tests replace. */
export interface AssemblyPorts {
  readonly random?: Random;
  /** Names the worker. A worker of the same name takes the lease over at once. */
  readonly owner?: string;
  readonly wrapStore?: (store: Store) => Store;
  readonly loadDomain?: (options: LoadDomainOptions) => Promise<LoadedDomain>;
  readonly ids?: Ids;
  readonly memoryLimits?: Partial<MemoryLimits>;
  /** Who stands around each attempt, the outermost first. */
  readonly around?: readonly Around[];
}

export async function assembleSystem(given: ProcessSystemOptions, ports: AssemblyPorts = {}): Promise<Assembly> {
  const { createProcessMachines, readChart } = await importMachines();
  const options = readOptions(given);
  if (options.host !== undefined) throw refuseHost();
  const { logger } = options;
  const { domain, diagnostics } = await (ports.loadDomain ?? loadDomain)({ ...options, readChart });
  for (const { file, reason, fix } of diagnostics) logger.warn(`${file}: ${reason} ${fix}`);
  const twin = describeCompiledTwin(options.domain, process.argv[1]);
  if (twin !== undefined) logger.warn(twin);

  const machines = createProcessMachines(domain.definitions, { retry: options.settings.retry });
  const base = createBase(options, { domain, machines }, ports);
  const steps = createStepFeed((error) => logger.error("a listener to steps failed", { error }));
  const overview = createOverview([...machines.keys()]);
  const openings = createOpenings({
    open: () => openEngine(options, base, ports.wrapStore),
    onOpened: ({ store, runtime }) => {
      feedOverview(overview, store, runtime.feed);
      for (const listener of listeners) runtime.feed.subscribe(listener);
    },
  });
  const listeners = createListeners(options, base, { steps, store: () => openings.current().store });
  // A client does not wait for an older worker, because a client has no work that could wait.
  if (options.role === "client") openings.open();
  else await openAfterOlder(() => openings.open(), logger);
  return {
    system: createSystem({ openings, base, steps, overview }),
    halt: () => openings.halt(),
    progress: () => openings.opened?.runtime.progress ?? 0,
    get store() {
      return openings.current().store;
    },
  };
}

function refuseHost(): ProcessError {
  return new ProcessError("CONFIG_INVALID", "createProcessSystem: host says that instances are kept on Restate", {
    hint: 'Import from "perdure/restate": serveRestate runs the processes, and connectRestate gives their ProcessSystem. Leave host out to keep instances in a store.',
  });
}

/** What a system keeps from one opening of its store to the next. */
type Base = Omit<Kernel, "store" | "deadLetterFile" | "identities">;

function createBase(
  { clock, logger, settings, role, dispatchCommand, telemetry }: SystemOptions,
  { domain, machines }: Pick<Base, "domain" | "machines">,
  ports: AssemblyPorts,
): Base {
  const policyRoutes = listPolicyRoutes(domain.policies.values());
  const routes = listDomainRoutes(domain);
  return {
    role,
    owner: ports.owner ?? nameOwner(systemIds.next()),
    clock,
    logger,
    settings,
    domain,
    machines,
    dispatchCommand,
    around: ports.around,
    telemetry,
    ids: ports.ids ?? systemIds,
    random: ports.random ?? systemRandom,
    memoryLimits: { ...defaultMemoryLimits(settings.concurrency), ...ports.memoryLimits },
    router: createRouter(routes, domain.definitions),
    policyRouter: createPolicyRouter(policyRoutes),
    routes,
    readReturned: createReturnedReader({ domain, settings, clock, logger }),
    commandNames: {
      has: (name) => dispatchCommand !== undefined || domain.commands.has(name),
      list: () => [...domain.commands.keys()],
    },
  };
}

/** The listeners to every commit, whichever store is open. */
function createListeners(
  { inspect }: SystemOptions,
  { logger, machines, routes, telemetry }: Base,
  { steps, store }: { readonly steps: StepFeed; readonly store: () => Store },
): readonly ((committed: Committed) => void)[] {
  const inspection = inspect && createInspection(inspect, store, machines, (error) => logger.error("an inspector failed", { error }));
  return [
    (committed) => steps.publish(committed),
    createFailureLog(logger),
    createUnknownEventLog(logger, () => [...routes, ...store().routes.read()]),
    ...(inspection === undefined ? [] : [inspection]),
    ...(telemetry === undefined ? [] : [createLetterCount(telemetry)]),
  ];
}

function openEngine(options: SystemOptions, base: Base, wrapStore?: AssemblyPorts["wrapStore"]): Opened {
  const { store, deadLetterFile } = openStores(options, wrapStore);
  const closeStores = () => {
    deadLetterFile?.close();
    store.close();
  };
  try {
    refuseUnlent(store, base.domain);
    const runtime = openRuntime({ ...base, identities: createIdentities(store.events.unkeyedUpTo()), store, deadLetterFile });
    return { store, runtime, closeStores };
  } catch (error) {
    closeStores();
    throw error;
  }
}

function createEnqueue(openings: Openings): ProcessSystem["enqueue"] {
  function enqueue(event: DispatchedEvent): string;
  function enqueue(events: readonly DispatchedEvent[]): readonly string[];
  function enqueue(given: DispatchedEvent | readonly DispatchedEvent[]): string | readonly string[] {
    if (openings.isClosing) throw new ProcessError("SYSTEM_STOPPED", "enqueue: the system stops", { hint: "Call start() to go on." });
    const { runtime } = openings.current();
    return Array.isArray(given) ? runtime.enqueue(given) : runtime.enqueue([given])[0]!;
  }
  return enqueue;
}

/** The interface that users hold. */
function createSystem(parts: {
  readonly openings: Openings;
  readonly base: Base;
  readonly steps: StepFeed;
  readonly overview: Overview;
}): ProcessSystem {
  const { openings, base, steps, overview } = parts;
  const { clock, logger, machines } = base;
  const current = () => openings.current();

  async function dispatch(event: DispatchedEvent): Promise<Receipt>;
  async function dispatch(events: readonly DispatchedEvent[]): Promise<readonly Receipt[]>;
  async function dispatch(given: DispatchedEvent | readonly DispatchedEvent[]): Promise<Receipt | readonly Receipt[]> {
    if (openings.isClosing) throw new ProcessError("SYSTEM_STOPPED", "dispatch: the system stops", { hint: "Call start() to go on." });
    const { runtime } = current();
    if (Array.isArray(given)) return runtime.dispatch(given);
    const [receipt] = await runtime.dispatch([given]);
    return receipt!;
  }

  const stop = async (options: { readonly timeout?: string | number } = {}) => {
    const timeoutMs = readStopTimeout(options);
    figures.end();
    return openings.close(timeoutMs);
  };

  const system: ProcessSystem = {
    start: async () => {
      await openings.closed();
      const { store, runtime } = openings.opened ?? openings.open();
      for (const change of readDefinitionChanges(store, machines)) logger.warn(describeChange(change), { ...change });
      withoutContext(() => runtime.start());
      figures.begin();
    },
    get state() {
      return openings.opened?.runtime.state ?? "stopped";
    },
    dispatch,
    // The cast holds, because a project's register names the commands that its files define.
    commands: createOutsideCommands(base.commandNames, acceptFromOutside(openings)) as ProcessSystem["commands"],
    enqueue: createEnqueue(openings),
    whenIdle: async () => current().runtime.whenIdle(),
    stop,
    [Symbol.asyncDispose]: () => stop(),
    processes: createInstancesView(current, steps, clock),
    deadLetters: createDeadLettersView({
      letters: () => current().store.deadLetters,
      settle: async (id, settlement) => current().runtime.intervene({ ...settlement, deadLetterId: id }),
    }),
    timers: createTimersView(() => current().store),
    scheduled: createScheduledView({
      commands: () => current().store.commands,
      clock,
      intervene: async (intervention) => current().runtime.intervene(intervention),
    }),
    schedules: createSchedulesView({
      list: () => current().store.schedules.list(),
      rules: { domain: base.domain, limits: base.settings.limits },
      clock,
      ids: base.ids,
      accept: async (events) => current().runtime.accept(events),
    }),
    lag: async () => {
      const { store, runtime } = current();
      return readLag(store, clock.now(), {
        running: runtime.running,
        ignored: openings.ignoredBefore + runtime.feed.ignored,
        saturated: runtime.saturated,
      });
    },
    health: async (options) => readHealth(system, options),
    storage: async () => current().store.retention.size(),
    prune: async () => current().runtime.prune(),
    changes: async () => readDefinitionChanges(current().store, machines),
    // The cast holds, because a project's register names the processes that its folders define.
    machines: Object.fromEntries([...machines].map(([process, { machine }]) => [process, machine])) as ProcessSystem["machines"],
    overview,
    telemetry: base.telemetry,
  };
  const figures = createFiguresTeller(base.telemetry, system);
  return system;
}
