import type { CommittedStep } from "../observe/step-feed.ts";
import { repeat } from "../platform/repeat.ts";
import { commonHeaders } from "../serve/answer-data.ts";
import { refuseElsewhere } from "./dispatch.ts";
import type { HttpSystem } from "./http-system.ts";
import { readQuery } from "./query.ts";

// Proxies close what says nothing.
const SIGN_OF_LIFE_MS = 15_000;
// How many events wait for a reader who is slow, before the stream ends.
const LONGEST_QUEUE = 10_000;

/** Server-sent events: each journal entry that this OS process commits from now on, as `event: step`. */
export function streamSteps(system: HttpSystem, url: URL): Response {
  const { process, aggregateId } = readQuery(url, ["process", "aggregateId"]);
  refuseElsewhere(system, "is told of the steps that are committed");
  const isWanted = (step: CommittedStep) =>
    (process === undefined || step.process === process) && (aggregateId === undefined || step.aggregateId === aggregateId);
  const encoder = new TextEncoder();
  let end = () => {};
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const send = (text: string) => {
          controller.enqueue(encoder.encode(text));
          // It ends, so that the reader comes back and looks at what was missed, rather than taking ever more memory.
          if ((controller.desiredSize ?? 0) > 0) return;
          end();
          controller.close();
        };
        const unsubscribe = system.processes.subscribe((step) => {
          if (isWanted(step)) send(`event: step\ndata: ${JSON.stringify(step)}\n\n`);
        });
        const stop = repeat(() => {
          if (system.state === "working") return send(": here\n\n");
          end();
          controller.close();
        }, SIGN_OF_LIFE_MS);
        end = () => {
          unsubscribe();
          stop();
        };
        send(": the steps from now on\n\n");
      },
      cancel: () => end(),
    },
    new CountQueuingStrategy({ highWaterMark: LONGEST_QUEUE }),
  );
  return new Response(stream, {
    headers: { ...commonHeaders, "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no" },
  });
}
