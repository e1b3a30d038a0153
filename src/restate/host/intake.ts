import { findKeys } from "../../runtime/commit/find-keys.ts";
import type { Receipt } from "../../runtime/commit/accept.ts";
import { isOfCorrelate } from "../../runtime/decide/decide-correlation.ts";
import type { Route } from "../../runtime/decide/router.ts";
import type { AddressedEvent } from "../../runtime/decide/changes.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { AcceptInput, IntakeInput } from "../wire/messages.ts";
import { describeService } from "../wire/domain-services.ts";
import type { Parts } from "./parts.ts";
import type { KeyContext, RestateService } from "./sdk.ts";
import { bringTo, call } from "./send.ts";
import { timeLimits, untilItWorks } from "./service-options.ts";

/**
 * Takes events that several processes may react to, events that are correlated, and lists. Each of its keys is an aggregate, and brings events
 * on one after the other, so that no event of the aggregate overtakes another on the way to a process. Its answer comes when they are in their
 * mailboxes, so that what is dispatched after that comes behind them, whichever way it takes.
 */
export function createIntake(parts: Parts): RestateService {
  const { sdk, settings, own } = parts;
  const { exclusive } = sdk.handlers.object;
  return sdk.object({
    name: own.intake,
    metadata: describeService(own),
    options: {
      enableLazyState: true,
      journalRetention: 0,
      idempotencyRetention: 0,
      explicitCancellation: true,
      retryPolicy: untilItWorks,
      ...timeLimits(settings.handlerTimeoutMs),
    },
    handlers: {
      accept: exclusive({ idempotencyRetention: settings.retention.deduplicationMs }, async (context, events: IntakeInput) =>
        bringOn(context, events, parts),
      ),
    },
  });
}

/** Where an event goes. */
interface Destination {
  readonly key: MailboxKey;
  readonly input: AcceptInput;
}

async function bringOn(context: KeyContext, events: IntakeInput, parts: Parts): Promise<readonly Receipt[]> {
  // `correlate` is the user's, and may say something else when it is asked again.
  const found = await context.run("find keys", async () => events.map((event) => findDestinations(event, parts)));
  // All are on their way, in order, before the first is asked for.
  const asked = found.map((destinations) => destinations.map(({ key, input }) => call(context, parts, bringTo(key, input))));
  const receipts: Receipt[] = [];
  for (const [at, answers] of asked.entries()) {
    const outcomes: Receipt["outcome"][] = [];
    for (const answer of answers) outcomes.push(((await answer) as Receipt).outcome);
    receipts.push({ eventId: events[at]!.eventId, outcome: sumOutcomes(outcomes) });
  }
  return receipts;
}

/** What became of an event, by what each key says that it was brought to. */
function sumOutcomes(outcomes: readonly Receipt["outcome"][]): Receipt["outcome"] {
  return (["accepted", "kept", "duplicate"] as const).find((outcome) => outcomes.includes(outcome)) ?? "unrouted";
}

function findDestinations(event: AddressedEvent, { rules }: Parts): readonly Destination[] {
  return rules.router(event.type).flatMap((route) => findOfRoute(route, event, rules.settings.limits));
}

function findOfRoute(route: Route, event: AddressedEvent, limits: Parts["rules"]["settings"]["limits"]): readonly Destination[] {
  const { process } = route;
  try {
    return findKeys(route, event, limits).map((aggregateId) => ({ key: { process, aggregateId }, input: { ...event, isAwaited: true } }));
  } catch (error) {
    if (!isOfCorrelate(error)) throw error;
    // The key of the event's aggregate has the dead letter.
    return [{ key: { process, aggregateId: event.aggregateId }, input: { ...event, keys: "asked", isAwaited: true } }];
  }
}
