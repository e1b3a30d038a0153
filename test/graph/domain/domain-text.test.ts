import * as fc from "fast-check";
import { describe, expect, test as it } from "vitest";
import { drawDomainDot, drawDomainMermaid } from "../../../src/graph/domain/draw-domain-text.ts";
import { oddMap } from "./any-map.ts";

describe("the map of a domain as text", () => {
  it("is in Mermaid one line for each node and each arrow, whatever the names are", () => {
    fc.assert(
      fc.property(oddMap, (map) => {
        const [first, ...lines] = drawDomainMermaid(map).trimEnd().split("\n");
        expect(first).toBe("flowchart LR");
        const nodes = lines.filter((line) => line.includes(":::"));
        expect(nodes).toHaveLength(map.nodes.length);
        // Brackets, quotation marks and signs of Mermaid stand only where this library has put them.
        for (const line of nodes) {
          expect(line).toMatch(
            /^ {2}(schedule|event|process|policy|command)_\d+(\[\/|\(\[|\[\[|\{\{|\[)"[\p{L}\p{M}\p{N} .,/_()'#;<>-]*"(\/\]|\]\)|\]\]|\}\}|\]):::\1$/u,
          );
          expect(line.replaceAll("<br/>", "")).not.toMatch(/[<>]/);
        }
        const arrows = lines.filter((line) => /^ {2}\w+ (-->|-\.->)/.test(line));
        expect(arrows).toHaveLength(map.arrows.length);
        expect(arrows.filter((line) => line.includes("-.->"))).toHaveLength(map.arrows.filter(({ isFound }) => isFound).length);
      }),
      { numRuns: 60 },
    );
  });

  it("is in Graphviz's language one line for each node and each arrow, whatever the names are", () => {
    fc.assert(
      fc.property(oddMap, (map) => {
        const lines = drawDomainDot(map).trimEnd().split("\n").slice(1, -1);
        const quoted = String.raw`"(?:[^"\\]|\\.)*"`;
        const attributes = String.raw`\[\w+=(?:${quoted}|[\w#]+)(?:, \w+=(?:${quoted}|[\w#]+))*\]`;
        const nodes = lines.filter((line) => /^ {2}\w+_\d+ \[/.test(line));
        const arrows = lines.filter((line) => / -> /.test(line.replaceAll(new RegExp(quoted, "g"), "")));
        expect([nodes.length, arrows.length]).toEqual([map.nodes.length, map.arrows.length]);
        for (const line of nodes) expect(line).toMatch(new RegExp(`^ {2}\\w+ ${attributes}$`));
        for (const line of arrows) expect(line).toMatch(new RegExp(`^ {2}\\w+ -> \\w+ ${attributes}$`));
      }),
      { numRuns: 60 },
    );
  });
});
