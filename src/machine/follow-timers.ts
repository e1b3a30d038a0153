import type { ChartTimer } from "../definition/model/chart-record.ts";
import type { ProcessEvent } from "../definition/model/event.ts";
import { LAST_MOMENT, readDuration } from "../platform/duration.ts";
import { type ChartNames, nameTimer } from "./chart-names.ts";
import type { ExecutedAction } from "./inert-scope.ts";
import type { ChartMove, ChartPosition } from "./own-chart.ts";

interface TimersBefore {
  readonly at: ChartPosition | undefined;
  readonly event: ProcessEvent;
  readonly names: ChartNames;
  /** The timer that has just come due. */
  readonly fired: string | undefined;
}

/** Starts and ends timers in the order in which the chart asks for it. Their moments count from the event, which gives the same after a delay. */
export function followTimers(
  performed: readonly ExecutedAction[],
  { at, event, names, fired }: TimersBefore,
): Pick<ChartMove, "timers" | "starts"> {
  const going = new Map((at?.timers ?? []).filter(({ id }) => id !== fired).map((timer) => [timer.id, timer]));
  const starts = new Map<string, ChartTimer>();
  const idOf = (sendId: string | undefined, type: string) => {
    const after = names.findTimer(type);
    if (after !== undefined) return nameTimer(after);
    // What has a name of its own is not taken for an event of that type.
    return sendId === undefined ? `raise ${type}` : `raise ${JSON.stringify(sendId)}`;
  };
  for (const { type, params } of performed) {
    if (type === "xstate.cancel") {
      const { sendId } = params as { readonly sendId: string };
      const id = idOf(sendId, sendId);
      going.delete(id);
      starts.delete(id);
    }
    if (type !== "xstate.raise") continue;
    const { event: raised, delay, id: sendId } = params as { readonly event: { readonly type: string }; delay?: unknown; id?: string };
    if (delay === undefined) continue;
    const delayMs = typeof delay === "number" ? readDuration(delay) : undefined;
    if (delayMs === undefined) {
      const told = typeof delay === "number" ? delay : JSON.stringify(delay);
      throw new TypeError(`the delay of ${raised.type} is ${told}, which is not a number of milliseconds`);
    }
    const after = names.findTimer(raised.type);
    const id = after === undefined ? freeId(idOf(sendId, raised.type), sendId, { going, starts }) : idOf(sendId, raised.type);
    going.delete(id);
    const dueAt = Math.min(event.occurredAt.getTime() + delayMs, LAST_MOMENT);
    starts.set(id, after === undefined ? { id, dueAt, event: raised } : { id, dueAt, after });
  }
  return { timers: [...going.values()], starts: [...starts.values()] };
}

/** Events that are raised without a name of their own do not take each other's place. */
function freeId(
  id: string,
  sendId: string | undefined,
  { going, starts }: { readonly going: ReadonlyMap<string, unknown>; readonly starts: ReadonlyMap<string, unknown> },
): string {
  if (sendId !== undefined) return id;
  let free = id;
  for (let number = 2; going.has(free) || starts.has(free); number += 1) free = `${id} ${number}`;
  return free;
}
