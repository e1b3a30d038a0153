import { isPolicyName } from "../../definition/model/policy.ts";
import { ProcessError } from "../../errors.ts";
import { recordError } from "../../record/error-record.ts";
import type { AttemptResult, Attempts } from "../../runtime/core/attempt.ts";
import { nameMailbox } from "../../record/command.ts";
import { attemptCommand, decideFailedCommand } from "../../runtime/core/command-attempt.ts";
import { limitCommand, limitPolicy } from "../../runtime/core/attempt-settings.ts";
import type { Turn as AttemptTurn } from "../../runtime/core/host.ts";
import { attemptPolicy, type PolicyHost } from "../../runtime/core/policy-attempt.ts";
import type { AddressedEvent } from "../../runtime/decide/changes.ts";
import { decideCommandHandled } from "../../runtime/decide/decide-command.ts";
import { createIdentities } from "../../runtime/decide/identity.ts";
import { traceChanges } from "../../runtime/trace/trace-changes.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import { createKeptKey } from "../key/kept-key.ts";
import { openKey } from "../key/open-key.ts";
import type { CommandResult, CommandSettledInput, RunInput } from "../wire/messages.ts";
import { describeService } from "../wire/domain-services.ts";
import type { Parts } from "./parts.ts";
import type { RestateService, ServiceContext } from "./sdk.ts";
import { send } from "./send.ts";
import { timeLimits, untilItWorks } from "./service-options.ts";

/** Runs commands and policies, beside the keys that they are of, so that a key's events are handled while its command runs. */
export function createCommandRunner(parts: Parts): RestateService {
  const { sdk, settings, rules, own } = parts;
  const { commands, policies } = rules.domain;
  const limits = [
    ...[...commands.values()].map((command) => limitCommand(command, settings)),
    ...[...policies.values()].map((policy) => limitPolicy(policy, settings)),
  ];
  return sdk.service({
    name: own.commands,
    metadata: describeService(own),
    options: {
      journalRetention: 0,
      idempotencyRetention: 0,
      ingressPrivate: true,
      retryPolicy: untilItWorks,
      ...timeLimits(Math.max(settings.handlerTimeoutMs, ...limits.map(({ timeoutMs }) => timeoutMs))),
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
  if (isPolicyName(command.type)) return attemptOfPolicy(command, invocationId, parts);
  const host = {
    ...rules,
    identities: createIdentities(0),
    store: { instances: { get: () => instance } },
    attempts: withdrawBy(invocationId, rules.attempts),
  };
  const result = await attemptCommand(command, host, TURN);
  if (result.outcome === "cut") throw refuseCut(command);
  return decideResult(command, result, host);
}

/** @throws as `attempt` does */
async function attemptOfPolicy(command: CommandRecord, invocationId: string, { rules }: Parts): Promise<CommandResult> {
  if (!rules.domain.policies.has(command.type)) return { outcome: "given-up", error: recordError(refusePolicy(command)) };
  // What is stored is in the key. An attempt reads none of it, and what gives way to what it dispatches is found where it is settled.
  const empty = openKey(createKeptKey(nameMailbox(command)), rules);
  const host = { ...empty.rules, ...empty, attempts: withdrawBy(invocationId, rules.attempts), inTurn };
  const result = await attemptPolicy(command, host);
  if (result.outcome === "cut") throw refuseCut(command);
  if (result.outcome === "failed") return decideFailure(command, result, host);
  const { span, value } = result;
  span?.end({ outcome: "handled" });
  return { outcome: "policy", attempted: value, ...(span?.traceparent !== undefined && { traceparent: span.traceparent }) };
}

const TURN: AttemptTurn = { isInDoubt: false, end: () => {} };
const inTurn: PolicyHost["inTurn"] = (_kind, _number, _describe, attempt) => attempt(TURN);

/** The invocation names the attempt, so that a cancellation finds it. */
function withdrawBy(invocationId: string, attempts: Attempts): Attempts {
  return {
    ...attempts,
    run: <Value>(...[task, terms, onEnd]: Parameters<typeof attempts.run<Value>>): Promise<AttemptResult<Value>> =>
      attempts.run(task, { ...terms, withdrawnBy: invocationId }, onEnd),
  };
}

function refuseCut({ type, commandId }: CommandRecord): Error {
  return new Error(`command "${type}" (${commandId}) was cut off; it runs again`);
}

/** The services of another deployment have brought the attempt here. */
function refusePolicy({ type }: CommandRecord): ProcessError {
  return new ProcessError("POLICY_REMOVED", `the policy "${type}" is not defined any more`, {
    hint: "Bring its file back to retry the letter, or discard it.",
  });
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
  return decideFailure(command, result, host);
}

function decideFailure(
  command: CommandRecord,
  { error, span }: Extract<AttemptResult<unknown>, { outcome: "failed" }>,
  host: Parameters<typeof decideFailedCommand>[2],
): CommandResult {
  const failed = decideFailedCommand(command, error, host);
  if ("changes" in failed) {
    span?.end({ outcome: failed.changes.events === undefined ? "retried" : "given_up", error });
    return { outcome: "decided", changes: traceChanges(failed.changes, span?.traceparent) };
  }
  span?.end({ outcome: "given_up", error });
  return { outcome: "given-up", error: recordError(failed.givenUp) };
}
