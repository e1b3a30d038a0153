import { recordError } from "../../record/error-record.ts";
import type { AttemptResult } from "../../runtime/core/attempt.ts";
import { attemptCommand, decideFailedCommand, nameMailbox } from "../../runtime/core/command-attempt.ts";
import { limitCommand } from "../../runtime/core/attempt-settings.ts";
import type { AddressedEvent } from "../../runtime/decide/changes.ts";
import { decideCommandHandled } from "../../runtime/decide/decide-command.ts";
import { createIdentities } from "../../runtime/decide/identity.ts";
import { traceChanges } from "../../runtime/trace/trace-changes.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { CommandResult, CommandSettledInput, RunInput } from "../wire/messages.ts";
import { describeService } from "../wire/domain-services.ts";
import type { Parts } from "./parts.ts";
import type { RestateService, ServiceContext } from "./sdk.ts";
import { send } from "./send.ts";
import { timeLimits, untilItWorks } from "./service-options.ts";

/** Runs commands, beside the keys that they are of, so that a key's events are handled while its command runs. */
export function createCommandRunner(parts: Parts): RestateService {
  const { sdk, settings, rules, own } = parts;
  const timeouts = [...rules.domain.commands.values()].map((command) => limitCommand(command, settings).timeoutMs);
  return sdk.service({
    name: own.commands,
    metadata: describeService(own),
    options: {
      journalRetention: 0,
      idempotencyRetention: 0,
      ingressPrivate: true,
      retryPolicy: untilItWorks,
      ...timeLimits(Math.max(settings.handlerTimeoutMs, ...timeouts)),
    },
    handlers: { run: async (context, input: RunInput) => runCommand(context, input, parts) },
  });
}

async function runCommand(context: ServiceContext, { service, key, command, instance }: RunInput, parts: Parts): Promise<void> {
  const { id } = context.request();
  const { seq, commandId, type } = command;
  let settled: { readonly result: CommandResult; readonly now: number };
  try {
    settled = await context.run(type, async () => {
      const result = await attempt(command, { instance, invocationId: id, parts });
      return { result, now: parts.rules.clock.now() };
    });
  } catch (error) {
    if (!(error instanceof parts.sdk.CancelledError)) throw error;
    // The chart has left the state that wanted the command, or somebody has cancelled it by hand: then its key tries it again.
    parts.rules.attempts.withdraw(id);
    settled = { result: { outcome: "cut" }, now: await context.date.now() };
  }
  const parameter: CommandSettledInput = { seq, commandId, ...settled };
  send(context, parts, { service, method: "commandSettled", key, parameter });
}

/** @throws if the attempt was cut off: because this OS process stops, so that another makes it, or because nobody waits for it any more */
async function attempt(
  command: CommandRecord,
  {
    instance,
    invocationId,
    parts,
  }: { readonly instance: InstanceRecord | undefined; readonly invocationId: string; readonly parts: Parts },
): Promise<CommandResult> {
  const { rules } = parts;
  const host = {
    ...rules,
    identities: createIdentities(0),
    store: { instances: { get: () => instance } },
    attempts: {
      ...rules.attempts,
      run: <Value>(...[task, terms, onEnd]: Parameters<typeof rules.attempts.run<Value>>): Promise<AttemptResult<Value>> =>
        rules.attempts.run(task, { ...terms, withdrawnBy: invocationId }, onEnd),
    },
  };
  const result = await attemptCommand(command, host, { isInDoubt: false, end: () => {} });
  if (result.outcome === "cut") throw new Error(`command "${command.type}" (${command.commandId}) was cut off; it runs again`);
  return decideResult(command, result, host);
}

function decideResult(
  command: CommandRecord,
  result: Exclude<AttemptResult<readonly AddressedEvent[]>, { outcome: "cut" }>,
  host: Parameters<typeof decideFailedCommand>[2],
): CommandResult {
  const { span } = result;
  if (result.outcome === "succeeded") {
    const changes = decideCommandHandled(nameMailbox(command), command, result.value, host.clock.now());
    span?.end({ outcome: "handled" });
    return { outcome: "decided", changes: traceChanges(changes, span?.traceparent) };
  }
  const { error } = result;
  const failed = decideFailedCommand(command, error, host);
  if ("changes" in failed) {
    span?.end({ outcome: failed.changes.events === undefined ? "retried" : "given_up", error });
    return { outcome: "decided", changes: traceChanges(failed.changes, span?.traceparent) };
  }
  span?.end({ outcome: "given_up", error });
  return { outcome: "given-up", error: recordError(failed.givenUp) };
}
