import type { WrittenJson } from "../../platform/json.ts";
import { dropPromise } from "../../platform/promises.ts";
import { acceptContext } from "../model/accept-context.ts";
import type { ContextDefinition } from "../model/context.ts";
import type { ProcessDefinition } from "../model/definition.ts";
import { isStandardSchema, type StandardSchema } from "../model/standard-schema.ts";
import { describeValue, type Report } from "../report/report.ts";

const fix =
  "Give every key a default, such as z.object({ paid: z.boolean().default(false) }): a new instance begins with what the schema makes of {}.";

/** What `given` says of the context; `file` is named in what is reported. An asynchronous schema is asked by `settleContext`. */
export function readContext(given: unknown, file: string, report: Report): ContextDefinition | undefined {
  if (given === undefined) return undefined;
  if (!isStandardSchema(given)) {
    report.error("CONTEXT_INVALID", {
      file,
      reason: `context has to be a Standard Schema, but is ${describeValue(given)}`,
      fix: "Give a schema of Zod (3.24 or later), Valibot, ArkType or another library that implements Standard Schema.",
    });
    return undefined;
  }
  const initial = askInitial(given);
  if (!(initial instanceof Promise)) return finish(given, initial, file, report);
  // It is asked once more where it can be awaited.
  dropPromise(initial);
  return { schema: given, initial: undefined };
}

/** The definition with its context asked, where an asynchronous schema had to be waited for. */
export async function settleContext(definition: ProcessDefinition, file: string, report: Report): Promise<ProcessDefinition> {
  const { context } = definition;
  if (context === undefined || context.initial !== undefined) return definition;
  return { ...definition, context: finish(context.schema, await askInitial(context.schema), file, report) };
}

function finish(schema: StandardSchema, initial: WrittenJson, file: string, report: Report): ContextDefinition | undefined {
  if ("json" in initial) return { schema, initial: initial.json };
  report.error("CONTEXT_INVALID", { file, reason: initial.problem, fix });
  return undefined;
}

/** What the schema makes of `{}`, provided that it accepts that again, as it has to at each step. */
function askInitial(schema: StandardSchema): WrittenJson | Promise<WrittenJson> {
  const repeat = (first: WrittenJson): WrittenJson | Promise<WrittenJson> => {
    if ("problem" in first) return { problem: `the context of a new instance, {}, is not accepted: ${first.problem}` };
    const compare = (second: WrittenJson): WrittenJson => {
      if ("json" in second && second.json === first.json) return first;
      const what = "problem" in second ? second.problem : `it becomes ${second.json}`;
      return { problem: `the schema does not keep what it has made itself: of {} it makes ${first.json}, and of that: ${what}` };
    };
    return whenKnown(acceptContext(schema, JSON.parse(first.json), LARGEST), compare);
  };
  return whenKnown(acceptContext(schema, {}, LARGEST), repeat);
}

// Of a text that the definition itself gives, the limit of the system says nothing yet.
const LARGEST = Number.MAX_SAFE_INTEGER;

function whenKnown<Value, Result>(
  value: Value | Promise<Value>,
  use: (value: Value) => Result | Promise<Result>,
): Result | Promise<Result> {
  return value instanceof Promise ? value.then(use) : use(value);
}
