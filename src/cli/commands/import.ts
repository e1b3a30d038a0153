import type { Command } from "commander";
import { displayPath } from "../../definition/report/display-path.ts";
import { systemClock } from "../../platform/clock.ts";
import { countOf } from "../../platform/count-of.ts";
import { openKeyImport } from "../../restate/client/key-import.ts";
import { checkExport, type CheckedExport, type ImportCounts, importExport, type KeyProblem } from "../move/import-file.ts";
import { loadDefinitions } from "../project/load-definitions.ts";
import { type GlobalOptions, isOnFile, loadProject, type RestateProject } from "../project/project.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface ImportCommandOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `perdure import`: what `perdure export` has written goes on, on Restate. */
export function addImport(program: Command, terminal: Terminal): void {
  program
    .command("import")
    .summary("have what was exported go on, on Restate")
    .description(
      "Bring what `perdure export` has written to Restate, where it goes on when all of it is there. Dispatch nothing before that. Repeat the command after an interruption.",
    )
    .argument("<file>", "what `perdure export --out` has written")
    .option("--dry-run", "only look whether all of it could go on with the definitions of the configuration")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure import way-over.jsonl --dry-run", "look first"],
        ["perdure import way-over.jsonl", "go on there; the same again after an interruption"],
      ]),
    )
    .action(async (file: string, options: ImportCommandOptions) => {
      const project = await loadProject(program.opts<GlobalOptions>());
      if (isOnFile(project)) {
        throw new CliError(
          exitCodes.usage,
          `${displayPath(project.file)} keeps its instances in a file, and an import is on Restate`,
          'Give the configuration a host: { type: "restate", ingress, admin } in place of its store.',
        );
      }
      const checked = await check(file, project, terminal);
      if (options.dryRun === true) {
        if (options.json === true) terminal.printJson(checked);
        else terminal.note(`${countOf(checked.keys, "key")} can be imported.`);
        return;
      }
      await runImport(file, project, { ...options, keys: checked.keys }, terminal);
    });
}

// More of them would hide what they have in common.
const SHOWN = 20;

/** @throws CliError if something of the file could not go on */
async function check(file: string, project: RestateProject, terminal: Terminal): Promise<CheckedExport> {
  const { domain } = await loadDefinitions(project);
  const versions = new Map(domain.definitions.map(({ process, version }) => [process, version]));
  const checked = await checkExport(file, versions, systemClock.now());
  const { problems, keys } = checked;
  if (problems.length === 0) return checked;
  for (const problem of problems.slice(0, SHOWN)) terminal.note(describeProblem(problem));
  if (problems.length > SHOWN) terminal.note(`… and ${problems.length - SHOWN} more`);
  throw new CliError(
    exitCodes.drift,
    `${problems.length.toLocaleString("en-US")} of ${countOf(keys, "key")} could not go on here`,
    "Nothing was imported. Correct the definitions, or export again what can go on, with --process.",
  );
}

async function runImport(
  file: string,
  { host }: RestateProject,
  { json, keys }: ImportCommandOptions & { readonly keys: number },
  terminal: Terminal,
): Promise<void> {
  const show = (line: string) => {
    if (terminal.isLive) terminal.overwrite(line);
  };
  let counts: ImportCounts = { imported: 0, before: 0, refused: 0, begun: 0 };
  const onProgress = (now: ImportCounts) => {
    counts = now;
    show(now.begun === 0 ? `${now.imported + now.before + now.refused} of ${countOf(keys, "key")}` : `${countOf(now.begun, "key")} go on`);
  };
  const onRefused = (problem: KeyProblem) => {
    show("");
    terminal.note(describeProblem(problem));
  };
  try {
    const keyImport = await openKeyImport(host.ingress);
    counts = await importExport(file, { keyImport, now: systemClock.now(), onProgress, onRefused });
  } catch (error) {
    show("");
    terminal.note(
      `${countOf(counts.imported + counts.before, "key")} of ${keys.toLocaleString("en-US")} are imported. Run the same command again to go on: no key is imported twice.`,
    );
    throw error;
  }
  show("");
  if (json === true) terminal.printJson({ keys, ...counts });
  else {
    const { imported, before, begun } = counts;
    terminal.print(
      `${countOf(imported, "key")} imported, ${before.toLocaleString("en-US")} imported before, ${begun.toLocaleString("en-US")} go on`,
    );
  }
  if (counts.refused === 0) return;
  throw new CliError(
    exitCodes.refused,
    `${countOf(counts.refused, "key")} ${counts.refused === 1 ? "is" : "are"} in use on Restate already, and ${counts.refused === 1 ? "was" : "were"} left as they are there`,
    "All others go on. Look at what each has there, by `perdure list --aggregate`, and dispatch by hand what it lacks.",
  );
}

function describeProblem({ process, aggregateId, problem }: KeyProblem): string {
  return `${process} ${aggregateId}: ${problem}`;
}
