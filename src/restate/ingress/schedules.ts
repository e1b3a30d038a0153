import { systemIds } from "../../platform/ids.ts";
import type { ScheduleRecord } from "../../store/schedules.ts";
import { SCHEDULES_KEY } from "../wire/kept-schedules.ts";
import type { Ingress, Target } from "./ingress.ts";

/** `service`: the object of the schedules. */
function targetOfSchedules(service: string, handler: "begin" | "read"): Target {
  return { service, key: SCHEDULES_KEY, handler };
}

/** The schedules that the server knows, by name; none before the first deployment that has schedules was registered. */
export async function readSchedules(ingress: Pick<Ingress, "call">, service: string): Promise<readonly ScheduleRecord[]> {
  return (await ingress.call(targetOfSchedules(service, "read"), undefined, {})) as readonly ScheduleRecord[];
}

/**
 * Has the latest deployment compare what is kept of the schedules with what it defines, whatever is defined here. Resolves when that is durable.
 * @throws ProcessError as `Ingress` does
 */
export async function beginSchedules(ingress: Pick<Ingress, "send">, service: string): Promise<void> {
  await ingress.send(targetOfSchedules(service, "begin"), systemIds.next(), {});
}
