import type { ELK, ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api.js";
import type { Point } from "./route-lines.ts";

/** Lays out a graph. The same graph is laid out in the same way. */
export type LayOut = (graph: ElkNode) => Promise<ElkNode>;

/** Has ELK lay out a graph on this thread, which may take a second. */
export async function layOutWithElk(graph: ElkNode): Promise<ElkNode> {
  // Two megabytes that most pictures do not need.
  const { default: loaded } = await import("elkjs/lib/elk.bundled.js");
  // Whether the constructor is what a CommonJS module exports, or the `default` in that, depends on who reads the module and its types. So the cast:
  // some of them know no type of either.
  const Elk = ("default" in loaded ? loaded.default : loaded) as new () => Pick<ELK, "layout">;
  return new Elk().layout(graph);
}

/** The corners of an edge that was laid out. */
export function readPoints({ sections = [] }: ElkExtendedEdge): readonly Point[] {
  return sections.flatMap(({ startPoint, bendPoints = [], endPoint }) =>
    [startPoint, ...bendPoints, endPoint].map(({ x, y }): Point => [x, y]),
  );
}
