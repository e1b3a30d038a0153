/** How a text is set. The file knows no fonts, so widths are estimated, rather too wide than too narrow. */
export interface Font {
  readonly family: "mono" | "sans";
  readonly sizePx: number;
}

/** Characters as a reader sees them: cut between them, no accent, flag or emoji is torn apart. */
const characters = new Intl.Segmenter("en", { granularity: "grapheme" });

/** How wide `text` is at most, in whole pixels. */
export function measureText(text: string, { family, sizePx }: Font): number {
  const widthOf = family === "mono" ? widthInMono : widthInSans;
  return Math.ceil(Array.from(text, widthOf).reduce((sum, width) => sum + width, 0) * sizePx);
}

/** `text` in one line of `widthPx` at most: what does not fit is replaced by `…`. */
export function fitText(text: string, font: Font, widthPx: number): string {
  const line = toLine(text);
  if (measureText(line, font) <= widthPx) return line;
  let kept = "";
  for (const { segment } of characters.segment(line)) {
    if (measureText(`${kept}${segment}…`, font) > widthPx) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** `text` in lines of `widthPx` at most; what does not fit into `maxLines` of them is replaced by `…`. */
export function wrapText(text: string, font: Font, widthPx: number, maxLines: number): readonly string[] {
  const lines: string[] = [];
  const words = toLine(text)
    .split(" ")
    .filter((word) => word !== "");
  while (words.length > 0 && lines.length < maxLines - 1) {
    let line = words.shift()!;
    while (words.length > 0 && measureText(`${line} ${words[0]!}`, font) <= widthPx) line += ` ${words.shift()!}`;
    lines.push(fitText(line, font, widthPx));
  }
  return words.length === 0 ? lines : [...lines, fitText(words.join(" "), font, widthPx)];
}

function toLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

// In the ems of the widest fonts of a usual stack: DejaVu Sans Mono, DejaVu Sans.
function widthInMono(character: string): number {
  return isWide(character) ? 1.3 : 0.61;
}

function widthInSans(character: string): number {
  if (isWide(character)) return 1.3;
  if (/[ .,:;'|!/()[\]ijlItfr-]/.test(character)) return 0.42;
  if (/[mwMW@%]/.test(character)) return 1;
  return /[a-z0-9]/.test(character) ? 0.64 : 0.8;
}

/** Scripts whose letters are squares, and symbols. */
function isWide(character: string): boolean {
  return character.codePointAt(0)! >= 0x1100;
}
