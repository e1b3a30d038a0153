import type { Memory } from "../memory/memory.ts";
import { idToKey } from "../memory/mailbox-id.ts";
import { decideIgnored, decideTimedOut } from "../decide/decide-step.ts";
import { takeStep } from "./handle-step.ts";
import type { Kernel, Run } from "./kernel.ts";
import { decideNextStep } from "../decide/next-step.ts";
import { readSituation } from "./situation.ts";

/**
 * Activates an instance: it does all that it has to do now, one committed step after another, and is forgotten again.
 * Nothing else may change the instance meanwhile. It ends early when the run stops or `isWanted` says that somebody waits
 * for the moment between two steps.
 */
export async function runActor(id: string, kernel: Kernel, run: Run, isWanted: () => boolean): Promise<void> {
  const machine = kernel.machines.get(idToKey(id).process);
  // Its definition was removed: what it has is left as it is.
  if (machine === undefined) return;
  const { clock } = kernel;
  const { activations } = run.memory;

  while (!run.isStopping && !isWanted()) {
    const situation = readSituation(id, kernel, activations);
    const { instance, entries } = situation;
    const next = decideNextStep(situation);
    switch (next.step) {
      case "wait":
        // Nothing in memory of what has ended.
        if (instance === undefined && entries.length === 0) activations.forget(id);
        return;
      case "await-definition":
        run.noteAwaited(next.entry);
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

/** Whether the instance of a mailbox has something to do now. */
export function canStep(id: string, kernel: Kernel, memory: Memory): boolean {
  if (!kernel.machines.has(idToKey(id).process)) return false;
  const { step } = decideNextStep(readSituation(id, kernel, memory.activations));
  return step !== "wait" && step !== "await-definition";
}
