import type { Command } from "commander";
import { adviseDomain } from "../../definition/check/check-advice.ts";
import type { Diagnostic } from "../../definition/report/diagnostic.ts";
import { ProcessError } from "../../errors.ts";
import { checkXState } from "../../machine/import-machines.ts";
import { loadConfig } from "../../system/load-config.ts";
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
}

/** `perdure check`: everything that is wrong with the definitions, or deserves a second look. */
export function addCheck(program: Command, terminal: Terminal): void {
  program
    .command("check")
    .summary("check the definitions, without starting anything")
    .description("Check the definitions, without starting anything: errors, which keep a worker from starting, and warnings.")
    .option("--strict", "fail on warnings, too")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure check", "what is wrong, and what to do"],
        ["perdure check --strict", "for CI"],
      ]),
    )
    .action(async ({ strict, json }: CheckOptions) => {
      const { config } = program.opts<GlobalOptions>();
      const { processes, diagnostics } = await diagnose(config);
      const errors = diagnostics.filter(({ severity }) => severity === "error").length;
      if (json) terminal.printJson({ diagnostics });
      else printDiagnostics(diagnostics, terminal);
      const found = `${countOf(errors, "error")}, ${countOf(diagnostics.length - errors, "warning")}`;
      terminal.note(processes === undefined ? found : `${countOf(processes, "process", "processes")}: ${found}`);
      if (errors > 0 || (strict && diagnostics.length > 0)) process.exitCode = exitCodes.failure;
    });
}

/** `processes` says how many there are, if they could be loaded. */
async function diagnose(
  config: string | undefined,
): Promise<{ readonly processes: number | undefined; readonly diagnostics: readonly Diagnostic[] }> {
  // A worker makes machines of the definitions.
  await checkXState();
  const loaded = await loadConfig(config);
  try {
    const { domain, diagnostics } = await loadDefinitions(loaded);
    return { processes: domain.definitions.length, diagnostics: [...diagnostics, ...adviseDomain(domain)] };
  } catch (error) {
    if (!ProcessError.is(error, "DEFINITION_INVALID")) throw error;
    // Nothing else is known of a domain that cannot be loaded.
    return { processes: undefined, diagnostics: error.details["diagnostics"] as readonly Diagnostic[] };
  }
}

function printDiagnostics(diagnostics: readonly Diagnostic[], terminal: Terminal): void {
  for (const { severity, code, file, reason, fix } of diagnostics) {
    terminal.print(styled(severity === "error" ? "red" : "yellow", severity), "  ", styled("bold", file), "  ", styled("dim", code));
    terminal.printBlock(`  ${reason}`);
    terminal.printBlock(`  ${fix}\n`);
  }
}
