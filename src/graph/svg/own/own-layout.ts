import type { ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api.js";
import type { OwnState } from "../../../machine/own-state.ts";
import { isWithin, listArrows, listStates } from "../../own-states.ts";
import type { Point } from "../route-lines.ts";
import { type LayOut, layOutWithElk, readPoints } from "../elk.ts";
import { layOutArrow, type LabelledArrow } from "./arrow-label.ts";
import { INSET, layOutState, type StateText } from "./state-text.ts";

/** Where everything of an own chart is, in pixels from the upper left corner of its frame. */
export interface OwnLayout {
  readonly width: number;
  readonly height: number;
  /** A state is behind those that lie in it. The root is the first. */
  readonly boxes: readonly OwnBox[];
  readonly arrows: readonly PlacedArrow[];
  /** The discs from which the states begin that have states in them. */
  readonly starts: readonly { readonly x: number; readonly y: number; readonly points: readonly Point[] }[];
}

export interface OwnBox {
  readonly state: OwnState;
  readonly text: StateText;
  /** Whether it is a region of a parallel state. */
  readonly isRegion: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedArrow extends LabelledArrow {
  /** Its corners; the arrowhead is at the last. */
  readonly points: readonly Point[];
  /** The upper left corner of its label. */
  readonly label: Point | undefined;
}

export const START_RADIUS = 5;
export const HISTORY_SIZE = 28;

const options = {
  "elk.algorithm": "layered",
  "elk.direction": "DOWN",
  "elk.hierarchyHandling": "INCLUDE_CHILDREN",
  "elk.json.edgeCoords": "ROOT",
  "elk.json.shapeCoords": "ROOT",
  "elk.edgeRouting": "ORTHOGONAL",
};

const layering = {
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.nodePlacement.favorStraightEdges": "true",
};

const spacing = {
  "elk.spacing.nodeNode": "28",
  "elk.spacing.edgeNode": "18",
  "elk.spacing.edgeEdge": "16",
  "elk.spacing.edgeLabel": "4",
  "elk.spacing.labelLabel": "6",
  "elk.layered.spacing.nodeNodeBetweenLayers": "26",
  "elk.layered.spacing.edgeNodeBetweenLayers": "16",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "14",
};

/** Lays out the chart below `root`, at least `narrowest` wide. The same chart is laid out in the same way. */
export async function layOutOwnChart(root: OwnState, narrowest: number, layOut: LayOut = layOutWithElk): Promise<OwnLayout> {
  const states = listStates(root);
  const order = new Map(listInOrder(root).map(({ path }, index) => [path, index]));
  // To ELK all arrows lead down, so that a chart reads from above in the order in which its states are written.
  const isUpwards = ({ source, target }: LabelledArrow) => order.get(target)! < order.get(source)! && !isWithin(source, target);
  const texts = new Map(states.map((state) => [state.path, layOutState(state, state !== root)]));
  const arrows = states.flatMap((state) => listArrows(state).map((arrow) => layOutArrow(arrow, state)));
  const initials = states.filter(({ kind, states }) => kind === "compound" && states.some(({ isInitial }) => isInitial));
  const laidOut = await layOut({
    id: "chart",
    layoutOptions: { ...options, ...layering },
    children: [toNode(root, texts, narrowest)],
    edges: [
      ...arrows.map((arrow, index) => toEdge(isUpwards(arrow) ? { ...arrow, source: arrow.target, target: arrow.source } : arrow, index)),
      ...initials.map(({ path, states }) => ({
        id: `start ${path}`,
        sources: [`start of ${path}`],
        targets: [idOf(states.find(({ isInitial }) => isInitial)!.path)],
      })),
    ],
  });
  const nodes = new Map(listNodes(laidOut).map((node) => [node.id, node]));
  const edges = new Map((laidOut.edges ?? []).map((edge: ElkExtendedEdge) => [edge.id, edge]));
  const frame = nodes.get(idOf(root.path))!;
  const shift = ([x, y]: Point): Point => [x - frame.x!, y - frame.y!];
  const regions = new Set(states.filter(({ kind }) => kind === "parallel").flatMap(({ states }) => states.map(({ path }) => path)));
  return {
    width: frame.width!,
    height: frame.height!,
    boxes: states.map((state) => {
      const { x, y, width, height } = nodes.get(idOf(state.path))!;
      const [left, top] = shift([x!, y!]);
      return { state, text: texts.get(state.path)!, isRegion: regions.has(state.path), x: left, y: top, width: width!, height: height! };
    }),
    arrows: arrows.map((arrow, index) => {
      const edge = edges.get(`arrow ${index}`)!;
      const points = readPoints(edge).map(shift);
      const [label] = edge.labels ?? [];
      return {
        ...arrow,
        points: isUpwards(arrow)
          ? points.toReversed()
          : isWithin(arrow.target, arrow.source)
            ? beginBelow(points, texts.get(arrow.source)!)
            : points,
        label: label && shift([label.x!, label.y!]),
      };
    }),
    starts: initials.map(({ path }) => {
      const { x, y } = nodes.get(`start of ${path}`)!;
      const [left, top] = shift([x!, y!]);
      return { x: left + START_RADIUS, y: top + START_RADIUS, points: readPoints(edges.get(`start ${path}`)!).map(shift) };
    }),
  };
}

/** A line from a state into it begins below what is written in the state. */
function beginBelow([first, ...rest]: readonly Point[], { height }: StateText): readonly Point[] {
  return [[first![0], first![1] + height], ...rest];
}

/** As they are drawn from above: a history stands where others come in. */
function listInOrder(state: OwnState): readonly OwnState[] {
  return [state, ...historiesFirst(state).flatMap(listInOrder)];
}

function historiesFirst({ states }: OwnState): readonly OwnState[] {
  const isHistory = ({ kind }: OwnState) => kind.endsWith("history");
  return [...states.filter(isHistory), ...states.filter((state) => !isHistory(state))];
}

function toNode(state: OwnState, texts: ReadonlyMap<string, StateText>, narrowest = 0): ElkNode {
  const { path, kind, states } = state;
  const { width, height } = texts.get(path)!;
  if (kind.endsWith("history")) return { id: idOf(path), width: HISTORY_SIZE, height: HISTORY_SIZE };
  if (states.length === 0) return { id: idOf(path), width, height };
  const start = { id: `start of ${path}`, width: 2 * START_RADIUS, height: 2 * START_RADIUS };
  return {
    id: idOf(path),
    layoutOptions: {
      ...layering,
      ...spacing,
      "elk.padding": `[top=${height + INSET},left=${INSET + 4},bottom=${INSET + 4},right=${INSET + 4}]`,
      "elk.nodeSize.constraints": "MINIMUM_SIZE",
      // ELK lays out from left to right and turns the result, but not this: height and width are in each other's place.
      "elk.nodeSize.minimum": `(${height},${Math.max(width, narrowest)})`,
    },
    children: [...(states.some(({ isInitial }) => isInitial) ? [start] : []), ...states.map((child) => toNode(child, texts))],
  };
}

function toEdge({ source, target, width, height, lines }: LabelledArrow, index: number): ElkExtendedEdge {
  return {
    id: `arrow ${index}`,
    sources: [idOf(source)],
    targets: [idOf(target)],
    ...(lines.length > 0 && {
      labels: [{ id: `label ${index}`, text: "label", width, height, layoutOptions: { "elk.edgeLabels.inline": "true" } }],
    }),
  };
}

function idOf(path: string): string {
  return `state ${path}`;
}

function listNodes(node: ElkNode): readonly ElkNode[] {
  return [node, ...(node.children ?? []).flatMap(listNodes)];
}
