import { dirname } from "node:path";
import type { Command } from "commander";
import { displayPath } from "../../definition/report/display-path.ts";
import { readOptions } from "../../system/system-options.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { examineDefinitions } from "../doctor/examine-definitions.ts";
import { examineMachine } from "../doctor/examine-machine.ts";
import { examineStore } from "../doctor/examine-store.ts";
import { examineTypes } from "../doctor/examine-types.ts";
import { errorToFinding, type Finding, formatFinding } from "../doctor/finding.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { type GlobalOptions, loadProject } from "../project/project.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { type Style, styled } from "../terminal/text.ts";

/** `perdure doctor`: whether all that a worker needs is there and in order. It changes nothing. */
export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command("doctor")
    .summary("examine everything a worker needs")
    .description("Examine Node, XState, the driver, the configuration, the definitions, the types, the store and its worker.")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure doctor", "what is wrong, and what to do about it"],
        ["perdure doctor --json", "for a health check: it fails if anything has failed"],
      ]),
    )
    .action(async ({ json }: { readonly json?: boolean }) => {
      const machine = await examineMachine();
      const findings = [...machine, ...(await examineProject(program.opts<GlobalOptions>(), machine))];
      if (json) terminal.printJson({ findings });
      else for (const finding of findings) printFinding(finding, terminal);
      if (findings.some(({ state }) => state === "failure")) process.exitCode = exitCodes.failure;
    });
}

async function examineProject(globals: GlobalOptions, machine: readonly Finding[]): Promise<readonly Finding[]> {
  const about = "configuration";
  try {
    const { file, options: given, storePath } = await loadProject(globals);
    const options = readOptions(given);
    const { finding, domain } = await examineDefinitions(options);
    return [
      { about, state: "ok", text: displayPath(file) },
      finding,
      await examineTypes(dirname(file), options),
      ...(hasFailed("driver", machine) ? [] : await examineStore(storePath, options, hasFailed("XState", machine) ? undefined : domain)),
    ];
  } catch (error) {
    return [errorToFinding(about, error)];
  }
}

// A finding that could not be made for such a reason is not reported again.
function hasFailed(wanted: string, findings: readonly Finding[]): boolean {
  return findings.some(({ about, state }) => about === wanted && state === "failure");
}

const styles: Readonly<Record<Finding["state"], Style>> = { ok: "green", warning: "yellow", failure: "red" };

function printFinding(finding: Finding, terminal: Terminal): void {
  const [state, rest] = formatFinding(finding);
  terminal.printBlock(styled(styles[finding.state], state), rest);
}
