import { context, propagation, trace } from "@opentelemetry/api";
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, NodeTracerProvider, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { createTelemetry, type Telemetry } from "perdure/opentelemetry";
import { expect, onTestFinished } from "vitest";

/** An SDK that is registered until the test is over, and what it has recorded. */
export interface Recording {
  readonly telemetry: Telemetry;
  /** The spans that have ended, by their names, in the order in which they have ended. */
  names(): readonly string[];
  /** The spans of that name that have ended, in that order. */
  spans(name: string): readonly ReadableSpan[];
  /** The one span of that name that has ended. */
  span(name: string): ReadableSpan;
  /** What the metric with that name has now, by its attributes: its value, or how often a histogram was told something and the sum of that. */
  metric(name: string): Promise<readonly Point[]>;
}

export interface Point {
  readonly attributes: object;
  readonly value: number;
  readonly sum?: number | undefined;
}

export function openRecording(): Recording {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  const figures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: figures, exportIntervalMillis: 3_600_000 });
  const meters = new MeterProvider({ readers: [reader] });
  onTestFinished(async () => {
    for (const api of [trace, context, propagation]) api.disable();
    await provider.shutdown();
    await meters.shutdown();
  });
  const all = () => exporter.getFinishedSpans();
  const spans = (name: string) => all().filter((span) => span.name === name);
  return {
    telemetry: createTelemetry({ meterProvider: meters }),
    names: () => all().map(({ name }) => name),
    spans,
    span: (name) => {
      const found = spans(name);
      expect(found.map((span) => span.name)).toEqual([name]);
      return found[0]!;
    },
    metric: async (name) => {
      figures.reset();
      await reader.forceFlush();
      const found = figures
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
        .filter(({ descriptor }) => descriptor.name === name);
      return found.flatMap(({ dataPoints }) =>
        dataPoints.map(({ attributes, value }): Point =>
          typeof value === "number" ? { attributes, value } : { attributes, value: value.count, sum: value.sum },
        ),
      );
    },
  };
}

/** What a span says caused it: the ids of the spans that it has links to. */
export function causesOf({ links }: ReadableSpan): readonly string[] {
  return links.map(({ context: { spanId } }) => spanId);
}

export function idOf(span: ReadableSpan): string {
  return span.spanContext().spanId;
}
