/**
 * Whether what takes long is tested too: with `PERDURE_LONG=1` (`npm run test:long`), and in the long forms of the reliability tests. CI leaves it out,
 * because CI has ten minutes.
 */
export const isLongForm = ["PERDURE_LONG", "PERDURE_KILLS", "PERDURE_SEEDS"].some((name) => process.env[name] !== undefined);

const DAY_MS = 86_400_000;

/** All in the long form; otherwise `count` of them, and others from one day to the next. */
export function takeTurns<Value>(all: readonly Value[], count: number): readonly Value[] {
  if (isLongForm) return all;
  const first = (Math.floor(Date.now() / DAY_MS) * count) % all.length;
  return [...all, ...all].slice(first, first + count);
}
