import { callAt, patienceClock } from "../platform/clock.ts";
import { repeat } from "../platform/repeat.ts";
import type { Desk } from "./desk.ts";
import { readFigures } from "./figures.ts";
import { commonHeaders } from "./respond.ts";
import type { Live } from "./wire.ts";

const PAUSE_MS = 500;
// Proxies close what says nothing, and the page learns from the silence that the server is gone. No commit says that a worker has gone.
const SIGN_OF_LIFE_MS = 2_000;

/** Server-sent events: the figures at once, and again after something was committed. */
export function answerLive(desk: Desk): Response {
  let end = () => {};
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      end = follow(desk, (text) => controller.enqueue(new TextEncoder().encode(text)));
    },
    cancel: () => end(),
  });
  return new Response(stream, {
    headers: { ...commonHeaders, "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no" },
  });
}

/** Returns what ends it. */
function follow(desk: Desk, send: (text: string) => void): () => void {
  const { system } = desk;
  const clock = patienceClock(desk.clock);
  let revision = 0;
  let callOff: (() => void) | undefined;
  const tell = () => {
    send(`data: ${JSON.stringify({ ...readFigures(desk), revision } satisfies Live)}\n\n`);
  };
  const tellOfCommit = () => {
    callOff = undefined;
    revision += 1;
    tell();
  };
  tellOfCommit();
  const { unsubscribe } = system.overview.subscribe(() => {
    callOff ??= callAt(clock, clock.now() + PAUSE_MS, tellOfCommit);
  });
  const stop = repeat(tell, SIGN_OF_LIFE_MS);
  return () => {
    unsubscribe();
    stop();
    callOff?.();
  };
}
