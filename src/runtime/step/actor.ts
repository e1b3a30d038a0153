import { idToKey } from "../schedule/mailbox-id.ts";
import { decideIgnored, decideTimedOut } from "./decide-step.ts";
import { takeStep } from "./handle-step.ts";
import type { Kernel, Run } from "../kernel.ts";
import { decideNextStep } from "./next-step.ts";

/**
 * Activates an instance: it does all that it has to do now, one committed step after another, and is forgotten again.
 * Nothing else may change the instance meanwhile. It ends early when the run stops or `isWanted` says that somebody waits
 * for the moment between two steps.
 */
export async function runActor(id: string, kernel: Kernel, run: Run, isWanted: () => boolean): Promise<void> {
  const key = idToKey(id);
  const machine = kernel.machines.get(key.process);
  // Its definition was removed: what it has is left as it is.
  if (machine === undefined) return;
  const { clock, router } = kernel;
  const { activations } = run.memory;
  const starts = (type: string) => router(type).some((route) => route.starts && route.process === key.process);

  while (!run.isStopping && !isWanted()) {
    const { instance, entries } = activations.find(id);
    const next = decideNextStep({
      instance,
      entries,
      now: clock.now(),
      starts,
      hasEventBefore: (moment) => activations.hasEventBefore(id, moment),
    });
    switch (next.step) {
      case "wait":
        // Nothing in memory of what has ended.
        if (instance === undefined && entries.length === 0) activations.forget(id);
        return;
      case "ignore":
        await run.commitStep(decideIgnored(next.entry));
        break;
      case "time-out":
        await run.commitStep(decideTimedOut(machine, next.instance, next.forestalled, clock.now()));
        break;
      case "handle":
        if (!(await takeStep(next.entry, instance, machine, kernel, run))) return;
        break;
    }
  }
}
