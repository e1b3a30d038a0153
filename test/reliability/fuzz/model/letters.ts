import type { Facts } from "../trace.ts";
import { end, removeEvent } from "./mailbox.ts";
import type { ModelCommand, ModelLetter, Said, State, Step, StepLetter } from "./state.ts";
import { demand } from "./violation.ts";

// Dead letters of steps and commands, and what operators make of them.

export function addLetter(
  state: State,
  { instance, mailbox, facts: { deadLetterId: id }, name }: Said,
  of: Pick<StepLetter, "step" | "command" | "blocks">,
): void {
  demand(id !== undefined && !state.letters.has(id), `${name}: its dead letter is not a new one`);
  state.letters.set(id, { kind: "step", deadLetterId: id, processId: instance.processId, mailbox, ...of, status: "open" });
}

function takeLetter({ letters }: State, { deadLetterId }: Facts, name: string): StepLetter {
  const letter = letters.get(deadLetterId ?? "");
  demand(letter?.kind === "step", `${name}: there is no such letter`);
  demand(letter.status === "open", `${name}: the letter was ${letter.status} before`);
  demand(letter.mailbox.inFlight === undefined, `${name}: while an attempt of the instance runs`);
  return letter;
}

function othersThatBlock({ letters }: State, { processId }: StepLetter): StepLetter[] {
  const blocks = (other: ModelLetter): other is StepLetter =>
    other.kind === "step" && other.processId === processId && other.status === "open" && other.blocks;
  return [...letters.values()].filter(blocks);
}

/** The step or command goes back to where it was; the last letter of an instance releases the instance. */
export function resume(state: State, { facts, name }: Said): void {
  const letter = takeLetter(state, facts, name);
  const { mailbox, blocks, step, command, processId } = letter;
  const instance = state.instances.get(processId)!;
  letter.status = "retried";
  const others = othersThatBlock(state, letter);
  if (blocks) drain(letter);
  if (step !== undefined) putBack(step.kind === "event" ? mailbox.queue : mailbox.own, step);
  if (command !== undefined) {
    Object.assign(command, {
      state: "pending",
      attempts: 0,
      notBefore: undefined,
      generation: command.generation + 1,
      isParked: command.origin === "event" && ((blocks && others.length > 0) || instance.isSuspended),
    });
  }
  if (blocks && others.length === 0) release(state, letter, name);
  demand(facts.status === instance.status, `${name}: the status is ${instance.status}`);
}

/** What was parked has one attempt. A step that an operator has put back keeps its attempts. */
function drain({ mailbox }: StepLetter): void {
  for (const parked of mailbox.queue) parked.isDrained ||= parked.generation === 0;
}

function release(state: State, { processId }: StepLetter, name: string): void {
  const instance = state.instances.get(processId)!;
  demand(instance.status === "failed" && instance.isOpen, `${name}: its instance is ${instance.status}`);
  instance.status = state.moves(instance.spec.process, "failed", "process.resumed");
  instance.discardAt = undefined;
  if (!instance.isSuspended) for (const parked of state.lane(processId)) parked.isParked = false;
}

/** The step or command does not come back; the last letter of an instance releases the instance. */
export function skip(state: State, { facts, name }: Said): void {
  const letter = takeLetter(state, facts, name);
  const { blocks, step, command, processId } = letter;
  letter.status = "skipped";
  if (blocks) drain(letter);
  if (blocks && othersThatBlock(state, letter).length === 0) release(state, letter, name);
  const { status } = state.instances.get(processId)!;
  demand(facts.status === status, `${name}: the status is ${status}`);
  const id = step?.eventId ?? command?.commandId;
  demand(facts.dropped?.length === 1 && facts.dropped[0]?.id === id, `${name}: what is skipped is ${id}`);
}

function putBack(box: Step[], step: Step): void {
  box.push({
    ...step,
    keptUntil: undefined,
    startsNow: false,
    attempts: 0,
    notBefore: undefined,
    firstFailedAt: undefined,
    generation: step.generation + 1,
    isDrained: false,
  });
  box.sort((a, b) => a.position - b.position);
}

/** A command will not run any more; one that runs is cut off. */
export function drop({ commandsInFlight }: State, command: ModelCommand): void {
  command.state = "dropped";
  if (commandsInFlight.get(command.processId)?.command === command) commandsInFlight.delete(command.processId);
}

/** A letter that holds its instance ends it, and takes along what is parked. */
export function discard(state: State, { at, facts, name }: Said): void {
  const letter = takeLetter(state, facts, name);
  const { mailbox, blocks, processId } = letter;
  const instance = state.instances.get(processId)!;
  letter.status = "discarded";
  if (!blocks) return demand(facts.dropped === undefined, `${name}: it holds nothing back`);
  demand(instance.isOpen && instance.status === "failed" && facts.status === "failed", `${name}: its instance is ${instance.status}`);
  const commands = [...state.commands.values()].filter(
    (command) => command.processId === processId && command.state === "pending" && command.isParked,
  );
  const expected = [...mailbox.queue.map(({ eventId }) => eventId), ...commands.map(({ commandId }) => commandId)];
  demand(
    JSON.stringify((facts.dropped ?? []).map(({ id }) => id)) === JSON.stringify(expected),
    `${name}: what is parked is ${expected.join(", ")}`,
  );
  const isByTime = facts.reason?.includes("failedTimeout") === true;
  demand(!isByTime || (instance.discardAt ?? Number.POSITIVE_INFINITY) <= at, `${name}: its time is not up`);
  demand(!isByTime || !instance.isSuspended, `${name}: it is suspended`);
  for (const step of mailbox.queue) removeEvent(mailbox, step);
  for (const command of commands) drop(state, command);
  for (const other of othersThatBlock(state, letter)) other.status = "discarded";
  end(mailbox, instance);
}
