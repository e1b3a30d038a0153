import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, get } from "./api.ts";

export interface Loaded<Answer> {
  readonly answer: Answer | undefined;
  readonly error: ApiError | undefined;
  /** Asks again, and keeps what is shown until the answer is there. */
  readonly reload: () => void;
}

/** What an address gives; asked anew when the address changes, or `beat` does. At most one request is under way. */
export function useAnswer<Answer>(address: string, beat: unknown = 0): Loaded<Answer> {
  const [state, setState] = useState<{ readonly of: string; readonly answer?: Answer; readonly error?: ApiError }>({ of: address });
  const [asked, setAsked] = useState(0);
  const running = useRef<{ readonly address: string; again: boolean } | undefined>(undefined);

  useEffect(() => {
    if (running.current?.address === address) {
      running.current.again = true;
      return;
    }
    const own = { address, again: false };
    running.current = own;
    const load = async () => {
      do {
        own.again = false;
        try {
          const answer = await get<Answer>(address);
          if (running.current === own) setState({ of: address, answer });
        } catch (error) {
          if (running.current === own)
            setState((before) => ({ ...(before.of === address && before), of: address, error: toApiError(error) }));
        }
      } while (own.again && running.current === own);
      if (running.current === own) running.current = undefined;
    };
    void load();
  }, [address, beat, asked]);

  const reload = useCallback(() => setAsked((count) => count + 1), []);
  const isOfNow = state.of === address;
  return { answer: isOfNow ? state.answer : undefined, error: isOfNow ? state.error : undefined, reload };
}

export function toApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError({ problem: String(error) });
}
