import { fonts } from "../fonts.ts";
import { composeStyle, type Rule, type Scheme } from "../style.ts";

/** The style of a map. */
export const domainStyle = composeStyle(
  fonts,
  [
    [".process", "font-weight:600"],
    [".map-node .box", "stroke-width:1.5"],
    [".line", "fill:none;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round"],
    [".found .line", "stroke-dasharray:5 4"],
    [".label", "stroke-width:1"],
  ],
  colour,
);

function colour({ page, edge, box, text, quiet, state }: Scheme): readonly Rule[] {
  return [
    [".page", `fill:${page};stroke:${edge}`],
    ["text", `fill:${text}`],
    [".quiet", `fill:${quiet}`],
    [".box", `fill:${box};stroke:${quiet}`],
    [".line", `stroke:${quiet}`],
    [".fill", `fill:${quiet}`],
    [".label", `fill:${page};stroke:${edge}`],
    [".map-node.event .box", `stroke:${state.timed_out}`],
    [".map-node.event .kind", `fill:${state.timed_out}`],
    [".map-node.process .box", `stroke:${state.started}`],
    [".map-node.process .kind", `fill:${state.started}`],
    [".map-node.policy .box", `stroke:${state.completed}`],
    [".map-node.policy .kind", `fill:${state.completed}`],
    [".map-node.command .box", `fill:${page};stroke:${text}`],
  ];
}
