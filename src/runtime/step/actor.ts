import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxEntry, MailboxKey } from "../../store/mailbox.ts";
import type { Store } from "../../store/store.ts";
import type { Changes } from "./changes.ts";
import { decideIgnored, decideTimedOut } from "./decide-step.ts";
import { takeStep } from "./handle-step.ts";
import type { Kernel, Run } from "../kernel.ts";
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

  let view = readView(store, key);
  while (!run.isStopping && !isWanted()) {
    const next = decideNextStep({
      ...view,
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
        changes = await takeStep(next.entry, view.instance, machine, kernel, run);
        break;
    }
    if (changes === undefined) return;
    await run.commitStep(changes);
    view = advanceView(view, changes) ?? readView(store, key);
  }
}

/** What the actor knows of its instance between two reads of the store. */
interface View {
  readonly instance: InstanceRecord | undefined;
  readonly entries: readonly MailboxEntry[];
  /** Whether `entries` were all there was. What comes later wakes the actor again. */
  readonly isWhole: boolean;
}

function readView(store: Store, key: MailboxKey): View {
  const entries = store.mailbox.read(key, ENTRIES_IN_VIEW);
  return { instance: store.instances.findOpen(key), entries, isWhole: entries.length < ENTRIES_IN_VIEW };
}

/** The view after a plain step, which spares a read; `undefined` after any other. */
function advanceView({ instance, entries, isWhole }: View, { source, instance: next, followUp }: Changes): View | undefined {
  if (!isWhole || source.from !== "mailbox" || source.failure !== undefined || followUp !== undefined) return undefined;
  // The step of an ended instance's own handler says nothing of the open one.
  if (next !== undefined && instance !== undefined && next.processId !== instance.processId) return undefined;
  const open = next === undefined ? instance : next;
  return {
    instance: open?.endedAt === null ? open : undefined,
    entries: entries.filter(({ event }) => event.position !== source.position),
    isWhole,
  };
}
