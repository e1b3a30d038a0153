import type { Command } from "commander";
import type { ProcessInstance } from "../../definition/model/instance.ts";
import { formatExamples } from "../terminal/arguments.ts";
import type { Desk } from "../project/desk.ts";
import { useDesk } from "../project/use-desk.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import { findProcessWithInstances } from "../project/find-process.ts";
import { printInstance, readInstanceView } from "../project/instance-view.ts";
import { listPaths } from "../../machine/state-paths.ts";
import type { GlobalOptions } from "../project/project.ts";
import { toPrintable } from "../../platform/printable.ts";
import { formatMoment } from "../terminal/moment.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface ShowOptions {
  readonly json?: boolean;
  readonly svg?: boolean;
  readonly payloads?: boolean;
}

/** `perdure show`: one instance and everything that happened to it. */
export function addShow(program: Command, terminal: Terminal): void {
  program
    .command("show")
    .summary("show an instance and its journal")
    .description("Show an instance: its state, timers, dead letters, what is parked, and its journal.")
    .argument("<processId | process>", "the instance, or a process together with an aggregate")
    .argument("[aggregateId]", "the newest instance of this aggregate")
    .option("--payloads", "with what its events and commands came with, as far as it is stored")
    .option("--json", "print JSON")
    .option("--svg", "print a picture of its process with its state marked")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure show order-lifecycle order-1", "the newest instance of an order"],
        ["perdure show order-lifecycle order-1 --payloads", "what came in, and what was asked for"],
        ["perdure show order-lifecycle order-1 --svg > order-1.svg", "where it is"],
        ["perdure show 019dc1f6-8a40-8001-a9d8-a1c4fc8ef1a5", "an instance by its process id"],
      ]),
    )
    .action((name: string, aggregateId: string | undefined, { json, svg, payloads = false }: ShowOptions) =>
      useDesk(program.opts<GlobalOptions>(), async (desk) => {
        const instance = await (aggregateId === undefined ? getInstance(name, desk) : findNewest(name, aggregateId, desk));
        if (svg) return terminal.printBlock((await drawInstance(instance, desk)).trimEnd());
        const view = await readInstanceView(instance, desk, { payloads });
        if (json) terminal.printJson(view);
        else printInstance(view, terminal);
      }),
    );
}

async function drawInstance(instance: ProcessInstance, { project }: Desk): Promise<string> {
  const { process, status, state } = instance;
  // What draws is much to load for a command that seldom draws.
  const { drawPictured, findPictured, keepKnown } = await import("../project/pictures.ts");
  const pictured = await findPictured(process, project);
  // States that the chart has no more, because its definition has changed, cannot be marked.
  return drawPictured(pictured, "svg", {
    highlight: status,
    lit: keepKnown(pictured, listPaths(state)),
    subject: describeInstance(instance),
  });
}

/** Which instance a picture is of: whose, which, and when. */
function describeInstance({
  aggregateId,
  status,
  processId,
  startedAt,
  updatedAt,
  endedAt,
  dueAt,
  outcome,
}: ProcessInstance): readonly string[] {
  const moments: readonly (readonly [string, Date | undefined])[] = [
    ["started", startedAt],
    ["updated", updatedAt],
    ["ended", endedAt],
    ["times out", dueAt],
  ];
  return [
    toPrintable(`${aggregateId}: ${status}${outcome === undefined ? "" : `, outcome ${outcome}`}, process id ${processId}`),
    moments.flatMap(([name, moment]) => (moment === undefined ? [] : [`${name} ${formatMoment(moment)}`])).join(", "),
  ];
}

async function getInstance(processId: string, { processes }: Desk): Promise<ProcessInstance> {
  const instance = await processes.get(processId);
  if (instance !== undefined) return instance;
  throw new CliError(
    exitCodes.notFound,
    `there is no instance "${processId}"`,
    "`perdure list` lists them; to name a process, add its aggregate: `perdure show <process> <aggregateId>`.",
  );
}

async function findNewest(name: string, aggregateId: string, desk: Desk): Promise<ProcessInstance> {
  const process = await findProcessWithInstances(name, desk);
  const [newest] = await desk.processes.find({ process, aggregateId, limit: 1 });
  if (newest !== undefined) return newest;
  throw new CliError(
    exitCodes.notFound,
    `no instance of ${process} has the aggregate "${aggregateId}"`,
    `\`perdure list --process ${process}\` lists its instances.`,
  );
}
