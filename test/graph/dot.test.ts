import * as fc from "fast-check";
import { expect, test } from "vitest";
import { drawDot } from "../../src/graph/draw-dot.ts";
import type { Chart } from "../../src/machine/chart.ts";
import { anyChart, oddChart, sayTransition, toLine } from "./any-chart.ts";

const QUOTED = '"((?:[^"\\\\\\n]|\\\\.)*)"';

/** The lines of a label as Graphviz shows them: backslashes and entities resolved. */
function readLines(label: string): readonly string[] {
  const lines = [""];
  for (const [part] of label.matchAll(/\\.|[^\\]/gsu)) {
    if (part === "\\l" || part === "\\n") lines.push("");
    else lines.push(lines.pop()! + (part.startsWith("\\") ? part.slice(1) : part));
  }
  return lines.map((line) => line.replaceAll("&amp;", "&")).filter((line) => line !== "");
}

function readDot(dot: string) {
  const nodes = [...dot.matchAll(new RegExp(`^ {2}(\\w+) \\[label=${QUOTED}`, "gm"))].map(([, id, label]) => ({
    id: id!,
    lines: readLines(label!),
  }));
  const edges = [...dot.matchAll(new RegExp(`^ {2}(\\w+) -> (\\w+) \\[label=${QUOTED}\\]$`, "gm"))];
  return {
    nodes,
    inBoxes: nodes.flatMap(({ id, lines }) => lines.slice(1).map((line) => `${id} stays ${line}`)),
    onArrows: edges.flatMap(([, source, target, label]) => readLines(label!).map((line) => `${source} ${target} ${line}`)),
  };
}

function expectWhole(chart: Chart): void {
  const { nodes, inBoxes, onArrows } = readDot(drawDot(chart));
  expect(nodes.map(({ id, lines }) => [id, lines[0]])).toEqual(chart.states.map(({ id }) => [id, id]));
  const entries = chart.states.flatMap(({ id, handler }) => (handler === undefined ? [] : [`${id} stays ${toLine(`entry / ${handler}`)}`]));
  const expected: readonly string[] = [...entries, ...chart.transitions.map(sayTransition)];
  expect([...inBoxes, ...onArrows].toSorted()).toEqual(expected.toSorted());
}

test("dot has every state and every transition once", () => {
  fc.assert(fc.property(anyChart, expectWhole));
});

test("dot has them whatever their texts are, and each text ends where it ends", () => {
  fc.assert(
    fc.property(oddChart, (chart) => {
      expectWhole(chart);
      const withoutTexts = drawDot(chart).replace(new RegExp(QUOTED, "g"), "T");
      for (const line of withoutTexts.trimEnd().split("\n")) {
        expect(line).toMatch(/^(?:digraph T \{|\}| {2}(?:\w+=\w+|\w+ \[[\w=, .]*\]|\w+ -> \w+(?: \[label=T\])?))$/);
      }
    }),
  );
});

test("dot escapes what Graphviz expands between quotes: the name of the node, line breaks, entities", () => {
  const [chart] = fc.sample(anyChart, 1);
  expect(drawDot({ ...chart!, process: String.raw`\N & "x" &lt; \l` })).toContain(String.raw`label="\\N &amp; \"x\" &amp;lt; \\l"`);
});
