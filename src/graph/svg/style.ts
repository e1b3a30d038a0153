import type { Status } from "../../definition/model/instance.ts";
import { fonts } from "./fonts.ts";

/** The colours of one scheme. */
interface Scheme {
  readonly page: string;
  readonly edge: string;
  readonly box: string;
  readonly text: string;
  readonly quiet: string;
  readonly state: Readonly<Record<Status, string>>;
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
export const style = [
  ...Object.entries(fonts).map(([name, { family, sizePx }]) => rule(`.${name}`, `font:${sizePx}px ${family === "mono" ? MONO : SANS}`)),
  rule(".process", "font-weight:600"),
  rule(".state", "font-weight:600"),
  rule(".box", "stroke-width:1.5"),
  rule(".inner", "fill:none;stroke-width:1"),
  rule(".line,.sign", "fill:none;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round"),
  rule(".unreached .box,.unreached .inner", "stroke-dasharray:4 3"),
  rule(".highlight .box", "stroke-width:4;fill-opacity:.14"),
  ...colour(light),
  `@media (prefers-color-scheme:dark){${colour(dark).join("")}}`,
].join("");

function colour({ page, edge, box, text, quiet, state }: Scheme): readonly string[] {
  return [
    rule(".page", `fill:${page};stroke:${edge}`),
    rule("text", `fill:${text}`),
    rule(".start", `fill:${text}`),
    rule(".quiet,.dot", `fill:${quiet}`),
    rule(".sign", `stroke:${quiet}`),
    rule(".box", `fill:${box}`),
    ...Object.entries(state).flatMap(([status, colour]) => [
      rule(`.${status} .box,.${status} .inner,.${status} .line`, `stroke:${colour}`),
      rule(`.${status} .fill,.${status} .state,.${status}.highlight .box`, `fill:${colour}`),
    ]),
  ];
}

/** `selectors` are separated by commas, without spaces. */
function rule(selectors: string, declarations: string): string {
  return `${selectors
    .split(",")
    .map((selector) => `.perdure-chart ${selector}`)
    .join(",")}{${declarations}}`;
}
