import { acceptContext } from "../../definition/model/accept-context.ts";
import type { ProcessDefinition } from "../../definition/model/definition.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import { describeKind, isPlainObject, type WrittenJson } from "../../platform/json.ts";
import { dropPromises } from "../../platform/promises.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import { compareContexts, type ContextChange, readContext } from "../decide/context-change.ts";

/** What an instance remembers, as its handlers receive it: frozen. `undefined` if its process has no context. */
export function openContext(instance: InstanceRecord, definition: ProcessDefinition): Readonly<Record<string, unknown>> | undefined {
  // The context of a chart is whatever the chart makes of it.
  const json = definition.chart === undefined ? contextOf(instance, definition) : (instance.context ?? undefined);
  return json === undefined ? undefined : freeze(readContext(json));
}

/** The context of an instance, which may have begun before its process had one. */
function contextOf({ context }: InstanceRecord, definition: ProcessDefinition): string | undefined {
  return definition.context === undefined ? undefined : (context ?? definition.context.initial);
}

export interface ReturnedPatch {
  readonly instance: InstanceRecord;
  readonly definition: ProcessDefinition;
  /** What the handler returned. */
  readonly returned: unknown;
  /** Of the context, in bytes. */
  readonly limit: number;
  /** Where, for an error message. */
  readonly place: string;
}

/**
 * What a handler's patch makes of its instance's context; `undefined` if nothing. It answers at once unless the schema is asynchronous.
 * @throws ProcessError `CONTEXT_INVALID`
 */
export function changeContext(patch: ReturnedPatch): ContextChange | undefined | Promise<ContextChange | undefined> {
  const { instance, definition, returned, limit, place } = patch;
  const before = contextOf(instance, definition);
  if (definition.context === undefined || before === undefined || returned === undefined) return undefined;
  if (!isPlainObject(returned)) refuse(place, `the handler returned ${describeKind(returned)}, not an object of keys to change`);
  if (isStagedCommand(returned)) {
    refuse(place, "the handler returned what a command resolves with, not a patch; write braces around the body of the arrow function");
  }
  const merged = { ...readContext(before) };
  for (const key of Object.keys(returned)) if (returned[key] !== undefined) merged[key] = returned[key];
  const finish = (accepted: WrittenJson): ContextChange | undefined => {
    if ("problem" in accepted) return refuse(place, accepted.problem, accepted.cause);
    const kept = readContext(accepted.json);
    const lost = Object.keys(returned).find((key) => returned[key] !== undefined && !Object.hasOwn(kept, key));
    if (lost !== undefined)
      refuse(place, `the schema of the context has no key ${JSON.stringify(lost)}, so what was returned for it would be lost`);
    return compareContexts(instance.context, accepted.json);
  };
  const accepted = acceptContext(definition.context.schema, merged, limit);
  return accepted instanceof Promise ? accepted.then(finish) : finish(accepted);
}

/** An arrow function without braces returns what its only command resolves with. */
function isStagedCommand(returned: Readonly<Record<string, unknown>>): boolean {
  return typeof returned.commandId === "string" && returned.dueAt instanceof Date && Object.keys(returned).length === 2;
}

function refuse(place: string, problem: string, cause?: unknown): never {
  throw new ProcessError("CONTEXT_INVALID", `${place}: ${problem}`, {
    hint: "A handler returns an object with the keys of the context that it changes, or nothing. Values are plain JSON and match the schema of the context.",
    details: { problem },
    cause,
  });
}

/**
 * Whether the process says that an instance whose context is `json` is complete.
 * @throws ProcessError `COMPLETE_WHEN_INVALID`
 */
export function isComplete({ completeWhen, process, context }: ProcessDefinition, json: string | null): boolean {
  if (completeWhen === undefined) return false;
  let answer: unknown;
  let problem: string;
  try {
    answer = completeWhen({ context: freeze(readContext(json ?? context?.initial ?? "{}")) });
    if (typeof answer === "boolean") return answer;
    problem = `returned ${describeKind(answer)}, which is neither true nor false`;
  } catch (error) {
    problem = `threw: ${errorToText(error)}`;
  }
  dropPromises(answer);
  throw new ProcessError("COMPLETE_WHEN_INVALID", `process "${process}": completeWhen ${problem}`, {
    hint: "Write completeWhen: ({ context }) => context.paid && context.packed. It is synchronous and asks nothing but the context.",
    details: { process, problem },
  });
}

/** Freezes a JSON value at every depth: what a handler changes in it by assignment would be lost without a word. */
export function freeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  for (const item of Object.values(value)) freeze(item);
  return Object.freeze(value);
}
