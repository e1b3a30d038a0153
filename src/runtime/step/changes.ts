import type { NewCommand } from "../../store/commands.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { NewEvent } from "../../store/events.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { JournalRecord } from "../../store/journal.ts";
import type { MailboxKey, StepKind } from "../../store/mailbox.ts";
import type { Store } from "../../store/store.ts";
import { type Acceptance, acceptEvents } from "../accept/accept.ts";
import type { Lanes } from "../command/lanes.ts";
import type { Memory } from "../memory.ts";
import { keyToId } from "../schedule/mailbox-id.ts";
import type { Activations } from "./activations.ts";
import type { Router } from "../accept/router.ts";

/** Everything that one step changes, as data: it is decided first and written in one piece (guarantee P2). */
export interface Changes {
  readonly key: MailboxKey;
  /** What the step used up. It is written first and tells whether the step was committed before. */
  readonly source: Source;
  /** The instance's next row, and the one it replaces (`revision` 0: none, it is new). */
  readonly instance?: InstanceRecord;
  readonly replaces?: InstanceRecord;
  /** Mailbox entries that end with the instance, by position. */
  readonly drop?: readonly number[];
  /** The step of the timed-out or failed handler that comes next. */
  readonly followUp?: { readonly kind: StepKind; readonly processId: string; readonly event: NewEvent };
  readonly commands?: readonly NewCommand[];
  /** Events that a command handler returned. */
  readonly events?: readonly NewEvent[];
  readonly deadLetter?: DeadLetterRecord;
  /** The instance whose other commands are held back, because one before them failed for good. */
  readonly parkCommandsOf?: string;
  readonly journal: readonly JournalRecord[];
  /** Mailbox entries that came back with a retried dead letter. */
  readonly putBack?: number;
  /** Dead letters that were settled. */
  readonly settled?: number;
  /** The event concerned no open instance; it is only counted. */
  readonly isIgnored?: true;
}

/** A later moment for something that failed. */
export interface Failure {
  readonly attempts: number;
  readonly notBefore: number;
  readonly firstFailedAt: number;
}

export type Source =
  | { readonly from: "mailbox"; readonly position: number; readonly failure?: Failure }
  | { readonly from: "command"; readonly processId: string; readonly seq: number; readonly failure?: Failure }
  /** `unlessBefore`: not if an event that occurred before this moment waits by now; it is handled first. */
  | { readonly from: "timeout"; readonly unlessBefore?: number }
  /** A dead letter that an operator settles; its own function has written it. */
  | { readonly from: "letter" };

/**
 * `applied: false`: the store had the step already, because a commit took effect although it reported a failure; or a timeout
 * came second to an event that was accepted in the same turn.
 */
export type Written = { readonly applied: boolean; readonly accepted: readonly Acceptance[] };

/** To be called inside a transaction. */
export function writeChanges(store: Store, memory: Memory, router: Router, changes: Changes): Written {
  const { activations, lanes } = memory;
  const { key, source, instance, deadLetter } = changes;
  const id = keyToId(key);
  const isApplied = takeSource(store, activations, id, key, source) && putInstance(store, changes);
  if (!isApplied) {
    activations.forget(id);
    return { applied: false, accepted: [] };
  }
  const isPlain = changes.drop === undefined && !("failure" in source);
  if (isPlain) activations.advance(id, source.from === "mailbox" ? source.position : undefined, instance);
  else activations.forget(id);
  for (const position of changes.drop ?? []) store.mailbox.remove(key, position);
  putFollowUp(store, activations, id, changes);
  writeCommands(store, lanes, changes);
  const accepted = changes.events === undefined ? [] : acceptEvents(store, activations, router, changes.events);
  if (deadLetter !== undefined) store.deadLetters.add(deadLetter);
  for (const record of changes.journal) store.journal.append(record);
  return { applied: true, accepted };
}

function putInstance(store: Store, { source, instance, replaces }: Changes): boolean {
  if (instance === undefined || replaces === undefined) return true;
  if (replaces.revision === 0 ? store.instances.add(instance) : store.instances.replace(replaces, instance)) return true;
  // A timeout has no row of its own: the instance's revision stands for it.
  if (source.from === "timeout") return false;
  throw new Error(
    `instance ${instance.processId} of ${instance.process} has not the revision ${instance.revision - 1} that a step began with`,
  );
}

function putFollowUp(store: Store, activations: Activations, id: string, { key: { process, aggregateId }, followUp }: Changes): void {
  const position = followUp === undefined ? undefined : store.events.append(followUp.event);
  if (followUp === undefined || position === undefined) return;
  const { event, kind, processId } = followUp;
  const entry = { kind, processId, starts: false };
  store.mailbox.put({ process, aggregateId, position, generation: 0, ...entry });
  activations.addEntry(id, { position, ...event }, entry);
}

function writeCommands(store: Store, lanes: Lanes, { source, instance, commands = [], parkCommandsOf }: Changes): void {
  if (source.from === "command") {
    if (source.failure === undefined) lanes.remove(source.processId, source.seq);
    else lanes.forget(source.processId);
  }
  if (parkCommandsOf !== undefined) {
    store.commands.setParked(parkCommandsOf, true);
    lanes.forget(parkCommandsOf);
  }
  if (instance?.revision === 1) lanes.begin(instance.processId);
  for (const command of commands) {
    const seq = store.commands.add(command);
    lanes.add({ seq, attempts: 0, notBefore: null, firstFailedAt: null, generation: 0, ...command });
  }
}

function takeSource(store: Store, activations: Activations, id: string, key: MailboxKey, source: Source): boolean {
  switch (source.from) {
    case "mailbox":
      return source.failure === undefined
        ? store.mailbox.remove(key, source.position)
        : store.mailbox.delay(key, source.position, source.failure);
    case "command":
      return source.failure === undefined ? store.commands.remove(source.seq) : store.commands.delay(source.seq, source.failure);
    case "timeout":
      return source.unlessBefore === undefined || !activations.hasEventBefore(id, source.unlessBefore);
    case "letter":
      return true;
  }
}
