import { type Command, InvalidArgumentError } from "commander";
import { displayPath } from "../../definition/report/display-path.ts";
import { countOf } from "../../platform/count-of.ts";
import { isAddress } from "../../platform/options.ts";
import type { Registration } from "../../restate/admin/register-restate.ts";
import { processOf } from "../../restate/wire/names.ts";
import { DEFAULT_SERVICE_PORT } from "../../system/host-options.ts";
import { type GlobalOptions, isOnFile, loadProject, type Project, type RestateProject } from "../project/project.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { styled } from "../terminal/text.ts";

interface RegisterOptions {
  readonly uri?: string;
  readonly admin?: string;
  readonly ingress?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `perdure restate`: what is done with a server of Restate. */
export function addRestate(program: Command, terminal: Terminal): void {
  const group = program
    .command("restate")
    .summary("register with a server of Restate, and repair what was killed there")
    .description("What is done with a server of Restate.");
  addRegister(group, program, terminal);
  addRepair(group, program, terminal);
}

function addRegister(group: Command, program: Command, terminal: Terminal): void {
  group
    .command("register")
    .description(
      "Tell the server where the processes are served from now on: a step of a deploy, when the new version listens and before the old one ends.",
    )
    .option("--uri <address>", "where the server reaches what `perdure start` serves (default: this machine, at host.port)", readAddress)
    .option("--admin <address>", "the server's admin port (default: host.admin of the configuration)", readAddress)
    .option(
      "--ingress <address>",
      "the server's ingress, by which schedules begin (default: host.ingress of the configuration)",
      readAddress,
    )
    .option("--force", "also if processes with instances that need them are not served there any more")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure restate register --uri http://shop-v17:9080", "after shop-v17 has started"],
        ["perdure restate register --uri http://shop-v16:9080", "to go back"],
      ]),
    )
    .action(async (options: RegisterOptions) => {
      const request = await findAddresses(options, program.opts<GlobalOptions>());
      // No other command loads anything of Restate.
      const { registerRestate } = await import("../../restate/admin/register-restate.ts");
      const registration = await registerRestate({ ...request, force: options.force ?? false });
      if (options.json) terminal.printJson(registration);
      else printRegistration(registration, request.uri, terminal);
    });
}

function addRepair(group: Command, program: Command, terminal: Terminal): void {
  group
    .command("repair")
    .description(
      "Have each key look again that waits for an invocation which somebody has killed or purged on the server. `perdure doctor` finds them.",
    )
    .option("--json", "print JSON")
    .addHelpText("after", formatExamples([["perdure restate repair", "after a kill in Restate's UI"]]))
    .action(async ({ json }: { readonly json?: boolean }) => {
      const { host } = readRestate(await loadProject(program.opts<GlobalOptions>()), "Give the configuration");
      const { repairRestate } = await import("../../restate/client/repair-restate.ts");
      const items = (await repairRestate(host)).map(({ service, key, what }) => ({ process: processOf(service), key, what }));
      if (json) return terminal.printJson({ items });
      for (const { process, key, what } of items) {
        terminal.print(`${process} ${key}  ${what === "wake" ? "will be woken" : "tries its command again"}`);
      }
      if (items.length === 0) terminal.note("No key waits in vain.");
    });
}

function readRestate(project: Project, way: string): RestateProject {
  if (!isOnFile(project)) return project;
  throw new CliError(
    exitCodes.usage,
    `${displayPath(project.file)} keeps its instances in a file, and says nothing of Restate`,
    `${way} a host: { type: "restate", ingress, admin }.`,
  );
}

async function findAddresses(
  { uri, admin, ingress }: RegisterOptions,
  globals: GlobalOptions,
): Promise<{ readonly uri: string; readonly admin: string; readonly ingress?: string }> {
  // A deploy that says both needs no configuration.
  if (uri !== undefined && admin !== undefined) return { uri, admin, ...(ingress !== undefined && { ingress }) };
  const { host } = readRestate(await loadProject(globals), "Give both --uri and --admin, or the configuration");
  return {
    uri: uri ?? `http://127.0.0.1:${host.port ?? DEFAULT_SERVICE_PORT}`,
    admin: admin ?? host.admin,
    ingress: ingress ?? host.ingress,
  };
}

function printRegistration({ deploymentId, added, kept, removed }: Registration, uri: string, terminal: Terminal): void {
  const print = (word: string, processes: readonly string[]) => {
    for (const process of processes) terminal.print(word.padEnd("removed".length), `  ${process}`);
  };
  print("added", added);
  print("kept", kept);
  for (const { process, keysInUse } of removed) {
    terminal.print(styled("yellow", "removed"), `  ${process}${keysInUse === 0 ? "" : `, with ${countOf(keysInUse, "key")} in use`}`);
  }
  terminal.note(`${countOf(added.length + kept.length, "process", "processes")} at ${uri}, deployment ${deploymentId}`);
  if (removed.length > 0) terminal.note("What concerns the removed ones still goes to the deployment that had them.");
}

function readAddress(text: string): string {
  if (isAddress(text)) return text;
  throw new InvalidArgumentError("It has to be an address, such as http://127.0.0.1:9070.");
}
