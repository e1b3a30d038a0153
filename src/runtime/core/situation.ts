import type { Situation } from "../decide/next-step.ts";
import type { Activation } from "../memory/activations.ts";
import { idToKey } from "../memory/mailbox-id.ts";
import type { Deciding } from "./host.ts";

/** What a mailbox has to do, at this moment. */
export function readSituation(id: string, host: Deciding): Situation {
  const { activations } = host.memory;
  return describeSituation(id, activations.find(id), (moment) => activations.hasEventBefore(id, moment), host);
}

/** What a mailbox has to do, at this moment, if that is what is open and waits there. */
export function describeSituation(
  id: string,
  { instance, entries }: Pick<Activation, "instance" | "entries">,
  hasEventBefore: Situation["hasEventBefore"],
  { clock, router, memory, isNewer }: Deciding,
): Situation {
  const { process } = idToKey(id);
  return {
    instance,
    entries,
    now: clock.now(),
    routeOf: (type) => router(type).find((route) => route.process === process),
    hasEventBefore,
    // Of a lane, one that has been tried comes first.
    hasCommandBefore: (processId, moment) => memory.lanes.next(processId, moment - 1)?.attempts === 0,
    isNewer: (processId) => isNewer(process, processId, instance),
  };
}
