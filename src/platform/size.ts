/** A size: a number with one unit, such as `"16MB"`, or a number of bytes. The units are `B kB MB GB`, each 1,024 of the one before. */
export type Size = `${number}${SizeUnit}` | number;

export type SizeUnit = "B" | "kB" | "MB" | "GB";

/** What is understood, for error messages. */
export const sizeForms = 'a number with one of the units B, kB, MB, GB (such as "16MB"), or bytes as a number';

const unitBytes: Readonly<Record<SizeUnit, number>> = { B: 1, kB: 1_024, MB: 1_048_576, GB: 1_073_741_824 };

/** `value` in whole bytes, rounded down; `undefined` if it is not understood. */
export function readSize(value: unknown): number | undefined {
  const bytes = typeof value === "string" ? readText(value) : typeof value === "number" ? Math.floor(value) : Number.NaN;
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
}

function readText(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(B|kB|MB|GB)$/.exec(text) ?? [];
  // The expression names the units.
  return unit === undefined ? Number.NaN : Math.floor(Number(count) * unitBytes[unit as SizeUnit]);
}

/** How many bytes `text` has in UTF-8, as it is stored. */
export function countBytes(text: string): number {
  return Buffer.byteLength(text);
}

/** Whether `text` has more than `limit` bytes. Most texts are so short that they need not be counted. */
export function isLonger(text: string, limit: number): boolean {
  // A UTF-16 unit is at most three bytes in UTF-8.
  return text.length * 3 > limit && countBytes(text) > limit;
}

/** A size as a person reads it: `17,825,792 bytes`. */
export function formatBytes(bytes: number): string {
  return `${bytes.toLocaleString("en-US")} bytes`;
}
