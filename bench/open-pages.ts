import type { ProcessSystem } from "perdure";
import { createUi } from "perdure/ui";

/**
 * Does what so many browsers do that look at the overview: each follows the live events, and asks for the overview after each that tells of a
 * commit. Returns what closes them.
 */
export function openPages(system: ProcessSystem, count: number): () => Promise<void> {
  const ui = createUi(system, { authorize: () => true });
  const closers = Array.from({ length: count }, () => openPage((what) => ui(new Request(`http://page.test/api/${what}`))));
  return async () => {
    await Promise.all(closers.map((close) => close()));
  };
}

function openPage(get: (what: string) => Promise<Response>): () => Promise<void> {
  let reader: ReadableStreamDefaultReader<string> | undefined;
  const follow = async () => {
    reader = (await get("live")).body!.pipeThrough(new TextDecoderStream()).getReader();
    let revision = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const found = Number(/"revision":(\d+)/.exec(value)?.[1]);
      if (found === revision) continue;
      revision = found;
      await (await get("overview")).json();
    }
  };
  const followed = follow();
  return async () => {
    await reader?.cancel();
    await followed;
  };
}
