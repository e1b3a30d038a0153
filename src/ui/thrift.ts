import { steadyClock } from "../platform/clock.ts";

/** Asks for what takes long, or gives what it was a moment ago. `key` names what is asked. */
export type Thrift = <Value>(key: string, ask: () => Promise<Value>) => Promise<Value>;

const FREE_MS = 5;
const SHARE = 20;

/**
 * However many pages ask, and however often: what takes longer than 5 ms is asked again only when twenty times that has passed, so that it costs a
 * twentieth of the event loop at most.
 */
export function createThrift(): Thrift {
  const kept = new Map<string, { readonly answer: Promise<unknown>; until: number }>();
  return <Value>(key: string, ask: () => Promise<Value>): Promise<Value> => {
    const begun = steadyClock.now();
    const found = kept.get(key);
    // What is kept by a key was asked for by the same key, so it has the same type.
    if (found !== undefined && begun < found.until) return found.answer as Promise<Value>;
    const answer = ask();
    const own = { answer, until: Number.POSITIVE_INFINITY };
    kept.set(key, own);
    const settle = () => {
      const took = steadyClock.now() - begun;
      own.until = took < FREE_MS ? 0 : begun + took * SHARE;
    };
    answer.then(settle, () => kept.delete(key));
    return answer;
  };
}
