import type { ProcessInstance } from "../../definition/model/instance.ts";
import { ProcessError } from "../../errors.ts";
import { findInstances, type ProcessFilter } from "../../observe/processes.ts";
import type { Store } from "../../store/store.ts";

/**
 * The newest instance of an aggregate, or the newest that matches.
 * @throws ProcessError `CONFIG_INVALID` if several processes have instances that match and no process is named
 */
export function findInstance(store: Pick<Store, "instances" | "contextIndex">, of: string | ProcessFilter): ProcessInstance | undefined {
  const filter = typeof of === "string" ? { aggregateId: of } : of;
  if (filter.process !== undefined) return findInstances(store, { ...filter, limit: 1 })[0];
  const found = findInstances(store, filter);
  const names = [...new Set(found.map(({ process }) => process))];
  if (names.length <= 1) return found[0];
  throw new ProcessError(
    "CONFIG_INVALID",
    `instance: ${names.length} processes have instances of ${JSON.stringify(filter)}: ${names.join(", ")}`,
    {
      hint: `Say which: instance({ process: "${names[0]}", … }).`,
    },
  );
}
