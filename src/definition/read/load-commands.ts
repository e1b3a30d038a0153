import type { CommandDeclaration } from "../model/definition.ts";
import type { CommandOption } from "../model/command-option.ts";
import { displayPath } from "../report/display-path.ts";
import type { Handler } from "../model/handler.ts";
import { type GivenCommand, givenSource, readCommandSettings, readGivenCommands } from "./given-commands.ts";
import type { ImportModule } from "./import-module.ts";
import type { NamedFile } from "./listing.ts";
import { loadFile, readHandler, readPayload } from "./load-file.ts";
import type { Report } from "../report/report.ts";
import { checkTransaction } from "../check/check-transaction.ts";

export interface CommandSources {
  readonly files: readonly NamedFile[];
  /** The option `commands`. */
  readonly given: Readonly<Record<string, Handler | CommandOption>> | undefined;
  /** The option `dispatchCommand`: it serves the files that have no handler of their own. */
  readonly dispatchCommand: Handler | undefined;
  /** Whether files may be without a handler, because none is called. */
  readonly isNeverExecuted: boolean;
}

/**
 * All commands by name. One that is given in code takes the place of its file's handler; whatever else the file says stays in force where
 * the code does not say it.
 */
export async function loadCommands(
  sources: CommandSources,
  importModule: ImportModule,
  report: Report,
): Promise<ReadonlyMap<string, CommandDeclaration>> {
  const commands = new Map<string, CommandDeclaration>();
  const given = readGivenCommands(sources.given ?? {}, report);
  const fallback = sources.isNeverExecuted ? () => {} : sources.dispatchCommand;
  for (const { name, file } of sources.files) {
    const other = commands.get(name);
    if (other !== undefined) reportDuplicate(name, file, other, report);
    const exports = await loadFile(file, importModule, report);
    if (exports === undefined) continue;
    const source = displayPath(file);
    const own = given.get(name);
    const said = {
      schema: readPayload(exports, file, report),
      run: own?.run ?? readCommandHandler(exports, file, fallback, report) ?? (() => {}),
      ...readCommandSettings(exports, source, report),
    };
    commands.set(name, declare(name, own === undefined ? said : replace(said, own), source));
  }
  for (const [name, command] of given) {
    if (!commands.has(name)) commands.set(name, declare(name, command, givenSource(name)));
  }
  for (const command of commands.values()) checkTransaction(command, sources.dispatchCommand !== undefined, report);
  return commands;
}

function declare(name: string, said: GivenCommand, source: string): CommandDeclaration {
  return { name, ...said, transaction: said.transaction ?? false, parallel: said.parallel ?? false, source };
}

function replace(said: GivenCommand, { run, schema, settings, limits, transaction, parallel }: GivenCommand): GivenCommand {
  return {
    run,
    schema: schema ?? said.schema,
    settings: { retry: settings.retry ?? said.settings.retry, timeoutMs: settings.timeoutMs ?? said.settings.timeoutMs },
    limits: limits ?? said.limits,
    transaction: transaction ?? said.transaction,
    parallel: parallel ?? said.parallel,
  };
}

function readCommandHandler(exports: Readonly<Record<string, unknown>>, file: string, fallback: Handler | undefined, report: Report) {
  if (exports.handler === undefined && fallback !== undefined) return fallback;
  return readHandler(exports, file, "export async function handler({ command }) { … }", report);
}

function reportDuplicate(name: string, file: string, other: CommandDeclaration, report: Report): void {
  report.error("COMMAND_DUPLICATE", {
    file: displayPath(file),
    reason: `the command ${name} is declared by ${other.source} as well`,
    fix: `Rename one of the two files; a command's name is the same for all aggregates.`,
  });
}
