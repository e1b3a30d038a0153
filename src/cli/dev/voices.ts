import type { Style } from "../terminal/text.ts";

/** Who speaks in the terminal of `perdure dev`, and in which colour. */
export const voices = { dev: "dim", types: "yellow", worker: "cyan", page: "green" } as const satisfies Readonly<Record<string, Style>>;

export type Voice = keyof typeof voices;
