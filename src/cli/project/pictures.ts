import type { AnyStateMachine } from "xstate";
import type { Status } from "../../definition/model/instance.ts";
import { drawDot } from "../../graph/draw-dot.ts";
import { drawMermaid } from "../../graph/draw-mermaid.ts";
import { drawSvg } from "../../graph/svg/draw-svg.ts";
import { describeMachine } from "../../machine/chart.ts";
import { importMachines } from "../../machine/import-machines.ts";
import { machineToJson } from "../../machine/machine-json.ts";
import { findProcess } from "./find-process.ts";
import { loadDefinitions } from "./load-definitions.ts";
import type { Project } from "./project.ts";

export const pictureFormats = ["mermaid", "svg", "dot", "json"] as const;

export type PictureFormat = (typeof pictureFormats)[number];

/** The machine of the process that is called `name`. @throws CliError when there is none */
export async function findMachine(name: string, project: Pick<Project, "options">): Promise<AnyStateMachine> {
  const { compileMachine } = await importMachines();
  const { domain } = await loadDefinitions(project);
  const processes = domain.definitions.map(({ process }) => process);
  const process = findProcess(name, processes, "process");
  return compileMachine(domain.definitions[processes.indexOf(process)]!);
}

/** A machine as text in `format`; in a picture, the state `highlight` is marked. */
export function drawMachine(machine: AnyStateMachine, format: PictureFormat, highlight?: Status): string {
  switch (format) {
    case "mermaid":
      return drawMermaid(describeMachine(machine), { highlight });
    case "svg":
      return drawSvg(describeMachine(machine), { highlight });
    case "dot":
      return drawDot(describeMachine(machine), { highlight });
    case "json":
      return machineToJson(machine);
  }
}
