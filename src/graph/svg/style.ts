import type { ChartStatus } from "../../definition/model/instance.ts";
import { fonts } from "./fonts.ts";
import type { Font } from "./text-width.ts";

/** The colours of one scheme. */
export interface Scheme {
  readonly page: string;
  readonly edge: string;
  readonly box: string;
  readonly text: string;
  readonly quiet: string;
  readonly state: Readonly<Record<ChartStatus, string>>;
}

const light: Scheme = {
  page: "#ffffff",
  edge: "#d1d9e0",
  box: "#f6f8fa",
  text: "#1f2328",
  quiet: "#59636e",
  state: { started: "#0969da", completed: "#1a7f37", timed_out: "#9a6700", failed: "#cf222e" },
};

const dark: Scheme = {
  page: "#0d1117",
  edge: "#3d444d",
  box: "#151b23",
  text: "#f0f6fc",
  quiet: "#9198a1",
  state: { started: "#58a6ff", completed: "#3fb950", timed_out: "#d29922", failed: "#f85149" },
};

const MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,Liberation Mono,monospace";
const SANS = "system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,DejaVu Sans,sans-serif";

/**
 * The picture's own style. It begins with the picture's class, so that it changes nothing of a page that the picture is put
 * into; it has no variables, because converters to other formats know none.
 */
export const style = composeStyle(
  fonts,
  [
    [".process", "font-weight:600"],
    [".state", "font-weight:600"],
    [".box", "stroke-width:1.5"],
    [".inner", "fill:none;stroke-width:1"],
    [".line,.sign", "fill:none;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round"],
    [".unreached .box,.unreached .inner", "stroke-dasharray:4 3"],
    [".dashed", "stroke-dasharray:2.5 3"],
    [".highlight .box", "stroke-width:4;fill-opacity:.14"],
  ],
  colour,
);

/** What is said of a selector. */
export type Rule = readonly [selectors: string, declarations: string];

/** Rules for texts by the names of their fonts, for shapes, and for the colours of the light and the dark scheme. */
export function composeStyle(
  fonts: Readonly<Record<string, Font>>,
  shapes: readonly Rule[],
  colour: (scheme: Scheme) => readonly Rule[],
): string {
  return [
    ...Object.entries(fonts).map(([name, { family, sizePx }]) => rule([`.${name}`, `font:${sizePx}px ${family === "mono" ? MONO : SANS}`])),
    ...shapes.map(rule),
    ...colour(light).map(rule),
    `@media (prefers-color-scheme:dark){${colour(dark).map(rule).join("")}}`,
  ].join("");
}

function colour({ page, edge, box, text, quiet, state }: Scheme): readonly Rule[] {
  return [
    [".page", `fill:${page};stroke:${edge}`],
    ["text", `fill:${text}`],
    [".start", `fill:${text}`],
    [".quiet,.dot", `fill:${quiet}`],
    [".sign", `stroke:${quiet}`],
    [".box", `fill:${box}`],
    ...Object.entries(state).flatMap(([status, colour]): readonly Rule[] => [
      [`.${status} .box,.${status} .inner,.${status} .line`, `stroke:${colour}`],
      [`.${status} .fill,.${status} .state,.${status}.highlight .box`, `fill:${colour}`],
    ]),
  ];
}

/** Selectors are separated by commas, without spaces. */
function rule([selectors, declarations]: Rule): string {
  return `${selectors
    .split(",")
    .map((selector) => `.perdure-chart ${selector}`)
    .join(",")}{${declarations}}`;
}
