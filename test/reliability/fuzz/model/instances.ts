import { drop } from "./letters.ts";
import { end } from "./mailbox.ts";
import type { Said, State, StepLetter } from "./state.ts";
import { addOwn } from "./steps.ts";
import { demand } from "./violation.ts";

// What operators do to instances that are open, between two of their steps.

function checkOpen({ mailbox, instance, name }: Said): void {
  demand(instance.isOpen && mailbox.open === instance, `${name}: it has ended`);
  demand(mailbox.inFlight === undefined, `${name}: while an attempt of the instance runs`);
}

function lettersOf({ letters }: State, { instance }: Said): StepLetter[] {
  return [...letters.values()].filter(
    (letter): letter is StepLetter => letter.kind === "step" && letter.processId === instance.processId && letter.status === "open",
  );
}

/** It ends, and takes along what waits. What its failed handler has to do, and has dispatched, stays. */
export function cancel(state: State, said: Said): void {
  const { mailbox, instance, facts, name } = said;
  checkOpen(said);
  demand(facts.status === "cancelled", `${name}: its status`);
  const commands = [...state.commands.values()].filter(
    ({ processId, state: is, origin }) => processId === instance.processId && is === "pending" && origin === "event",
  );
  const expected = [...mailbox.queue.map(({ eventId }) => eventId), ...commands.map(({ commandId }) => commandId)];
  demand(
    JSON.stringify((facts.dropped ?? []).map(({ id }) => id)) === JSON.stringify(expected),
    `${name}: what waits is ${expected.join(", ")}`,
  );
  for (const letter of lettersOf(state, said)) letter.status = "discarded";
  for (const command of commands) drop(state, command);
  mailbox.queue = [];
  instance.status = "cancelled";
  end(mailbox, instance);
  addOwn(mailbox, instance, { kind: "cancelled", isWanted: instance.spec.onCancelled }, name);
}

export function suspend(state: State, said: Said): void {
  const { instance, name } = said;
  checkOpen(said);
  demand(!instance.isSuspended, `${name}: it is suspended already`);
  instance.isSuspended = true;
  for (const command of state.lane(instance.processId)) if (command.origin === "event") command.isParked = true;
}

/** A letter of a command holds the commands back all the same. */
export function unsuspend(state: State, said: Said): void {
  const { instance, name } = said;
  checkOpen(said);
  demand(instance.isSuspended, `${name}: it is not suspended`);
  instance.isSuspended = false;
  if (lettersOf(state, said).some(({ blocks, command }) => blocks && command !== undefined)) return;
  for (const command of state.lane(instance.processId)) command.isParked = false;
}

export function reschedule(_: State, said: Said): void {
  const { instance, at, facts, name } = said;
  checkOpen(said);
  demand(instance.status === "started", `${name}: it is ${instance.status}`);
  demand(instance.spec.timeout !== undefined, `${name}: it has no timeout`);
  demand(facts.dueAt !== undefined && facts.dueAt >= at, `${name}: its moment`);
  instance.dueAt = facts.dueAt;
}
