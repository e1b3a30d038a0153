import type { Situation } from "../decide/next-step.ts";
import { idToKey } from "../memory/mailbox-id.ts";
import type { Deciding } from "./host.ts";

/** What a mailbox has to do, at this moment. */
export function readSituation(id: string, { clock, router, memory, isNewer }: Deciding): Situation {
  const { process } = idToKey(id);
  const { instance, entries } = memory.activations.find(id);
  return {
    instance,
    entries,
    now: clock.now(),
    routeOf: (type) => router(type).find((route) => route.process === process),
    hasEventBefore: (moment) => memory.activations.hasEventBefore(id, moment),
    // Of a lane, one that has been tried comes first.
    hasCommandBefore: (processId, moment) => memory.lanes.next(processId, moment - 1)?.attempts === 0,
    isNewer: (processId) => isNewer(process, processId, instance),
  };
}
