import type { MailboxKey } from "../store/mailbox.ts";
import type { Changes } from "./changes.ts";
import { decideIgnored, decideTimedOut } from "./decide-step.ts";
import { takeStep } from "./handle-step.ts";
import type { Kernel, Run } from "./kernel.ts";
import { decideNextStep } from "./next-step.ts";

// The head and the handler steps before it decide; what lies behind them stays in the store.
const ENTRIES_IN_VIEW = 4;

/**
 * Activates an instance: it does all that it has to do now, one committed step after another, and is forgotten again.
 * Nothing else may change the instance meanwhile. It ends early when the run stops or `isWanted` says that somebody waits
 * for the moment between two steps.
 */
export async function runActor(key: MailboxKey, kernel: Kernel, run: Run, isWanted: () => boolean): Promise<void> {
  const machine = kernel.machines.get(key.process);
  // Its definition was removed: what it has is left as it is.
  if (machine === undefined) return;
  const { store, clock, router } = kernel;
  const starts = (type: string) => router(type).some((route) => route.starts && route.process === key.process);

  while (!run.isStopping && !isWanted()) {
    const instance = store.instances.findOpen(key);
    const next = decideNextStep({
      instance,
      entries: store.mailbox.read(key, ENTRIES_IN_VIEW),
      now: clock.now(),
      starts,
      hasEventBefore: (moment) => store.mailbox.hasEventBefore(key, moment),
    });
    let changes: Changes | undefined;
    switch (next.step) {
      case "wait":
        return;
      case "ignore":
        changes = decideIgnored(next.entry);
        break;
      case "time-out":
        changes = decideTimedOut(machine, next.instance, next.forestalled, clock.now());
        break;
      case "handle":
        changes = await takeStep(next.entry, instance, machine, kernel, run);
        break;
    }
    if (changes === undefined) return;
    await run.commitStep(changes);
  }
}
