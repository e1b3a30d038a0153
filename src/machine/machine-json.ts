import type { AnyStateMachine } from "xstate";
import { nameBuiltIn, nameGuard, readType } from "./config-names.ts";

/**
 * The config of a machine as JSON, for Stately's editor and for XState's `createMachine`: of one that `compileMachine` made, or of a user's.
 * Handlers and delays are in it by name. What a user's config says in functions is in it by name where it has one, such as the action
 * `assign`, and left out otherwise, such as a computed context. To run it, give `createMachine` the delays as well: XState takes one that
 * it does not know as no time at all.
 */
export function machineToJson(machine: AnyStateMachine): string {
  return `${JSON.stringify(machine.config, nameFunction, 2)}\n`;
}

function nameFunction(key: string, value: unknown): unknown {
  if (typeof value !== "function") return value;
  if (key === "guard") return nameGuard(value);
  return readType(value).startsWith("xstate.") ? { type: nameBuiltIn(value) } : undefined;
}
