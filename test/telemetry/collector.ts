import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A span as a collector receives it over HTTP, in OTLP's JSON. */
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** The ids of the spans that it has links to. */
  readonly links: readonly string[];
  /** What its resource says of the OS process that sent it. */
  readonly service: string;
}

export interface Collector {
  readonly address: string;
  readonly spans: readonly ReceivedSpan[];
}

interface Body {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

interface SentSpan extends Pick<ReceivedSpan, "name" | "traceId" | "spanId"> {
  readonly parentSpanId?: string;
  readonly links?: readonly { readonly spanId: string }[];
}

/** A receiver of OTLP over HTTP, until the test is over. */
export async function openCollector(): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const receive = async (request: IncomingMessage): Promise<void> => {
    for (const { resource, scopeSpans } of (await readBody(request)).resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === "service.name")?.value.stringValue ?? "";
      for (const { name, traceId, spanId, parentSpanId, links = [] } of scopeSpans.flatMap((scope) => scope.spans)) {
        spans.push({ name, traceId, spanId, parentSpanId: parentSpanId || undefined, links: links.map((link) => link.spanId), service });
      }
    }
  };
  const server = createServer(async (request, response) => {
    await receive(request);
    response.setHeader("content-type", "application/json").end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, spans };
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  // It is asked for in JSON, and the test sends nothing else.
  return JSON.parse(Buffer.concat(chunks).toString()) as Body;
}
