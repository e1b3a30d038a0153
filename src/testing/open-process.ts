import type { LoadedProcess } from "../definition/process-source.ts";
import { openTestSystem, type TestSystem, type TestSystemOptions } from "./test-system.ts";

export type OpenProcessOptions = Pick<TestSystemOptions, "now" | "processes" | "retention" | "patienceMs">;

/** A test system in which one process is alone. Its commands are stored and not executed; handlers get no retries unless they are given some. */
export function openProcess({ domain }: LoadedProcess, options: OpenProcessOptions): Promise<TestSystem> {
  return openTestSystem({ processes: { retry: { retryStrategy: "none" } }, ...options, dispatchCommand: () => {} }, domain);
}
