import { backOffMs, policy, specs } from "../domain.ts";
import type { Entry, Facts, StagedCommand, StepKind } from "../trace.ts";
import { addLetter } from "./letters.ts";
import { countAttempt } from "./limits.ts";
import { describeFailure } from "./mailbox.ts";
import type { Said, State } from "./state.ts";
import { demand } from "./violation.ts";

// The commands of one instance run one after the other.

/** What a step has dispatched is there with the step's commit, just as its handler was told. */
export function addCommands(
  state: State,
  { processId, origin, staged }: { readonly processId: string; readonly origin: StepKind; readonly staged: readonly StagedCommand[] },
  { commands = [] }: Facts,
  name: string,
): void {
  demand(
    commands.length === staged.length && commands.every(({ commandId }, index) => commandId === staged[index]!.commandId),
    `${name}: the handler dispatched ${JSON.stringify(staged)}`,
  );
  for (const [index, { commandId, dueAt, type }] of commands.entries()) {
    const { dueAt: told, expectedDueAt, type: expectedType, resource } = staged[index]!;
    demand(
      dueAt === told && dueAt === expectedDueAt,
      `${name}: command ${index} is due at ${dueAt}, the handler was told ${told}, right is ${expectedDueAt}`,
    );
    demand(type === expectedType, `${name}: command ${index} is ${type}, and was dispatched as ${expectedType}`);
    demand(!state.commands.has(commandId), `${name}: command ${commandId} was there before`);
    state.commands.set(commandId, {
      commandId,
      type,
      resource,
      processId,
      origin,
      sequence: state.commands.size,
      dueAt,
      state: "pending",
      isParked: false,
      attempts: 0,
      notBefore: undefined,
      generation: 0,
    });
  }
}

export function beginCommand(state: State, entry: Extract<Entry, { kind: "command-attempt" }>): void {
  const { run, commandId, processId, attempt, idempotencyKey, at } = entry;
  const name = `attempt ${attempt} at command ${commandId} of ${processId}`;
  const command = state.commands.get(commandId);
  demand(command !== undefined, `${name}: no committed step has dispatched it`);
  demand(command.state === "pending", `${name}: it is ${command.state}`);
  demand(command.processId === processId, `${name}: it is of ${command.processId}`);
  demand(!state.isNewer(processId), `${name}: its instance is of a newer version`);
  demand(!command.isParked, `${name}: it is parked`);
  demand(command.dueAt <= at, `${name} is early: due at ${command.dueAt}, now ${at}`);
  demand((command.notBefore ?? at) <= at, `${name} is early: not before ${command.notBefore}, now ${at}`);
  const [first] = state.lane(processId).filter(({ isParked, dueAt }) => !isParked && dueAt <= at);
  demand(first === command, `${name} overtakes command ${first?.commandId}`);
  demand(attempt === command.attempts + 1, `${name}: ${command.attempts} attempts have failed so far`);
  demand(!state.commandsInFlight.has(processId), `${name} begins while another command of the instance runs`);
  state.checkKey(`command ${commandId}`, command.generation, idempotencyKey, name);
  countAttempt(state, command, at, name);
  state.commandsInFlight.set(processId, { run, command, at, ending: undefined, returned: 0 });
}

function endCommand(state: State, { command: named }: Facts, name: string) {
  const command = state.commands.get(named!.commandId);
  const attempt = command === undefined ? undefined : state.commandsInFlight.get(command.processId);
  demand(command !== undefined && attempt?.command === command, `${name}: no attempt at it runs`);
  demand(command.state === "pending", `${name}: it is ${command.state}`);
  state.commandsInFlight.delete(command.processId);
  return { command, attempt };
}

export function handleCommand(state: State, { facts, name }: Said): void {
  const { command, attempt } = endCommand(state, facts, name);
  demand(attempt.ending === "ok", `${name}: its attempt ended ${attempt.ending}`);
  demand(facts.attempt === command.attempts + 1, `${name}: it was attempt ${command.attempts + 1}`);
  demand((facts.events?.length ?? 0) === attempt.returned, `${name}: it returned ${attempt.returned} events`);
  command.state = "handled";
  for (const { eventId, type } of facts.events ?? []) {
    state.returned.set(eventId, (state.returned.get(eventId) ?? 0) + 1);
    const starts = specs.some(({ startedBy }) => startedBy.includes(type));
    demand(!starts || state.accepted.has(eventId), `${name}: its event ${eventId} (${type}) was not accepted with it`);
  }
}

export function failCommandAttempt(state: State, { at, facts, name }: Said): void {
  const { command, attempt } = endCommand(state, facts, name);
  const failure = describeFailure(attempt, at, facts, name);
  demand(failure !== "final", `${name}: that error allows no other attempt`);
  command.attempts += 1;
  demand(facts.attempt === command.attempts, `${name}: it was attempt ${command.attempts}`);
  demand(command.attempts <= policy.maxRetries, `${name}: no retries are left`);
  command.notBefore = at + (failure === "later" ? policy.retryLaterMs : backOffMs(command.attempts));
  demand(facts.retryAt === command.notBefore, `${name}: the next attempt is due at ${command.notBefore}`);
}

export function giveCommandUp(state: State, said: Said): void {
  const { instance, at, facts, name } = said;
  const { command, attempt } = endCommand(state, facts, name);
  const failure = describeFailure(attempt, at, facts, name);
  demand(facts.attempt === command.attempts + 1, `${name}: it was attempt ${command.attempts + 1}`);
  demand(failure === "final" || command.attempts + 1 > policy.maxRetries, `${name}: it has attempts left`);
  const blocks = command.origin === "event" && instance.isOpen;
  command.state = "letter";
  addLetter(state, said, { step: undefined, command, blocks });
  if (!blocks) return;
  for (const other of state.lane(instance.processId)) if (other.origin === "event") other.isParked = true;
  if (instance.status === "started") instance.failingBy = facts.deadLetterId;
}

/** An operator calls a command off whose turn has not come, or gives it another moment. */
export function changeCommand(state: State, entry: "command_cancelled" | "command_rescheduled", { facts, name }: Said): void {
  const command = state.commands.get(facts.command?.commandId ?? "");
  demand(command?.state === "pending", `${name}: it is ${command?.state}`);
  demand(command.attempts === 0 && command.generation === 0, `${name}: it has been tried`);
  demand(state.commandsInFlight.get(command.processId)?.command !== command, `${name}: it runs`);
  demand(
    facts.dueAt !== undefined && (entry === "command_rescheduled" || facts.dueAt === command.dueAt),
    `${name}: it was due at ${command.dueAt}`,
  );
  if (entry === "command_cancelled") command.state = "dropped";
  else command.dueAt = facts.dueAt;
}
