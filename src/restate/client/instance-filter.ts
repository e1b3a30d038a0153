import type { StateValue } from "../../definition/model/instance.ts";
import type { ProcessDefinition } from "../../definition/model/definition.ts";
import { type ProcessFilter, processFilterFields } from "../../observe/processes.ts";
import { checkState, matchesState } from "../../observe/state-filter.ts";
import { checkWhere } from "../../observe/where.ts";
import { checkFilter } from "../../observe/page.ts";
import { isSuspended } from "../../runtime/decide/instance.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import { quote, text } from "../admin/sql.ts";

/** What the definitions at hand say of the processes that are asked for. */
export type Definitions = ReadonlyMap<string, Pick<ProcessDefinition, "index" | "context">>;

/**
 * As on every host, `where` asks for keys that `index` of the process names, though the server has no index for them.
 * @throws ProcessError `CONFIG_INVALID`, `WHERE_INVALID`
 */
export function checkInstanceFilter(filter: ProcessFilter, definitions: Definitions): void {
  checkFilter(filter, processFilterFields);
  const read = (process: string) => (definitions.get(process)?.index ?? []).map((key) => ({ key, isBuilt: true }));
  checkWhere({ contextIndex: { read } }, filter);
  if (filter.state !== undefined) checkState(filter.state, "state");
}

/** Whether SQL cannot decide all of a filter, so that its rows have to be looked at one by one. */
export function isPartlyKnown({ state, where }: ProcessFilter): boolean {
  return state !== undefined || where !== undefined;
}

export function matchesInstance(record: InstanceRecord, filter: ProcessFilter, definitions: Definitions): boolean {
  const { process, aggregateId, status, outcome, suspended, state } = filter;
  return (
    (process === undefined || record.process === process) &&
    (aggregateId === undefined || record.aggregateId === aggregateId) &&
    (status === undefined || record.status === status) &&
    (outcome === undefined || record.outcome === outcome) &&
    (suspended === undefined || isSuspended(record) === suspended) &&
    (state === undefined || (record.state !== null && matchesState(state, JSON.parse(record.state) as StateValue))) &&
    matchesWhere(record, filter, definitions)
  );
}

function matchesWhere({ process, context }: InstanceRecord, { where }: ProcessFilter, definitions: Definitions): boolean {
  if (where === undefined) return true;
  // An instance that began before its process had a context counts with the one that a new instance has.
  const values = JSON.parse(context ?? definitions.get(process)?.context?.initial ?? "{}") as Readonly<Record<string, unknown>>;
  return Object.entries(where).every(([key, value]) => Object.hasOwn(values, key) && isSame(values[key], value));
}

// As JSON writes both, so that -0 is 0, as an index has it.
function isSame(found: unknown, wanted: unknown): boolean {
  return found === wanted;
}

/**
 * A condition in SQL that every row fulfils which `suspended` and `where` choose, and that spares others the way. Rows without a context
 * are looked at, and so are all of a value that is no text.
 */
export function narrow(filter: ProcessFilter): string | undefined {
  const { suspended } = filter;
  const held = suspended === undefined ? [] : [`${text("suspended")} IS ${suspended ? "NOT " : ""}NULL`];
  const conditions = [...held, ...(narrowByWhere(filter) ?? [])];
  return conditions.length === 0 ? undefined : conditions.join(" AND ");
}

function narrowByWhere({ where = {} }: ProcessFilter): readonly string[] | undefined {
  const context = text("context");
  const texts = Object.entries(where).filter((entry): entry is [string, string] => typeof entry[1] === "string" && entry[1].isWellFormed());
  if (texts.length === 0) return undefined;
  return texts.map(([key, value]) => `(${context} IS NULL OR json_get_str(${context}, ${quote(key)}) = ${quote(value)})`);
}
