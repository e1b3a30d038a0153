import { replaceUnprintable } from "./printable.ts";

/** Each line ends in `\l`, which aligns it to the left. */
export function joinDotLines(lines: readonly string[]): string {
  return lines.map((line) => `${escapeDot(line)}\\l`).join("");
}

/** Graphviz expands backslashes (`\N` is the name of the node) and HTML's entities, also between quotes. */
export function escapeDot(text: string): string {
  return replaceUnprintable(text).replace(/\s+/g, " ").replaceAll("&", "&amp;").replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}
