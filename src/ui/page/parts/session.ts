import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Live, Session } from "../../wire.ts";

export interface Seen {
  readonly session: Session;
  readonly live: Live | undefined;
  readonly beat: number;
}

export const SeenContext = createContext<Seen>({
  session: { readOnly: true, redacts: true, hasMap: false, by: undefined, processes: [] },
  live: undefined,
  beat: 0,
});

export function useSeen(): Seen {
  return useContext(SeenContext);
}

/** A number that changes when something may have changed. */
export function useBeat(): number {
  return useSeen().beat;
}
