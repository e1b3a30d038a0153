/**
 * `text` with U+FFFD for each character that XML 1.0 cannot hold (section 2.2, "Characters"): control characters and halves of
 * surrogate pairs. Graphviz would end a text at the first NUL, a terminal would obey an escape sequence.
 */
export function replaceUnprintable(text: string): string {
  return text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}");
}
