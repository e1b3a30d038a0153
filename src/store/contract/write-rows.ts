import assert from "node:assert/strict";
import type { CommandRecord, NewCommand } from "../commands.ts";
import type { DeadLetterRecord } from "../dead-letters.ts";
import type { NewEvent } from "../events.ts";
import type { InstanceRecord } from "../instances.ts";
import type { NewMailboxEntry } from "../mailbox.ts";
import type { Store } from "../store.ts";
import { command, entry, event, instance, letter } from "./rows.ts";

/** Runs `write` in a transaction, because a store may be written to in no other way. */
export function write<Result>(store: Store, work: () => Result): Result {
  return store.transact(work);
}

/** Appends an event and returns its position. The event has a new id, unless one is given. */
export function append(store: Store, changes: Partial<NewEvent> = {}): number {
  let number = 1;
  while (store.events.has(`e-${number}`)) {
    number += 1;
    assert.ok(number < 1_000, "events.has knows events that were never stored");
  }
  return write(store, () => store.events.append(event({ eventId: `e-${number}`, ...changes }))!);
}

export function put(store: Store, changes: Partial<NewMailboxEntry> & Pick<NewMailboxEntry, "position">): void {
  write(store, () => store.mailbox.put(entry(changes)));
}

export function putInstance(store: Store, changes: Partial<InstanceRecord> = {}): void {
  const next = instance(changes);
  const before = store.instances.get(next.processId);
  assert.equal(
    write(store, () => (before === undefined ? store.instances.add(next) : store.instances.replace(before, next))),
    true,
  );
}

export function addCommands(store: Store, ...commands: readonly Partial<NewCommand>[]): void {
  write(store, () => commands.forEach((changes) => store.commands.add(command(changes))));
}

export function addLetters(store: Store, ...letters: readonly Partial<DeadLetterRecord>[]): void {
  write(store, () => letters.forEach((changes) => store.deadLetters.add(letter(changes))));
}

/** The first command of an instance, if that command is due by `now`. */
export function nextCommand(store: Store, processId: string, now: number): CommandRecord | undefined {
  return store.commands.read(processId, 1).find(({ dueAt }) => dueAt <= now);
}
