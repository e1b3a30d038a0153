import * as fc from "fast-check";
import { expect, test } from "vitest";
import { drawMermaid } from "../../src/graph/draw-mermaid.ts";
import type { Chart, ChartState } from "../../src/machine/chart.ts";
import { anyChart, oddChart, sayTransition, toLine } from "./any-chart.ts";

/** What a diagram says, read back line by line. */
function readMermaid(diagram: string) {
  const lines = diagram.split("\n").map((line) => line.trim());
  const read = (pattern: RegExp) => lines.flatMap((line) => [pattern.exec(line)?.slice(1)]).filter((groups) => groups !== undefined);
  return {
    states: read(/^state "(\w+)" as \1$/).map(([id]) => id),
    inBoxes: read(/^(started|completed|timed_out|failed): (.*)$/).map(([state, text]) => `${state} stays ${resolve(text!)}`),
    onArrows: read(/^(\w+) --> (\w+): (.*)$/).flatMap(([source, target, labels]) =>
      labels!.split("<br/>").map((label) => `${source} ${target} ${resolve(label)}`),
    ),
  };
}

function resolve(text: string): string {
  return text.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}

/** What the box of a state says beside its events. */
function sayState({ id, description, handler }: ChartState): readonly string[] {
  return [...(description === undefined ? [] : [description]), ...(handler === undefined ? [] : [`entry / ${handler}`])].map(
    (text) => `${id} stays ${toLine(text)}`,
  );
}

function expectWhole(chart: Chart): void {
  const { states, inBoxes, onArrows } = readMermaid(drawMermaid(chart));
  expect(states).toEqual(chart.states.map(({ id }) => id));
  const expected: readonly string[] = [...chart.states.flatMap(sayState), ...chart.transitions.map(sayTransition)];
  expect([...inBoxes, ...onArrows].toSorted()).toEqual(expected.toSorted());
}

test("Mermaid has every state and every transition once", () => {
  fc.assert(fc.property(anyChart, expectWhole));
});

test("Mermaid has them whatever their texts are, and nothing that Mermaid would read as its own", () => {
  fc.assert(
    fc.property(oddChart, (chart) => {
      expectWhole(chart);
      for (const line of drawMermaid(chart).trimEnd().split("\n").slice(1)) {
        const text = line.replace(/^ {2}(?:state "\w+" as|\w+ --> \w+:|\w+ --> \[\*\]|\[\*\] -->|\w+:)/, "").replaceAll("<br/>", "");
        expect(text).toMatch(/^(?:[\p{L}\p{M}\p{N} .,/_()'-]|#\d+;)*$/u);
      }
    }),
  );
});

test("Mermaid begins where an instance begins and ends where it ends", () => {
  fc.assert(
    fc.property(anyChart, (chart) => {
      const diagram = drawMermaid(chart);
      expect(diagram.match(/\[\*\] --> \w+/g)).toEqual(["[*] --> started"]);
      expect(diagram.match(/\w+ --> \[\*\]/g)).toEqual(["completed --> [*]", "timed_out --> [*]"]);
    }),
    { numRuns: 20 },
  );
});
