import { deriveId } from "../../platform/ids.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { findKeys } from "../../runtime/commit/find-keys.ts";
import { isStored } from "../../runtime/commit/accept.ts";
import type { Changes } from "../../runtime/decide/changes.ts";
import { decideCommandGivenUp } from "../../runtime/decide/decide-command.ts";
import { isOfCorrelate } from "../../runtime/decide/decide-correlation.ts";
import { recordError } from "../../record/error-record.ts";
import type { ErrorRecord } from "../../definition/model/own-payloads.ts";
import { acceptEvent, writeLetter } from "../key/accept-event.ts";
import type {
  AcceptInput,
  ChangeInput,
  CommandResult,
  CommandSettledInput,
  LookAgainInput,
  SettleInput,
  WakeInput,
} from "../wire/messages.ts";
import { describeService } from "../wire/domain-services.ts";
import { serviceOf } from "../wire/names.ts";
import { forget } from "./forget.ts";
import { beginKey, importKey } from "./import-key.ts";
import { ANSWER_MS, change, lookAgain, settle, wake } from "./key-turns.ts";
import type { Parts } from "./parts.ts";
import { readKey } from "./read-key.ts";
import type { KeyContext, RestateService } from "./sdk.ts";
import { bringTo, send } from "./send.ts";
import { objectOptions } from "./service-options.ts";
import { Turn } from "./turn.ts";

/** The object of a process. Each key of it is a mailbox with its instance, and has one turn at a time, on whichever OS process. */
export function createProcessObject(machine: ProcessMachine, parts: Parts): RestateService {
  const { sdk, settings } = parts;
  const { process, settings: own } = machine.definition;
  const { exclusive, shared } = sdk.handlers.object;
  const isPrivate = { ingressPrivate: true };
  return sdk.object({
    name: serviceOf(process),
    metadata: describeService(parts.own),
    options: objectOptions(own.timeoutMs ?? settings.handlerTimeoutMs),
    handlers: {
      accept: exclusive({ idempotencyRetention: settings.retention.deduplicationMs }, async (context, event: AcceptInput) =>
        accept(context, process, event, parts),
      ),
      wake: exclusive(isPrivate, async (context, input: WakeInput) => wake(context, process, input, parts)),
      commandSettled: exclusive(isPrivate, async (context, input: CommandSettledInput) => settleCommand(context, machine, input, parts)),
      settle: exclusive({ idempotencyRetention: ANSWER_MS }, async (context, input: SettleInput) => settle(context, process, input, parts)),
      change: exclusive({ idempotencyRetention: ANSWER_MS }, async (context, input: ChangeInput) => change(context, process, input, parts)),
      lookAgain: exclusive({ idempotencyRetention: ANSWER_MS }, async (context, input: LookAgainInput) =>
        lookAgain(context, process, input, parts),
      ),
      read: shared({}, async (context, input) => readKey(context, input ?? {})),
      forget: exclusive(isPrivate, async (context, input) => forget(context, process, input, parts)),
      importKey: exclusive({ idempotencyRetention: ANSWER_MS }, async (context, input) => importKey(context, process, input, parts)),
      beginKey: exclusive({ idempotencyRetention: ANSWER_MS }, async (context, input) => beginKey(context, process, input, parts)),
    },
  });
}

async function accept(context: KeyContext, process: string, event: AcceptInput, parts: Parts) {
  const turn = await Turn.open(context, process, parts);
  const acceptance = event.keys === "asked" ? await correlateHere(context, turn, event, parts) : acceptEvent(turn.key, event);
  const { receipt, unknownType, letters = [] } = acceptance;
  if (unknownType !== undefined) parts.rules.logger.warn(`process "${process}" does not know ${unknownType}`, { type: unknownType });
  for (const { deadLetterId, handler, error } of letters) {
    const { message } = JSON.parse(error) as ErrorRecord;
    parts.rules.logger.error(`${event.type} is a dead letter: ${message}`, { process, deadLetterId, handler });
  }
  if (isStored(acceptance)) await turn.end(undefined);
  else turn.save();
  return receipt;
}

/** `correlate` is asked once more here, where its failure has a letter. */
async function correlateHere(context: KeyContext, { key }: Turn, event: AcceptInput, parts: Parts) {
  const { process, aggregateId } = key.kept.key;
  const { router, settings } = parts.rules;
  const route = router(event.type).find((each) => each.process === process);
  const { eventId } = event;
  if (route === undefined) return { receipt: { eventId, outcome: "unrouted" }, mailboxes: [] } as const;
  const asked = await context.run("correlate", async () => {
    try {
      return { keys: findKeys(route, event, settings.limits) };
    } catch (error) {
      if (!isOfCorrelate(error)) throw error;
      return { error: recordError(error) };
    }
  });
  if ("error" in asked) return writeLetter(key, event, "correlate", asked.error);
  const { keys: _keys, ...unasked } = event;
  for (const other of asked.keys) {
    if (other !== aggregateId) send(context, parts, bringTo({ process, aggregateId: other }, unasked));
  }
  if (asked.keys.includes(aggregateId)) return acceptEvent(key, unasked);
  return { receipt: { eventId, outcome: asked.keys.length === 0 ? "unrouted" : "accepted" }, mailboxes: [] } as const;
}

async function settleCommand(
  context: KeyContext,
  machine: ProcessMachine,
  { seq, commandId, result, now }: CommandSettledInput,
  parts: Parts,
): Promise<void> {
  const turn = await Turn.open(context, machine.definition.process, parts);
  const { kept } = turn.key;
  // It was called off meanwhile, and so nobody wants its result.
  if (!kept.running.some((each) => each.seq === seq && each.commandId === commandId)) return;
  kept.running = kept.running.filter((each) => each.seq !== seq);
  const changes = decideSettled(turn, machine, { seq, result, now });
  if (changes !== undefined) turn.write(changes);
  await turn.end(now);
}

function decideSettled(
  { key: { kept, store } }: Turn,
  machine: ProcessMachine,
  { seq, result, now }: { readonly seq: number; readonly result: CommandResult; readonly now: number },
): Changes | undefined {
  if (result.outcome === "decided") return result.changes;
  const command = kept.commands.find(({ record }) => record.seq === seq)?.record;
  // A process has no attempts of policies.
  if (result.outcome !== "given-up" || command === undefined) return undefined;
  const instance = store.instances.get(command.processId);
  if (instance === undefined) throw new Error(`command ${command.commandId} names the instance ${command.processId}, which is not kept`);
  const deadLetterId = deriveId(`${command.commandId}/${command.generation}/letter`);
  return decideCommandGivenUp({ machine, instance, command, now }, result.error, deadLetterId);
}
