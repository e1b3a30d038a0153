import { chartStatuses } from "../../../definition/model/instance.ts";
import type { Chart } from "../../../machine/chart.ts";
import type { OwnState } from "../../../machine/own-state.ts";
import { type DrawOptions, readHighlight } from "../../draw-options.ts";
import { listStates } from "../../own-states.ts";
import { labelOwnTransition } from "../../transition-label.ts";
import { layOutAround } from "../chart-layout.ts";
import { describeChart, drawPicture } from "../draw-svg.ts";
import type { LayOut } from "../elk.ts";
import { routeLines } from "../route-lines.ts";
import { drawBox, drawLine } from "../shapes.ts";
import { element } from "../xml.ts";
import { drawOwnChart } from "./draw-own.ts";
import { layOutOwnChart } from "./own-layout.ts";
import { ownStyle } from "./own-style.ts";

const NARROWEST = 380;
/** From the upper edge of the own chart to where the line to `completed` leaves, and that of the timeout. */
const COMPLETED_Y = 40;
const TIMED_OUT_Y = 170;

/**
 * A chart with an own chart in its box `started`, as an SVG that stands alone as that of `drawSvg` does. `own` is laid out by ELK, which
 * is loaded when it is first needed; `layOut` is asked in its place.
 * @throws ProcessError `CONFIG_INVALID` for an unknown state to highlight
 */
export async function drawOwnSvg(chart: Chart, own: OwnState, options: DrawOptions & { readonly layOut?: LayOut } = {}): Promise<string> {
  const highlight = readHighlight(chart, options);
  const lit = new Set(options.lit);
  const inside = await layOutOwnChart(own, NARROWEST, options.layOut);
  const around = layOutAround(chart, { ...inside, completing: [COMPLETED_Y], timeout: TIMED_OUT_Y }, { subject: options.subject });
  const { boxes, insideX, insideY } = around;
  return drawPicture(chart, around, {
    style: ownStyle,
    description: [
      describeChart(chart, highlight, { subject: options.subject }),
      ...describeOwn(own),
      ...(lit.size === 0 ? [] : [`It is in ${[...lit].join(", ")}.`]),
    ].join("\n"),
    content: [
      ...chartStatuses.map((status) => drawBox(boxes[status], status === highlight)),
      ...routeLines(chart, { ...around, rows: [] }).map(drawLine),
      element("path", { class: "frame", d: `M${boxes.started.x},${insideY}h${boxes.started.width}` }),
      element("g", { transform: `translate(${insideX},${insideY})` }, drawOwnChart(inside, lit)),
    ],
  });
}

/** The own chart in words. */
function describeOwn(own: OwnState): readonly string[] {
  return listStates(own).flatMap(({ path, transitions }) =>
    transitions.map(
      (transition) =>
        `${path === "" ? "started" : path}: ${labelOwnTransition(transition)}${transition.targets.length === 0 ? "" : `, then ${transition.targets.join(" and ")}`}.`,
    ),
  );
}
