import { escapeDot, joinDotLines } from "../dot-text.ts";
import { escapeMermaid } from "../mermaid-text.ts";
import { describeArrow, type DomainMap, idOf, labelArrow, mapLegend, type MapNode, type NodeKind } from "./domain-map.ts";

/** The brackets that give a node its shape in Mermaid. */
const brackets: Readonly<Record<NodeKind, readonly [string, string]>> = {
  schedule: ["[/", "/]"],
  event: ["([", "])"],
  process: ["[[", "]]"],
  policy: ["{{", "}}"],
  command: ["[", "]"],
};

const fills: Readonly<Record<NodeKind, { readonly fill: string; readonly edge: string }>> = {
  schedule: { fill: "#f6f8fa", edge: "#59636e" },
  event: { fill: "#fff8c5", edge: "#9a6700" },
  process: { fill: "#ddf4ff", edge: "#0969da" },
  policy: { fill: "#dafbe1", edge: "#1a7f37" },
  command: { fill: "#ffffff", edge: "#1f2328" },
};

/** A map as a Mermaid `flowchart`, which GitHub draws in a block of code that is marked `mermaid`. */
export function drawDomainMermaid({ nodes, arrows }: DomainMap): string {
  const names = nameNodes(nodes);
  const used = new Set(nodes.map(({ kind }) => kind));
  const lines = [
    "accTitle: the domain",
    `accDescr: ${escapeMermaid(mapLegend)}`,
    ...nodes.map((node) => {
      const [opening, closing] = brackets[node.kind];
      const text = [node.name, node.note].filter((part) => part !== undefined).map(escapeMermaid);
      return `${names.get(idOf(node))!}${opening}"${text.join("<br/>")}"${closing}:::${node.kind}`;
    }),
    ...arrows.map((arrow) => {
      const label = labelArrow(arrow);
      const line = arrow.isFound ? "-.->" : "-->";
      return `${names.get(idOf(arrow.from))!} ${line}${label === "" ? "" : `|${label}|`} ${names.get(idOf(arrow.to))!}`;
    }),
    ...Object.entries(fills)
      .filter(([kind]) => used.has(kind as NodeKind))
      .map(([kind, { fill, edge }]) => `classDef ${kind} fill:${fill},stroke:${edge},color:#1f2328`),
  ];
  return ["flowchart LR", ...lines.map((line) => `  ${line}`), ""].join("\n");
}

const shapes: Readonly<Record<NodeKind, string>> = {
  schedule: "parallelogram",
  event: "box",
  process: "component",
  policy: "hexagon",
  command: "box",
};

/** A map in the language of Graphviz. */
export function drawDomainDot({ nodes, arrows }: DomainMap): string {
  const names = nameNodes(nodes);
  const lines = [
    'label="the domain"',
    `tooltip="${escapeDot(mapLegend)}"`,
    "labelloc=t",
    "rankdir=LR",
    'fontname="Helvetica"',
    'node [style="filled", fontname="Helvetica"]',
    'edge [color="#59636e", fontname="Helvetica", fontsize=11]',
    ...nodes.map((node) => {
      const { fill, edge } = fills[node.kind];
      const note = node.note === undefined ? "" : `\\n${joinDotLines([node.note])}`;
      const attributes = [
        `label="${escapeDot(node.name)}${note}"`,
        `tooltip="${escapeDot(node.description ?? node.kind)}"`,
        `shape=${shapes[node.kind]}`,
        `fillcolor="${fill}"`,
        `color="${edge}"`,
        ...(node.kind === "event" ? ['style="filled,rounded"'] : []),
      ];
      return `${names.get(idOf(node))!} [${attributes.join(", ")}]`;
    }),
    ...arrows.map((arrow) => {
      const label = labelArrow(arrow);
      const attributes = [
        ...(label === "" ? [] : [`label="${label}"`]),
        `tooltip="${escapeDot(describeArrow(arrow))}"`,
        ...(arrow.isFound ? ["style=dashed"] : []),
      ];
      return `${names.get(idOf(arrow.from))!} -> ${names.get(idOf(arrow.to))!} [${attributes.join(", ")}]`;
    }),
  ];
  return ['digraph "the domain" {', ...lines.map((line) => `  ${line}`), "}", ""].join("\n");
}

/** A map as JSON: `nodes` and `arrows`. */
export function writeDomainJson({ nodes, arrows }: DomainMap): string {
  const map = {
    nodes: nodes.map(({ kind, name, note, description }) => ({ kind, name, note, description })),
    arrows: arrows.map(({ from, to, how, isFound, by }) => ({ from, to, how, found: isFound, ...(by.length > 0 && { by }) })),
  };
  return `${JSON.stringify(map, undefined, 2)}\n`;
}

/** A name for each node, which no language takes for a word of its own. */
function nameNodes(nodes: readonly MapNode[]): ReadonlyMap<string, string> {
  const counts = new Map<NodeKind, number>();
  return new Map(
    nodes.map((node) => {
      const count = (counts.get(node.kind) ?? 0) + 1;
      counts.set(node.kind, count);
      return [idOf(node), `${node.kind}_${count}`];
    }),
  );
}
