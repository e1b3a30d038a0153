import { type Assembly, type AssemblyPorts, assembleSystem } from "../../system/create-process-system.ts";
import type { Domain } from "../../definition/model/definition.ts";
import { type LoadedDomain, loadDomain } from "../../definition/load-domain.ts";
import { systemClock } from "../../platform/clock.ts";
import { systemIds } from "../../platform/ids.ts";
import type { ProcessSystem } from "../../system/process-system.ts";
import type { MemoryLimits } from "../../runtime/memory/memory.ts";
import type { Around } from "../../runtime/core/around.ts";
import { nameOwner } from "../../platform/owner.ts";
import type { Store } from "../../store/store.ts";
import type { ProcessSystemOptions } from "../../system/system-options.ts";
import { checkReplacements } from "./check-replacements.ts";
import { type CommandLog, createCommandLog } from "./command-log.ts";
import { createCountedIds } from "./counted-ids.ts";
import { type CrashPlan, createCrashPlan } from "./crash-plan.ts";
import { createFaultPlan, type FaultPlan } from "./fault-plan.ts";
import { createNameCheck } from "./handler-names.ts";
import { createSettler } from "./settler.ts";
import { createTestStore, type TestStore } from "./test-store.ts";
import { createUnownedWatch } from "./unowned-watch.ts";

/** A started system, with what watches it and what lets it fail on purpose. */
export interface TestRig {
  /** The system that runs. Each crash puts another in its place. */
  readonly system: ProcessSystem;
  /** The system's store, to read at once. @throws ProcessError `SYSTEM_STOPPED` */
  readonly store: Store;
  readonly log: CommandLog;
  readonly faults: FaultPlan;
  readonly crashPlan: CrashPlan;
  /** @throws ProcessError `CONFIG_INVALID` if no handler and no command has that name. `what` says where the name was given */
  checkName(name: string, what: string): void;
  readonly crashes: number;
  /** Returns when all that is due now has run, whatever planned crashes there are on the way. */
  settle(): Promise<void>;
  /** Ends the system as a crash would and starts another one on the same store. */
  reopen(): Promise<void>;
}

export interface TestRigOptions {
  readonly patienceMs: number;
  /** Replaces the domain that the system's options name. */
  readonly domain?: Domain;
  readonly memoryLimits?: Partial<MemoryLimits>;
  /** Who else stands around each attempt, innermost. */
  readonly around?: readonly Around[];
}

export async function openTestRig(
  options: ProcessSystemOptions,
  { patienceMs, domain, memoryLimits = {}, around = [] }: TestRigOptions,
): Promise<TestRig> {
  const { clock = systemClock } = options;
  const log = createCommandLog(() => clock.now());
  // A restart reads no files, because this OS process could only get the modules that it has loaded already.
  let loaded: LoadedDomain | undefined = domain && { domain, diagnostics: [] };
  let store: TestStore;
  const checkName = createNameCheck(() => loaded!.domain, options.dispatchCommand !== undefined);
  const faults = createFaultPlan(checkName);
  const crashPlan = createCrashPlan(checkName);
  const ports: AssemblyPorts = {
    random: () => 0,
    memoryLimits,
    // Every restart has the same name, so that it need not wait for the lease of the system before it.
    owner: nameOwner(systemIds.next()),
    around: [log.around, faults.around, ...around],
    ids: createCountedIds((id) => {
      const { events, deadLetters, commandIds } = store.store;
      return events.has(id) || deadLetters.get(id) !== undefined || commandIds.get(id) !== undefined;
    }),
    wrapStore: (inner) => {
      store = createTestStore(inner, crashPlan, unownedWatch, {
        onJournal: log.follow,
        // Nothing may begin in a system that has ended. Only the running transaction ends first.
        onCrash: () => void Promise.resolve().then(() => assembly.halt()),
      });
      return store.store;
    },
    loadDomain: async (given) => {
      if (loaded === undefined) {
        loaded = await loadDomain(given);
        checkReplacements(options.commands, loaded.domain);
      }
      return loaded;
    },
  };

  const unownedWatch = createUnownedWatch();
  let crashes = 0;
  let assembly: Assembly;
  let settleOnce: () => Promise<void>;
  const hasCrashed = () => store.crash !== undefined;
  const open = async () => {
    assembly = await assembleSystem(options, ports);
    settleOnce = createSettler(assembly, patienceMs, hasCrashed);
    await assembly.system.start();
  };
  const reopen = async () => {
    assembly.halt();
    await open();
  };
  const settle = async () => {
    await settleOnce();
    while (hasCrashed()) {
      crashes += 1;
      await reopen();
      await settleOnce();
    }
  };
  await open();
  await settle();

  return {
    get system() {
      return assembly.system;
    },
    get store() {
      return assembly.store;
    },
    log,
    faults,
    crashPlan,
    checkName,
    get crashes() {
      return crashes;
    },
    settle,
    reopen,
  };
}
