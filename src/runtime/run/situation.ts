import type { Kernel } from "./kernel.ts";
import { idToKey } from "../memory/mailbox-id.ts";
import type { Activations } from "../memory/activations.ts";
import type { Situation } from "../decide/next-step.ts";

/** What there is to be done for a mailbox, at this moment. */
export function readSituation(id: string, { clock, router }: Pick<Kernel, "clock" | "router">, activations: Activations): Situation {
  const { process } = idToKey(id);
  const { instance, entries } = activations.find(id);
  return {
    instance,
    entries,
    now: clock.now(),
    routeOf: (type) => router(type).find((route) => route.process === process),
    hasEventBefore: (moment) => activations.hasEventBefore(id, moment),
  };
}
