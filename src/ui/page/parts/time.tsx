import { useEffect, useState } from "preact/hooks";
import { readClock } from "./clock.ts";

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** `3d 4h`: the two largest units that matter. */
export function formatSpan(ms: number): string {
  const rest = Math.abs(ms);
  const first = units.findIndex(([, size]) => rest >= size);
  if (first === -1) return "0 s";
  const [unit, size] = units[first]!;
  const count = Math.floor(rest / size);
  const next = units[first + 1];
  const more = next === undefined ? 0 : Math.floor((rest - count * size) / next[1]);
  return `${count} ${unit}${more === 0 || next === undefined || count > 9 ? "" : ` ${more} ${next[0]}`}`;
}

const sameDay = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const otherDay = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
export const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** A moment in the reader's zone; in UTC where the pointer rests. Under the name of its day, `ofDay`, its time says enough. */
export function Moment({ at, ofDay = false }: { readonly at: string; readonly ofDay?: boolean }) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date(readClock()).toDateString();
  return (
    <time dateTime={at} title={at.replace("T", " ").replace("Z", " UTC")}>
      {(ofDay || isToday ? sameDay : otherDay).format(date)}
    </time>
  );
}

/** How far a moment is from now. It goes on by itself. */
export function Distance({ at }: { readonly at: string }) {
  const now = useNow();
  const ms = Date.parse(at) - now;
  return (
    <time dateTime={at} title={at.replace("T", " ").replace("Z", " UTC")}>
      {Math.abs(ms) < 1_000 ? "now" : ms > 0 ? `in ${formatSpan(ms)}` : `${formatSpan(ms)} ago`}
    </time>
  );
}

function useNow(): number {
  const [now, setNow] = useState(readClock);
  useEffect(() => {
    const timer = setInterval(() => setNow(readClock()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
