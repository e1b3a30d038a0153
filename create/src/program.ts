import { existsSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import { Command, Option } from "commander";
import { CliError, exitCodes } from "../../src/cli/terminal/exit-codes.ts";
import { askRest, type Desk } from "./ask.ts";
import { type Answers, type Choices, fronts, layouts, type PackageManagerName, packageManagers, sourcesOf, usual } from "./choices.ts";
import { checkPackageManager, installPackages } from "./install.ts";
import { beginFolder, checkTarget } from "./make-project.ts";
import { findNameProblem, suggestName } from "./names.ts";
import { planProject } from "./plan-project.ts";
import { perdureRange, perdureVersion } from "./versions.ts";

interface Options extends Partial<Omit<Answers, "folder">> {
  readonly name?: string;
  readonly packageManager?: PackageManagerName;
  readonly install: boolean;
  readonly perdure?: string;
  readonly yes?: boolean;
}

/** The command line of `npm create perdure`. */
export function createProgram(desk: Desk): Command {
  const program = new Command("create-perdure");
  return program
    .description(
      "Makes a project with Perdure: a first process, its test, types, a Dockerfile and a GitHub workflow. It asks what is not said.",
    )
    .version(perdureVersion)
    .argument("[folder]", "the folder of the project, which is empty or not there yet")
    .addOption(new Option("--layout <layout>", "where sources lie: beside package.json, or in src").choices(layouts))
    .addOption(new Option("--http <front>", "a program with an HTTP front").choices(fronts))
    .addOption(
      new Option("--package-manager <name>", "who installs packages (default: the one that runs this, or npm)").choices(packageManagers),
    )
    .option("--name <name>", "the name in package.json (default: the folder's)")
    .option("--no-install", "do not install packages")
    .option("--perdure <what>", `what to install as perdure: a range of versions, or a tarball (default: ${perdureRange})`)
    .option("--yes", "take what is usual for what is not said")
    .showSuggestionAfterError()
    .showHelpAfterError("Run it with --help to see how it is used.")
    .exitOverride()
    .configureOutput({ writeErr: (text) => void desk.stderr.write(text) })
    .action((folder: string | undefined, options: Options) => create(folder, options, desk));
}

async function create(given: string | undefined, options: Options, desk: Desk): Promise<void> {
  const { install, yes = false, layout, http } = options;
  const said = {
    ...(given !== undefined && { folder: given }),
    ...(layout !== undefined && { layout }),
    ...(http !== undefined && { http }),
  };
  // What is wrong with the folder is said before anything is asked.
  if (given !== undefined) checkTarget(resolve(given), given);
  const answers = await askRest(yes ? { ...usual, ...said } : said, desk);
  const folder = resolve(answers.folder);
  const shown = relative(process.cwd(), folder) || ".";
  checkTarget(folder, shown);
  const source = readSource(options.perdure);
  const choices: Choices = {
    ...answers,
    name: options.name ?? basename(folder),
    packageManager: options.packageManager ?? findPackageManager(),
    perdure: source.range,
  };
  const files = planProject(choices);
  checkName(choices.name, files.get("package.json")!, options.name === undefined);
  if (install) await checkPackageManager(choices.packageManager);

  const undertaking = beginFolder(folder, shown);
  const interruption = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => interruption.abort(signal);
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  try {
    undertaking.write(files);
    if (source.tarball !== undefined) undertaking.copy(source.tarball, basename(source.tarball));
    if (install) {
      desk.stderr.write("Installing packages: a minute or two where the SQLite driver has to be compiled.\n");
      await installPackages(choices.packageManager, folder, interruption.signal);
    }
  } catch (error) {
    undertaking.undo();
    throw error;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
  desk.stderr.write(describeDone(choices, shown, install));
}

/** The range for package.json, and the tarball that has to lie in the project for it. @throws CliError if the tarball is not there */
function readSource(perdure: string | undefined): { readonly range: string; readonly tarball?: string } {
  if (perdure === undefined) return { range: perdureRange };
  if (!perdure.endsWith(".tgz")) return { range: perdure };
  const tarball = resolve(perdure);
  if (existsSync(tarball)) return { range: `file:${basename(tarball)}`, tarball };
  throw new CliError(exitCodes.notFound, `nothing was made: there is no tarball ${perdure}`, "`npm pack` in a clone of Perdure makes one.");
}

/** @throws CliError if no package may have this name */
function checkName(name: string, packageText: string, isFolders: boolean): void {
  const { dependencies, devDependencies } = JSON.parse(packageText) as Readonly<Record<"dependencies" | "devDependencies", object>>;
  const problem = findNameProblem(name, Object.keys({ ...dependencies, ...devDependencies }));
  if (problem === undefined) return;
  const suggested = suggestName(name) ?? usual.folder;
  const better = findNameProblem(suggested, Object.keys(dependencies)) === undefined ? suggested : `my-${suggested}`;
  throw new CliError(
    exitCodes.usage,
    `nothing was made: the name of a package cannot be ${JSON.stringify(name)}: it ${problem}`,
    isFolders ? `It is the folder's. Give it another with --name ${better}.` : `Write --name ${better}, for example.`,
  );
}

// Package managers tell it to what they run: `pnpm/10.12.1 npm/? node/v22.17.0 linux x64`.
function findPackageManager(): PackageManagerName {
  return process.env["npm_config_user_agent"]?.startsWith("pnpm/") === true ? "pnpm" : "npm";
}

function describeDone(choices: Choices, shown: string, isInstalled: boolean): string {
  const { packageManager, http, name } = choices;
  const execute = packageManager === "npm" ? "npx" : "pnpm exec";
  const lines = [
    ...(shown === "." ? [] : [[`cd ${shown}`, ""]]),
    ...(isInstalled ? [] : [[`${packageManager} install`, ""]]),
    [`${packageManager} run dev`, "the worker, and a page that shows it"],
    [`${execute} perdure send OrderPlaced order-1`, "in another terminal"],
    ...(http === "hono" ? [[`${packageManager} run serve`, `${sourcesOf(choices)}server.ts, on port 3000`]] : []),
  ];
  const width = Math.max(...lines.map(([command = ""]) => command.length));
  return [
    `Done: ${name} is in ${shown}. Next:`,
    ...lines.map(([command = "", what]) => `  ${command.padEnd(width)}  ${what}`.trimEnd()),
    "",
  ].join("\n");
}
