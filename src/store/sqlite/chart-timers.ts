import type { Database } from "./driver/database.ts";
import { type ChartTimer, readChartRecord } from "../../definition/model/chart-record.ts";
import type { InstanceRecord } from "../instances.ts";

/** The timers of charts as rows. Call its methods inside the transaction that writes the instance. */
export interface ChartTimers {
  /** `undefined`: the instance is new. */
  replace(before: InstanceRecord | undefined, instance: InstanceRecord): void;
}

/**
 * A timer is a fact of its instance's row. It has a row of its own as long as it can come due, which is while the instance is `started` and not
 * suspended, so that an index finds what is due.
 */
export function createChartTimers(database: Database): ChartTimers {
  const put = database.prepare<[string, string, string, string, number]>(`
    INSERT INTO perdure_timers (id, process_id, process, aggregate_id, due_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at`);
  const remove = database.prepare<[string]>("DELETE FROM perdure_timers WHERE id = ?");

  return {
    replace: (before, instance) => {
      const [old, now] = [listTimers(before), listTimers(instance)];
      const { processId, process, aggregateId } = instance;
      for (const { id } of old) if (!now.some((timer) => timer.id === id)) remove.run(nameTimerRow(processId, id));
      for (const { id, dueAt } of now) {
        if (!old.some((timer) => timer.id === id && timer.dueAt === dueAt))
          put.run(nameTimerRow(processId, id), processId, process, aggregateId, dueAt);
      }
    },
  };
}

/** A timer's name among those of all instances. A processId has no space in it, so that those of one instance lie together. */
export function nameTimerRow(processId: string, id: string): string {
  return `${processId} ${id}`;
}

function listTimers(instance: InstanceRecord | undefined): readonly ChartTimer[] {
  const isRunning = instance?.status === "started" && instance.endedAt === null && instance.suspended === null;
  return isRunning ? readChartRecord(instance.chart).timers : [];
}
