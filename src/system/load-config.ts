import { existsSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { displayPath } from "../definition/report/display-path.ts";
import { adviseImport } from "../definition/read/import-advice.ts";
import { createImportModule } from "../definition/read/import-module.ts";
import { whereThrown } from "../definition/read/load-file.ts";
import { createPatientImport, ImportUnsettledError } from "../definition/read/patient-import.ts";
import { describeValue } from "../definition/report/report.ts";
import { errorToText, ProcessError } from "../errors.ts";
import { configFileNames } from "./config-file-names.ts";
import { DEFAULT_PATH, isAdapter, isDatabase, type SqliteDatabase, type StoreOptions } from "./store-options.ts";
import { type ProcessSystemOptions, refuseUnknownOptions } from "./system-options.ts";

/** The options that a project's configuration file gives. */
export interface LoadedConfig {
  /** The file's absolute path. */
  readonly file: string;
  /** What the file exports. Paths that were relative to its folder are absolute, and `store` is filled in unless there is a `host`. */
  readonly options: ProcessSystemOptions;
}

/**
 * Loads `file`, or else the configuration file that is nearest: in the working directory or above it, or, for a program whose main file lies
 * below the working directory, in that file's folder or above it.
 * `importLimitMs` is how long its import may take, in milliseconds; default 10 s.
 * @throws ProcessError `CONFIG_FILE_MISSING`, `CONFIG_FILE_INVALID`, `INSTALLATION_BROKEN`; `CONFIG_INVALID` for an unknown option
 */
export async function loadConfig(file?: string, importLimitMs?: number): Promise<LoadedConfig> {
  const path = locateConfig(file);
  return { file: path, options: anchorPaths(await importConfig(path, importLimitMs), dirname(path)) };
}

/** The absolute path of the configuration file that `loadConfig` would load. @throws ProcessError `CONFIG_FILE_MISSING` */
export function locateConfig(file?: string): string {
  return file === undefined ? findConfigFile(findStart(process.cwd(), process.argv[1])) : checkConfigFile(resolve(file));
}

/**
 * So that a program that was compiled to dist/ finds the configuration that was compiled with it, not the sources'. A program below
 * node_modules, such as the command line or a test runner, is a tool, which works where it is started.
 */
function findStart(workingDirectory: string, mainFile: string | undefined): string {
  if (mainFile === undefined) return workingDirectory;
  const folder = dirname(resolve(mainFile));
  const below = relative(workingDirectory, folder);
  const parts = below.split(sep);
  return parts[0] === ".." || isAbsolute(below) || parts.includes("node_modules") ? workingDirectory : folder;
}

function findConfigFile(folder: string): string {
  for (let current = folder; ; current = dirname(current)) {
    const found = configFileNames.map((name) => join(current, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
    if (dirname(current) === current) break;
  }
  throw new ProcessError("CONFIG_FILE_MISSING", `there is no perdure.config.ts in ${folder} or above it`, {
    hint: "Create one with `perdure init`, or, on the command line, name one with --config.",
    details: { folder },
  });
}

function checkConfigFile(path: string): string {
  if (!isMissing(path)) return path;
  throw new ProcessError("CONFIG_FILE_MISSING", `there is no file ${displayPath(path)}`, {
    hint: "Name the configuration file, or leave it out to have perdure.config.ts found.",
    details: { file: path },
  });
}

// What cannot be looked at may be there: its import says why it cannot be read.
function isMissing(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

async function importConfig(path: string, importLimitMs: number | undefined): Promise<ProcessSystemOptions> {
  const name = displayPath(path);
  const exports = await createPatientImport(
    createImportModule(),
    importLimitMs,
  )(path).catch((error: unknown) => {
    // It is no mistake of the file's.
    if (ProcessError.is(error, "INSTALLATION_BROKEN")) throw error;
    if (error instanceof ImportUnsettledError) {
      throw new ProcessError("CONFIG_FILE_INVALID", `${name} cannot be loaded: ${error.message}`, {
        hint: "Create the system in a module that neither this file nor a file of the domain imports.",
      });
    }
    throw new ProcessError("CONFIG_FILE_INVALID", `${name} throws when it is loaded: ${errorToText(error)}${whereThrown(error)}`, {
      hint: `Correct it, or what it imports.${adviseImport(error)}`,
      cause: error,
    });
  });
  const options = exports["default"];
  if (typeof options === "object" && options !== null && !Array.isArray(options)) {
    refuseUnknownOptions(options, `${name}: `);
    return options;
  }
  const reason =
    "default" in exports ? `its default export has to be an object, and is ${describeValue(options)}` : "it has no default export";
  throw new ProcessError("CONFIG_FILE_INVALID", `${name} exports no configuration: ${reason}`, {
    hint: 'Write export default defineConfig({ domain: "./domain" }), with defineConfig from "perdure/config".',
  });
}

// A wrong option is left as it is, because whoever reads the options refuses it.
function anchorPaths(options: ProcessSystemOptions, folder: string): ProcessSystemOptions {
  const anchor = <Path>(path: Path) => (typeof path === "string" ? resolve(folder, path) : path);
  const { domain, store = {}, host, processes } = options;
  return {
    ...options,
    ...(domain !== undefined && {
      domain: Array.isArray(domain) ? (domain as readonly (string | URL)[]).map(anchor) : anchor(domain as string | URL),
    }),
    // A store beside a host stays, so that it is refused.
    ...((host === undefined || options.store !== undefined) && { store: anchorWholeStore(store, anchor) }),
    ...(processes?.dlq !== undefined && { processes: { ...processes, dlq: { ...processes.dlq, path: anchor(processes.dlq.path) } } }),
  };
}

function anchorWholeStore(store: NonNullable<ProcessSystemOptions["store"]>, anchor: (path: string) => string) {
  return typeof store !== "object" || isDatabase(store) || isAdapter(store) || store.database !== undefined
    ? store
    : { ...store, path: anchorStore(store.path, anchor) };
}

function anchorStore(path: StoreOptions["path"] = DEFAULT_PATH, anchor: (path: string) => string): string | SqliteDatabase {
  return typeof path !== "string" || path === ":memory:" || path === "" ? path : anchor(path);
}
