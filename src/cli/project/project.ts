import { displayPath } from "../../definition/report/display-path.ts";
import type { RestateHostOptions } from "../../system/host-options.ts";
import { loadConfig, type LoadedConfig } from "../../system/load-config.ts";
import { isThere } from "../../store/sqlite/is-there.ts";
import { findStorePath } from "../../system/store-options.ts";
import { readOptions } from "../../system/system-options.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";

/** What every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly verbose?: boolean;
}

/** What a command works on: a configuration, and the place where everything is kept. */
export type Project = FileProject | RestateProject;

export interface FileProject extends LoadedConfig {
  /** The absolute path of the file that everything is kept in. */
  readonly storePath: string;
}

export interface RestateProject extends LoadedConfig {
  readonly host: RestateHostOptions;
}

/** @throws ProcessError as `loadConfig` does; CliError when no other OS process can see the store */
export async function loadProject({ config }: GlobalOptions): Promise<Project> {
  const loaded = await loadConfig(config);
  if (loaded.options.host === undefined) return { ...loaded, storePath: readStorePath(loaded) };
  return { ...loaded, host: readOptions(loaded.options).host! };
}

export function isOnFile(project: Project): project is FileProject {
  return "storePath" in project;
}

/** The error of a command that needs a file. */
export function refuseOnRestate(
  { file }: Pick<RestateProject, "file">,
  { what, hint }: { readonly what: string; readonly hint: string },
): CliError {
  return new CliError(exitCodes.failure, `${what}, and ${displayPath(file)} keeps its instances on Restate`, hint);
}

/** Looking must not make a database. @throws CliError when there is none, ProcessError `STORE_UNAVAILABLE` when that cannot be told */
export function checkStoreExists({ storePath }: FileProject): void {
  if (isThere(storePath)) return;
  throw new CliError(
    exitCodes.notFound,
    `there is no database at ${displayPath(storePath)} yet`,
    "The first `perdure start` or `perdure send` makes it, at the place that store.path in the configuration names.",
  );
}

function readStorePath({ file, options: { store = {} } }: LoadedConfig): string {
  const path = findStorePath(store);
  if (path === undefined) {
    throw new CliError(exitCodes.failure, `${displayPath(file)} keeps the store in an adapter`, "The command line works on SQLite files.");
  }
  if (path !== ":memory:" && path !== "") return path;
  throw new CliError(
    exitCodes.failure,
    `${displayPath(file)} keeps the store in memory, which no other program can see`,
    "Give store.path a file to use the command line.",
  );
}
