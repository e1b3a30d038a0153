import { errorToText, ProcessError } from "../errors.ts";
import { findPackageManager } from "../platform/package-manager.ts";
import { errorToFinding, type Finding, formatFinding } from "./doctor/finding.ts";
import { exitCodes, type ExitCode } from "./terminal/exit-codes.ts";

/**
 * Says why no command can run here, and returns the exit code; as findings, if it was the doctor who was called. What it imports at the top
 * needs no package, and no new Node.
 */
export async function reportInstallation(error: unknown, args: readonly string[]): Promise<ExitCode> {
  if (!args.includes("doctor")) {
    console.error(`error: ${errorToText(explain(error))}`);
    return exitCodes.failure;
  }
  const findings = await examine(error);
  if (args.includes("--json")) console.log(JSON.stringify({ findings }));
  else for (const finding of findings) console.log(formatFinding(finding).join(""));
  return exitCodes.failure;
}

async function examine(error: unknown): Promise<readonly Finding[]> {
  if (ProcessError.is(error, "NODE_TOO_OLD")) return [errorToFinding("Node", error)];
  const { examineDriver, examineMachine } = await import("./doctor/examine-machine.ts");
  return [...(await examineMachine()), examineDriver(undefined), errorToFinding("packages", explain(error))];
}

function explain(error: unknown): unknown {
  if (ProcessError.is(error)) return error;
  return new ProcessError("INSTALLATION_BROKEN", `the command line cannot be loaded: ${errorToText(error).split("\n")[0]}`, {
    hint: `Run \`${findPackageManager().install}\`.`,
    cause: error,
  });
}
