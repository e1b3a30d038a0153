import { join } from "node:path";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from "@opentelemetry/sdk-trace-node";
import { createTelemetry } from "perdure/opentelemetry";
import { defineCase, interleave } from "../bench-case.ts";
import { createPerdure } from "../perdure.ts";
import type { ProgramOptions } from "../program.ts";
import { compare } from "../row.ts";
import { workW1 } from "../work-w1.ts";

/** `none`: without the option. `unrecorded`: with it and without an SDK. `recorded`: with an SDK that records everything and sends it nowhere. */
type Kind = "none" | "unrecorded" | "recorded";

interface Input {
  readonly kind: Kind;
  readonly orders: number;
}

interface Figures {
  readonly eventsPerSecond: number;
  readonly cpuMicrosecondsPerEvent: number;
}

const WARM_UP_ORDERS = 500;

/** W1 with and without telemetry. */
export const telemetryCase = defineCase<Input, Figures>({
  name: "telemetry",
  measure: async ({ kind, orders }, { folder }) => {
    if (kind === "recorded") new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(nowhere)] }).register();
    const meters = kind === "recorded" ? { meterProvider: new MeterProvider() } : {};
    const telemetry = kind === "none" ? undefined : createTelemetry(meters);
    await feed({ path: join(folder, "warm-up.db"), telemetry }, WARM_UP_ORDERS);
    return feed({ path: join(folder, "measured.db"), telemetry }, orders);
  },
  run: async ({ isQuick, rounds, measure }) => {
    const orders = isQuick ? 2_000 : 10_000;
    const of = async (kind: Kind) => {
      const pairs = await interleave(
        rounds,
        () => measure({ kind, orders }),
        () => measure({ kind: "none", orders }),
      );
      const label = `W1 100 callers, ${orders.toLocaleString("en")} orders, telemetry ${kind} and none`;
      return [
        compare(`${label}, events/s`, pairs, ({ eventsPerSecond }) => eventsPerSecond),
        compare(`${label}, CPU µs/event`, pairs, ({ cpuMicrosecondsPerEvent }) => cpuMicrosecondsPerEvent),
      ];
    };
    return [...(await of("unrecorded")), ...(await of("recorded"))];
  },
});

const nowhere: SpanExporter = {
  export: (_, done) => done({ code: 0 }),
  shutdown: async () => {},
};

async function feed(options: ProgramOptions, orders: number): Promise<Figures> {
  const program = await createPerdure(options);
  const figures = await workW1(program, orders);
  await program.stop();
  return figures;
}
