import type { CommandRecord } from "../../store/commands.ts";
import { nameMailbox } from "../../record/command.ts";
import { recordError } from "../../record/error-record.ts";
import { isOwnLane, isUnowned, laneOf } from "../../definition/model/lane.ts";
import { isPolicyName } from "../../definition/model/policy.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import type { AttemptResult } from "./attempt.ts";
import { attemptCommand, decideFailedCommand } from "./command-attempt.ts";
import { type TransactResult, transactCommand } from "./transact-command.ts";
import { refuseForGood } from "./refuse-for-good.ts";
import type { AddressedEvent } from "../decide/changes.ts";
import { decideCommandGivenUp, decideCommandHandled } from "../decide/decide-command.ts";
import { decidePolicyHandled, decideUnownedGivenUp } from "../decide/decide-unowned.ts";
import type { Deciding, Host, Turn } from "./host.ts";
import { type Admission, type Place, unlimited } from "./limiter.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import { hasStepBefore } from "../decide/next-step.ts";
import { attemptPolicy, settlePolicy } from "./policy-attempt.ts";
import { readSituation } from "./situation.ts";
import type { Span } from "../trace/telemetry.ts";
import { beginCommandSpan, commitInSpan } from "./trace-attempt.ts";

/**
 * Runs the due commands of one instance, in order of due time and, if they were due at the same moment, in order of dispatch. It runs until
 * none is left, until the first of them waits for another attempt or for one of its limits, or until the instance has a step to do that comes
 * before the next command. `onLook` is called before each look at the lane.
 */
export function runCommandLane(lane: string, host: Host, onLook: () => void = () => {}): Promise<void> {
  const { limiter } = host;
  const done = runCommands(lane, host, onLook);
  return limiter === undefined ? done : done.finally(() => limiter.leave(lane));
}

async function runCommands(lane: string, host: Host, onLook: () => void): Promise<void> {
  while (!host.isStopping) {
    onLook();
    const command = findNextCommand(lane, host);
    if (command === undefined) return;
    const { process, processId } = command;
    if (isPolicyName(command.type)) {
      if (!host.domain.policies.has(command.type)) return host.noteAwaitedPolicy(command);
      if (!(await takePolicy(command, host))) return;
      continue;
    }
    if (host.isNewer(process, processId)) return host.noteNewer(process, processId);
    if (!isUnowned(processId)) {
      const mailbox = mailboxOf(command);
      if (host.isAwake(mailbox) && isPreceded(command, host)) return host.holdLane(lane, mailbox);
    }

    const admission = host.limiter?.admit(command) ?? unlimited;
    if (admission.outcome === "wait") return;
    const { lanes } = host.memory;
    lanes.enter(command.seq, lane);
    try {
      const result = await attemptAdmitted(admission, command, host);
      if (result.outcome === "cut") return;
      if (result.outcome === "settled" || result.outcome === "gone") continue;
      await settleCommand(command, result, host);
    } finally {
      lanes.leave(command.seq);
    }
  }
}

/** Whether the lane of an instance has a command to run now. */
export function canRunCommand(lane: string, host: Deciding & Pick<Host, "limiter" | "domain">): boolean {
  const command = findNextCommand(lane, host);
  if (command !== undefined && isPolicyName(command.type)) return host.domain.policies.has(command.type);
  if (command === undefined || host.isNewer(command.process, command.processId)) return false;
  return (isUnowned(lane) || !isPreceded(command, host)) && host.limiter?.isFree(command) !== false;
}

/** The command of a lane whose turn it is, if it is due and does not wait for another attempt. */
function findNextCommand(lane: string, { clock, memory }: Deciding): CommandRecord | undefined {
  const command = memory.lanes.next(lane, clock.now());
  return command === undefined || (command.notBefore ?? 0) > clock.now() ? undefined : command;
}

/**
 * Whether the instance of a command has a step to do now that comes before the command. A command that has been tried keeps its turn, and
 * no step is taken for a process whose definition was removed.
 */
function isPreceded(command: CommandRecord, host: Deciding): boolean {
  const { attempts, process, processId, dueAt } = command;
  return attempts === 0 && host.machines.has(process) && hasStepBefore(readSituation(mailboxOf(command), host), processId, dueAt);
}

function mailboxOf(command: CommandRecord): string {
  return keyToId(nameMailbox(command));
}

/** `settled`, `gone`: nothing is left to be done, because what it did was committed with it, or because there is no such command. */
type CommandResult = AttemptResult<readonly AddressedEvent[]> | TransactResult;

