export { createTestSystem } from "./test-system.ts";
export type { CommandFilter, TestSystem, TestSystemOptions } from "./test-system.ts";
export type { DispatchedCommand } from "./command-log.ts";
export { SimulatedCrash } from "./crash-plan.ts";
export type { CrashPoint } from "./crash-plan.ts";
export { createManualClock } from "./manual-clock.ts";
export type { ManualClock } from "./manual-clock.ts";
