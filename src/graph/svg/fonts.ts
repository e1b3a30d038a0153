import type { Font } from "./text-width.ts";

/** What is set in which font; the classes in style.ts say the same to whoever draws it. */
export const fonts = {
  process: { family: "mono", sizePx: 16 },
  summary: { family: "sans", sizePx: 13 },
  state: { family: "sans", sizePx: 15 },
  note: { family: "sans", sizePx: 12 },
  name: { family: "mono", sizePx: 12 },
} as const satisfies Readonly<Record<string, Font>>;
