import type { MeterProvider, Tracer, TracerProvider } from "@opentelemetry/api";
import { readPackageVersion } from "../platform/package-folder.ts";
import { expectOption, refuseUnknownKeys } from "../platform/options.ts";
import type { Telemetry } from "../runtime/trace/telemetry.ts";
import { loadApi } from "./load-api.ts";
import { createMetrics } from "./metrics.ts";
import { createSpans } from "./spans.ts";

export interface TelemetryOptions {
  /** Makes the tracer. Default: the provider that is registered globally, which is none without an SDK. */
  readonly tracerProvider?: TracerProvider;
  /** Makes the meter. Default: the provider that is registered globally, which is none without an SDK. */
  readonly meterProvider?: MeterProvider;
}

/**
 * Makes traces and metrics of what a system does, by `@opentelemetry/api`: give it to `createProcessSystem`, `defineConfig`, `serveRestate` or
 * `connectRestate` as `telemetry`. The program registers an SDK, which records and exports them, before its systems start; without an SDK nothing
 * is recorded.
 * @throws ProcessError `OPENTELEMETRY_UNUSABLE` where the package is missing or of another version; `CONFIG_INVALID` for an option
 */
export function createTelemetry(options: TelemetryOptions = {}): Telemetry {
  refuseUnknownKeys(options, "createTelemetry", ["tracerProvider", "meterProvider"]);
  const { tracerProvider, meterProvider } = options;
  expectProvider(tracerProvider, "tracerProvider", "getTracer");
  expectProvider(meterProvider, "meterProvider", "getMeter");
  const api = loadApi();
  const version = readPackageVersion();
  // Asked for when the first span begins, because the program's SDK may be registered later than this.
  let tracer: Tracer | undefined;
  const spans = createSpans(api, () => (tracer ??= (tracerProvider ?? api.trace.getTracerProvider()).getTracer("perdure", version)));
  const metrics = createMetrics(() => (meterProvider ?? api.metrics.getMeterProvider()).getMeter("perdure", version));
  return {
    beginAcceptance: spans.beginAcceptance,
    within: spans.within,
    beginAttempt: (attempt) => metrics.measure(spans.beginAttempt(attempt), attempt),
    countLetters: metrics.countLetters,
    observe: metrics.observe,
  };
}

function expectProvider(provider: object | undefined, name: string, method: string): void {
  const isProvider = provider === undefined || (typeof provider === "object" && typeof Reflect.get(provider, method) === "function");
  expectOption(isProvider, `createTelemetry: ${name}`, provider, `a provider of OpenTelemetry, which has ${method}`);
}
