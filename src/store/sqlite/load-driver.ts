import { createRequire } from "node:module";
import type SqliteDatabase from "better-sqlite3";
import { errorToText, ProcessError } from "../../errors.ts";
import { findPackageManager, type PackageManager } from "../../platform/package-manager.ts";

/** The class of better-sqlite3's connections. */
export type Driver = typeof SqliteDatabase;

let loaded: Driver | undefined;

/**
 * Loads the driver when a file is first opened. If a file imported the driver at its top and the package was missing, the user would read
 * the module loader's error, because no line of this file would have run.
 * @throws ProcessError `DRIVER_UNUSABLE`
 */
export function loadDriver(): Driver {
  loaded ??= loadDriverWith({ require: createRequire(import.meta.url), packageManager: findPackageManager });
  return loaded;
}

/** How the driver is found. */
export interface DriverPorts {
  readonly require: (name: string) => unknown;
  readonly packageManager: typeof findPackageManager;
}

export function loadDriverWith({ require, packageManager }: DriverPorts): Driver {
  try {
    const Driver = require("better-sqlite3") as Driver;
    // The driver loads its binary with the first connection.
    new Driver(":memory:").close();
    return Driver;
  } catch (error) {
    const { problem, fix } = explainFailure(error, packageManager());
    throw new ProcessError("DRIVER_UNUSABLE", `the SQLite driver better-sqlite3 cannot be loaded: ${problem}`, { hint: fix, cause: error });
  }
}

const NAME = "better-sqlite3";

function explainFailure(error: unknown, { install, build, rebuild }: PackageManager): { readonly problem: string; readonly fix: string } {
  const text = errorToText(error);
  const [firstLine] = text.split("\n");
  const { code } = error as NodeJS.ErrnoException;
  // The driver loads its binary by a further package, which may be missing itself.
  if (code === "MODULE_NOT_FOUND")
    return { problem: `${firstLine}`, fix: `Run \`${install}\`; where node_modules is copied or bundled, bring ${NAME} along.` };
  if (text.includes("bindings file")) {
    return { problem: "it was installed without its binary, as install scripts are switched off", fix: `To build it, ${build(NAME)}.` };
  }
  const versions = /NODE_MODULE_VERSION (\d+).*NODE_MODULE_VERSION (\d+)/s.exec(text);
  if (versions !== null) {
    return {
      problem: `its binary was made for another version of Node (ABI ${versions[1]}) than the Node ${process.versions.node} that runs this (ABI ${versions[2]})`,
      fix: `Run \`${rebuild(NAME)}\` with this Node, or run this with the Node that the packages were installed with.`,
    };
  }
  if (code === "ERR_DLOPEN_FAILED") {
    return {
      problem: `its binary does not fit this machine (${process.platform} ${process.arch}): ${firstLine}`,
      fix: `Run \`${rebuild(NAME)}\` here; a node_modules from another machine or image cannot be used.`,
    };
  }
  return { problem: `${firstLine}`, fix: `Run \`${rebuild(NAME)}\`.` };
}
