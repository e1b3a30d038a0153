import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Command } from "commander";
import { displayPath } from "../../definition/report/display-path.ts";
import { type LoadedConfig, loadConfig } from "../../system/load-config.ts";
import { readOptions } from "../../system/system-options.ts";
import { hasDrift } from "../../typegen/compare-types.ts";
import { isBelow } from "../../typegen/project-path.ts";
import { checkTypes } from "../../typegen/write-types.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import { untilSignal } from "../terminal/until-signal.ts";
import { planTypes, updateTypes } from "../project/generated-types.ts";
import type { GlobalOptions } from "../project/project.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { explainTsconfig } from "../tsconfig/tsconfig.ts";

interface TypegenOptions {
  readonly watch?: boolean;
  readonly check?: boolean;
}

/** `perdure typegen`: the types of the domain's files, below `.perdure/types` beside the configuration. */
export function addTypegen(program: Command, terminal: Terminal): void {
  program
    .command("typegen")
    .summary("generate types for the files of the domain")
    .description(
      "Generate types for the files of the domain, below .perdure/types beside the configuration. Of all files, only the configuration is imported for that.",
    )
    .option("--watch", "again whenever a file comes or goes, until Ctrl-C")
    .option("--check", "write nothing, and fail if the types are not up to date")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure typegen --watch", "while you write handlers"],
        ["perdure typegen --check", "for CI"],
      ]),
    )
    .action(async (options: TypegenOptions, command: Command) => {
      if (options.watch && options.check) command.error("error: use either --watch or --check");
      const config = await loadConfig(program.opts<GlobalOptions>().config);
      if (options.check) return checkForDrift(config, terminal);
      const files = await updateTypes(config, terminal);
      const advice = explainOutside(config) ?? explainTsconfig(dirname(config.file), files);
      if (advice !== undefined) terminal.note(advice);
      if (options.watch) await generateOnChange(config, terminal);
    });
}

/** What to do about a domain that lies beside the project's folder, as that of another package does: its files get no types here. */
function explainOutside({ file, options }: LoadedConfig): string | undefined {
  const { domain } = readOptions(options);
  const outside = [domain].flat().filter((folder) => !isBelow(dirname(file), folder));
  if (outside.length === 0) return undefined;
  return `warning: ${outside.map((folder) => displayPath(folder)).join(", ")} is not below the folder of ${basename(file)}, so \`./+types/…\` of its files is not made here.
  Give the package of the domain a perdure.config.ts and run \`perdure typegen\` there: docs/guides/building-and-deploying.md, Workspaces.`;
}

async function checkForDrift(config: LoadedConfig, terminal: Terminal): Promise<void> {
  const { root, files } = await planTypes(config);
  const drift = await checkTypes(root, files);
  if (!hasDrift(drift)) return terminal.note("The types are up to date.");
  for (const kind of ["missing", "changed", "stale", "foreign"] as const) {
    for (const path of drift[kind]) terminal.print(`${kind.padEnd(7)}  ${path}`);
  }
  throw new CliError(exitCodes.drift, "the types are not up to date", "Run `perdure typegen`.");
}

// Editors write a file in several steps.
const QUIET_MS = 100;

async function generateOnChange(config: LoadedConfig, terminal: Terminal): Promise<void> {
  const { domain } = readOptions(config.options);
  let waiting: NodeJS.Timeout | undefined;
  const onChange = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      // What is wrong now may be right after the next change.
      updateTypes(config, terminal).catch((error: unknown) => terminal.note(`error: ${String(error)}`));
    }, QUIET_MS);
  };
  const watchers = [domain].flat().map((folder) =>
    watch(folder, { recursive: true }, (_, file) => {
      // Types are generated from names alone.
      if (file === null || /\.m?[jt]s$|[^.]$/.test(file)) onChange();
    }),
  );
  terminal.note("watching for files that come and go");
  await untilSignal();
  clearTimeout(waiting);
  for (const watcher of watchers) watcher.close();
}
