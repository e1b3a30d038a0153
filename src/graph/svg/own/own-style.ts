import { composeStyle, type Rule, type Scheme, style } from "../style.ts";
import type { Font } from "../text-width.ts";

/** Of the name of a state. */
export const nameFont = { family: "sans", sizePx: 13 } as const satisfies Font;

/** The style of a picture with an own chart in it. */
export const ownStyle =
  style +
  composeStyle(
    { "inner-name": nameFont },
    [
      [".inner-name", "font-weight:600"],
      [".frame", "fill:none;stroke-width:1"],
      [".own-state .box", "stroke-width:1.2"],
      [".region > .box", "stroke-dasharray:5 4"],
      [".lit.leaf .box", "stroke-width:2.5"],
      [".label", "stroke-width:1"],
      [".own-state .sign,.own-row .sign,.own-label .sign", "stroke-width:1.3"],
    ],
    colour,
  );

function colour({ page, edge, box, text, quiet, state }: Scheme): readonly Rule[] {
  return [
    [".frame", `stroke:${edge}`],
    [".own-state .box", `fill:${box};stroke:${quiet}`],
    [".mask", `fill:${box}`],
    [".own-state.leaf .box", `fill:${page}`],
    [".own-state.final .box,.own-state.final .inner", `stroke:${state.completed}`],
    [".own .line", `stroke:${quiet}`],
    [".own .fill", `fill:${quiet}`],
    [".timer .line", `stroke:${state.timed_out}`],
    [".timer .fill", `fill:${state.timed_out}`],
    [".clock", `stroke:${state.timed_out}`],
    [".error .line", `stroke:${state.failed}`],
    [".error .fill", `fill:${state.failed}`],
    [".label", `fill:${page};stroke:${edge}`],
    [".lit .box", `stroke:${state.started}`],
    [".lit.leaf .box", `fill:${state.started};fill-opacity:.16`],
    [".lit .inner-name", `fill:${state.started}`],
    [".own-state.final.lit .box,.own-state.final.lit .inner", `stroke:${state.completed}`],
    [".final.lit.leaf .box", `fill:${state.completed}`],
    [".final.lit .inner-name", `fill:${text}`],
  ];
}
