import { durationUnits, formatDuration } from "../../platform/duration.ts";

/** A moment as tables show it, in UTC: `2026-03-01 09:30:00Z`. */
export function formatMoment(moment: Date): string {
  return `${moment.toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** A moment and how far it is from `now`: `2026-03-01 09:30:00Z (in 6d 23h)`. */
export function formatMomentFrom(moment: Date, now: number): string {
  const away = moment.getTime() - now;
  return `${formatMoment(moment)} (${away > 0 ? `in ${formatSpan(away)}` : `${formatSpan(-away)} ago`})`;
}

/** A length of time with its two largest units, rounded: `6d 23h`, `1m 5s`, `40ms`. */
export function formatSpan(spanMs: number): string {
  const at = units.findIndex(([, unitMs]) => spanMs >= unitMs);
  if (at === -1) return `${Math.round(spanMs)}ms`;
  const [, unitMs] = units[at]!;
  const [, nextMs] = units[at + 1] ?? [undefined, unitMs];
  return formatDuration(Math.round(spanMs / nextMs) * nextMs);
}

// Below a second, one unit is enough.
const units = durationUnits.filter(([unit]) => unit !== "ms");
