import { ProcessError } from "../errors.ts";
import { describeKind, isPlainObject } from "../platform/json.ts";
import type { IndexedValue } from "../store/context-index.ts";
import type { Store } from "../store/store.ts";

/** Values of the context by which instances are found, by key. */
export type Where = Readonly<Record<string, IndexedValue>>;

/**
 * Refuses a `where` that no index answers, because without one the whole store would have to be read.
 * @throws ProcessError `WHERE_INVALID`, `INDEX_UNFINISHED`
 */
export function checkWhere(
  { contextIndex }: { readonly contextIndex: Pick<Store["contextIndex"], "read"> },
  { process, where }: { readonly process?: string; readonly where?: Where },
): void {
  if (where === undefined) return;
  if (!isPlainObject(where)) {
    throw refuse(`where is ${describeKind(where)}, not an object of keys and values`, 'Write where: { customerId: "c-1" }.');
  }
  const keys = Object.keys(where);
  if (process === undefined) {
    throw refuse(
      `where names ${keys.map((key) => JSON.stringify(key)).join(", ")}, but the filter names no process`,
      'An index belongs to one process: write { process: "order/order-lifecycle", where: { … } }.',
    );
  }
  const indexed = contextIndex.read(process);
  for (const key of keys) {
    const name = `where.${key} of process "${process}"`;
    const found = indexed.find((each) => each.key === key);
    if (found === undefined) {
      const known = indexed.length === 0 ? "the process has no index" : `indexed are ${indexed.map((each) => each.key).join(", ")}`;
      throw refuse(
        `${name}: ${JSON.stringify(key)} is not indexed; ${known}`,
        `Add index: [${JSON.stringify(key)}] to the config of the process; the next worker that starts with it builds the index.`,
      );
    }
    if (!isIndexedValue(where[key])) {
      throw refuse(`${name} is ${describeOther(where[key])}`, "Instances are found by a text, a number, true, false or null.");
    }
    if (!found.isBuilt) {
      throw new ProcessError("INDEX_UNFINISHED", `processes.find: ${name}: the index is still being built`, {
        hint: "The worker builds it step by step while it works. Ask again in a moment.",
        details: { process, key },
      });
    }
  }
}

function isIndexedValue(value: unknown): value is IndexedValue {
  return value === null || typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

function describeOther(value: unknown): string {
  if (value === undefined || typeof value === "number") return String(value);
  return isPlainObject(value) ? "an object" : describeKind(value);
}

function refuse(problem: string, hint: string): ProcessError {
  return new ProcessError("WHERE_INVALID", `processes.find: ${problem}`, { hint });
}
