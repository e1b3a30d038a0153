import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Domain } from "../../definition/model/definition.ts";
import { displayPath } from "../../definition/report/display-path.ts";
import { importMachines } from "../../machine/import-machines.ts";
import { systemClock } from "../../platform/clock.ts";
import { countOf } from "../../platform/count-of.ts";
import { listDomainRoutes } from "../../runtime/decide/router.ts";
import { copyDatabase } from "../../store/sqlite/copy-database.ts";
import { isThere } from "../../store/sqlite/is-there.ts";
import type { LoadedConfig } from "../../system/load-config.ts";
import { findStoreDriver } from "../../system/store-options.ts";
import { readOptions } from "../../system/system-options.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { styled } from "../terminal/text.ts";
import { type Trial, tryMigrations } from "./try-migrations.ts";

/**
 * Tries the migrations of a domain on a copy of the store at `file`, which is deleted afterwards.
 * @throws CliError when there is no such file, ProcessError as opening a store does
 */
export async function checkAgainst(file: string, { options: { host: _host, ...others } }: LoadedConfig, domain: Domain): Promise<Trial> {
  const path = resolve(file);
  if (!isThere(path))
    throw new CliError(exitCodes.notFound, `there is no database at ${displayPath(path)}`, "Name the file that store.path names.");
  const folder = mkdtempSync(join(tmpdir(), "perdure-check-"));
  try {
    const copy = join(folder, "copy.db");
    const driver = findStoreDriver(others.store ?? {});
    copyDatabase(path, copy, driver);
    const { openStore, settings } = readOptions({ ...others, store: { path: copy, ...(driver !== undefined && { driver }) } });
    const store = openStore();
    try {
      const { createProcessMachines } = await importMachines();
      const machines = createProcessMachines(domain.definitions, settings);
      return await tryMigrations(store, {
        machines,
        routes: listDomainRoutes(domain),
        limit: settings.limits.context,
        now: systemClock.now(),
      });
    } finally {
      store.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether something would stop when a worker with these definitions takes over. */
export function wouldFail({ failing, vanished, waiting }: Trial): boolean {
  return failing.length > 0 || vanished.length > 0 || waiting.length > 0;
}

// More of them would hide the table.
const SHOWN = 10;

export function printTrial(trial: Trial, terminal: Terminal): void {
  const { versions, failing, vanished, waiting } = trial;
  if (versions.length > 0) {
    terminal.printTable(
      [{ title: "PROCESS" }, { title: "VERSION" }, { title: "OPEN", align: "right" }, { title: "FAILING", align: "right" }],
      versions.map(({ process, version, to, instances, failing: bad }) => [
        process,
        to === null ? `${version}, removed` : to === version ? String(version) : `${version} to ${to}`,
        String(instances),
        bad === 0 ? "0" : styled("red", String(bad)),
      ]),
    );
  }
  for (const { process, aggregateId, processId, problem } of failing.slice(0, SHOWN)) {
    terminal.print(styled("red", "fails"), `  ${process} ${aggregateId}  `, styled("dim", processId));
    terminal.printBlock(`  ${problem}`);
  }
  if (failing.length > SHOWN) terminal.print(`and ${failing.length - SHOWN} more; --json prints all`);
  for (const { process, version, state, instances } of vanished) {
    const name = typeof state === "string" ? state : JSON.stringify(state);
    terminal.print(
      styled("red", "stands"),
      `  ${countOf(instances, "open instance")} of ${process} in ${name}, which its chart does not have`,
    );
    terminal.printBlock(
      `  Bring the state back, or write version: ${version + 1} and a migration ${version}-to-${version + 1} that returns a state that the chart has.`,
    );
  }
  for (const { process, type, count, policy } of waiting) {
    const events = countOf(count, `${type} event`);
    const text =
      policy === true
        ? `${events} for the policy ${process}, which these definitions do not have`
        : `${events} of ${process}, which these definitions neither handle nor know`;
    terminal.print(styled("red", "waits"), `  ${text}`);
    if (policy === true)
      terminal.printBlock("  Bring the policy back under this name, at least with an empty handler, until no event waits for it.");
  }
  const open = versions.reduce((sum, { instances }) => sum + instances, 0);
  const stopped = versions.reduce((sum, { failing: bad }) => sum + bad, 0);
  terminal.note(
    `${countOf(open, "open instance")}: ${stopped} cannot go on, ${countOf(waiting.length, "kind")} of waiting events not known`,
  );
}
