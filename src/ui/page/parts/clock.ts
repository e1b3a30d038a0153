// The server's clock says what is due. A browser's may differ, and what is due in an hour would seem to be late.
const SLIGHT_MS = 5_000;
const NOTEWORTHY_MS = 60_000;

let aheadMs = 0;

/** `at`: the moment by the server's clock, as it has just said. What the way takes is no difference. */
export function setServersClock(at: string): void {
  const ms = Date.parse(at) - Date.now();
  aheadMs = Math.abs(ms) < SLIGHT_MS ? 0 : ms;
}

/** The moment by the server's clock, as far as is known. */
export function readClock(): number {
  return Date.now() + aheadMs;
}

/** A sentence for the reader whose clock differs; `undefined` if it does not. */
export function describeDrift(): string | undefined {
  if (Math.abs(aheadMs) < NOTEWORTHY_MS) return undefined;
  const minutes = Math.round(Math.abs(aheadMs) / 60_000);
  const span = minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
  return `This clock is ${span} ${aheadMs > 0 ? "behind" : "ahead of"} the server's, whose moments are shown.`;
}
