import type { CommandHandlerArgs } from "../../definition/model/handler.ts";
import { ProcessError } from "../../errors.ts";
import { addLogFields } from "../../platform/logger.ts";
import { nameInstance, nameMailbox, recordToCommand } from "../../record/command.ts";
import { recordToInstance } from "../../record/instance.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { Instances } from "../../store/instances.ts";
import type { AddressedEvent, Changes } from "../decide/changes.ts";
import { decideCommandRetried, decideInvocationFailed } from "../decide/decide-command.ts";
import { nameCommandRun } from "../decide/identity.ts";
import { decideRetry } from "../decide/retry.ts";
import { surround } from "./around.ts";
import type { AttemptEnd, AttemptResult, Attempts } from "./attempt.ts";
import { findAttemptSettings, findRetryPolicy, limitCommand } from "./attempt-settings.ts";
import { createCommandArgs } from "./handler-args.ts";
import type { Rules, Turn } from "./host.ts";
import { createResultEvent, handlesError } from "./invocation-result.ts";
import { beginCommandSpan, inSpan, keepSpan } from "./trace-attempt.ts";

/** What an attempt at a command needs of its host. Nothing of the command's key is read but the instance that the handler may look at. */
export interface CommandHost extends Rules {
  readonly attempts: Attempts;
  readonly store: { readonly instances: Pick<Instances, "get"> };
}

/** Makes one attempt at a command. What it gives are the events that follow. */
export function attemptCommand(record: CommandRecord, host: CommandHost, turn: Turn): Promise<AttemptResult<readonly AddressedEvent[]>> {
  const { domain, settings, dispatchCommand, readReturned, around } = host;
  const { commandId, type, process, attempts } = record;
  const processId = nameInstance(record.processId);
  const declaration = domain.commands.get(type);
  const handler = dispatchCommand ?? declaration?.run;
  const logger = addLogFields(host.logger, { command: type, commandId, process, processId });
  const idempotencyKey = nameCommandRun(record);
  const perform = async (end: AttemptEnd) => {
    if (handler === undefined) throw refuseUnhandled(record);
    const given = { command: recordToCommand(record), idempotencyKey, attempt: attempts + 1, logger };
    const args = createCommandArgs(given, end, () => {
      const instance = processId === "" ? undefined : host.store.instances.get(processId);
      return instance && recordToInstance(instance);
    });
    // Handlers are stored as taking `never`, so that one with a narrower payload is a handler too.
    const returned = await (handler as (args: CommandHandlerArgs) => unknown)(args);
    if (record.invocation !== null) return [createResultEvent(record, record.invocation, { output: returned }, host)];
    return returned === undefined || returned === null ? [] : readReturned(returned, record);
  };
  // Without anybody around it, the attempt pays nothing for this.
  const performAround =
    around &&
    surround({
      around,
      logger,
      perform,
      ...describeAttempt(record),
    });
  const span = beginCommandSpan(record, host);
  const attempt = host.attempts.run(
    inSpan(span, performAround ?? perform),
    {
      name: () => `command "${type}" (${commandId})`,
      limit: limitCommand(declaration, settings),
      isInDoubt: turn.isInDoubt,
      withdrawnBy: commandId,
    },
    () => turn.end(),
  );
  return keepSpan(span, attempt);
}

/** What whoever stands around an attempt is told of it, before it and after it. */
export function describeAttempt(record: CommandRecord) {
  const { type: handler, process, processId, instanceAggregateId: aggregateId, attempts } = record;
  return {
    describe: () => ({
      kind: "command" as const,
      process,
      processId: nameInstance(processId),
      aggregateId,
      handler,
      command: recordToCommand(record),
      attempt: attempts + 1,
      idempotencyKey: nameCommandRun(record),
    }),
    tell: (events: readonly AddressedEvent[]) => ({
      commands: [],
      events: events.map(({ eventId, type, aggregateId }) => ({ eventId, type, aggregateId })),
    }),
  };
}

/** What follows a failed attempt. Giving up changes the instance, so that is decided where the instance is. */
export function decideFailedCommand(
  command: CommandRecord,
  error: unknown,
  host: Rules,
): { readonly changes: Changes } | { readonly givenUp: unknown } {
  const { clock, random, settings, machines, domain } = host;
  const key = nameMailbox(command);
  const now = clock.now();
  const decision = decideRetry(
    findRetryPolicy(findAttemptSettings(domain, command.type), settings),
    { attempt: command.attempts + 1, error, now },
    random,
  );
  if (decision.decision === "retry") return { changes: decideCommandRetried(key, command, { error, retryAt: decision.at, now }) };
  if (command.invocation === null || !handlesError(command.invocation, machines.get(command.process))) return { givenUp: decision.error };
  const event = createResultEvent(command, command.invocation, { error: decision.error }, host);
  return { changes: decideInvocationFailed(key, command, { event, error: decision.error, now }) };
}

function refuseUnhandled({ type, commandId }: CommandRecord): ProcessError {
  return new ProcessError("HANDLER_MISSING", `command "${type}" (${commandId}) has no handler any more`, {
    hint: `Bring back its file under commands/ or its entry in the commands option, then retry its dead letter.`,
  });
}
