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
import { bringTo, send } from "./send.ts";
import { objectOptions } from "./service-options.ts";

/**
 * Takes events that several processes and policies may react to, events that are correlated, and lists. Each of its keys is an aggregate,
 * and brings events on one after the other, so that no event of the aggregate overtakes another on the way to a process.
 */
export function createIntake(parts: Parts): RestateService {
  const { sdk, settings, own } = parts;
  const { exclusive } = sdk.handlers.object;
  return sdk.object({
    name: own.intake,
    metadata: describeService(own),
    options: objectOptions(settings.handlerTimeoutMs),
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
  return found.map((destinations, at) => {
    for (const { key, input } of destinations) send(context, parts, bringTo(key, input));
    return { eventId: events[at]!.eventId, outcome: destinations.length === 0 ? "unrouted" : "accepted" };
  });
}

function findDestinations(event: AddressedEvent, { rules, policyRouter }: Parts): readonly Destination[] {
  const { aggregateId } = event;
  return [
    ...rules.router(event.type).flatMap((route) => findOfRoute(route, event, rules.settings.limits)),
    ...(policyRouter?.(event.type) ?? []).map(({ policy }) => ({ key: { process: policy, aggregateId }, input: event })),
  ];
}

function findOfRoute(route: Route, event: AddressedEvent, limits: Parts["rules"]["settings"]["limits"]): readonly Destination[] {
  const { process } = route;
  try {
    return findKeys(route, event, limits).map((aggregateId) => ({ key: { process, aggregateId }, input: event }));
  } catch (error) {
    if (!isOfCorrelate(error)) throw error;
    // The key of the event's aggregate has the dead letter.
    return [{ key: { process, aggregateId: event.aggregateId }, input: { ...event, keys: "asked" } }];
  }
}
