import type { Chart, ChartState } from "../machine/chart.ts";
import { type DrawOptions, readHighlight } from "./draw-options.ts";
import { groupTransitions, listStaying } from "./group-transitions.ts";
import { replaceUnprintable } from "./printable.ts";
import { labelTransition } from "./transition-label.ts";

/**
 * A chart as a Mermaid `stateDiagram-v2`, which GitHub draws in a block of code that is marked `mermaid`. Events that leave the
 * state as it is are lines of its box; those that lead from one state to another share an arrow.
 * @throws ProcessError `CONFIG_INVALID` for an unknown state to highlight
 */
export function drawMermaid(chart: Chart, options: DrawOptions = {}): string {
  const highlight = readHighlight(chart, options);
  const lines = [
    `accTitle: ${escape(chart.process)}`,
    ...(chart.description === undefined ? [] : [`accDescr: ${escape(chart.description)}`]),
    "direction LR",
    ...chart.states.flatMap((state) => drawState(chart, state)),
    ...groupTransitions(chart).map(
      ({ source, target, transitions }) =>
        `${source} --> ${target}: ${transitions.map((transition) => escape(labelTransition(transition))).join("<br/>")}`,
    ),
    ...(highlight === undefined
      ? []
      : ["classDef highlight fill:#ddf4ff,stroke:#0969da,stroke-width:3px,color:#1f2328", `class ${highlight} highlight`]),
  ];
  return ["stateDiagram-v2", ...lines.map((line) => `  ${line}`), ""].join("\n");
}

function drawState(chart: Chart, { id, kind, description, handler }: ChartState): readonly string[] {
  return [
    `state "${id}" as ${id}`,
    ...(description === undefined ? [] : [`${id}: ${escape(description)}`]),
    ...(handler === undefined ? [] : [`${id}: entry / ${escape(handler)}`]),
    ...listStaying(chart, id).map((transition) => `${id}: ${escape(labelTransition(transition))}`),
    ...(kind === "initial" ? [`[*] --> ${id}`] : kind === "final" ? [`${id} --> [*]`] : []),
  ];
}

/** Mermaid has marks for the end of a text and for markup; as an entity code (`#59;`) a character is only itself. */
function escape(text: string): string {
  return replaceUnprintable(text)
    .replace(/\s+/g, " ")
    .replace(/[^\p{L}\p{M}\p{N} .,/_()'-]/gu, (character) => `#${character.codePointAt(0)};`);
}
