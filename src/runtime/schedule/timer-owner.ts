import type { TimerRecord } from "../../store/timers.ts";
import { keyToId } from "../memory/mailbox-id.ts";

/** Who is woken when a timer is due, as its runner names it: a lane, a schedule, or the mailbox of an instance. */
export function timerOwner(timer: TimerRecord): string {
  if (timer.kind === "command") return timer.lane!;
  return timer.kind === "schedule" ? timer.process : keyToId(timer);
}
