import type { Chart, ChartState, ChartTransition } from "../machine/chart.ts";
import { type DrawOptions, listFound, readHighlight } from "./draw-options.ts";
import { drawOwnMermaid, type OwnMermaid } from "./draw-mermaid-own.ts";
import { groupTransitions, listStaying } from "./group-transitions.ts";
import { escapeMermaid } from "./mermaid-text.ts";
import { labelTransition } from "./transition-label.ts";

/**
 * A chart as a Mermaid `stateDiagram-v2`, which GitHub draws in a block of code that is marked `mermaid`. Events that leave the
 * state as it is are lines of its box; those that lead from one state to another share an arrow. What a handler may dispatch is below it.
 * An own chart is drawn in the box `started`.
 * @throws ProcessError `CONFIG_INVALID` for an unknown state to highlight
 */
export function drawMermaid(chart: Chart, options: DrawOptions = {}): string {
  const highlight = readHighlight(chart, options);
  const own = chart.own && drawOwnMermaid(chart.own, new Set(options.lit));
  const marksAny = highlight !== undefined || (options.lit ?? []).length > 0;
  const lines = [
    `accTitle: ${escapeMermaid(chart.process)}`,
    ...(chart.description === undefined ? [] : [`accDescr: ${escapeMermaid(chart.description)}`]),
    "direction LR",
    ...chart.states.flatMap((state) => drawState(chart, state, { own, options })),
    ...groupTransitions(chart).map(
      ({ source, target, transitions }) =>
        `${source} --> ${target}: ${transitions
          .flatMap((transition) => listLines(transition, options))
          .map(escapeMermaid)
          .join("<br/>")}`,
    ),
    ...(marksAny ? ["classDef highlight fill:#ddf4ff,stroke:#0969da,stroke-width:3px,color:#1f2328"] : []),
    ...(highlight === undefined ? [] : [`class ${highlight} highlight`]),
    ...(own?.after ?? []),
  ];
  return ["stateDiagram-v2", ...lines.map((line) => `  ${line}`), ""].join("\n");
}

function listLines(transition: ChartTransition, options: DrawOptions): readonly string[] {
  return [labelTransition(transition), ...listFound(transition.handler, options)];
}

function drawState(
  chart: Chart,
  { id, kind, description, handler }: ChartState,
  { own, options }: { readonly own: OwnMermaid | undefined; readonly options: DrawOptions },
): readonly string[] {
  // Mermaid has no place for a description in a box that has others in it.
  if (own !== undefined && id === "started")
    return [`state "started" as started {`, ...own.inside.map((line) => `  ${line}`), "}", "[*] --> started"];
  return [
    `state "${id}" as ${id}`,
    ...(description === undefined ? [] : [`${id}: ${escapeMermaid(description)}`]),
    ...(handler === undefined ? [] : [`entry / ${handler}`, ...listFound(handler, options)]).map((line) => `${id}: ${escapeMermaid(line)}`),
    ...listStaying(chart, id)
      .flatMap((transition) => listLines(transition, options))
      .map((line) => `${id}: ${escapeMermaid(line)}`),
    ...(kind === "initial" ? [`[*] --> ${id}`] : kind === "final" ? [`${id} --> [*]`] : []),
  ];
}
