import stringWidth from "string-width";

/** What is printed. A string is data: only its characters reach the terminal. Only a style makes a control sequence. */
export type Text = string | Styled;

export interface Styled {
  readonly style: Style;
  readonly text: string;
}

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** `text` in a style where there are colours, and as it is elsewhere. */
export function styled(style: Style, text: string): Styled {
  return { style, text };
}

/** How many columns a printable text takes: two for a Chinese character, none for a combining accent. */
export function widthOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}

/** `text` in `width` columns at most, with `…` at the end if something is missing. */
export function cutText(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let cut = "";
  let taken = 0;
  for (const { segment } of segmenter.segment(text)) {
    taken += widthOf(segment);
    if (taken > width - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}

const segmenter = new Intl.Segmenter();

/**
 * `text` as lines, the first of `first` columns at most and the others of `rest`. Parts, with two spaces between them, stay together if they can; a
 * word that is longer than a line, such as an id, is not broken.
 */
export function wrapText(text: string, first: number, rest: number): readonly string[] {
  const lines = [""];
  const add = (piece: string) => (lines[lines.length - 1] += piece);
  const fits = (piece: string) => widthOf(lines.at(-1)! + piece) <= (lines.length === 1 ? first : rest);
  for (const [at, part] of text.split("  ").entries()) {
    const spaced = at === 0 ? part : `  ${part}`;
    if (fits(spaced)) add(spaced);
    else if (widthOf(part) <= rest) lines.push(part);
    else {
      for (const word of spaced.match(/ *[^ ]+/g) ?? []) {
        if (fits(word) || (lines.at(-1) === "" && lines.length > 1)) add(word);
        else lines.push(word.trimStart());
      }
    }
  }
  return lines;
}
