import type { AnyStateMachine } from "xstate";
import type { ProcessDefinition } from "../definition/model/definition.ts";

/** What a compiled machine says of itself in `meta`, for pictures and tools. */
export interface MachineMeta {
  readonly process: string;
  readonly source: string;
  /** The machine begins as `started`; these are the events that bring an instance there. */
  readonly startedBy: readonly string[];
  readonly timeout: string | undefined;
  readonly retry: Readonly<Record<string, unknown>> | undefined;
}

// A machine goes to JSON and back without loss, so that its definition is beside it. What `provide` makes of a machine has the same meta.
const definitions = new WeakMap<object, ProcessDefinition>();

export function createMeta(definition: ProcessDefinition, retry: MachineMeta["retry"]): MachineMeta {
  const { process, source, startedBy, timeout } = definition;
  const meta = { process, source, startedBy, timeout: timeout?.text, retry };
  definitions.set(meta, definition);
  return meta;
}

/** The definition that a machine was compiled from; `undefined` for a machine of another kind. */
export function findDefinition({ root }: AnyStateMachine): ProcessDefinition | undefined {
  const meta: unknown = root.meta;
  return typeof meta === "object" && meta !== null ? definitions.get(meta) : undefined;
}
