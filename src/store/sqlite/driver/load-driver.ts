import { createRequire } from "node:module";
import { ProcessError } from "../../../errors.ts";
import { findPackageManager } from "../../../platform/package-manager.ts";
import { loadBetterSqlite3, type PackagePorts } from "./better-sqlite3.ts";
import type { Driver, DriverName } from "./database.ts";
import { describeRuntime, loadNodeSqlite, OLDEST_NODE_WITH_SQLITE } from "./node-sqlite.ts";

/** How drivers are found, and where a warning goes. */
export interface DriverPorts extends PackagePorts {
  readonly warn: (message: string) => void;
}

const loaded = new Map<DriverName | undefined, Driver>();

/**
 * Loads a driver when a file is first opened. If a file imported the driver at its top and the package was missing, the user would read
 * the module loader's error, because no line of this file would have run. Without a choice it is better-sqlite3, and where that cannot be loaded
 * `node:sqlite`, with one warning for each OS process.
 * @throws ProcessError `DRIVER_UNUSABLE`
 */
export function loadDriver(choice?: DriverName): Driver {
  const known = loaded.get(choice);
  if (known !== undefined) return known;
  const driver = loadDriverWith(choice, {
    require: createRequire(import.meta.url),
    packageManager: findPackageManager,
    // Node's own warning, that node:sqlite is experimental, comes on the same way.
    warn: (message) => process.emitWarning(message, { code: "PERDURE_DRIVER" }),
  });
  loaded.set(choice, driver);
  return driver;
}

export function loadDriverWith(choice: DriverName | undefined, ports: DriverPorts): Driver {
  if (choice === "node:sqlite") return loadNodeSqlite(ports.require);
  try {
    return loadBetterSqlite3(ports);
  } catch (error) {
    if (choice !== undefined || !ProcessError.is(error, "DRIVER_UNUSABLE")) throw error;
    const driver = loadOther(error, ports.require);
    const insteadOf = { problem: error.problem, fix: error.hint ?? "" };
    ports.warn(
      `${error.problem}; node:sqlite is used in its place, which ${describeRuntime()} may call experimental. ` +
        `${insteadOf.fix} To keep node:sqlite, without this warning, set store.driver: "node:sqlite".`,
    );
    return { ...driver, insteadOf };
  }
}

function loadOther(refusal: ProcessError, require: DriverPorts["require"]): Driver {
  try {
    return loadNodeSqlite(require);
  } catch (error) {
    if (!ProcessError.is(error, "DRIVER_UNUSABLE")) throw error;
    throw new ProcessError("DRIVER_UNUSABLE", refusal.problem, {
      hint: `${refusal.hint} Node ${OLDEST_NODE_WITH_SQLITE} or later has a driver of its own, node:sqlite, which is taken where this one is missing.`,
      cause: refusal.cause,
    });
  }
}
