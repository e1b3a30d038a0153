import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test as it } from "vitest";
import { Project } from "../cli/perdure.ts";
import { bin, startNode } from "../support/os-process.ts";
import { until } from "../support/patience.ts";
import { projectFolder } from "../support/project-folder.ts";
import { openCollector, type ReceivedSpan } from "./collector.ts";

const files = {
  "perdure.config.js": `
    import { defineConfig } from "perdure/config";
    import { createTelemetry } from "perdure/opentelemetry";
    export default defineConfig({
      domain: "./domain",
      store: { path: "./shop.db" },
      telemetry: createTelemetry(),
      commands: {
        packOrder: ({ command }) => ({ type: "OrderFulfilled", aggregateId: command.aggregateId }),
        sendReceipt: async () => {},
      },
    });`,
  "domain/order/processes/order-lifecycle/on-order-placed.js": `
    import { trace } from "@opentelemetry/api";
    export async function handler({ event, commands }) {
      trace.getTracer("shop").startActiveSpan("ask the warehouse", (span) => span.end());
      await commands.packOrder({ aggregateId: event.aggregateId });
    }`,
  "domain/order/processes/order-lifecycle/on-order-fulfilled.js": `
    export async function handler({ event, commands }) {
      await commands.sendReceipt({ aggregateId: event.aggregateId });
    }`,
  "instrumentation.mjs": `
    import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
    import { resourceFromAttributes } from "@opentelemetry/resources";
    import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
    const resource = resourceFromAttributes({ "service.name": process.env.OTEL_SERVICE_NAME });
    const spanProcessors = [new SimpleSpanProcessor(new OTLPTraceExporter())];
    new NodeTracerProvider({ resource, spanProcessors }).register();`,
  // It accepts what is posted to it, and leaves the work to the worker, which is not there yet.
  "front.js": `
    import { createServer } from "node:http";
    import { createProcessSystem } from "perdure";
    import { createHandler, toNodeListener } from "perdure/http";
    import config from "./perdure.config.js";
    const system = await createProcessSystem({ ...config, role: "client" });
    const server = createServer(toNodeListener(createHandler(system, { authorize: () => ({ by: "shop" }) })));
    server.listen(0, "127.0.0.1", () => console.log(server.address().port));`,
};

const request = { traceId: "a".repeat(32), spanId: "b".repeat(16) };

it("a collector is sent an order from POST /events in one OS process to its last command in another as one linked story", async () => {
  const collector = await openCollector();
  const project = new Project(files);
  symlinkSync(join(projectFolder, "node_modules/@opentelemetry"), join(project.folder, "node_modules/@opentelemetry"));
  const start = (service: string, ...args: readonly string[]) =>
    startNode(["--import", "./instrumentation.mjs", ...args], {
      cwd: project.folder,
      env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.address, OTEL_SERVICE_NAME: service },
      input: { kind: "stays-open" },
    });

  const front = start("front", "front.js");
  const posted = await fetch(`http://127.0.0.1:${await front.line()}/events`, {
    method: "POST",
    headers: { "content-type": "application/json", traceparent: `00-${request.traceId}-${request.spanId}-01` },
    body: JSON.stringify({ type: "OrderPlaced", aggregateId: "o-1" }),
  });
  expect(posted.status).toBe(202);
  await until(() => collector.spans.length === 1);
  await front.kill();

  // The link is in the file now, and nowhere else.
  start("worker", bin, "start");
  await until(
    () => collector.spans.map(({ name }) => name),
    (names) => names.includes("execute sendReceipt"),
  );
  const find = (name: string): ReceivedSpan => collector.spans.find((span) => span.name === name)!;
  const dispatched = find("dispatch OrderPlaced");
  expect(dispatched).toMatchObject({ service: "front", traceId: request.traceId, parentSpanId: request.spanId, links: [] });
  let cause = dispatched;
  for (const name of ["handle OrderPlaced", "execute packOrder", "handle OrderFulfilled", "execute sendReceipt"]) {
    const span = find(name);
    expect(span).toMatchObject({ name, service: "worker", parentSpanId: undefined, links: [cause.spanId] });
    expect(span.traceId).not.toBe(cause.traceId);
    cause = span;
  }
  const { traceId, spanId } = find("handle OrderPlaced");
  expect(find("ask the warehouse")).toMatchObject({ traceId, parentSpanId: spanId });
});
