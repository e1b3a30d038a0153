import type { Chart, ChartState } from "../machine/chart.ts";
import { type DrawOptions, readHighlight } from "./draw-options.ts";
import { groupTransitions, listStaying } from "./group-transitions.ts";
import { replaceUnprintable } from "./printable.ts";
import { labelTransition } from "./transition-label.ts";

/**
 * A chart in the language of Graphviz. Events that leave the state as it is are lines of its box; those that lead from one state
 * to another share an arrow.
 * @throws ProcessError `CONFIG_INVALID` for an unknown state to highlight
 */
export function drawDot(chart: Chart, options: DrawOptions = {}): string {
  const highlight = readHighlight(chart, options);
  const lines = [
    `label="${escape(chart.process)}"`,
    ...(chart.description === undefined ? [] : [`tooltip="${escape(chart.description)}"`]),
    "labelloc=t",
    "rankdir=LR",
    'fontname="Helvetica"',
    'node [shape=box, style="rounded,filled", fillcolor="#f6f8fa", color="#59636e", fontname="Helvetica"]',
    'edge [color="#59636e", fontname="Helvetica", fontsize=11]',
    'initial [shape=point, width=0.15, label=""]',
    ...chart.states.map((state) => drawState(chart, state, state.id === highlight)),
    ...chart.states.filter(({ kind }) => kind === "initial").map(({ id }) => `initial -> ${id}`),
    ...groupTransitions(chart).map(
      ({ source, target, transitions }) => `${source} -> ${target} [label="${joinLines(transitions.map(labelTransition))}"]`,
    ),
  ];
  return [`digraph "${escape(chart.process)}" {`, ...lines.map((line) => `  ${line}`), "}", ""].join("\n");
}

function drawState(chart: Chart, { id, kind, description, handler }: ChartState, isHighlighted: boolean): string {
  const details = [...(handler === undefined ? [] : [`entry / ${handler}`]), ...listStaying(chart, id).map(labelTransition)];
  const attributes = [
    `label="${id}\\n${details.length === 0 ? "" : `\\n${joinLines(details)}`}"`,
    ...(description === undefined ? [] : [`tooltip="${escape(description)}"`]),
    ...(kind === "final" ? ["peripheries=2"] : []),
    ...(isHighlighted ? ['class="highlight"', 'fillcolor="#ddf4ff"', 'color="#0969da"', "penwidth=3"] : []),
  ];
  return `${id} [${attributes.join(", ")}]`;
}

/** Each line ends in `\l`, which aligns it to the left. */
function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${escape(line)}\\l`).join("");
}

/** Graphviz expands backslashes (`\N` is the name of the node) and HTML's entities, also between quotes. */
function escape(text: string): string {
  return replaceUnprintable(text).replace(/\s+/g, " ").replaceAll("&", "&amp;").replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}
