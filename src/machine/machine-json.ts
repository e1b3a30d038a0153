import type { AnyStateMachine } from "xstate";

/**
 * The config of a machine that `compileMachine` made as JSON, for Stately's editor and for XState's `createMachine`.
 * Handlers and delays are in it by name. To run it, give `createMachine` the delays as well: XState takes one that it does
 * not know as no time at all.
 */
export function machineToJson(machine: AnyStateMachine): string {
  return `${JSON.stringify(machine.config, undefined, 2)}\n`;
}
