import { ProcessError } from "../../errors.ts";
import type { Logger } from "../../platform/logger.ts";
import type { ScheduleRecord } from "../../store/schedules.ts";
import type { TimerRecord } from "../../store/timers.ts";
import { beginSchedules } from "../ingress/schedules.ts";
import type { Ingress } from "../ingress/ingress.ts";

/** Has the latest deployment look at its schedules, for a client that starts and goes on without it. */
export async function tryToBeginSchedules(ingress: Pick<Ingress, "send">, service: string, logger: Logger): Promise<void> {
  try {
    await beginSchedules(ingress, service);
  } catch (error) {
    if (!ProcessError.is(error)) throw error;
    logger.warn(`the schedules of the domain have not been begun by this start: ${error.message}`, { error });
  }
}

/** The next moments of schedules. */
export function listScheduleTimers(records: readonly ScheduleRecord[]): readonly TimerRecord[] {
  return records.flatMap(({ schedule, dueAt, cron, timeZone }) =>
    dueAt === null
      ? []
      : [
          {
            kind: "schedule" as const,
            dueAt,
            id: schedule,
            process: schedule,
            aggregateId: "",
            processId: null,
            command: null,
            lane: null,
            name: `${cron} ${timeZone}`,
          },
        ],
  );
}
