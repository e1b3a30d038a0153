import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { errorToText } from "../../errors.ts";
import { findPackageManager } from "../../platform/package-manager.ts";
import { configFileNames } from "../../system/config-file-names.ts";
import { type LoadedConfig, loadConfig } from "../../system/load-config.ts";
import { findStorePath } from "../../system/store-options.ts";
import { isBelow, relativePath } from "../../typegen/project-path.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { FileChange } from "../init/file-change.ts";
import { type ConfiguredPaths, planInit } from "../init/plan-init.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { styled, type Text } from "../terminal/text.ts";

interface InitOptions {
  readonly example?: boolean;
  readonly yes?: boolean;
}

/** `perdure init`: what a project lacks, shown and, if agreed, written. */
export function addInit(program: Command, terminal: Terminal): void {
  program
    .command("init")
    .summary("add what this project lacks")
    .description(
      "Add what the project in this folder lacks: perdure.config.ts, and settings in package.json, tsconfig.json and .gitignore.",
    )
    .option("--example", "add a first process too, unless there is a domain already")
    .option("--yes", "agree beforehand")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure init", "show what is missing, and ask"],
        ["perdure init --example --yes", "a project to try things in"],
      ]),
    )
    .action(async ({ example = false, yes = false }: InitOptions) => {
      const plan = planInit({ read: readText, hasFolder, ...(await readConfigured(terminal)) }, { example });
      if ("problem" in plan) throw new CliError(exitCodes.failure, plan.problem, "Nothing was written.");
      if (plan.files.length === 0) return terminal.note("Nothing is missing.");
      for (const change of plan.files) terminal.print(...describeChange(change));
      if (!yes) await askToWrite(terminal);
      for (const { path, text } of plan.files) {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
      }
      const { run } = findPackageManager();
      const [types, check, start] = ["typegen", "check", "start"].map((command) => `\`${run(`perdure ${command}`)}\``);
      terminal.note(`Done. Next: ${types} for the types, ${check}, then ${start}.`);
    });
}

/** What the configuration in this folder says, if there is one and it can be loaded. */
async function readConfigured(terminal: Terminal): Promise<{ readonly configured?: ConfiguredPaths }> {
  const file = configFileNames.find((name) => existsSync(name));
  if (file === undefined) return {};
  try {
    return { configured: findPaths(await loadConfig(file)) };
  } catch (error) {
    terminal.note(
      `warning: ${errorToText(error)}\n  Until it can be loaded, init assumes that its domain and its data files are where a new configuration has them.`,
    );
    return {};
  }
}

function findPaths({ options: { domain, store = {}, processes } }: LoadedConfig): ConfiguredPaths {
  const root = process.cwd();
  const inProject = (path: string | undefined) => (path !== undefined && isBelow(root, path) ? [relativePath(root, path)] : []);
  const [firstDomain] = [domain ?? []].flat();
  return {
    domain: inProject(firstDomain instanceof URL ? fileURLToPath(firstDomain) : firstDomain)[0],
    databases: [findStorePath(store), processes?.dlq?.path].filter((path) => path !== ":memory:").flatMap(inProject),
  };
}

function describeChange({ path, isNew, changes }: FileChange): readonly Text[] {
  return [styled(isNew ? "green" : "yellow", isNew ? "create" : "change"), `  ${path}: ${changes.join("; ")}`];
}

/** @throws CliError unless somebody agrees */
async function askToWrite(terminal: Terminal): Promise<void> {
  const isAgreed = await terminal.confirm("Write these files?");
  if (isAgreed === true) return;
  throw new CliError(
    exitCodes.refused,
    "nothing was written",
    isAgreed === undefined ? "There is no terminal to ask at: add --yes to agree." : "Answer y, or add --yes, to agree.",
  );
}

function hasFolder(path: string): boolean {
  return existsSync(path) && readdirSync(path).length > 0;
}

function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
