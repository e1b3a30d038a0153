import { describeValue, type Report } from "../report/report.ts";

const fix = 'Name keys of the context: index: ["customerId"].';

/** The keys that `given` names, each once. `file` is named in what is reported. */
export function readIndex(given: unknown, file: string, report: Report): readonly string[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    const reason = `index has to be an array of keys of the context, but is ${describeValue(given)}`;
    report.error("CONTEXT_INDEX_INVALID", { file, reason, fix });
    return [];
  }
  const keys = new Set<string>();
  for (const key of given as readonly unknown[]) {
    if (typeof key === "string" && key !== "") keys.add(key);
    else {
      const reason = `index names keys of the context, but ${describeValue(key)} is not the name of a key`;
      report.error("CONTEXT_INDEX_INVALID", { file, reason, fix });
    }
  }
  return [...keys];
}
