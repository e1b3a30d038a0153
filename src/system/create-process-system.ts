import { type LoadDomainOptions, type LoadedDomain, loadDomain } from "../definition/load-domain.ts";
import { ProcessError } from "../errors.ts";
import { loadConfig } from "./load-config.ts";
import { importMachines } from "../machine/import-machines.ts";
import { createDeadLettersView } from "../observe/dead-letters.ts";
import { createFailureLog } from "../observe/failure-log.ts";
import { createInspection } from "../observe/inspection/inspection.ts";
import { readLag } from "../observe/lag.ts";
import { createOverview, feedOverview } from "../observe/overview.ts";
import { createProcesses } from "../observe/processes.ts";
import { createStepFeed } from "../observe/step-feed.ts";
import { createTimersView } from "../observe/timers.ts";
import { createUnknownEventLog } from "../observe/unknown-event-log.ts";
import { describeChange, readDefinitionChanges } from "../observe/definition-changes.ts";
import { withoutContext } from "../platform/async-context.ts";
import { parseDuration } from "../platform/duration.ts";
import { type Ids, systemIds } from "../platform/ids.ts";
import { type Random, systemRandom } from "../platform/random.ts";
import type { ProcessSystem } from "./process-system.ts";
import type { Receipt } from "../runtime/commit/accept.ts";
import type { DispatchedEvent } from "../definition/model/dispatched-event.ts";
import { createReturnedReader } from "../runtime/core/read-returned.ts";
import type { Around } from "../runtime/core/around.ts";
import type { Kernel } from "../runtime/run/kernel.ts";
import { defaultMemoryLimits, type MemoryLimits } from "../runtime/memory/memory.ts";
import { nameOwner } from "../platform/owner.ts";
import { createIdentities } from "../runtime/decide/identity.ts";
import { createRouter, listRoutes } from "../runtime/decide/router.ts";
import { openRuntime, type Runtime } from "../runtime/runtime.ts";
import { openAfterOlder } from "./open-after-older.ts";
import { openDeadLetterFile } from "../store/sqlite/dead-letter-file.ts";
import type { Store } from "../store/store.ts";
import { type ProcessSystemOptions, readOptions, type SystemOptions } from "./system-options.ts";

/**
 * Loads the definitions, opens the store and connects the two. Nothing is handled before `start`. Without options, those of the
 * `perdure.config` file are taken that is found upwards from the working directory.
 * @throws ProcessError `DEFINITION_INVALID`, `CONFIG_INVALID`, and before anything is written `STORE_CORRUPT`, `STORE_FOREIGN`,
 * `STORE_NEWER`, `STORE_UNAVAILABLE`, `STORE_OLDER` (a worker first waits for a minute); without options `CONFIG_FILE_MISSING`, `CONFIG_FILE_INVALID` as well; before anything else
 * `NODE_TOO_OLD`, `XSTATE_UNUSABLE`, and `DRIVER_UNUSABLE` where a file is to be opened
 */
export async function createProcessSystem(options?: ProcessSystemOptions): Promise<ProcessSystem> {
  return (await assembleSystem(options === undefined ? (await loadConfig()).options : options)).system;
}

/** A system and what only tests may do with it. */
export interface Assembly {
  readonly system: ProcessSystem;
  /** Ends it as a crash of the OS process would. */
  halt(): void;
  /** Grows with everything that happens in it. */
  progress(): number;
  /** What is open, for what reads it at once. @throws ProcessError `SYSTEM_STOPPED` */
  readonly store: Store;
}

/** What only tests replace. */
export interface AssemblyPorts {
  readonly random?: Random;
  /** A worker of the same name takes the lease over at once. */
  readonly owner?: string;
  readonly wrapStore?: (store: Store) => Store;
  readonly loadDomain?: (options: LoadDomainOptions) => Promise<LoadedDomain>;
  readonly ids?: Ids;
  readonly memoryLimits?: Partial<MemoryLimits>;
  /** Who stands around each attempt, the outermost first. */
  readonly around?: readonly Around[];
}

