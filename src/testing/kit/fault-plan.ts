import { expectOption } from "../../platform/options.ts";
import type { Around } from "../../runtime/core/around.ts";
import { nameAttempted, nameHandler } from "./handler-names.ts";

/** Which handlers and commands have to fail, and how many times more. */
export interface FaultPlan {
  /** @throws ProcessError `CONFIG_INVALID` when no handler and no command has that name */
  fail(name: string, times: number, error: Error | undefined): void;
  /** Fails the planned attempts, before any of the user's code runs. */
  readonly around: Around;
}

/** `checkName` throws if no handler and no command has a name. */
export function createFaultPlan(checkName: (name: string, what: string) => void): FaultPlan {
  const planned = new Map<string, { left: number; readonly error: Error }>();
  return {
    fail: (name, times, error = new Error(`${name} fails, because the test says so`)) => {
      expectOption(times >= 1, "fail: times", times, "1 or more; Infinity means always");
      checkName(name, "fail");
      planned.set(name, { left: times, error });
    },
    around: async ({ kind, process, handler }, next) => {
      const names = kind === "step" ? nameHandler(process, handler) : nameAttempted(kind === "policy" ? process : handler);
      const fault = names.map((name) => planned.get(name)).find((each) => each !== undefined && each.left > 0);
      if (fault === undefined) return next();
      fault.left -= 1;
      throw fault.error;
    },
  };
}
