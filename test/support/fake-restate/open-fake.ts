import { randomUUID } from "node:crypto";
import type { DispatchedEvent } from "perdure";
import { checkEvents } from "../../../src/runtime/check/check-events.ts";
import { listPolicyRoutes } from "../../../src/runtime/decide/policy-router.ts";
import { listRoutes } from "../../../src/runtime/decide/router.ts";
import type { RestateService } from "../../../src/restate/host/sdk.ts";
import { assembleServices } from "../../../src/restate/host/create-services.ts";
import { createAddressing } from "../../../src/restate/wire/addressing.ts";
import type { KeyView } from "../../../src/restate/wire/messages.ts";
import { idempotencyKeyOf, serviceOf } from "../../../src/restate/wire/names.ts";
import type { MailboxKey } from "../../../src/store/mailbox.ts";
import { DEFAULT_DOMAIN_NAME } from "../../../src/system/host-options.ts";
import { type ProcessSystemOptions, readOptions } from "../../../src/system/system-options.ts";
import { createCountedIds } from "../../../src/testing/kit/counted-ids.ts";
import { createManualClock, type ManualClock } from "../../../src/testing/kit/manual-clock.ts";
import { FakeRestate, fakeSdk } from "./fake-restate.ts";

export const START = Date.parse("2026-01-01T00:00:00Z");

/** The services of a host on Restate, on a server in memory and a clock that only the test moves. */
export interface FakeHost {
  readonly restate: FakeRestate;
  readonly clock: ManualClock;
  /** Brings events where a client would. A list goes through the intake. */
  dispatch(...events: readonly DispatchedEvent[]): Promise<void>;
  read(key: MailboxKey, processId?: string): Promise<KeyView>;
  /** Moves the clock to a moment, and lets what is due on the way run at its moment. */
  advanceTo(moment: number): Promise<void>;
}

export interface FakeHostOptions extends Omit<ProcessSystemOptions, "clock"> {
  /** How far the clock of the services is behind that of the server, in milliseconds. */
  readonly behindMs?: number;
  /** A host whose server these services are deployed to, in the place of those that were there. */
  readonly after?: FakeHost;
  /** Gives the services a fault. */
  readonly wrapServices?: (services: readonly RestateService[]) => readonly RestateService[];
}

export async function openFake({
  behindMs = 0,
  after,
  wrapServices = (services) => services,
  ...given
}: FakeHostOptions): Promise<FakeHost> {
  const clock = after?.clock ?? createManualClock(START);
  const restate = after?.restate ?? new FakeRestate(clock);
  const options = { ...readOptions({ ...given, clock: { ...clock, now: () => clock.now() - behindMs } }), name: DEFAULT_DOMAIN_NAME };
  const ids = createCountedIds(() => false);
  const assembled = await assembleServices(options, { loadSdk: async () => fakeSdk, ids, random: () => 0 });
  restate.bind(wrapServices(assembled.services));
  const { domain } = assembled;
  const addressOf = createAddressing([...listRoutes(domain.definitions), ...listPolicyRoutes(domain.policies.values())]);

  return {
    restate,
    clock,
    dispatch: async (...events) => {
      const defaults = { now: clock.now(), nextId: () => randomUUID() };
      const checked = await checkEvents(events, { domain, limits: options.settings.limits }, () => defaults, "dispatch: ");
      const [first] = checked;
      const address = addressOf(first!.type);
      if (checked.length === 1 && address.to === "nobody") return;
      const key = idempotencyKeyOf(checked.map(({ eventId }) => eventId).join(" "));
      if (checked.length === 1 && address.to === "object")
        void restate.call(serviceOf(address.process), first!.aggregateId, "accept", first, key).catch(noted);
      else void restate.call(`${DEFAULT_DOMAIN_NAME}.intake`, first!.aggregateId, "accept", checked, key).catch(noted);
      await restate.drain();
    },
    read: async ({ process, aggregateId }, processId) =>
      (await restate.call(serviceOf(process), aggregateId, "read", { processId })) as KeyView,
    advanceTo: async (moment) => {
      await restate.drain();
      for (let next = clock.nextTimerAt; next !== undefined && next <= moment; next = clock.nextTimerAt) {
        clock.moveTo(Math.max(next, clock.now()));
        await restate.drain();
      }
      clock.moveTo(moment);
      await restate.drain();
    },
  };
}

// The server notes what a handler throws, and `drain` throws that.
const noted = () => {};
