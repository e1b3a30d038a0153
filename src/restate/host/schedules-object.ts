import type { NewEvent } from "../../store/events.ts";
import type { ScheduleRecord } from "../../store/schedules.ts";
import { type SchedulesTaken, takeSchedules } from "../key/take-schedules.ts";
import { describeSchedules, describeService } from "../wire/domain-services.ts";
import { type KeptSchedules, SCHEDULES_KEY } from "../wire/kept-schedules.ts";
import type { LookAgainInput, WakeInput } from "../wire/messages.ts";
import { stateKeys } from "../wire/names.ts";
import { ANSWER_MS } from "./key-turns.ts";
import type { Parts } from "./parts.ts";
import type { KeyContext, ReadContext, RestateService } from "./sdk.ts";
import { bringEvents, send } from "./send.ts";
import { objectOptions } from "./service-options.ts";

/**
 * The object of the schedules. It is woken at the next moment of all of them, and each of its turns compares what it keeps with what is defined
 * where it runs, which is the latest deployment. It is there without schedules as well, so that one that a deploy has removed stops.
 */
export function createSchedulesObject(parts: Parts): RestateService {
  const { sdk, settings, own, rules } = parts;
  const { exclusive, shared } = sdk.handlers.object;
  const isAnswered = { idempotencyRetention: ANSWER_MS };
  return sdk.object({
    name: own.schedules,
    metadata: { ...describeService(own), ...describeSchedules([...rules.domain.schedules.keys()]) },
    options: objectOptions(settings.handlerTimeoutMs),
    handlers: {
      begin: exclusive(isAnswered, async (context) => takeTurn(context, await open(context), parts)),
      wake: exclusive({ ingressPrivate: true }, async (context, input: WakeInput) => wake(context, input, parts)),
      lookAgain: exclusive(isAnswered, async (context, input: LookAgainInput) => lookAgain(context, input, parts)),
      read: shared({}, async (context) => (await open(context)).records),
    },
  });
}

async function open(context: ReadContext): Promise<KeptSchedules> {
  return (await context.get<KeptSchedules>(stateKeys.core)) ?? { records: [], wake: null };
}

async function wake(context: KeyContext, { at }: WakeInput, parts: Parts): Promise<void> {
  const kept = await open(context);
  if (kept.wake?.at === at) await takeTurn(context, { ...kept, wake: null }, parts);
}

/** A wake-up that is lost is armed anew. */
async function lookAgain(context: KeyContext, { lost }: LookAgainInput, parts: Parts): Promise<void> {
  const kept = await open(context);
  const isLost = kept.wake !== null && lost.includes(kept.wake.invocationId);
  await takeTurn(context, isLost ? { ...kept, wake: null } : kept, parts);
}

/** Takes the moments that have come. What is sent and what is saved take effect together, when the turn has ended. */
async function takeTurn(context: KeyContext, kept: KeptSchedules, parts: Parts): Promise<void> {
  const { rules, settings } = parts;
  const taken = await context.run("schedules", () => takeSchedules(kept.records, rules, settings.retention.deduplicationMs));
  for (const events of taken.events) bringOn(context, events, parts);
  const { records } = taken;
  context.set(stateKeys.core, { records, wake: await arm(context, kept, taken, parts) } satisfies KeptSchedules);
}

/** The events of one schedule. One that nobody reacts to any more is in the log. */
function bringOn(context: KeyContext, events: readonly NewEvent[], parts: Parts): void {
  for (const event of events) {
    if (parts.addressOf(event.type).to !== "nobody") continue;
    parts.rules.logger.warn(`nobody reacts to ${event.type} (${event.eventId})`, { type: event.type });
  }
  for (const message of bringEvents(events, parts)) send(context, parts, message);
}

/** There is one wake-up at most: at the next moment of all schedules. */
async function arm(
  context: KeyContext,
  { wake }: KeptSchedules,
  { records, now }: SchedulesTaken,
  parts: Parts,
): Promise<KeptSchedules["wake"]> {
  const at = nextMoment(records);
  if (wake !== null && wake.at === at) return wake;
  if (wake !== null) context.cancel(wake.invocationId);
  if (at === undefined) return null;
  const parameter: WakeInput = { at, isLast: false };
  const delay = Math.max(0, at - now);
  const message = { service: parts.own.schedules, method: "wake", key: SCHEDULES_KEY, parameter, ...(delay > 0 && { delay }) };
  const { invocationId } = send(context, parts, message);
  return { ...parameter, invocationId: await invocationId };
}

function nextMoment(records: readonly ScheduleRecord[]): number | undefined {
  const moments = records.flatMap(({ dueAt }) => (dueAt === null ? [] : [dueAt]));
  return moments.length === 0 ? undefined : Math.min(...moments);
}
