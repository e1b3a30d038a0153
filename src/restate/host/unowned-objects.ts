import { deriveId } from "../../platform/ids.ts";
import type { PolicyDefinition } from "../../definition/model/policy.ts";
import type { ErrorRecord } from "../../definition/model/own-payloads.ts";
import { settlePolicy } from "../../runtime/core/policy-attempt.ts";
import type { Changes } from "../../runtime/decide/changes.ts";
import { decidePolicyHandled, decideUnownedGivenUp } from "../../runtime/decide/decide-unowned.ts";
import { traceChanges } from "../../runtime/trace/trace-changes.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import { acceptCommand, acceptForPolicy, type UnownedAcceptance } from "../key/accept-unowned.ts";
import { checkRoom } from "../key/key-size.ts";
import { recordRepeatable } from "../key/record-repeatable.ts";
import { describeService, nameOutsideKey } from "../wire/domain-services.ts";
import type { AcceptInput, CommandSettledInput, LookAgainInput, OutsideInput, SettleInput, WakeInput } from "../wire/messages.ts";
import { serviceOf } from "../wire/names.ts";
import { forgetUnowned, remindToForget } from "./forget-unowned.ts";
import { ANSWER_MS, change, lookAgain, settle, wake } from "./key-turns.ts";
import type { Parts } from "./parts.ts";
import { readKey } from "./read-key.ts";
import type { KeyContext, RestateService } from "./sdk.ts";
import { objectOptions } from "./service-options.ts";
import { Turn } from "./turn.ts";

/** The object of a policy. Each key of it is an aggregate, and has the attempts of the policy at that one's events, and what they have dispatched. */
export function createPolicyObject({ policy, on, delay }: PolicyDefinition, parts: Parts): RestateService {
  const route = { policy, delayMs: delay?.durationMs };
  return createUnownedObject(policy, parts, (turn, event: AcceptInput) => {
    // A deploy may have changed what the policy reacts to while the event was on its way.
    if (event.type !== on) return tellIgnored(turn, event.eventId, parts);
    const accepted = acceptForPolicy(turn.key, event, route);
    return { accepted, receipt: { eventId: event.eventId, outcome: accepted.isDuplicate ? "duplicate" : "accepted" } };
  });
}

/** The object of commands from outside. Each key of it is the aggregate that they are for. */
export function createOutsideObject(parts: Parts): RestateService {
  const { process } = nameOutsideKey(parts.own, "");
  return createUnownedObject(process, parts, (turn, command: OutsideInput) => {
    const accepted = acceptCommand(turn.key, command, command.dispatchedAt);
    return { accepted, receipt: { dueAt: command.dueAt } };
  });
}

/** What came of something that a key was brought, and what whoever has brought it is told. */
interface Brought {
  readonly accepted: UnownedAcceptance;
  readonly receipt: unknown;
}

/** `owner`: the policy, or what stands in its place for commands from outside. */
function createUnownedObject(owner: string, parts: Parts, take: (turn: Turn, input: never) => Brought): RestateService {
  const { sdk, settings, own } = parts;
  const { exclusive, shared } = sdk.handlers.object;
  const isPrivate = { ingressPrivate: true };
  const isAnswered = { idempotencyRetention: ANSWER_MS };
  return sdk.object({
    name: serviceOf(owner),
    metadata: describeService(own),
    options: objectOptions(settings.handlerTimeoutMs),
    handlers: {
      accept: exclusive({ idempotencyRetention: settings.retention.deduplicationMs }, async (context, input) =>
        accept(context, owner, parts, (turn) => take(turn, input)),
      ),
      wake: exclusive(isPrivate, async (context, input: WakeInput) => wake(context, owner, input, parts)),
      commandSettled: exclusive(isPrivate, async (context, input: CommandSettledInput) => settleCommand(context, owner, input, parts)),
      settle: exclusive(isAnswered, async (context, input: SettleInput) => settle(context, owner, input, parts)),
      change: exclusive(isAnswered, async (context, input) => change(context, owner, input, parts)),
      lookAgain: exclusive(isAnswered, async (context, input: LookAgainInput) => lookAgain(context, owner, input, parts)),
      read: shared({}, async (context) => readKey(context, {})),
      forget: exclusive(isPrivate, async (context) => forgetUnowned(context, owner, parts)),
    },
  });
}

async function accept(context: KeyContext, owner: string, parts: Parts, take: (turn: Turn) => Brought): Promise<unknown> {
  const turn = await Turn.open(context, owner, parts);
  const isNew = turn.key.kept.lastSeq === 0;
  const { accepted, receipt } = take(turn);
  if (accepted.letter !== undefined) tellLetter(accepted.letter, parts);
  if (isNew && turn.key.kept.lastSeq > 0) remindToForget(context, owner, parts);
  await turn.end(undefined);
  return receipt;
}

function tellIgnored({ key: { kept } }: Turn, eventId: string, { rules }: Parts): Brought {
  kept.ignored += 1;
  rules.logger.warn(`policy "${kept.key.process}" does not react to ${eventId} any more`, { policy: kept.key.process });
  return { accepted: { isDuplicate: false }, receipt: { eventId, outcome: "unrouted" } };
}

function tellLetter({ deadLetterId, handler, process, error }: DeadLetterRecord, { rules }: Parts): void {
  const { message } = JSON.parse(error) as ErrorRecord;
  rules.logger.error(`${handler} is a dead letter: ${message}`, { process, deadLetterId, handler });
}

async function settleCommand(
  context: KeyContext,
  owner: string,
  { seq, commandId, result, now }: CommandSettledInput,
  parts: Parts,
): Promise<void> {
  const turn = await Turn.open(context, owner, parts);
  const { kept } = turn.key;
  if (!kept.running.some((each) => each.seq === seq && each.commandId === commandId)) return;
  kept.running = kept.running.filter((each) => each.seq !== seq);
  const command = kept.commands.find(({ record }) => record.seq === seq)?.record;
  const changes = command && decideSettled(turn, command, result, now);
  if (changes !== undefined) turn.write(changes);
  await turn.end(now);
}

function decideSettled({ key }: Turn, command: CommandRecord, result: CommandSettledInput["result"], now: number): Changes | undefined {
  switch (result.outcome) {
    case "cut":
      return undefined;
    case "decided":
      return result.changes;
    case "policy": {
      const handled = traceChanges(decidePolicyHandled(command, settlePolicy(result.attempted, command, key)), result.traceparent);
      try {
        checkRoom(key.kept, handled);
        return handled;
      } catch (error) {
        return giveUp(command, recordRepeatable(error), now);
      }
    }
    case "given-up":
      return giveUp(command, result.error, now);
  }
}

function giveUp(command: CommandRecord, error: ErrorRecord, now: number): Changes {
  const deadLetterId = deriveId(`${command.commandId}/${command.generation}/letter`);
  return decideUnownedGivenUp(command, { error, deadLetterId, now });
}
