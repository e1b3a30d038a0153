import type { CommandHandlerArgs } from "../../definition/model/handler.ts";
import { ProcessError } from "../../errors.ts";
import { deriveId } from "../../platform/ids.ts";
import { addLogFields } from "../../platform/logger.ts";
import { readCommand } from "../../record/command.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { NewEvent } from "../../store/events.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import { surround } from "./around.ts";
import type { AttemptEnd, AttemptResult } from "./attempt.ts";
import { commitOrFail } from "./commit-or-fail.ts";
import { decideCommandGivenUp, decideCommandHandled, decideCommandRetried } from "../decide/decide-command.ts";
import type { Kernel, Run } from "./kernel.ts";
import type { Memory } from "../memory/memory.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import { hasStepBefore } from "../decide/next-step.ts";
import { decideRetry } from "../decide/retry.ts";
import { readSituation } from "./situation.ts";

/**
 * Runs the commands of one instance that are due, in the order in which they fell due (of equals the one dispatched first),
 * until none is left, the first of them waits for another attempt, or the instance has a step to do that comes before it.
 */
export async function runCommandLane(processId: string, kernel: Kernel, run: Run): Promise<void> {
  while (!run.isStopping) {
    const command = findNextCommand(processId, kernel, run.memory);
    if (command === undefined) return;
    const mailbox = mailboxOf(command);
    if (run.isAwake(mailbox) && isPreceded(command, kernel, run.memory)) return run.holdLane(processId, mailbox);

    const result = await attemptInTurn(command, kernel, run);
    if (result.outcome === "cut") return;
    await settleCommand(command, result, kernel, run);
  }
}

/** Whether the lane of an instance has a command to run now. */
export function canRunCommand(processId: string, kernel: Kernel, memory: Memory): boolean {
  const command = findNextCommand(processId, kernel, memory);
  return command !== undefined && !isPreceded(command, kernel, memory);
}

/** The command of an instance whose turn it is, if it is due and does not wait for another attempt. */
function findNextCommand(processId: string, { clock }: Kernel, { lanes }: Memory): CommandRecord | undefined {
  const command = lanes.next(processId, clock.now());
  return command === undefined || (command.notBefore ?? 0) > clock.now() ? undefined : command;
}

/**
 * Whether the instance of a command has a step to do now that comes before it. A command that has been tried keeps its turn, and nothing is
 * handled for a process whose definition was removed.
 */
function isPreceded(command: CommandRecord, kernel: Kernel, { activations }: Memory): boolean {
  const { attempts, process, processId, dueAt } = command;
  return (
    attempts === 0 &&
    kernel.machines.has(process) &&
    hasStepBefore(readSituation(mailboxOf(command), kernel, activations), processId, dueAt)
  );
}

function mailboxOf(command: CommandRecord): string {
  return keyToId(nameMailbox(command));
}

async function settleCommand(
  command: CommandRecord,
  result: Exclude<AttemptResult<readonly NewEvent[]>, { outcome: "cut" }>,
  kernel: Kernel,
  run: Run,
): Promise<void> {
  const fail = (error: unknown) => failCommand(command, error, kernel, run);
  if (result.outcome === "failed") return fail(result.error);
  await commitOrFail(run, decideCommandHandled(nameMailbox(command), command, result.value, kernel.clock.now()), fail);
}

async function failCommand(command: CommandRecord, error: unknown, kernel: Kernel, run: Run): Promise<void> {
  const { store, clock, ids, random, settings, machines } = kernel;
  const { processId, process, commandId } = command;
  const key = nameMailbox(command);
  const now = clock.now();
  const decision = decideRetry(settings.retry, { attempt: command.attempts + 1, error, now }, random);
  if (decision.decision === "retry") {
    await run.commitStep(decideCommandRetried(key, command, error, decision.at, now));
    return;
  }
  // It changes the instance, so it waits for the step that the instance is in.
  await run.betweenSteps(key, async () => {
    const instance = store.instances.get(processId);
    if (instance === undefined) throw new Error(`command ${commandId} names the instance ${processId}, which is not stored`);
    const context = { machine: machines.get(process), instance, command, now: clock.now() };
    await run.commitStep(decideCommandGivenUp(context, decision.error, ids.next()));
  });
}

function nameMailbox({ process, instanceAggregateId }: CommandRecord): MailboxKey {
  return { process, aggregateId: instanceAggregateId };
}

function attemptInTurn(command: CommandRecord, kernel: Kernel, run: Run): Promise<AttemptResult<readonly NewEvent[]>> {
  const { type, commandId, processId, seq, attempts } = command;
  if (!run.suspects.concern("command", seq)) {
    const begin = () => attemptCommand(command, kernel, run, false);
    return run.commandSlots.tryTake() ? begin() : run.commandSlots.take().then(begin);
  }
  const subject = { kind: "command", id: processId, number: seq, name: `command "${type}" (${commandId})`, attempt: attempts + 1 } as const;
  return run.suspects.attempt(subject, run.commandSlots, () => attemptCommand(command, kernel, run, true));
}

function attemptCommand(record: CommandRecord, kernel: Kernel, run: Run, isInDoubt: boolean): Promise<AttemptResult<readonly NewEvent[]>> {
  const { domain, dispatchCommand, readReturned, around } = kernel;
  const { commandId, type, process, processId, instanceAggregateId: aggregateId, generation, attempts } = record;
  const handler = dispatchCommand ?? domain.commands.get(type)?.run;
  const logger = addLogFields(kernel.logger, { command: type, commandId, process, processId });
  const idempotencyKey = generation === 0 ? commandId : deriveId(`${commandId}/${generation}`);
  const perform = async (end: AttemptEnd) => {
    if (handler === undefined) throw refuseUnhandled(record);
    const command = readCommand(record);
    const args: CommandHandlerArgs = {
      command,
      idempotencyKey,
      attempt: attempts + 1,
      logger,
      ...command,
      get signal() {
        return end.signal;
      },
    };
    // Handlers are stored as taking `never`, so that one with a narrower payload is a handler too.
    const returned = await (handler as (args: CommandHandlerArgs) => unknown)(args);
    return returned === undefined || returned === null ? [] : readReturned(returned, record);
  };
  // Made only where somebody stands around.
  const performAround =
    around &&
    ((end: AttemptEnd) =>
      surround({
        around,
        end,
        logger,
        describe: () => ({
          kind: "command",
          process,
          processId,
          aggregateId,
          handler: type,
          command: readCommand(record),
          attempt: attempts + 1,
          idempotencyKey,
          get signal() {
            return end.signal;
          },
        }),
        perform: () => perform(end),
        tell: (events) => ({ commands: [], events: events.map(({ eventId, type, aggregateId }) => ({ eventId, type, aggregateId })) }),
      }));
  return run.attempts.run(
    performAround ?? perform,
    () => `command "${type}" (${commandId})`,
    () => run.commandSlots.giveBack(),
    isInDoubt,
  );
}

function refuseUnhandled({ type, commandId }: CommandRecord): ProcessError {
  return new ProcessError("HANDLER_MISSING", `command "${type}" (${commandId}) has no handler any more`, {
    hint: `Bring back its file under commands/ or its entry in the commands option, then retry its dead letter.`,
  });
}
