import type { ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api.js";
import { type DomainMap, idOf, labelArrow, type MapArrow, type MapNode, nodeKinds, type NodeKind } from "../../domain/domain-map.ts";
import { layOutWithElk, readPoints } from "../elk.ts";
import { fonts } from "../fonts.ts";
import type { Point } from "../route-lines.ts";
import { fitText, measureText } from "../text-width.ts";

/** Where everything of a map is, in pixels from the upper left corner of its frame. */
export interface DomainLayout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly MapBox[];
  readonly lines: readonly MapLine[];
}

export interface MapBox {
  readonly node: MapNode;
  /** As there is room for it; the whole is in the node. */
  readonly name: string;
  readonly note: string | undefined;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface MapLine {
  readonly arrow: MapArrow;
  /** Its corners; the arrowhead is at the last. */
  readonly points: readonly Point[];
  /** What is written on it, and the upper left corner of that. */
  readonly label: { readonly text: string; readonly at: Point } | undefined;
}

export const BOX_PADDING = 12;
export const KIND_HEIGHT = 18;
export const NAME_HEIGHT = 18;
export const NOTE_HEIGHT = 17;
export const LABEL_HEIGHT = 16;
const WIDEST = 300;
const LABEL_PADDING = 6;

const options = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.partitioning.activate": "true",
  "elk.separateConnectedComponents": "false",
  "elk.layered.considerModelOrder.strategy": "PREFER_NODES",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.nodePlacement.favorStraightEdges": "true",
  "elk.spacing.nodeNode": "16",
  "elk.spacing.edgeNode": "14",
  "elk.spacing.edgeEdge": "10",
  "elk.layered.spacing.nodeNodeBetweenLayers": "48",
  "elk.layered.spacing.edgeNodeBetweenLayers": "18",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "10",
  "elk.padding": "[top=0,left=0,bottom=0,right=0]",
};

/** The columns, from the left: what dispatches events, events, what reacts to them, and what they have done. */
const columns: Readonly<Record<NodeKind, number>> = { schedule: 0, event: 1, process: 2, policy: 2, command: 3 };

/** Lays out a map. The same map is laid out in the same way. */
export async function layOutDomain({ nodes, arrows }: DomainMap): Promise<DomainLayout> {
  const boxes = nodes.map(measureBox);
  // To ELK all arrows lead to the right, so that those of events that commands return come back to where the events are.
  const isBackwards = ({ from, to }: MapArrow) => columns[from.kind] > columns[to.kind];
  const graph: ElkNode = {
    id: "map",
    layoutOptions: options,
    children: boxes.map((box) => toElkNode(box)),
    edges: arrows.map((arrow, index) => toElkEdge(arrow, index, isBackwards(arrow))),
  };
  const laidOut = await layOutWithElk(graph);
  const placed = new Map((laidOut.children ?? []).map((node) => [node.id, node]));
  const edges = laidOut.edges ?? [];
  return {
    width: laidOut.width ?? 0,
    height: laidOut.height ?? 0,
    boxes: boxes.map((box) => {
      const { x, y } = placed.get(idOf(box.node))!;
      return { ...box, x: x!, y: y! };
    }),
    lines: arrows.map((arrow, index) => {
      const edge = edges[index]!;
      const points = readPoints(edge);
      const [label] = edge.labels ?? [];
      const text = labelArrow(arrow);
      return {
        arrow,
        points: isBackwards(arrow) ? points.toReversed() : points,
        label: label === undefined || text === "" ? undefined : { text, at: [label.x!, label.y!] },
      };
    }),
  };
}

function measureBox(node: MapNode): Omit<MapBox, "x" | "y"> {
  const name = fitText(node.name, fonts.name, WIDEST);
  const note = node.note === undefined ? undefined : fitText(node.note, fonts.note, WIDEST);
  const widths = [measureText(name, fonts.name), measureText(note ?? "", fonts.note), measureText(node.kind, fonts.note)];
  return {
    node,
    name,
    note,
    width: Math.max(...widths) + 2 * BOX_PADDING,
    height: KIND_HEIGHT + NAME_HEIGHT + (note === undefined ? 0 : NOTE_HEIGHT) + 10,
  };
}

function toElkNode({ node, width, height }: Omit<MapBox, "x" | "y">): ElkNode {
  return { id: idOf(node), width, height, layoutOptions: { "elk.partitioning.partition": String(columns[node.kind]) } };
}

function toElkEdge(arrow: MapArrow, index: number, isBackwards: boolean): ElkExtendedEdge {
  const [source, target] = isBackwards ? [arrow.to, arrow.from] : [arrow.from, arrow.to];
  const text = labelArrow(arrow);
  const inline = { "elk.edgeLabels.inline": "true" };
  // ELK makes a column of labels. Where each arrow of an event has one, be it of no size, the nodes of a kind are in one column.
  const size = text === "" ? { width: 1, height: 1 } : { width: widthOfLabel(text), height: LABEL_HEIGHT };
  return {
    id: `arrow ${index}`,
    sources: [idOf(source)],
    targets: [idOf(target)],
    ...(arrow.from.kind === "event" && { labels: [{ id: `label ${index}`, text: "label", ...size, layoutOptions: inline }] }),
  };
}

/** How wide a label is, in pixels, with the room around it. */
export function widthOfLabel(text: string): number {
  return measureText(text, fonts.note) + 2 * LABEL_PADDING;
}

/** How many nodes of each kind there are, in words: `3 events, 1 process`. */
export function countNodes({ nodes }: DomainMap): string {
  const plurals: Readonly<Record<NodeKind, string>> = {
    schedule: "schedules",
    event: "events",
    process: "processes",
    policy: "policies",
    command: "commands",
  };
  const counts = nodeKinds.map((kind) => [kind, nodes.filter((node) => node.kind === kind).length] as const);
  return counts
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${count === 1 ? kind : plurals[kind]}`)
    .join(", ");
}
