import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { adviseDomain } from "../../definition/check/check-advice.ts";
import type { Domain } from "../../definition/model/definition.ts";
import type { Diagnostic } from "../../definition/report/diagnostic.ts";
import { ProcessError } from "../../errors.ts";
import { checkXState } from "../../machine/import-machines.ts";
import { loadConfig, type LoadedConfig } from "../../system/load-config.ts";
import { checkAgainst, printTrial, wouldFail } from "../check/check-against.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { countOf } from "../../platform/count-of.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { loadDefinitions } from "../project/load-definitions.ts";
import type { GlobalOptions } from "../project/project.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { styled } from "../terminal/text.ts";

interface CheckOptions {
  readonly strict?: boolean;
  readonly json?: boolean;
  readonly against?: string;
}

/** `perdure check`: everything that is wrong with the definitions, or deserves a second look. */
export function addCheck(program: Command, terminal: Terminal): void {
  program
    .command("check")
    .summary("check the definitions, without starting anything")
    .description("Check the definitions, without starting anything: errors, which keep a worker from starting, and warnings.")
    .option("--strict", "fail on warnings, too")
    .option("--against <file>", "try all migrations on a copy of this store; 5 if something could not go on")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure check", "what is wrong, and what to do"],
        ["perdure check --strict", "for CI"],
        ["perdure check --against perdure.db", "before a deploy"],
      ]),
    )
    .action(async ({ strict, json, against }: CheckOptions) => {
      const { config } = program.opts<GlobalOptions>();
      const { loaded, domain, diagnostics } = await diagnose(config);
      const errors = diagnostics.filter(({ severity }) => severity === "error").length;
      // Nothing can be tried with definitions that cannot be loaded.
      const trial = against === undefined || domain === undefined ? undefined : await checkAgainst(against, loaded, domain);
      if (json) terminal.printJson({ diagnostics, ...(trial !== undefined && { against: trial }) });
      else printDiagnostics(diagnostics, terminal);
      const found = `${countOf(errors, "error")}, ${countOf(diagnostics.length - errors, "warning")}`;
      terminal.note(domain === undefined ? found : `${countOf(domain.definitions.length, "process", "processes")}: ${found}`);
      if (!json) await noteTypes(loaded, terminal);
      if (trial !== undefined && !json) printTrial(trial, terminal);
      if (errors > 0 || (strict && diagnostics.length > 0)) process.exitCode = exitCodes.failure;
      else if (trial !== undefined && wouldFail(trial)) process.exitCode = exitCodes.drift;
    });
}

/** Says why TypeScript finds no types beside the files of the domain, where it does not. */
async function noteTypes(loaded: LoadedConfig, terminal: Terminal): Promise<void> {
  const root = dirname(loaded.file);
  if (!existsSync(join(root, "tsconfig.json"))) return;
  // Much of this is loaded for nothing else.
  const [{ hasTypes }, { explainMissedTypes }] = await Promise.all([
    import("../project/generated-types.ts"),
    import("../tsconfig/tsconfig.ts"),
  ]);
  const advice = hasTypes(loaded) ? explainMissedTypes(root) : "They were never generated. Run `perdure typegen`.";
  if (advice !== undefined) terminal.noteWrapped([styled("yellow", "types:"), " "], `TypeScript finds no generated types\n  ${advice}`);
}

/** `domain` is there if it could be loaded. */
async function diagnose(config: string | undefined): Promise<{
  readonly loaded: LoadedConfig;
  readonly domain: Domain | undefined;
  readonly diagnostics: readonly Diagnostic[];
}> {
  // A worker makes machines of the definitions.
  await checkXState();
  const loaded = await loadConfig(config);
  try {
    const { domain, diagnostics } = await loadDefinitions(loaded);
    return { loaded, domain, diagnostics: [...diagnostics, ...adviseDomain(domain)] };
  } catch (error) {
    if (!ProcessError.is(error, "DEFINITION_INVALID")) throw error;
    // Nothing else is known of a domain that cannot be loaded.
    return { loaded, domain: undefined, diagnostics: error.details["diagnostics"] as readonly Diagnostic[] };
  }
}

function printDiagnostics(diagnostics: readonly Diagnostic[], terminal: Terminal): void {
  for (const { severity, code, file, reason, fix } of diagnostics) {
    terminal.print(styled(severity === "error" ? "red" : "yellow", severity), "  ", styled("bold", file), "  ", styled("dim", code));
    terminal.printBlock(`  ${reason}`);
    terminal.printBlock(`  ${fix}\n`);
  }
}
