import type { CommandDeclaration } from "../model/definition.ts";
import { displayPath } from "../report/display-path.ts";
import type { Handler } from "../model/handler.ts";
import type { ImportModule } from "./import-module.ts";
import type { NamedFile } from "./listing.ts";
import { loadFile, readHandler, readPayload } from "./load-file.ts";
import { isCamelCase, kebabToCamel, toKebabCase } from "../model/names.ts";
import { describeValue, type Report } from "../report/report.ts";

export interface CommandSources {
  readonly files: readonly NamedFile[];
  /** The option `commands`. */
  readonly given: Readonly<Record<string, Handler>> | undefined;
  /** The option `dispatchCommand`: it serves the files that have no handler of their own. */
  readonly dispatchCommand: Handler | undefined;
}

/** All commands by name. One that is given in code takes the place of its file's handler; the file's schema stays in force. */
export async function loadCommands(
  sources: CommandSources,
  importModule: ImportModule,
  report: Report,
): Promise<ReadonlyMap<string, CommandDeclaration>> {
  const commands = new Map<string, CommandDeclaration>();
  const given = new Map(Object.entries(sources.given ?? {}).filter(([name, run]) => checkGiven(name, run, report)));
  for (const { name, file } of sources.files) {
    const other = commands.get(name);
    if (other !== undefined) reportDuplicate(name, file, other, report);
    const exports = await loadFile(file, importModule, report);
    if (exports === undefined) continue;
    const schema = readPayload(exports, file, report);
    const run = given.get(name) ?? readCommandHandler(exports, file, sources.dispatchCommand, report);
    commands.set(name, { name, schema, run: run ?? (() => {}), source: displayPath(file) });
  }
  for (const [name, run] of given) {
    if (!commands.has(name)) commands.set(name, { name, schema: undefined, run, source: givenSource(name) });
  }
  return commands;
}

function readCommandHandler(exports: Readonly<Record<string, unknown>>, file: string, fallback: Handler | undefined, report: Report) {
  if (exports.handler === undefined && fallback !== undefined) return fallback;
  return readHandler(exports, file, "export async function handler({ command }) { … }", report);
}

function checkGiven(name: string, run: unknown, report: Report): boolean {
  const file = givenSource(name);
  const isNamed = isCamelCase(name);
  if (!isNamed) {
    const better = kebabToCamel(toKebabCase(name));
    report.error("COMMAND_NAME_INVALID", {
      file,
      reason: `${JSON.stringify(name)} is not a command name: command names are camelCase, such as sendWelcomeEmail`,
      fix: better === "" ? "Give it a name that begins with a small letter." : `Rename it to ${better}.`,
    });
  }
  if (typeof run === "function") return isNamed;
  report.error("HANDLER_INVALID", {
    file,
    reason: `a command's handler has to be a function, but is ${describeValue(run)}`,
    fix: `Give commands.${name} a function: async ({ command }) => { … }.`,
  });
  return false;
}

export function givenSource(name: string): string {
  return isCamelCase(name) ? `commands.${name}` : `commands[${JSON.stringify(name)}]`;
}

function reportDuplicate(name: string, file: string, other: CommandDeclaration, report: Report): void {
  report.error("COMMAND_DUPLICATE", {
    file: displayPath(file),
    reason: `the command ${name} is declared by ${other.source} as well`,
    fix: `Rename one of the two files; a command's name is the same for all aggregates.`,
  });
}
