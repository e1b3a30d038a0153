import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { Migrated } from "../decide/migrated.ts";
import type { AttemptResult } from "./attempt.ts";
import { limitHandler } from "./attempt-settings.ts";
import type { Host } from "./host.ts";
import { migrate } from "./migrate.ts";

/** Migrates an instance of an older version; an asynchronous schema has the time of an attempt. */
export function tryToMigrate(
  stored: InstanceRecord,
  machine: ProcessMachine,
  { settings, attempts, clock }: Host,
): AttemptResult<Migrated> | Promise<AttemptResult<Migrated>> {
  try {
    const migrated = migrate(stored, { machine, limit: settings.limits.context, now: clock.now() });
    if (!(migrated instanceof Promise)) return { outcome: "succeeded", value: migrated };
    return attempts.run(() => migrated, {
      name: () => `process "${stored.process}", aggregate "${stored.aggregateId}", migrations`,
      limit: limitHandler(machine.definition, settings),
    });
  } catch (error) {
    return { outcome: "failed", error };
  }
}
