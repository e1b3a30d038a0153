import type { Chart, ChartState, ChartTransition } from "../machine/chart.ts";
import { escapeDot, joinDotLines } from "./dot-text.ts";
import { dotHead, dotHighlight, dotTail, drawOwnDot } from "./draw-dot-own.ts";
import { type DrawOptions, listFound, readHighlight } from "./draw-options.ts";
import { groupTransitions, listStaying } from "./group-transitions.ts";
import { labelTransition } from "./transition-label.ts";

/**
 * A chart in the language of Graphviz. Events that leave the state as it is are lines of its box; those that lead from one state
 * to another share an arrow. What a handler may dispatch is below it. An own chart is drawn in the box `started`.
 * @throws ProcessError `CONFIG_INVALID` for an unknown state to highlight
 */
export function drawDot(chart: Chart, options: DrawOptions = {}): string {
  const highlight = readHighlight(chart, options);
  const { own } = chart;
  const lines = [
    `label="${escapeDot(chart.process)}"`,
    ...(chart.description === undefined ? [] : [`tooltip="${escapeDot(chart.description)}"`]),
    "labelloc=t",
    ...(own === undefined ? ["rankdir=LR"] : ["rankdir=TB", "compound=true"]),
    'fontname="Helvetica"',
    'node [shape=box, style="rounded,filled", fillcolor="#f6f8fa", color="#59636e", fontname="Helvetica"]',
    'edge [color="#59636e", fontname="Helvetica", fontsize=11]',
    'initial [shape=point, width=0.15, label=""]',
    ...chart.states.flatMap((state) =>
      own !== undefined && state.id === "started"
        ? drawOwnDot(own, new Set(options.lit), highlight === "started")
        : [drawState(chart, state, { options, isHighlighted: state.id === highlight })],
    ),
    ...chart.states.filter(({ kind }) => kind === "initial").map(({ id }) => `initial -> ${id}${own === undefined ? "" : ` [${dotHead}]`}`),
    ...groupTransitions(chart).map(({ source, target, transitions }) => {
      const cuts =
        own === undefined ? [] : [source === "started" ? dotTail : "", target === "started" ? dotHead : ""].filter((cut) => cut !== "");
      const label = joinDotLines(transitions.flatMap((transition) => listLines(transition, options)));
      return `${source} -> ${target} [${[`label="${label}"`, ...cuts].join(", ")}]`;
    }),
  ];
  return [`digraph "${escapeDot(chart.process)}" {`, ...lines.map((line) => `  ${line}`), "}", ""].join("\n");
}

function listLines(transition: ChartTransition, options: DrawOptions): readonly string[] {
  return [labelTransition(transition), ...listFound(transition.handler, options)];
}

function drawState(
  chart: Chart,
  { id, kind, description, handler }: ChartState,
  { options, isHighlighted }: { readonly options: DrawOptions; readonly isHighlighted: boolean },
): string {
  const details = [
    ...(handler === undefined ? [] : [`entry / ${handler}`, ...listFound(handler, options)]),
    ...listStaying(chart, id).flatMap((transition) => listLines(transition, options)),
  ];
  const attributes = [
    `label="${id}\\n${details.length === 0 ? "" : `\\n${joinDotLines(details)}`}"`,
    ...(description === undefined ? [] : [`tooltip="${escapeDot(description)}"`]),
    ...(kind === "final" ? ["peripheries=2"] : []),
    ...(isHighlighted ? dotHighlight : []),
  ];
  return `${id} [${attributes.join(", ")}]`;
}
