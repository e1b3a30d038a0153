import type { Command } from "commander";
import { findStoreDriver } from "../../system/store-options.ts";
import { displayPath } from "../../definition/report/display-path.ts";
import { countOf } from "../../platform/count-of.ts";
import { formatBytes } from "../../platform/size.ts";
import { type Backup, backUp } from "../backup/backup-file.ts";
import { checkStoreExists, type GlobalOptions, isOnFile, loadProject, refuseOnRestate } from "../project/project.ts";
import { formatExamples } from "../terminal/arguments.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface BackupOptions {
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `perdure backup`: a checked copy of the store's file. */
export function addBackup(program: Command, terminal: Terminal): void {
  program
    .command("backup")
    .summary("copy the store into a file, and check the copy")
    .description("Copy the store's file as of one moment, with all tables in it, and check the copy. A worker may run.")
    .argument("<file>", "the file that the copy becomes")
    .option("--force", "replace the file if it is there")
    .option("--json", "print JSON")
    .addHelpText("after", formatExamples([["perdure backup /backup/monday.db", "a copy that can take the store's place"]]))
    .action(async (file: string, { force = false, json }: BackupOptions) => {
      const project = await loadProject(program.opts<GlobalOptions>());
      if (!isOnFile(project)) {
        throw refuseOnRestate(project, {
          what: "a backup is of a file",
          hint: "The nodes of Restate keep what is there, and their own snapshots.",
        });
      }
      checkStoreExists(project);
      const backup = backUp(project.storePath, file, { replaces: force, driver: findStoreDriver(project.options.store ?? {}) });
      if (json) terminal.printJson(backup);
      else printBackup(backup, terminal);
    });
}

function printBackup({ file, bytes, version, rows }: Backup, terminal: Terminal): void {
  const tables = Object.keys(rows).length;
  const all = Object.values(rows).reduce((sum, count) => sum + count, 0);
  terminal.print(
    `${displayPath(file)}: ${formatBytes(bytes)}, ${countOf(all, "row")} in ${countOf(tables, "table")}, version ${version}, checked.`,
  );
}
