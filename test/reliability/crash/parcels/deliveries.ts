import { isDone } from "../check/evidence-index.ts";
import type { Evidence, EventRow } from "../check/evidence.ts";
import { groupBy } from "../check/lists.ts";
import type { ParcelCheck } from "./check.ts";
import type { Plan } from "./plan.ts";

/** The events that are for one parcel in one process, in order of acceptance. Each such instance begins once at most. */
export interface Delivery {
  readonly process: string;
  readonly parcel: string;
  /** The event that begins the instance, if one does. */
  readonly start: EventRow | undefined;
  /** What was accepted before it, or without it, and is kept. */
  readonly early: readonly KeptEvent[];
  readonly later: readonly EventRow[];
}

interface KeptEvent extends EventRow {
  /** When it goes. */
  readonly goesAt: number;
  readonly isHandled: boolean;
  /** Whether it waits in the mailbox when the run is over. */
  readonly isLeft: boolean;
}

const starts = { "parcel/delivery": "ParcelsBooked", "parcel/notice": "NoticeAsked" } as const;
const HOUR_MS = 3_600_000;

export function listDeliveries({ noticeKeptMs }: Plan, evidence: Evidence): readonly Delivery[] {
  const instances = new Map([...evidence.instances.values()].map((row) => [`${row.process} ${row.aggregateId}`, row]));
  const handled = new Set(evidence.journal.filter(isDone).map(({ processId, facts }) => `${processId} ${facts.event!.eventId}`));
  const left = new Set(evidence.mailbox.map(({ process, aggregateId, position }) => `${process} ${aggregateId} ${position}`));
  const addressed = [...evidence.events.values()].flatMap((event) =>
    listProcesses(event.type).flatMap((process) => listParcels(event).map((parcel) => ({ process, parcel, event }))),
  );
  return [...groupBy(addressed, ({ process, parcel }) => `${process} ${parcel}`)].map(([id, ofOne]) => {
    const { process, parcel } = ofOne[0]!;
    const events = ofOne.map(({ event }) => event);
    const start = events.find(({ type }) => type === starts[process]);
    const isEarly = ({ position }: EventRow) => start === undefined || position < start.position;
    const keptMs = process === "parcel/notice" ? noticeKeptMs : HOUR_MS;
    return {
      process,
      parcel,
      start,
      early: events.filter(isEarly).map((event) => ({
        ...event,
        goesAt: event.acceptedAt + keptMs,
        isHandled: handled.has(`${instances.get(id)?.processId} ${event.eventId}`),
        isLeft: left.has(`${id} ${event.position}`),
      })),
      later: events.filter((event) => !isEarly(event) && event !== start),
    };
  });
}

function listProcesses(type: string): readonly (keyof typeof starts)[] {
  if (type === "NoticeAsked") return ["parcel/notice"];
  return type === "TruckMoved" ? ["parcel/delivery", "parcel/notice"] : ["parcel/delivery"];
}

function listParcels({ payload }: EventRow): readonly string[] {
  return (JSON.parse(payload) as { readonly parcels: readonly string[] }).parcels;
}

/**
 * Each parcel that an event is for handles it once. What had come early is handled after the event that begins the instance, and before what
 * came later, or it goes (P3, P4).
 */
export function checkDeliveries(check: ParcelCheck): void {
  const { evidence, deliveries, index, expect } = check;
  const instances = groupBy([...evidence.instances.values()], ({ process, aggregateId }) => `${process} ${aggregateId}`);
  const known = new Set(deliveries.map(({ process, parcel }) => `${process} ${parcel}`));
  for (const id of instances.keys()) expect(known.has(id), () => `${id} has an instance, and no event is for it`);
  for (const { process, parcel, start, early, later } of deliveries) {
    const name = `${process} of ${parcel}`;
    const found = instances.get(`${process} ${parcel}`) ?? [];
    expect(found.length === (start === undefined ? 0 : 1), () => `${name} has ${found.length} instances`);
    const steps = found.flatMap(({ processId }) => (index.rowsByInstance.get(processId) ?? []).filter(isDone));
    const handled = steps.map(({ facts }) => facts.event!.eventId).join();
    const wanted = start === undefined ? [] : [start, ...early.filter(({ isHandled }) => isHandled), ...later];
    expect(handled === wanted.map(({ eventId }) => eventId).join(), () => `${name} handled ${handled}; accepted were ${nameAll(wanted)}`);
    for (const event of early) checkKept(check, name, start, event);
  }
  checkLeft(check);
  checkGone(check);
}

/** It is not handled once it was to go, and does not go while its instance is there. Between the two, acceptance and commit, either is right. */
function checkKept({ evidence, expect }: ParcelCheck, name: string, start: EventRow | undefined, event: KeptEvent): void {
  const { eventId, goesAt, isHandled, isLeft } = event;
  const startedAt = Math.min(...evidence.acks.filter((ack) => ack.eventId === start?.eventId).map(({ at }) => at));
  expect(
    !isHandled || (start !== undefined && start.acceptedAt < goesAt),
    () => `${name} handled ${eventId} ${(start?.acceptedAt ?? 0) - goesAt} ms after it was to go`,
  );
  expect(isHandled || isLeft || startedAt >= goesAt, () => `${name} let ${eventId} go ${goesAt - startedAt} ms too early`);
}

/** What waits for a parcel that is never booked is still there, and nothing else is. */
function checkLeft({ evidence, deliveries, expect }: ParcelCheck): void {
  const waiting = deliveries.filter(({ process, start }) => process === "parcel/delivery" && start === undefined);
  const wanted = waiting.flatMap(({ early }) => early);
  for (const { eventId, isLeft } of wanted) expect(isLeft, () => `${eventId} is not kept any more, and was not handled`);
  expect(evidence.mailbox.length === wanted.length, () => `${evidence.mailbox.length} mailbox entries are left, and not ${wanted.length}`);
}

/** The log tells of each event that goes, once at most: a kill can come between its commit and its line. */
function checkGone({ evidence, deliveries, expect }: ParcelCheck): void {
  const lines = evidence.ledger.filter((line) => line.what === "gone");
  const gone = new Set(
    deliveries.flatMap(({ process, parcel, early }) =>
      early.filter(({ isHandled, isLeft }) => !isHandled && !isLeft).map(({ eventId }) => `${process} ${parcel} ${eventId}`),
    ),
  );
  for (const [id, same] of groupBy(lines, ({ process, aggregateId, eventId }) => `${process} ${aggregateId} ${eventId}`)) {
    expect(gone.has(id), () => `${id} is said to have gone, and has not`);
    expect(same.length === 1, () => `${id} is said to have gone ${same.length} times`);
  }
}

function nameAll(events: readonly EventRow[]): string {
  return events.map(({ eventId }) => eventId).join();
}
