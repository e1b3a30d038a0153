import { dirname } from "node:path";
import type { Command } from "commander";
import type { Domain } from "../../definition/model/definition.ts";
import { displayPath } from "../../definition/report/display-path.ts";
import { DEFAULT_DOMAIN_NAME } from "../../system/host-options.ts";
import { findStoreDriver } from "../../system/store-options.ts";
import { readOptions } from "../../system/system-options.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { examineDefinitions } from "../doctor/examine-definitions.ts";
import { examineDriver, examineMachine } from "../doctor/examine-machine.ts";
import { examineStore } from "../doctor/examine-store.ts";
import { examineTypes } from "../doctor/examine-types.ts";
import { errorToFinding, type Finding, formatFinding } from "../doctor/finding.ts";
import { exitCodes } from "../terminal/exit-codes.ts";
import { type GlobalOptions, isOnFile, loadProject, type Project } from "../project/project.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { type Style, styled } from "../terminal/text.ts";

interface DoctorOptions {
  readonly json?: boolean;
  readonly restate?: string | true;
}

const DEFAULT_ADMIN = "http://127.0.0.1:9070";

/** `perdure doctor`: whether all that a worker needs is there and in order. It changes nothing. */
export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command("doctor")
    .summary("examine everything a worker needs")
    .description(
      "Examine Node, XState, the driver, the configuration, the definitions, the types, and the store with its worker or the server of Restate.",
    )
    .option("--restate [admin]", `examine the server of Restate at this admin port, too (default: host.admin, or ${DEFAULT_ADMIN})`)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure doctor", "what is wrong, and what to do about it"],
        ["perdure doctor --restate http://restate:9070", "whether a server of Restate is ready, too"],
        ["perdure doctor --json", "for a health check: it fails if anything has failed"],
      ]),
    )
    .action(async ({ json, restate }: DoctorOptions) => {
      const findings = await examineAll(program.opts<GlobalOptions>(), restate);
      if (json) terminal.printJson({ findings });
      else for (const finding of findings) printFinding(finding, terminal);
      if (findings.some(({ state }) => state === "failure")) process.exitCode = exitCodes.failure;
    });
}

/** `restate` is the admin port of a server that is asked for; `true` for the default one. */
async function examineAll(globals: GlobalOptions, restate: string | true | undefined): Promise<readonly Finding[]> {
  const machine = [...(await examineMachine())];
  let project: Project;
  try {
    project = await loadProject(globals);
  } catch (error) {
    return [...machine, examineDriver(undefined), errorToFinding("configuration", error)];
  }
  // On Restate nothing needs the driver.
  if (isOnFile(project)) machine.push(examineDriver(findStoreDriver(project.options.store ?? {})));
  try {
    return [...machine, ...(await examineProject(project, machine, restate))];
  } catch (error) {
    return [...machine, errorToFinding("configuration", error)];
  }
}

async function examineProject(
  project: Project,
  machine: readonly Finding[],
  restate: string | true | undefined,
): Promise<readonly Finding[]> {
  const options = readOptions(project.options);
  const { finding, domain } = await examineDefinitions(options);
  return [
    { about: "configuration", state: "ok", text: displayPath(project.file) },
    finding,
    await examineTypes(dirname(project.file), options),
    ...(isOnFile(project) && !hasFailed("driver", machine)
      ? await examineStore(project.storePath, options, hasFailed("XState", machine) ? undefined : domain)
      : []),
    ...(await examineHost(project, domain, restate)),
  ];
}

async function examineHost(project: Project, domain: Domain | undefined, restate: string | true | undefined): Promise<readonly Finding[]> {
  if (isOnFile(project) && restate === undefined) return [];
  const host = isOnFile(project) ? { admin: DEFAULT_ADMIN } : { name: DEFAULT_DOMAIN_NAME, ...project.host };
  // No other project loads anything of Restate.
  const { examineRestate } = await import("../doctor/examine-restate.ts");
  return examineRestate(
    { ...host, ...(typeof restate === "string" && { admin: restate }) },
    domain && [...domain.definitions.map(({ process }) => process), ...domain.policies.keys()],
  );
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
