import type { Database } from "./driver/database.ts";
import type { Status } from "../../definition/model/instance.ts";
import type { IndexedFilter, StateOfProcess } from "../instances.ts";

/** A process and a status of its instances. */
export interface Standing {
  readonly process: string;
  readonly status: Status;
}

/** The states that instances are in, each once; of `process` alone, if it is given. */
export function prepareStates(database: Database): (process?: string) => readonly StateOfProcess[] {
  return preparePairs<StateOfProcess>(database, {
    column: "state",
    from: "perdure_instances INDEXED BY perdure_instances_by_state WHERE state IS NOT NULL AND",
  });
}

/**
 * The processes and statuses that a filter by them leaves, as the instances have them. `undefined` where the filter has neither, or something that
 * leaves fewer instances.
 */
export function preparePlaces(database: Database): (filter: IndexedFilter) => readonly Standing[] | undefined {
  const list = preparePairs<Standing>(database, {
    column: "status",
    from: "perdure_instances INDEXED BY perdure_instances_by_status WHERE",
  });
  return ({ process, status, aggregateId, outcome, suspended, where }) => {
    if (process === undefined && status === undefined) return undefined;
    if (aggregateId !== undefined || outcome !== undefined || suspended === true || where !== undefined) return undefined;
    if (process !== undefined && status !== undefined) return [{ process, status }];
    return list(process).filter((place) => status === undefined || place.status === status);
  };
}

/**
 * The pairs are few beside the instances, so each is looked up behind the one before: within its process, and then in the next. One
 * comparison of both columns would go through all instances of a pair.
 */
function preparePairs<Pair extends { readonly process: string }>(
  database: Database,
  { column, from }: { readonly column: keyof Pair & string; readonly from: string },
): (process?: string) => readonly Pair[] {
  const within = database.prepare<[string, string], Pair>(
    `SELECT process, ${column} FROM ${from} process = ? AND ${column} > ? ORDER BY ${column} LIMIT 1`,
  );
  const beyond = database.prepare<[string], Pair>(`SELECT process, ${column} FROM ${from} process > ? ORDER BY process, ${column} LIMIT 1`);
  return (process) => {
    const pairs: Pair[] = [];
    let found = process === undefined ? beyond.get("") : within.get(process, "");
    while (found !== undefined) {
      pairs.push(found);
      // The column is one of text.
      found = within.get(found.process, found[column] as string) ?? (process === undefined ? beyond.get(found.process) : undefined);
    }
    return pairs;
  };
}
