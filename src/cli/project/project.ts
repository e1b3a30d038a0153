import { displayPath } from "../../definition/report/display-path.ts";
import { loadConfig, type LoadedConfig } from "../../system/load-config.ts";
import { isThere } from "../../store/sqlite/is-there.ts";
import { findStorePath } from "../../system/store-options.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";

/** What every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly verbose?: boolean;
}

/** What a command works on: a configuration, and the file that everything is kept in. */
export interface Project extends LoadedConfig {
  /** Its absolute path. */
  readonly storePath: string;
}

/** @throws ProcessError as `loadConfig` does; CliError when no other OS process can see the store */
export async function loadProject({ config }: GlobalOptions): Promise<Project> {
  const loaded = await loadConfig(config);
  return { ...loaded, storePath: readStorePath(loaded) };
}

/** Looking must not make a database. @throws CliError when there is none, ProcessError `STORE_UNAVAILABLE` when that cannot be told */
export function checkStoreExists({ storePath }: Project): void {
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
