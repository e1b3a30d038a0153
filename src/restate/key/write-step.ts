import { deliverEvent } from "../../runtime/commit/accept.ts";
import { writeChanges, type WriteTarget } from "../../runtime/commit/write-changes.ts";
import type { AddressedEvent, Changes } from "../../runtime/decide/changes.ts";
import type { NewEvent } from "../../store/events.ts";
import type { JournalRecord } from "../../store/journal.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { RunningCommand } from "../wire/kept-key.ts";
import type { OpenKey } from "./open-key.ts";

/** What leaves a key with a step that was written. */
export interface StepWritten {
  /** `false`: what the step would have used up is not there, so nothing was written. */
  readonly applied: boolean;
  /** Events for this key or others, which are accepted like all events. */
  readonly events: readonly AddressedEvent[];
  /** Events that this key had accepted, and that are for others. */
  readonly brought: readonly { readonly event: NewEvent; readonly key: MailboxKey }[];
  /** Commands that run and are not wanted any more. */
  readonly calledOff: readonly RunningCommand[];
  readonly journal: readonly JournalRecord[];
  /** The instance that has ended with the step. */
  readonly ended: string | undefined;
}

/** Writes what a step changes into a key. */
export function writeStep({ kept, store, memory, written }: OpenKey, changes: Changes): StepWritten {
  const events: AddressedEvent[] = [];
  const brought: { readonly event: NewEvent; readonly key: MailboxKey }[] = [];
  const accept: WriteTarget["accept"] = (given) => {
    events.push(...given);
    return [];
  };
  const deliver: WriteTarget["deliver"] = (event, route, keys) => {
    const own = keys.filter((aggregateId) => aggregateId === kept.key.aggregateId);
    const { position: _position, ...unplaced } = event;
    for (const aggregateId of keys)
      if (!own.includes(aggregateId)) brought.push({ event: unplaced, key: { process: route.process, aggregateId } });
    return deliverEvent({ store, activations: memory.activations }, event, route, own);
  };
  const { applied } = writeChanges({ store, memory, accept, deliver }, changes);
  if (applied && changes.isIgnored === true) kept.ignored += 1;
  const { instance, replaces } = changes;
  const hasEnded = applied && instance !== undefined && instance.endedAt !== null && replaces?.endedAt === null;
  return {
    applied,
    events,
    brought,
    calledOff: applied ? callOff(kept, changes) : [],
    journal: written.journal.splice(0),
    ended: hasEnded ? instance.processId : undefined,
  };
}

/** Commands of states that were left, and of an instance that was given up. */
function callOff(kept: OpenKey["kept"], { withdrawn = [], dropCommands = [] }: Changes): readonly RunningCommand[] {
  const isCalledOff = ({ commandId, seq }: RunningCommand) =>
    withdrawn.some((each) => each.commandId === commandId) || dropCommands.some((each) => each.seq === seq);
  const calledOff = kept.running.filter(isCalledOff);
  if (calledOff.length > 0) kept.running = kept.running.filter((each) => !isCalledOff(each));
  return calledOff;
}
