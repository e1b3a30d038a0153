// C0 and C1 controls, DEL, what turns the direction of reading, line separators, and halves of surrogate pairs.
const unprintable = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]|\p{Cs}/gu;

/**
 * `text` as one line that a terminal only shows: what it would act on, such as an escape sequence or a newline, is written out,
 * as in `\u001b` or `\n`. Ids, names and messages come from anywhere.
 */
export function toPrintable(text: string): string {
  return text.replace(unprintable, escape);
}

/** The same for a text of several lines, which stay lines. JSON is the same value afterwards. */
export function toPrintableBlock(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(unprintable, (unit) => (unit === "\n" || unit === "\t" ? unit : escape(unit)));
}

function escape(unit: string): string {
  return short[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
