import ms from "ms";
import { ProcessError } from "../errors.ts";

/**
 * A length of time: a number with one unit, such as `"90s"`, `"1.5h"` or `"7d"`, or a number of milliseconds.
 * The units are `ms s m h d w`.
 */
export type Duration = `${number}${DurationUnit}` | number;

export type DurationUnit = "ms" | "s" | "m" | "h" | "d" | "w";

const forms = 'a number with one of the units ms, s, m, h, d, w (such as "90s", "1.5h", "7d"), or milliseconds as a number';

/** What is understood, for error messages. */
export const durationForms = `${forms}; 0, or 1 ms and longer`;

/** The same of a duration that is not zero. */
export const spanForms = `${forms}; 1 ms and longer`;

// `ms` alone reads "1mo" as undefined and "-1h" as a negative number, so its input is narrowed first.
const DURATION = /^(?:\d+|\d*\.\d+)(?:ms|s|m|h|d|w)$/;

/** The last moment a `Date` can hold (ECMA-262, "Time Values and Time Range"), in milliseconds since 1970. */
export const LAST_MOMENT = 8.64e15;

/** `value` in whole milliseconds, rounded up so that nothing is early; `undefined` if it is not understood, or less than a millisecond and not 0. */
export function readDuration(value: unknown): number | undefined {
  const milliseconds =
    typeof value === "number" ? value : typeof value === "string" && DURATION.test(value) ? ms(value as ms.StringValue) : Number.NaN;
  return milliseconds === 0 || (milliseconds >= 1 && milliseconds <= LAST_MOMENT) ? roundUp(milliseconds) : undefined;
}

// "4437.761m" times 60,000 is 266265660.00000003 in binary: the last bits of a product do not make a millisecond more.
function roundUp(milliseconds: number): number {
  const nearest = Math.round(milliseconds);
  return Math.abs(milliseconds - nearest) <= milliseconds * 2 * Number.EPSILON ? nearest : Math.ceil(milliseconds);
}

/**
 * `value` in whole milliseconds. `what` names it in the error.
 * @throws ProcessError `DURATION_INVALID`
 */
export function parseDuration(value: unknown, what: string): number {
  const milliseconds = readDuration(value);
  if (milliseconds === undefined) throw refuseDuration(value, what, durationForms);
  return milliseconds;
}

/**
 * The moment `delay` names, in milliseconds since 1970: a duration counted from `from`, or a `Date` as it is.
 * @throws ProcessError `DURATION_INVALID`
 */
export function resolveMoment(delay: unknown, from: number, what: string): number {
  const moment = delay instanceof Date ? delay.getTime() : from + (readDuration(delay) ?? Number.NaN);
  if (!(Math.abs(moment) <= LAST_MOMENT)) throw refuseDuration(delay, what, `${durationForms}, or a valid Date`);
  return moment;
}

function refuseDuration(value: unknown, what: string, allowed: string): ProcessError {
  return new ProcessError("DURATION_INVALID", `${what}: ${describe(value)} is not a duration`, {
    hint: `Use ${allowed}. A duration is 0, or a millisecond or longer, and has one unit: write "90m", not "1h30m".`,
    details: { value },
  });
}

function describe(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/**
 * Durations by their own names, in milliseconds, for the delays of a chart: `setup({ delays: durations("3d", "90s") })` lets `after` have the
 * keys `"3d"` and `"90s"`, for Perdure and in `createActor` alike.
 * @throws ProcessError `DURATION_INVALID`
 */
export function durations<const Text extends Extract<Duration, string>>(...texts: readonly Text[]): { readonly [Name in Text]: number } {
  const entries = texts.map((text) => [text, parseDuration(text, "durations")] as const);
  return Object.fromEntries(entries) as { readonly [Name in Text]: number };
}

/** A length of time in full, such as `1d 30s`; `0ms` for none. */
export function formatDuration(milliseconds: number): string {
  const parts: string[] = [];
  let rest = milliseconds;
  for (const [unit, unitMs] of durationUnits) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.length === 0 ? "0ms" : parts.join(" ");
}

/** The units in which lengths of time are written, the longest first, each with its milliseconds. */
export const durationUnits: readonly (readonly [DurationUnit, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
];
