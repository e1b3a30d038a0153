import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const sourceFolder = fileURLToPath(new URL("../../src", import.meta.url));

/**
 * The folders of `src` and the files that lie beside them, from the ground up. A file may import from its own room and from those above it
 * in this list, and from no other.
 */
export const rooms = [
  "errors.ts",
  "platform",
  "definition/report",
  "definition/model",
  "definition/types",
  "definition/check",
  "definition/read",
  "definition",
  "machine/reading",
  "machine",
  "store",
  "store/sqlite/driver",
  "store/sqlite",
  "store/contract",
  "record",
  "runtime/decide",
  "runtime/trace",
  "runtime/check",
  "runtime/memory",
  "runtime/commit",
  "runtime/core",
  "runtime/schedule",
  "runtime/run",
  "runtime/relay",
  "runtime/worker",
  "runtime",
  "observe",
  "observe/inspection",
  "graph",
  "graph/domain",
  "graph/svg",
  "graph/svg/own",
  "graph/svg/domain",
  "typegen",
  "serve",
  "system",
  "restate/wire",
  "restate/key",
  "restate/ingress",
  "restate/admin",
  "restate/host",
  "restate/client",
  "restate",
  "http",
  "opentelemetry",
  "ui",
  "ui/page/parts",
  "ui/page/views",
  "ui/page",
  "config.ts",
  "index.ts",
  "testing/kit",
  "testing/process-test",
  "testing/policy-test",
  "testing/path-test",
  "testing",
  "testing/matchers",
  "cli/terminal",
  "cli/project",
  "cli/tsconfig",
  "cli/doctor",
  "cli/dead-letters",
  "cli/scheduled",
  "cli/instances",
  "cli/send",
  "cli/init",
  "cli/check",
  "cli/eject",
  "cli/move",
  "cli/aggregate",
  "cli/backup",
  "cli/dev",
  "cli/demo",
  "cli/commands",
  "cli",
] as const;

export interface Import {
  /** Relative to `src`. */
  readonly file: string;
  /** A file relative to `src`, or the name of a package or a module of Node. */
  readonly imported: string;
  readonly isOfTypesOnly: boolean;
}

export function listFiles(): readonly string[] {
  return readdirSync(sourceFolder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .toSorted();
}

/** Every import of every file; `source` gives a file's text. */
export function listImports(source: (file: string) => string = readSource): readonly Import[] {
  return listFiles().flatMap((file) => [...findImports(file, source(file))]);
}

export function readSource(file: string): string {
  return readFileSync(join(sourceFolder, file), "utf8");
}

function* findImports(file: string, text: string): Generator<Import> {
  for (const [, clause = "", , specifier = ""] of text.matchAll(/(?:^|\n)(?:import|export)\b([^;"'`]*?)(\bfrom\s+|\s)"([^"]+)"/g)) {
    yield { file, imported: resolve(file, specifier), isOfTypesOnly: /^\s+type\b/.test(clause) };
  }
  for (const [, specifier = ""] of text.matchAll(/\bimport\("([^"]+)"\)/g)) {
    const imported = resolve(file, specifier);
    // What `perdure init` writes into the user's files imports files of theirs.
    if (!specifier.startsWith(".") || existsSync(join(sourceFolder, imported))) yield { file, imported, isOfTypesOnly: false };
  }
}

function resolve(file: string, specifier: string): string {
  return specifier.startsWith(".") ? relative(sourceFolder, join(sourceFolder, dirname(file), specifier)) : specifier;
}

/** The room of a file; `undefined` if the list does not name it. */
export function roomOf(file: string): string | undefined {
  const folder = dirname(file);
  const room = folder === "." ? file : folder;
  return rooms.find((each) => each === room);
}
