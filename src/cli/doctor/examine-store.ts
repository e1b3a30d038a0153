import type { Domain } from "../../definition/model/definition.ts";
import { displayPath } from "../../definition/report/display-path.ts";
import { importMachines } from "../../machine/import-machines.ts";
import { describeChange, readDefinitionChanges } from "../../observe/definition-changes.ts";
import { readAwaited, readLag, readNewer } from "../../observe/lag.ts";
import { readWorkerState, type WorkerState } from "../../observe/worker-state.ts";
import { systemClock } from "../../platform/clock.ts";
import { isBusy } from "../../store/store-error.ts";
import { isThere } from "../../store/sqlite/is-there.ts";
import type { Database, DriverName } from "../../store/sqlite/driver/database.ts";
import { loadDriver } from "../../store/sqlite/driver/load-driver.ts";
import { checkOwner } from "../../store/sqlite/check-owner.ts";
import { readClaims, versionOf } from "../../store/sqlite/meta.ts";
import { SCHEMA_VERSION } from "../../store/sqlite/schema.ts";
import type { Store } from "../../store/store.ts";
import type { SystemOptions } from "../../system/system-options.ts";
import { countOf } from "../../platform/count-of.ts";
import { examineLag, examineLetters } from "./examine-lag.ts";
import { errorToFinding, type Finding } from "./finding.ts";

/** The store at `path`, its worker, how far the work is behind, and whether `domain` still has the definitions that wrote its instances. */
export async function examineStore(path: string, options: SystemOptions, domain: Domain | undefined): Promise<readonly Finding[]> {
  const file = displayPath(path);
  try {
    if (!isThere(path)) {
      return [
        {
          about: "store",
          state: "warning",
          text: `there is no database at ${file} yet`,
          fix: "The first `perdure start` or `perdure send` makes it.",
        },
      ];
    }
    const version = readSchemaVersion(path, options.driver);
    if (version === 0) {
      return [
        {
          about: "store",
          state: "warning",
          text: `${file} has no tables of Perdure yet`,
          fix: "The first `perdure start` or `perdure send` makes them beside what is there.",
        },
      ];
    }
    // Opening the store would bring it up to date, and the doctor must not decide that.
    if (version >= 0 && version < SCHEMA_VERSION) {
      const text = `${file} has schema version ${version}, before this version's ${SCHEMA_VERSION}`;
      return [
        {
          about: "store",
          state: "warning",
          text,
          fix: "The next command that opens it brings it up to date; make a copy first if you may want to go back.",
        },
      ];
    }
    const store = options.openStore();
    try {
      const now = systemClock.now();
      const lag = readLag(store, now, { running: 0, ignored: 0 });
      const worker = readWorkerState(store.lease.read(), now);
      return [
        examineFile(store, file, version),
        examineLease(worker),
        ...examineLock(store),
        examineLag(lag, worker.isAlive),
        ...examineInbox(lag.inbox, worker.isAlive),
        ...examineAwaited(store),
        ...examineNewer(store),
        examineLetters(lag.deadLetters),
        ...(await examineChanges(store, domain)),
      ];
    } finally {
      store.close();
    }
  } catch (error) {
    return [errorToFinding("store", error)];
  }
}

function readSchemaVersion(path: string, driver: DriverName | undefined): number {
  const { open } = loadDriver(driver);
  let database: Database | undefined;
  try {
    database = open(path, { readonly: true });
    checkOwner(database, "tables");
    return versionOf(readClaims(database));
  } catch {
    // A file that is not a store, or cannot be read, is refused when it is opened, with a message that says why.
    return SCHEMA_VERSION;
  } finally {
    database?.close();
  }
}

function examineFile(store: Store, file: string, version: number): Finding {
  const { bytes, rows } = store.retention.size();
  return {
    about: "store",
    state: "ok",
    text: `${file}, schema version ${version}, ${(bytes / 1_000_000).toFixed(1)} MB, ${countOf(rows["instances"] ?? 0, "instance")}`,
  };
}

function examineLease({ isAlive, standsStill, pid, host }: WorkerState): Finding {
  if (isAlive) return { about: "worker", state: "ok", text: `pid ${pid} on ${host} works` };
  if (standsStill) {
    return {
      about: "worker",
      state: "warning",
      text: `pid ${pid} on ${host} runs and does nothing: it has not renewed its lease, as when an endless loop in a handler blocks it`,
      fix: `End it with \`kill -9 ${pid}\`, because a signal that can be caught reaches it only after the loop. Then run \`perdure start\`, which finds out which handler it was.`,
    };
  }
  const text = pid === undefined ? "no worker runs" : `no worker runs: the last one, pid ${pid} on ${host}, has not given its lease back`;
  return { about: "worker", state: "warning", text, fix: "Run `perdure start`." };
}

/** Somebody who keeps a transaction open keeps the worker from its commits. */
function examineLock(store: Store): readonly Finding[] {
  try {
    store.transact(() => {});
    return [];
  } catch (error) {
    if (!isBusy(error)) throw error;
    return [
      {
        about: "store",
        state: "warning",
        text: "another program holds the write lock just now, so nothing else can be written",
        fix: "If it stays so, look for a transaction that is not ended: BEGIN without COMMIT, or one that waits for something.",
      },
    ];
  }
}

function examineInbox(rows: number, isWorkerAlive: boolean): readonly Finding[] {
  if (rows === 0) return [];
  const text = `${countOf(rows, "row")} of perdure_inbox ${rows === 1 ? "waits" : "wait"} for the worker`;
  return [isWorkerAlive ? { about: "inbox", state: "ok", text } : { about: "inbox", state: "warning", text, fix: "Run `perdure start`." }];
}

function examineAwaited(store: Store): readonly Finding[] {
  return readAwaited(store).map(({ process, type, count, policy }) =>
    policy === true
      ? {
          about: "definitions",
          state: "warning",
          text: `${countOf(count, `${type} event`)} for the policy ${process}, waiting for a worker that has this policy`,
          fix: "Start a worker of that version. If no version is to have the policy any more, bring it back with an empty handler until no such event waits.",
        }
      : {
          about: "definitions",
          state: "warning",
          text: `${countOf(count, `${type} event`)} of ${process}, waiting with everything behind for a worker whose definition knows what to do with ${type}`,
          fix: `Start a worker of that version. If no version is to handle ${type} any more, give ${process} an empty handler for it until no such event waits.`,
        },
  );
}

function examineNewer(store: Store): readonly Finding[] {
  return readNewer(store).map(({ process, version, count }) => ({
    about: "definitions",
    state: "warning",
    text: `${countOf(count, "open instance")} of ${process}, of a newer version than the worker's ${version}: events, timeouts and commands wait`,
    fix: "Start a worker of the newer version.",
  }));
}

async function examineChanges(store: Store, domain: Domain | undefined): Promise<readonly Finding[]> {
  if (domain === undefined) return [];
  const { createProcessMachine } = await importMachines();
  const machines = new Map(domain.definitions.map((definition) => [definition.process, createProcessMachine(definition)]));
  const changes = readDefinitionChanges(store, machines);
  if (changes.length === 0) return [{ about: "instances", state: "ok", text: "today's definitions wrote all open instances" }];
  return changes.map((change) => ({ about: "instances", state: "warning", text: describeChange(change) }));
}
