import type { Status } from "../../definition/model/instance.ts";
import type { InstanceRecord } from "../instances.ts";
import type { Tally } from "./tally.ts";

/** The columns by which an instance is counted. */
export type Counted = Pick<InstanceRecord, "process" | "status" | "endedAt" | "fingerprint">;

/** How many instances of a process have a status, by whether they are open and by the machine that wrote them last. */
export interface InstanceCount {
  readonly process: string;
  readonly status: Status;
  readonly isOpen: boolean;
  readonly fingerprint: string;
  readonly count: number;
}

const PREFIX = "instances\n";

/** Counts an instance in (`by` 1) or out (-1). */
export function countInstance(tally: Tally, { process, status, endedAt, fingerprint }: Counted, by: 1 | -1): void {
  tally.add(`${PREFIX}${process}\n${status}\n${endedAt === null ? "open" : "ended"}\n${fingerprint}`, by);
}

/** Whether two rows of an instance count towards the same number. */
export function countsAlike(one: Counted, other: Counted): boolean {
  return one.status === other.status && (one.endedAt === null) === (other.endedAt === null) && one.fingerprint === other.fingerprint;
}

export function readInstanceCounts(tally: Tally): readonly InstanceCount[] {
  return tally
    .read(PREFIX)
    .filter(({ value }) => value > 0)
    .map(({ name, value }) => {
      // The parts come in the order in which countInstance writes them.
      const [process, status, openness, fingerprint] = name.slice(PREFIX.length).split("\n") as [string, Status, string, string];
      return { process, status, isOpen: openness === "open", fingerprint, count: value };
    });
}

/** The counts, added up by the key that `pick` makes of each. */
export function sumBy<Group extends object>(
  counts: readonly InstanceCount[],
  pick: (count: InstanceCount) => Group,
): readonly (Group & { readonly count: number })[] {
  const sums = new Map<string, Group & { readonly count: number }>();
  for (const count of counts) {
    const group = pick(count);
    const name = JSON.stringify(group);
    sums.set(name, { ...group, count: (sums.get(name)?.count ?? 0) + count.count });
  }
  return [...sums.values()];
}
