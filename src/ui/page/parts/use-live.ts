import { useEffect, useState } from "preact/hooks";
import type { Live } from "../../wire.ts";
import { addressOf } from "./api.ts";
import { setServersClock } from "./clock.ts";

export interface Following {
  readonly live: Live | undefined;
  /** Whether the server is there, as far as is known. */
  readonly connection: "connecting" | "connected" | "lost";
  /** It grows when something may have changed: after a commit, and when the server is back after it was gone. */
  readonly beat: number;
}

// The server says something every two seconds.
const SILENCE_MS = 15_000;
const RETRY_MS = 2_000;

/** Follows the server's events, and calls again whenever it is gone. */
export function useLive(): Following {
  const [following, setFollowing] = useState<Following>({ live: undefined, connection: "connecting", beat: 0 });
  useEffect(() => {
    let source: EventSource | undefined;
    let timer = 0;
    let isNew = true;
    let revision = 0;
    const call = () => {
      source?.close();
      isNew = true;
      source = new EventSource(addressOf("live"));
      source.addEventListener("message", ({ data }: MessageEvent<string>) => {
        const live = JSON.parse(data) as Live;
        setServersClock(live.at);
        // Each connection counts anew, and nobody knows what has happened between two of them.
        const isNews = isNew || live.revision !== revision;
        isNew = false;
        revision = live.revision;
        setFollowing(({ beat }) => ({ live, connection: "connected", beat: isNews ? beat + 1 : beat }));
        wait(SILENCE_MS);
      });
      source.addEventListener("error", lose);
      wait(SILENCE_MS);
    };
    const lose = () => {
      setFollowing(({ live, beat }) => ({ live, connection: "lost", beat }));
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
