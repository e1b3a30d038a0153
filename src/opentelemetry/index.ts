export { createTelemetry } from "./create-telemetry.ts";
export type { TelemetryOptions } from "./create-telemetry.ts";
export type { Telemetry } from "../runtime/trace/telemetry.ts";
