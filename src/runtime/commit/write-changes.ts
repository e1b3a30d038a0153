import { newToRecord } from "../../record/command.ts";
import { laneOf } from "../../definition/model/lane.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import type { AddressedEvent, Changes, RestoredStep } from "../decide/changes.ts";
import { mayStart } from "../decide/next-step.ts";
import type { Activation, Activations } from "../memory/activations.ts";
import type { Lanes } from "../memory/lanes.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import type { Memory } from "../memory/memory.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { InboxRow } from "../../store/inbox.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { Route } from "../decide/router.ts";
import type { Acceptance } from "./accept.ts";

/**
 * What became of changes. `applied` is `false` if the store had the step already, because a commit took effect although it reported a
 * failure, or if an event that goes before a timeout was accepted in the same turn.
 */
export interface Written {
  readonly changes: Changes;
  readonly applied: boolean;
  readonly accepted: readonly Acceptance[];
}

/** Where changes are written, and who accepts the events that a command handler returned, because those may be for other keys. */
export interface WriteTarget {
  readonly store: KeyedStore;
  readonly memory: Memory;
  readonly accept: (events: readonly AddressedEvent[]) => readonly Acceptance[];
  /** Puts a row back into the inbox. A host without one has no letter that could ask for it. */
  readonly requeue?: ((row: InboxRow) => void) | undefined;
  /** Brings an event that was accepted before to the instances of a process that have these keys. */
  readonly deliver: (event: StoredEvent, route: Route, keys: readonly string[]) => Acceptance;
}

/**
 * Writes changes. Call it inside a transaction. `isStored`: whether what the step uses up was stored; an event that is accepted by the same
 * commit is not.
 */
export function writeChanges({ store, memory, accept, deliver, requeue }: WriteTarget, changes: Changes, isStored = true): Written {
  const { activations, lanes } = memory;
  const { key, source, instance, deadLetter } = changes;
  const id = keyToId(key);
  const isApplied = (!isStored || takeSource(store, activations, id, changes)) && putInstance(store, changes);
  if (!isApplied) {
    // What the store does not have may be in memory, and would be begun again and again.
    activations.forget(id);
    if (source.from === "command") lanes.forget(source.lane);
    return { changes, applied: false, accepted: [] };
  }
  const isPlain = changes.drop === undefined && source.from !== "letter" && !("failure" in source);
  if (isPlain) activations.advance(id, source.from === "mailbox" ? source.position : undefined, instance);
  else activations.forget(id);
  for (const position of changes.drop ?? []) store.mailbox.remove(key, position);
  // This comes before the step goes back, so that only what was parked behind the step is drained.
  if (changes.drains === true) store.mailbox.markDrained(key);
  if (changes.restored !== undefined) restoreStep(store, lanes, key, changes.restored);
  putFollowUp(store, activations, id, changes);
  writeCommands(store, lanes, changes);
  const { events, routed, requeued } = changes;
  if (requeued !== undefined) requeue?.(requeued);
  const accepted = [
    ...(events === undefined ? [] : accept(events)),
    ...(routed === undefined ? [] : [deliver(routed.event, routed.route, routed.keys)]),
  ];
  if (deadLetter !== undefined) store.deadLetters.add(deadLetter);
  for (const { deadLetterId, ...settlement } of changes.settles ?? []) store.deadLetters.settle(deadLetterId, settlement);
  for (const record of changes.journal) store.journal.append(record);
  return { changes, applied: true, accepted };
}

function putInstance(store: KeyedStore, { source, instance, replaces }: Changes): boolean {
  if (instance === undefined || replaces === undefined) return true;
  if (replaces.revision === 0 ? store.instances.add(instance) : store.instances.replace(replaces, instance)) return true;
  // A timeout has no row, so the instance's revision says whether it has been taken.
  if (source.from === "timeout") return false;
  throw new Error(
    `instance ${instance.processId} of ${instance.process} has not the revision ${instance.revision - 1} that a step began with`,
  );
}

function putFollowUp(store: KeyedStore, activations: Activations, id: string, { key: { process, aggregateId }, followUp }: Changes): void {
  const position = followUp === undefined ? undefined : store.events.append(followUp.event);
  if (followUp === undefined || position === undefined) return;
  const { event, kind, processId } = followUp;
  const entry = { kind, processId, starts: false };
  store.mailbox.put({ process, aggregateId, position, generation: 0, ...entry });
  activations.addEntry(id, { position, ...event }, entry);
}

function restoreStep(
  { commands, events, mailbox }: KeyedStore,
  lanes: Lanes,
  { process, aggregateId }: MailboxKey,
  restored: RestoredStep,
): void {
  if (restored.kind === "command") {
    commands.restore(restored.command);
    lanes.forget(laneOf(restored.command));
    return;
  }
  const { kind, event, processId, generation } = restored;
  events.restore(event);
  mailbox.put({
    process,
    aggregateId,
    position: event.position,
    kind,
    processId,
    generation,
    starts: false,
    correlated: event.aggregateId !== aggregateId,
    // The letter says what the payload is, because it may have been edited before, for this process alone.
    payload: event.payload,
  });
}

function writeCommands(store: KeyedStore, lanes: Lanes, changes: Changes): void {
  const { source, instance, commands = [], parkCommandsOf, releaseCommandsOf, dropCommands = [], withdrawn = [] } = changes;
  if (source.from === "command") {
    if (source.failure === undefined) lanes.remove(source.lane, source.seq);
    else lanes.forget(source.lane);
  }
  if (parkCommandsOf !== undefined) {
    store.commands.setParked(parkCommandsOf, true);
    lanes.forget(parkCommandsOf);
  }
  if (releaseCommandsOf !== undefined) {
    store.commands.setParked(releaseCommandsOf, false);
    lanes.forget(releaseCommandsOf);
  }
  for (const { lane, seq } of dropCommands) {
    store.commands.remove(seq);
    lanes.forget(lane);
  }
  for (const { processId, commandId } of withdrawn) store.commands.withdraw(processId, commandId);
  if (instance?.revision === 1) lanes.begin(instance.processId);
  for (const command of commands) {
    const seq = store.commands.add(command);
    lanes.add(newToRecord(command, seq));
  }
}

/** Whether an instance is there, or an event that was accepted before `moment` waits for none. */
function isStarted({ instance, entries }: Activation, moment: number): boolean {
  return instance !== undefined || entries.some((entry) => mayStart(entry) && entry.event.acceptedAt < moment);
}

function takeSource(store: KeyedStore, activations: Activations, id: string, { key, source }: Changes): boolean {
  switch (source.from) {
    case "mailbox":
      if (source.unlessStartedBefore !== undefined && isStarted(activations.find(id), source.unlessStartedBefore)) return false;
      return source.failure === undefined
        ? store.mailbox.remove(key, source.position)
        : store.mailbox.delay(key, source.position, source.failure);
    case "command":
      return source.failure === undefined ? store.commands.remove(source.seq) : store.commands.delay(source.seq, source.failure);
    case "operator":
      return true;
    case "timeout":
      return source.unlessBefore === undefined || !activations.hasEventBefore(id, source.unlessBefore);
    case "letter": {
      const { deadLetterId, ...settlement } = source.settles;
      return store.deadLetters.settle(deadLetterId, settlement);
    }
  }
}
