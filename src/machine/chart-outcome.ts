import type { AnyMachineSnapshot } from "xstate";
import { nodesOf } from "./chart-names.ts";

/**
 * How a chart that is done was completed: the machine's output or that of its final state, where that is a text, a number or a boolean;
 * otherwise the name of the final state. A chart whose parallel states all end has no one final state, and says nothing without an output.
 */
export function findOutcome(snapshot: AnyMachineSnapshot, event: { readonly type: string }): string | undefined {
  const named = nameOutput(snapshot.output);
  if (named !== undefined) return named;
  const final = nodesOf(snapshot).find(({ type, path }) => type === "final" && path.length === 1);
  if (final === undefined) return undefined;
  const output: unknown = final.output;
  const given: unknown =
    typeof output === "function" ? (output as (args: object) => unknown)({ context: snapshot.context, event }) : output;
  return nameOutput(given) ?? final.key;
}

function nameOutput(output: unknown): string | undefined {
  return typeof output === "string" || typeof output === "number" || typeof output === "boolean" ? String(output) : undefined;
}
