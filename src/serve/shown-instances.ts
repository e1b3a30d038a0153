import type { InstanceFilter } from "../store/instances.ts";
import type { Store } from "../store/store.ts";
import { countOf } from "../platform/count-of.ts";

/** How many instances match, by process. */
export type MatchingCounts = ReadonlyMap<string, number>;

const PAGE = 1_000;

/** Counts the stored instances that match `filter`. */
export function countMatching({ instances }: Pick<Store, "instances">, filter: InstanceFilter): MatchingCounts {
  const counts = new Map<string, number>();
  const add = (process: string, count: number) => counts.set(process, (counts.get(process) ?? 0) + count);
  if (filter.aggregateId === undefined) {
    for (const { process, status, count } of instances.counts()) {
      if ((filter.process ?? process) === process && (filter.status ?? status) === status) add(process, count);
    }
    return counts;
  }
  // No counts are kept by aggregate, but an aggregate has few instances.
  for (let cursor: number | undefined; ;) {
    const page = instances.find(filter, PAGE, cursor);
    for (const { process } of page) add(process, 1);
    cursor = page.at(-1)?.cursor;
    if (cursor === undefined) return counts;
  }
}

export interface Shown {
  readonly filter: InstanceFilter;
  readonly limit: number;
  /** Whether there is a definition of a process. Without it an instance cannot be drawn. */
  readonly isDefined: (process: string) => boolean;
}

/** Says, a line each, which of the instances that match are shown and which are not. */
export function describeMatching(counts: MatchingCounts, { filter, limit, isDefined }: Shown): readonly string[] {
  const drawable = [...counts].reduce((sum, [process, count]) => sum + (isDefined(process) ? count : 0), 0);
  const all = countOf(drawable, "instance") + describeFilter(filter);
  const begins = drawable > limit ? `the newest ${limit.toLocaleString("en-US")} of ${all}` : all;
  const gone = [...counts].filter(([process]) => !isDefined(process));
  return [
    `shows ${begins}, and what such instances do from now on`,
    ...gone.map(([process, count]) => `not shown: ${countOf(count, "instance")} of ${process}, which has no definition any more`),
  ];
}

function describeFilter({ process, aggregateId, status }: InstanceFilter): string {
  const parts = [process && ` of ${process}`, aggregateId !== undefined && ` for ${aggregateId}`, status && ` with status ${status}`];
  return parts.filter(Boolean).join("");
}
