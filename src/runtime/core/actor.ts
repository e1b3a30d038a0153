import type { ProcessMachine } from "../../machine/process-machine.ts";
import { toPrintable } from "../../platform/printable.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import { listOpenLetters, prepareDiscard } from "../commit/settle-letter.ts";
import type { MailboxEntry } from "../../store/mailbox.ts";
import type { Changes } from "../decide/changes.ts";
import { decideCancelled, isCancelOrder } from "../decide/decide-cancelled.ts";
import { decideFired } from "../decide/decide-charted.ts";
import { decideIgnored, decideTimedOut } from "../decide/decide-step.ts";
import { decideNextStep } from "../decide/next-step.ts";
import { idToKey } from "../memory/mailbox-id.ts";
import { takeStep } from "./handle-step.ts";
import type { Deciding, Host } from "./host.ts";
import { readSituation } from "./situation.ts";

/**
 * Activates an instance: it does all that it has to do now, one committed step after another, and is forgotten again.
 * Nothing else may change the instance meanwhile. It ends early when the host stops or `isWanted` says that somebody waits
 * for the moment between two steps. `onLook` is called before each look at what the instance has to do.
 */
export async function runActor(id: string, host: Host, isWanted: () => boolean, onLook: () => void = () => {}): Promise<void> {
  const machine = host.machines.get(idToKey(id).process);
  // Its definition was removed: what it has is left as it is.
  if (machine === undefined) return;
  const { activations } = host.memory;

  while (!host.isStopping && !isWanted()) {
    onLook();
    const situation = readSituation(id, host);
    const { instance, entries } = situation;
    const next = decideNextStep(situation);
    switch (next.step) {
      case "wait":
        // Nothing in memory of what has ended.
        if (instance === undefined && entries.length === 0) activations.forget(id);
        return;
      case "await-definition":
        host.noteAwaited(next.entry);
        return;
      case "await-version":
        host.noteNewer(idToKey(id).process, next.processId);
        return;
      case "await-command":
        host.holdSteps(id);
        return;
      case "keep":
        host.noteKept(next.until);
        return;
      case "ignore": {
        const { applied } = await host.commit(decideIgnored(next.entry));
        if (applied && next.entry.keptUntil !== null) tellGone(next.entry, host);
        break;
      }
      case "fire":
        await host.commit(decideFired(machine, next.instance, next.timer, host.clock.now()));
        break;
      case "discard":
        await host.commit(() => prepareDiscard(host.store, machine, next.instance, host.clock.now()));
        break;
      case "time-out":
        await host.commit(decideTimedOut(machine, next.instance, next.forestalled, host.clock.now()));
        break;
      case "handle":
        if (isCancelOrder(next.entry)) await host.commit(cancelInstance(next.entry, { machine, instance }, host));
        else if (!(await takeStep({ entry: next.entry, open: instance, machine, commit: host.commit }, host))) return;
        break;
    }
  }
}

function cancelInstance(
  entry: MailboxEntry,
  { machine, instance }: { readonly machine: ProcessMachine; readonly instance: InstanceRecord | undefined },
  { store, clock }: Host,
): Changes {
  const entries = store.mailbox.read(entry, Number.MAX_SAFE_INTEGER);
  const letters = instance === undefined ? [] : listOpenLetters(store.deadLetters, instance.processId);
  return decideCancelled(entry, instance, { machine, entries, letters, now: clock.now() });
}

function tellGone({ process, aggregateId, event }: MailboxEntry, { logger }: Host): void {
  logger.info(
    toPrintable(
      `process "${process}", aggregate ${JSON.stringify(aggregateId)}: ${event.type} goes, because no instance has started for it in time`,
    ),
    { process, aggregateId, type: event.type, eventId: event.eventId },
  );
}

/** Whether the instance of a mailbox has something to do now. */
export function canStep(id: string, host: Deciding): boolean {
  if (!host.machines.has(idToKey(id).process)) return false;
  const { step } = decideNextStep(readSituation(id, host));
  return step !== "wait" && step !== "keep" && step !== "await-definition" && step !== "await-version" && step !== "await-command";
}
