import type { AnyStateMachine } from "xstate";
import type { Status } from "../../definition/model/instance.ts";
import type { DrawOptions } from "../../graph/draw-options.ts";
import { findCommands } from "../../graph/domain/found-commands.ts";
import { drawDot } from "../../graph/draw-dot.ts";
import { drawMermaid } from "../../graph/draw-mermaid.ts";
import type { PictureFormat } from "../../graph/picture-format.ts";
import { listStates } from "../../graph/own-states.ts";
import { drawOwnSvg } from "../../graph/svg/own/draw-own-svg.ts";
import { drawSvg } from "../../graph/svg/draw-svg.ts";
import { type Chart, describeMachine } from "../../machine/chart.ts";
import { importMachines } from "../../machine/import-machines.ts";
import { machineToJson } from "../../machine/machine-json.ts";
import { didYouMean, suggestName } from "../../platform/suggest.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import { findProcess, refusePolicy, withoutChart } from "./find-process.ts";
import { loadDefinitions } from "./load-definitions.ts";
import type { Project } from "./project.ts";

/** A process to draw. */
export interface Pictured {
  readonly machine: AnyStateMachine;
  /** The user's own, of a process that has a chart of its own. */
  readonly own: AnyStateMachine | undefined;
  /** The commands that its handlers dispatch, as their code says. */
  readonly found: NonNullable<DrawOptions["found"]>;
}

/** The process that is called `name`. @throws CliError when there is none */
export async function findPictured(name: string, project: Pick<Project, "options">): Promise<Pictured> {
  const { compileMachine } = await importMachines();
  const { domain } = await loadDefinitions(project);
  const processes = domain.definitions.map(({ process }) => process);
  refusePolicy(name, { processes, policies: [...domain.policies.keys()] }, withoutChart);
  const process = findProcess(name, processes, "process");
  const definition = domain.definitions[processes.indexOf(process)]!;
  const isCommand = (command: string) => domain.commands.size === 0 || domain.commands.has(command);
  return {
    machine: compileMachine(definition),
    // `loadDomain` has refused whatever is no machine.
    own: definition.chart?.machine as AnyStateMachine | undefined,
    found: await findCommands(definition, isCommand),
  };
}

/** What is marked in a picture. */
export interface Marks {
  readonly highlight?: Status | undefined;
  /** The paths of the states that the instance is in, in the process's own chart. */
  readonly lit?: readonly string[] | undefined;
  /** What is said of an instance, in lines. */
  readonly subject?: readonly string[] | undefined;
}

/** A process as text in `format`. @throws CliError for a path that its chart does not have */
export async function drawPictured({ machine, own, found }: Pictured, format: PictureFormat, marks: Marks = {}): Promise<string> {
  if (format === "json") return machineToJson(own ?? machine);
  const chart = describeMachine(machine);
  checkPaths(chart, marks.lit);
  // In a chart of its own, a state's box has no room for more than the names of its handlers.
  const options = chart.own === undefined ? { ...marks, found } : marks;
  if (format === "mermaid") return drawMermaid(chart, options);
  if (format === "dot") return drawDot(chart, options);
  return chart.own === undefined ? drawSvg(chart, options) : drawOwnSvg(chart, chart.own, marks);
}

/** Those of the paths that the process's own chart has. */
export function keepKnown({ machine }: Pictured, paths: readonly string[]): readonly string[] {
  const { own } = describeMachine(machine);
  const known = own === undefined ? [] : listStates(own).map(({ path }) => path);
  return paths.filter((path) => known.includes(path));
}

function checkPaths({ process, own }: Chart, lit: readonly string[] = []): void {
  const known = own === undefined ? [] : listStates(own).map(({ path }) => path);
  const unknown = lit.find((path) => !known.includes(path));
  if (unknown === undefined) return;
  if (own === undefined) {
    throw new CliError(
      exitCodes.usage,
      `${process} has no chart of its own, and so no state "${unknown}"`,
      "`--highlight` marks a status.",
    );
  }
  const close = suggestName(unknown, known);
  throw new CliError(
    exitCodes.usage,
    `${process} has no state "${unknown}" in its chart${didYouMean(close)}`,
    `Its states: ${known.filter((path) => path !== "").join(", ")}.`,
  );
}
