import { basename, join } from "node:path";
import { type Migration, migrationName, versionBefore } from "../model/migration.ts";
import { displayPath } from "../report/display-path.ts";
import { describeValue, type Report } from "../report/report.ts";
import { suggestName } from "../../platform/suggest.ts";
import type { ImportModule } from "./import-module.ts";
import type { NamedFile } from "./listing.ts";
import { loadFile } from "./load-file.ts";

/** By the version that they lead away from. */
export type Migrations = ReadonlyMap<number, Migration>;

const signature = "({ context }) => ({ context: { ...context, paid: false } })";

/** The `version` of a config. */
export function readVersion(given: unknown, file: string, report: Report): number {
  if (given === undefined) return 1;
  if (typeof given === "number" && Number.isSafeInteger(given) && given >= 1) return given;
  report.error("VERSION_INVALID", {
    file,
    reason: `version has to be a whole number from 1, but is ${describeValue(given)}`,
    fix: "Write version: 2 when the context of version 1 does not fit any more, and count on from there.",
  });
  return 1;
}

/** The option `migrations` of `defineProcess`. */
export function readMigrations(given: unknown, version: number, file: string, report: Report): Migrations {
  const migrations = new Map<number, Migration>();
  if (given !== undefined && (typeof given !== "object" || given === null || Array.isArray(given))) {
    report.error("MIGRATION_INVALID", {
      file,
      reason: `migrations has to be an object of functions by name, but is ${describeValue(given)}`,
      fix: `Write migrations: { "1-to-2": ${signature} }.`,
    });
    return migrations;
  }
  for (const [name, migration] of Object.entries(given ?? {})) {
    const from = checkName(name, { file, what: "migrations names" }, report);
    if (from === undefined) continue;
    if (typeof migration === "function") migrations.set(from, migration as Migration);
    else {
      report.error("MIGRATION_INVALID", {
        file,
        reason: `the migration ${name} has to be a function, but is ${describeValue(migration)}`,
        fix: `Write "${name}": ${signature}.`,
      });
      // What is wrong with it has been said; it is not missing as well.
      migrations.set(from, refused);
    }
  }
  checkChain(migrations, version, { file, nameOf: (from) => `"${migrationName(from)}" in migrations` }, report);
  return migrations;
}

/** The files in the folder `migrations` of a process. */
export async function loadMigrations(
  { folder, files, version }: { readonly folder: string; readonly files: readonly NamedFile[]; readonly version: number },
  importModule: ImportModule,
  report: Report,
): Promise<Migrations> {
  const migrations = new Map<number, Migration>();
  const seen = new Map<string, string>();
  for (const { name, file } of files) {
    const from = checkName(name, { file: displayPath(file), what: "the file is named" }, report);
    if (from === undefined) continue;
    const twin = seen.get(name);
    if (twin === undefined) migrations.set(from, await loadMigration(file, importModule, report));
    else {
      report.error("FILE_DUPLICATE", {
        file: displayPath(file),
        reason: `${twin} beside it has the same meaning`,
        fix: `Delete one of ${twin} and ${basename(file)}; build output belongs in another folder.`,
      });
    }
    seen.set(name, basename(file));
  }
  const nameOf = (from: number) => displayPath(join(folder, "migrations", `${migrationName(from)}.ts`));
  checkChain(migrations, version, { file: displayPath(folder), nameOf }, report);
  return migrations;
}

async function loadMigration(file: string, importModule: ImportModule, report: Report): Promise<Migration> {
  const exports = await loadFile(file, importModule, report);
  if (exports === undefined) return refused;
  const { migration } = exports;
  if (typeof migration === "function") return migration as Migration;
  const close = suggestName("migration", Object.keys(exports)) ?? ("default" in exports ? "default" : undefined);
  report.error("MIGRATION_INVALID", {
    file: displayPath(file),
    reason:
      migration === undefined
        ? `the file exports no migration${close === undefined ? "" : `; it does export ${close}`}`
        : `migration has to be a function, but is ${describeValue(migration)}`,
    fix: `Export it by name: export const migration = ${signature};`,
  });
  return refused;
}

function checkName(name: string, { file, what }: { readonly file: string; readonly what: string }, report: Report): number | undefined {
  const from = versionBefore(name);
  if (from !== undefined) return from;
  report.error("MIGRATION_INVALID", {
    file,
    reason: `${what} ${JSON.stringify(name)}, but a migration leads from one version to the next and is named after both, such as 1-to-2`,
    fix: 'Name it after the version before and the version after; begin a file\'s name with "_" to exclude it.',
  });
  return undefined;
}

interface Place {
  readonly file: string;
  readonly nameOf: (from: number) => string;
}

/** Every step from version 1 to the present one is there, and none beyond. */
function checkChain(migrations: Migrations, version: number, { file, nameOf }: Place, report: Report): void {
  // A version in the millions is a mistake of another kind, and one missing step says it.
  const missing = firstMissing(migrations, version);
  if (missing !== undefined) {
    report.error("MIGRATION_MISSING", {
      file,
      reason: `the process has version ${version}, and nothing leads from version ${missing} to ${missing + 1}`,
      fix: `Write ${nameOf(missing)}: ${signature}. It brings over the open instances of version ${missing}.`,
    });
  }
  for (const from of migrations.keys()) {
    if (from < version) continue;
    report.error("MIGRATION_INVALID", {
      file,
      reason: `the migration ${migrationName(from)} leads beyond the version of the process, which is ${version}`,
      fix: `Write version: ${from + 1} in the config, or remove the migration.`,
    });
  }
}

function firstMissing(migrations: Migrations, version: number): number | undefined {
  for (let from = 1; from < version; from += 1) if (!migrations.has(from)) return from;
  return undefined;
}

const refused: Migration = ({ context }) => ({ context });
