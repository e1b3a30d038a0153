export { createTestSystem } from "./test-system.ts";
export type { TestSystem, TestSystemOptions } from "./test-system.ts";
export { createManualClock } from "./manual-clock.ts";
export type { ManualClock } from "./manual-clock.ts";
