import { useEffect, useState } from "preact/hooks";
import type { Live } from "../../wire.ts";
import { addressOf } from "./api.ts";

export interface Following {
  readonly live: Live | undefined;
  /** Whether the server is there, as far as is known. */
  readonly connection: "connecting" | "connected" | "lost";
}

// The server says something every two seconds.
const SILENCE_MS = 15_000;
const RETRY_MS = 2_000;

/** Follows the server's events, and calls again whenever it is gone. */
export function useLive(): Following {
  const [following, setFollowing] = useState<Following>({ live: undefined, connection: "connecting" });
  useEffect(() => {
    let source: EventSource | undefined;
    let timer = 0;
    const call = () => {
      source?.close();
      source = new EventSource(addressOf("live"));
      source.addEventListener("message", ({ data }: MessageEvent<string>) => {
        setFollowing({ live: JSON.parse(data) as Live, connection: "connected" });
        wait(SILENCE_MS);
      });
      source.addEventListener("error", lose);
      wait(SILENCE_MS);
    };
    const lose = () => {
      setFollowing(({ live }) => ({ live, connection: "lost" }));
      source?.close();
      wait(RETRY_MS);
    };
    const wait = (ms: number) => {
      clearTimeout(timer);
      timer = window.setTimeout(ms === RETRY_MS ? call : lose, ms);
    };
    call();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }, []);
  return following;
}
