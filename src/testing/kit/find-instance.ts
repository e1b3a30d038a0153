import type { ProcessInstance } from "../../definition/model/handler.ts";
import { ProcessError } from "../../errors.ts";
import type { ProcessFilter } from "../../observe/processes.ts";
import type { ProcessSystem } from "../../system/process-system.ts";

/**
 * The newest instance of an aggregate, or of those that match.
 * @throws ProcessError `CONFIG_INVALID` if several processes have instances that match and none is named
 */
export function findInstance({ processes }: ProcessSystem, of: string | ProcessFilter): ProcessInstance | undefined {
  const filter = typeof of === "string" ? { aggregateId: of } : of;
  if (filter.process !== undefined) return processes.find({ ...filter, limit: 1 })[0];
  const found = processes.find(filter);
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
