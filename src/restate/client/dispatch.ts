import type { Domain } from "../../definition/model/definition.ts";
import { createUnknownEventLog } from "../../observe/unknown-event-log.ts";
import { ProcessError } from "../../errors.ts";
import { systemClock } from "../../platform/clock.ts";
import { type Ids, systemIds } from "../../platform/ids.ts";
import type { Logger } from "../../platform/logger.ts";
import { checkEvents } from "../../runtime/check/check-events.ts";
import type { Limits } from "../../runtime/check/settings.ts";
import type { Receipt } from "../../runtime/commit/accept.ts";
import { listDomainRoutes } from "../../runtime/decide/router.ts";
import type { Telemetry } from "../../runtime/trace/telemetry.ts";
import { traceEvents } from "../../runtime/trace/trace-acceptance.ts";
import type { NewEvent } from "../../store/events.ts";
import { createAddressing } from "../wire/addressing.ts";
import type { AcceptInput, IntakeInput } from "../wire/messages.ts";
import { checkKey, idempotencyKeyOf, serviceOf } from "../wire/names.ts";
import type { Ingress, Sent } from "../ingress/ingress.ts";

export interface DispatchPorts {
  readonly ingress: Pick<Ingress, "send" | "attach">;
  readonly domain: Domain;
  /** The object of the domain's intake. */
  readonly intake: string;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly telemetry?: Telemetry | undefined;
  readonly ids?: Ids;
}

export interface Dispatcher {
  /** Brings events on their way, in the order in which they were given. */
  dispatch(given: readonly unknown[]): Promise<readonly Receipt[]>;
  /** Brings events on their way that were checked, and that have identities which others may have given them, too. */
  accept(events: readonly NewEvent[]): Promise<readonly Receipt[]>;
  /** How many events no process knew, since the client was made. They were not sent. */
  readonly unknown: number;
}

export function createDispatcher({ ingress, domain, intake, limits, logger, telemetry, ids = systemIds }: DispatchPorts): Dispatcher {
  const routes = listDomainRoutes(domain);
  const addressOf = createAddressing(routes);
  const noteUnknown = createUnknownEventLog(logger, () => routes);

  /** Waits until the intake has sent everything on, so that what is dispatched afterwards does not overtake it. */
  const sendToIntake = async (
    events: IntakeInput,
    idempotencyKey: string,
  ): Promise<{ readonly sent: Sent; readonly receipts: readonly Receipt[] }> => {
    const target = { service: intake, key: events[0]!.aggregateId, handler: "accept" };
    const sent = await ingress.send(target, idempotencyKey, events);
    try {
      const receipts = (await ingress.attach(sent.invocationId)) as readonly Receipt[] | undefined;
      return { sent, receipts: receipts ?? events.map(toAccepted) };
    } catch (error) {
      if (!ProcessError.is(error, "RESTATE_UNREACHABLE")) throw error;
      logger.warn("dispatch: the events are accepted, but no process has brought them on to their instances so far", { error });
      return { sent, receipts: events.map(toAccepted) };
    }
  };

  const sendOne = async (event: NewEvent, isNamed: boolean): Promise<Receipt> => {
    const address = addressOf(event.type);
    const key = idempotencyKeyOf(event.eventId);
    switch (address.to) {
      case "nobody":
        return { eventId: event.eventId, outcome: "unrouted" };
      case "object": {
        checkKey({ process: address.process, aggregateId: event.aggregateId });
        const input: AcceptInput = event;
        const sent = await ingress.send({ service: serviceOf(address.process), key: event.aggregateId, handler: "accept" }, key, input);
        return { eventId: event.eventId, outcome: isDuplicate(sent, isNamed) ? "duplicate" : "accepted" };
      }
      case "intake": {
        checkKey({ process: intake, aggregateId: event.aggregateId });
        const { sent, receipts } = await sendToIntake([event], key);
        return isDuplicate(sent, isNamed) ? { eventId: event.eventId, outcome: "duplicate" } : receipts[0]!;
      }
    }
  };

  let unknown = 0;
  const sendAll = async (events: readonly NewEvent[], areNamed: boolean): Promise<readonly Receipt[]> => {
    const unknownTypes = events.map(({ type }) => type).filter((type) => addressOf(type).to === "nobody");
    noteUnknown({ unknownTypes });
    unknown += unknownTypes.length;
    const routed = events.filter(({ type }) => addressOf(type).to !== "nobody");
    try {
      if (events.length === 1) return [await sendOne(events[0]!, areNamed)];
      for (const { type, aggregateId } of routed) checkKey({ process: nameOf(addressOf(type), intake), aggregateId });
      // A list has a key of its own, because one of its events may have been dispatched before.
      const receipts = routed.length === 0 ? [] : (await sendToIntake(routed, ids.next())).receipts;
      const byPlace = new Map(routed.map((event, at) => [event, receipts[at]!]));
      return events.map((event) => byPlace.get(event) ?? { eventId: event.eventId, outcome: "unrouted" });
    } catch (error) {
      throw tellIds(error, events);
    }
  };
  const accept = async (events: readonly NewEvent[], areNamed: boolean): Promise<readonly Receipt[]> => {
    const sent = traceEvents(
      (traced) => sendAll(traced, areNamed),
      telemetry,
      ({ outcome }) => outcome,
    );
    return events.length === 0 ? [] : sent(events);
  };
  const dispatch = async (given: readonly unknown[]): Promise<readonly Receipt[]> => {
    const now = systemClock.now();
    const events = await checkEvents(given, { domain, limits }, () => ({ now, nextId: () => ids.next() }), "");
    return accept(events, given.every(isNamed));
  };

  return {
    dispatch,
    accept: (events) => accept(events, true),
    get unknown() {
      return unknown;
    },
  };
}

function nameOf(address: ReturnType<ReturnType<typeof createAddressing>>, intake: string): string {
  return address.to === "object" ? address.process : intake;
}

function toAccepted({ eventId }: NewEvent): Receipt {
  return { eventId, outcome: "accepted" };
}

/** Nobody else can have sent an event whose identity was made here, so what was sent before was this one. */
function isDuplicate({ isRepeated }: Sent, isNamed: boolean): boolean {
  return isRepeated && isNamed;
}

/** Whether the caller has given the event its identity. */
function isNamed(given: unknown): boolean {
  return typeof (given as { readonly eventId?: unknown }).eventId === "string";
}

const MOST_TOLD = 100;

/** Who dispatches the events again, because it is not known whether they were accepted, needs their identities. */
function tellIds(error: unknown, events: readonly NewEvent[]): unknown {
  if (!ProcessError.is(error) || !isInDoubt(error)) return error;
  const eventIds = events.slice(0, MOST_TOLD).map(({ eventId }) => eventId);
  return new ProcessError(error.code, `dispatch: ${error.problem}`, {
    hint: "Whether it was accepted is not known: dispatch it again with the same eventId (details.eventIds).",
    details: { ...error.details, eventIds },
    cause: error,
  });
}

/** An attempt before the last one may have reached the server. */
export function isInDoubt({ code, details }: ProcessError): boolean {
  return code === "RESTATE_UNREACHABLE" || (code === "RESTATE_REFUSED" && Number(details["status"]) >= 429);
}
