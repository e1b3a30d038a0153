import type { ProcessDefinition } from "../model/definition.ts";
import type { Report } from "../report/report.ts";
import { suggestName } from "../../platform/suggest.ts";

/** Reports keys of an index that the context does not have, or may not have. */
export function checkContextIndex(
  definitions: readonly ProcessDefinition[],
  configFile: (definition: ProcessDefinition) => string,
  report: Report,
): void {
  for (const definition of definitions) {
    const { index, context, chart } = definition;
    if (index.length === 0) continue;
    const file = configFile(definition);
    // What is wrong with a context has been reported.
    if (context === undefined && chart === undefined) {
      report.error("CONTEXT_INDEX_INVALID", {
        file,
        reason: `index names ${index.join(", ")}, but the process has no context`,
        fix: "Give the process a context with these keys, or remove index.",
      });
    }
    const keys = context?.initial === undefined ? chart?.contextKeys : Object.keys(JSON.parse(context.initial) as object);
    if (keys === undefined) continue;
    for (const key of index.filter((name) => !keys.includes(name))) {
      const close = suggestName(key, keys);
      report.warning("CONTEXT_INDEX_UNKNOWN", {
        file,
        reason: `index names ${JSON.stringify(key)}, which a new instance's context does not have${close === undefined ? "" : `; did you mean "${close}"?`}`,
        fix: `Give ${JSON.stringify(key)} a ${chart === undefined ? "default" : "value"} ${chart === undefined ? "in the schema of the context" : "in the context of the machine"}, or rename it. An instance without the key is not found by it.`,
      });
    }
  }
}