/** Makes an attempt at a policy and commits what came of it. Returns `false` if the attempt was cut off. */
async function takePolicy(attempt: CommandRecord, host: Host): Promise<boolean> {
  const result = await attemptPolicy(attempt, host);
  if (result.outcome === "cut") return false;
  if (result.outcome === "failed") await failCommand(attempt, result, host);
  else {
    const decide = () => decidePolicyHandled(attempt, settlePolicy(result.value, attempt, host));
    await commitInSpan(result.value.replaces.length > 0 ? decide : decide(), { span: result.span }, host.commit);
  }
  return true;
}

async function settleCommand(
  command: CommandRecord,
  result: Exclude<CommandResult, { outcome: "cut" } | { outcome: "settled" } | { outcome: "gone" }>,
  host: Host,
): Promise<void> {
  if (result.outcome === "failed") return failCommand(command, result, host);
  const { span } = result;
  try {
    await commitInSpan(decideCommandHandled(nameMailbox(command), command, result.value, host.clock.now()), { span }, host.commit);
  } catch (error) {
    await failCommand(command, { error: refuseForGood(error), span }, host);
  }
}

async function failCommand(
  command: CommandRecord,
  attempt: { readonly error: unknown; readonly span?: Span | undefined },
  host: Host,
): Promise<void> {
  // Where no attempt was made, the span is that of the commit.
  const { error, span = beginCommandSpan(command, host) } = attempt;
  const { store, clock, ids, machines } = host;
  const { processId, process, commandId } = command;
  const failed = decideFailedCommand(command, error, host);
  if ("changes" in failed) {
    await commitInSpan(failed.changes, { span, error }, host.commit);
    return;
  }
  if (isUnowned(processId)) {
    const failure = { error: recordError(failed.givenUp), deadLetterId: ids.next(), now: clock.now() };
    await commitInSpan(decideUnownedGivenUp(command, failure), { span, error }, host.commit);
    return;
  }
  // Giving up changes the instance, so it waits until the instance is between two steps.
  await host.betweenSteps(nameMailbox(command), async () => {
    const instance = store.instances.get(processId);
    if (instance === undefined) throw new Error(`command ${commandId} names the instance ${processId}, which is not stored`);
    const context = { machine: machines.get(process), instance, command, now: clock.now() };
    await commitInSpan(decideCommandGivenUp(context, recordError(failed.givenUp), ids.next()), { span, error }, host.commit);
  });
}

function attemptAdmitted(
  admission: Exclude<Admission, { outcome: "wait" }>,
  command: CommandRecord,
  host: Host,
): Promise<CommandResult> | { readonly outcome: "failed"; readonly error: unknown } {
  if (admission.outcome === "refused") return { outcome: "failed", error: admission.error };
  const { place } = admission;
  return place === undefined ? attemptInTurn(command, host) : attemptAt(place, command, host);
}

function attemptAt(place: Place, command: CommandRecord, host: Host): Promise<CommandResult> {
  return attemptInTurn(command, host, () => place.begin()).finally(() => place.end());
}

function attemptInTurn(command: CommandRecord, host: Host, onBegin?: () => void): Promise<CommandResult> {
  const { type, commandId, seq, attempts } = command;
  const describe = () => ({ id: laneOf(command), name: `command "${type}" (${commandId})`, attempt: attempts + 1 });
  return host.inTurn("command", seq, describe, (turn) => {
    // While it waited for its turn, the chart may have left its state, or an operator may have stopped its instance.
    if (isCalledOff(laneOf(command), host.store) || (host.memory.lanes.isInDoubt(seq) && isGone(command, host))) {
      turn.end();
      return Promise.resolve({ outcome: "cut" });
    }
    onBegin?.();
    return begin(command, host, turn);
  });
}

function begin(command: CommandRecord, host: Host, turn: Turn): Promise<CommandResult> {
  const { transact } = host;
  if (transact === undefined || host.domain.commands.get(command.type)?.transaction !== true) return attemptCommand(command, host, turn);
  return transactCommand(command, host, transact, turn);
}

/** Whether a command is not there any more, or is parked. */
function isGone(command: CommandRecord, { store }: Pick<Host, "store">): boolean {
  return !store.commands.read(laneOf(command), Number.MAX_SAFE_INTEGER).some(({ seq }) => seq === command.seq);
}

/** Whether the command of a lane of its own is gone, because its state was left or its instance was given up, or is held back with its instance. */
export function isCalledOff(lane: string, { commands }: Pick<KeyedStore, "commands">): boolean {
  return isOwnLane(lane) && commands.read(lane, 1).length === 0;
}
