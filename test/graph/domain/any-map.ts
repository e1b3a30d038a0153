import * as fc from "fast-check";
import { type DomainMap, type MapArrow, type MapNode, type NodeKind } from "../../../src/graph/domain/domain-map.ts";
import { oddText } from "../any-chart.ts";

const ways: readonly (readonly [NodeKind, NodeKind, MapArrow["how"], boolean])[] = [
  ["schedule", "event", ["dispatches"], false],
  ["event", "process", ["starts"], false],
  ["event", "process", ["starts", "completes"], false],
  ["event", "policy", ["reaches"], false],
  ["process", "process", ["invokes"], false],
  ["process", "command", ["dispatches"], true],
  ["policy", "command", ["dispatches"], true],
  ["command", "event", ["returns"], true],
];

/** A map whose nodes have the given texts, with arrows as a domain can have them. */
export function mapOf(text: fc.Arbitrary<string>): fc.Arbitrary<DomainMap> {
  const names = fc.uniqueArray(text, { minLength: 1, maxLength: 3 });
  const nodesOf = (kind: NodeKind) =>
    fc
      .tuple(names, fc.option(text, { nil: undefined }))
      .map(([all, note]) => all.map((name): MapNode => ({ kind, name, note, description: note })));
  const nodes = fc.tuple(...(["schedule", "event", "process", "policy", "command"] as const).map(nodesOf)).map((all) => all.flat());
  const way = fc.tuple(fc.constantFrom(...ways), fc.nat(2), fc.nat(2));
  return fc
    .tuple(nodes, fc.uniqueArray(way, { selector: ([[from, to], one, other]) => `${from} ${to} ${one} ${other}`, maxLength: 14 }))
    .map(([all, chosen]) => {
      const pick = (kind: NodeKind, at: number) => {
        const those = all.filter((node) => node.kind === kind);
        const { name } = those[at % those.length]!;
        return { kind, name };
      };
      const arrows = chosen.map(([[from, to, how, isFound], one, other]): MapArrow => {
        return { from: pick(from, one), to: pick(to, other), how, isFound, by: isFound ? [all[0]!.name] : [] };
      });
      return { nodes: all, arrows: arrows.filter(({ from, to }) => from.kind !== to.kind || from.name !== to.name) };
    });
}

export const oddMap = mapOf(oddText);