export async function assembleSystem(given: ProcessSystemOptions, ports: AssemblyPorts = {}): Promise<Assembly> {
  const { createProcessMachines } = await importMachines();
  const options = readOptions(given);
  const { clock, logger, settings, inspect } = options;
  const { domain, diagnostics } = await (ports.loadDomain ?? loadDomain)(options);
  for (const { file, reason, fix } of diagnostics) logger.warn(`${file}: ${reason} ${fix}`);

  const machines = createProcessMachines(domain.definitions, { retry: settings.retry });
  const { dispatchCommand } = options;
  const routes = listRoutes(domain.definitions);
  const owner = ports.owner ?? nameOwner(systemIds.next());
  const base: Omit<Kernel, "store" | "deadLetterFile" | "identities"> = {
    role: options.role,
    owner,
    clock,
    logger,
    settings,
    domain,
    machines,
    dispatchCommand,
    around: ports.around,
    ids: ports.ids ?? systemIds,
    random: ports.random ?? systemRandom,
    memoryLimits: { ...defaultMemoryLimits(settings.concurrency), ...ports.memoryLimits },
    router: createRouter(routes),
    routes,
    readReturned: createReturnedReader({ domain, settings, clock, logger }),
    commandNames: {
      has: (name) => dispatchCommand !== undefined || domain.commands.has(name),
      list: () => [...domain.commands.keys()],
    },
  };
  const overview = createOverview([...machines.keys()]);
  const steps = createStepFeed((error) => logger.error("a listener to steps failed", { error }));
  const inspection =
    inspect &&
    createInspection(
      inspect,
      () => current().store,
      machines,
      (error) => logger.error("an inspector failed", { error }),
    );
  const noteUnknownEvents = createUnknownEventLog(logger, () => [...routes, ...current().store.routes.read()]);
  let ignoredBefore = 0;

  const openAll = () => {
    const { store, deadLetterFile } = openStores(options, ports.wrapStore);
    const closeStores = () => {
      deadLetterFile?.close();
      store.close();
    };
    try {
      const runtime = openRuntime({ ...base, identities: createIdentities(store.events.unkeyedUpTo()), store, deadLetterFile });
      feedOverview(overview, store, runtime.feed);
      runtime.feed.subscribe((committed) => steps.publish(committed));
      runtime.feed.subscribe(createFailureLog(logger));
      runtime.feed.subscribe(noteUnknownEvents);
      if (inspection !== undefined) runtime.feed.subscribe(inspection);
      return { store, runtime, closeStores };
    } catch (error) {
      closeStores();
      throw error;
    }
  };

  const open = () => withoutContext(openAll);
  let opened: ReturnType<typeof open> | undefined = options.role === "client" ? open() : await openAfterOlder(open, logger);
  let stopping: Promise<void> | undefined;
  const current = (): { readonly store: Store; readonly runtime: Runtime } => {
    if (opened === undefined) throw new ProcessError("SYSTEM_STOPPED", "the system is stopped", { hint: "Call start() to go on." });
    return opened;
  };

  const close = async (timeoutMs: number) => {
    if (opened === undefined) return;
    const { runtime, closeStores } = opened;
    await runtime.stop(timeoutMs);
    ignoredBefore += runtime.feed.ignored;
    opened = undefined;
    closeStores();
  };

  async function dispatch(event: DispatchedEvent): Promise<Receipt>;
  async function dispatch(events: readonly DispatchedEvent[]): Promise<readonly Receipt[]>;
  async function dispatch(given: DispatchedEvent | readonly DispatchedEvent[]): Promise<Receipt | readonly Receipt[]> {
    if (stopping !== undefined) throw new ProcessError("SYSTEM_STOPPED", "dispatch: the system stops", { hint: "Call start() to go on." });
    const { runtime } = current();
    if (Array.isArray(given)) return runtime.dispatch(given);
    const [receipt] = await runtime.dispatch([given]);
    return receipt!;
  }

  const stop = async ({ timeout = "15s" }: { readonly timeout?: string | number } = {}) => {
    stopping ??= close(parseDuration(timeout, "stop: timeout")).finally(() => {
      stopping = undefined;
    });
    return stopping;
  };

  const system: ProcessSystem = {
    start: async () => {
      await stopping;
      opened ??= open();
      const { store, runtime } = opened;
      for (const change of readDefinitionChanges(store, machines)) logger.warn(describeChange(change), { ...change });
      withoutContext(() => runtime.start());
    },
    get state() {
      return opened?.runtime.state ?? "stopped";
    },
    dispatch,
    whenIdle: async () => current().runtime.whenIdle(),
    stop,
    [Symbol.asyncDispose]: () => stop(),
    processes: createProcesses(
      () => current().store,
      () => current().runtime.feed,
      steps,
      clock,
    ),
    deadLetters: createDeadLettersView({
      letters: () => current().store.deadLetters,
      settle: async (id, settlement) => current().runtime.settle(id, settlement),
    }),
    timers: createTimersView(() => current().store),
    lag: async () => {
      const { store, runtime } = current();
      return readLag(store, clock.now(), { running: runtime.running, ignored: ignoredBefore + runtime.feed.ignored });
    },
    storage: async () => current().store.retention.size(),
    prune: async () => current().runtime.prune(),
    changes: async () => readDefinitionChanges(current().store, machines),
    // A project's register names the processes that its folders define.
    machines: Object.fromEntries([...machines].map(([process, { machine }]) => [process, machine])) as ProcessSystem["machines"],
    overview,
  };

  return {
    system,
    halt: () => {
      opened?.runtime.halt();
      opened?.closeStores();
      opened = undefined;
    },
    progress: () => opened?.runtime.progress ?? 0,
    get store() {
      return current().store;
    },
  };
}

function openStores(options: SystemOptions, wrapStore: AssemblyPorts["wrapStore"] = (store) => store) {
  const store = options.openStore();
  const { dlqPath } = options.settings;
  try {
    return { store: wrapStore(store), deadLetterFile: dlqPath === undefined ? undefined : openDeadLetterFile(dlqPath) };
  } catch (error) {
    store.close();
    throw error;
  }
}
