import { createSeeded, type Seeded } from "../seeded.ts";

/**
 * What a run with parcels is to do, as data. Parcels lie in depots. An event is for any number of the parcels of its depot, and comes before
 * or after they are booked; the events of one depot are dispatched in order. The same seed gives the same plan.
 */
export interface Plan {
  readonly seed: number;
  readonly events: readonly PlannedEvent[];
  /** Events to dispatch, as eventIds: one stream for each depot, in batches. */
  readonly streams: readonly (readonly (readonly string[])[])[];
  /** How many batches of each stream are dispatched by the end of each stage of the deploy. */
  readonly stageEnds: readonly (readonly number[])[];
  /** How long parcel/notice keeps what comes early. */
  readonly noticeKeptMs: number;
  /** For each scale, so many attempts at `weigh` run at once, and so many at `label` begin within the window. */
  readonly weighsAtOnce: number;
  readonly labelRate: { readonly count: number; readonly windowMs: number };
}

export interface PlannedEvent {
  readonly type: "ParcelsBooked" | "TruckMoved" | "NoticeAsked" | "ParcelsDelivered";
  /** The depot, or, of a NoticeAsked, the parcel. */
  readonly aggregateId: string;
  readonly eventId: string;
  readonly payload: {
    /** The parcels that the event is for: none, one, or several. */
    readonly parcels: readonly string[];
    /** How many attempts of each of its handlers fail before one succeeds. */
    readonly throws: number;
    readonly takesMs: number;
    /** What each of its handlers dispatches; that of parcel/notice the labels alone. */
    readonly says: readonly PlannedCommand[];
  };
}

export interface PlannedCommand {
  readonly name: "weigh" | "label";
  readonly payload: {
    /** Unlike that of any other command of the plan. */
    readonly tag: string;
    /** What the limits count apart. */
    readonly scale: string;
    readonly throws: number;
    readonly takesMs: number;
    /** The parcels of each ParcelWeighed that it returns. */
    readonly answers: readonly (readonly string[])[];
  };
}

/** Which parcels of a depot are booked, are asked about by a NoticeAsked, and are delivered at last. */
interface Depot {
  readonly name: string;
  readonly parcels: readonly string[];
  readonly booked: readonly string[];
  readonly asked: readonly string[];
  readonly delivered: readonly string[];
}

/** More attempts are made than the longest `throws` needs. */
const MOST_THROWS = 2;

export const PARCELS_OF_A_DEPOT = 4;

export function createPlan(seed: number, parcelCount: number): Plan {
  const seeded = createSeeded(seed);
  const create = createParts(seeded, seed);
  const depots = Array.from({ length: Math.ceil(parcelCount / PARCELS_OF_A_DEPOT) }, (_, index) => planDepot(seeded, `depot-${index}`));
  const byDepot = depots.map((depot) => planEvents(seeded, create, depot));
  const batches = byDepot.map((stages) => stages.map((events) => planBatches(seeded, events)));
  return {
    seed,
    events: byDepot.flat(2),
    streams: batches.map((stages) => stages.flat()),
    stageEnds: batches.map((stages) => stages.map((_, index) => stages.slice(0, index + 1).flat().length)),
    noticeKeptMs: seeded.between(150, 900),
    weighsAtOnce: 2,
    labelRate: { count: 6, windowMs: 300 },
  };
}

/** The last parcel is never booked, and nobody asks about the first, so that each plan has events that are kept and events that go. */
function planDepot(seeded: Seeded, name: string): Depot {
  const parcels = Array.from({ length: PARCELS_OF_A_DEPOT }, (_, index) => `${name}-parcel-${index}`);
  const booked = parcels.slice(0, -1);
  return {
    name,
    parcels,
    booked,
    asked: parcels.slice(1).filter(() => seeded.chance(0.8)),
    delivered: booked.filter(() => seeded.chance(0.4)),
  };
}

type Create = ReturnType<typeof createParts>;

function createParts(seeded: Seeded, seed: number) {
  let count = 0;
  const throws = () => (seeded.chance(0.15) ? seeded.between(1, MOST_THROWS) : 0);
  const command = ({ booked, parcels, delivered }: Depot): PlannedCommand => {
    const name = seeded.pick(["weigh", "label"] as const);
    // What is delivered has ended by the time of some answers.
    const answerable = [...booked.filter((parcel) => !delivered.includes(parcel)), parcels.at(-1)!];
    const answers = name === "weigh" && seeded.chance(0.3) ? [answerable.filter(() => seeded.chance(0.6))] : [];
    const tag = `${seed}/command/${(count += 1)}`;
    return { name, payload: { tag, scale: seeded.pick(["left", "right"]), throws: throws(), takesMs: seeded.between(2, 20), answers } };
  };
  const event = (type: PlannedEvent["type"], depot: Depot, parcels: readonly string[]): PlannedEvent => ({
    type,
    aggregateId: type === "NoticeAsked" ? parcels[0]! : depot.name,
    eventId: `${seed}/event/${(count += 1)}`,
    payload: {
      parcels,
      throws: throws(),
      takesMs: seeded.between(0, 4),
      says: Array.from({ length: seeded.pick([0, 0, 1, 1, 2]) }, () => command(depot)),
    },
  });
  return { event };
}

/**
 * The events of a depot in the four stages of the deploy. In the first, parcels are booked, so that version 1 begins instances. Each of the others
 * begins with a move for all parcels, so that its version meets all instances.
 */
function planEvents(seeded: Seeded, { event }: Create, depot: Depot): readonly (readonly PlannedEvent[])[] {
  const { parcels, booked, asked, delivered } = depot;
  const someMoves = (min: number, max: number) =>
    Array.from({ length: seeded.between(min, max) }, () =>
      event(
        "TruckMoved",
        depot,
        parcels.filter(() => seeded.chance(0.5)),
      ),
    );
  const cut = seeded.between(1, booked.length);
  const early = [event("TruckMoved", depot, parcels), ...someMoves(0, 2), event("ParcelsBooked", depot, booked.slice(0, cut))];
  const later = shuffle(seeded, [
    ...(cut < booked.length ? [event("ParcelsBooked", depot, booked.slice(cut))] : []),
    ...asked.map((parcel) => event("NoticeAsked", depot, [parcel])),
    ...someMoves(4, 8),
  ]);
  const part = Math.ceil(later.length / 3);
  const all = () => event("TruckMoved", depot, parcels);
  const last = [all(), ...(delivered.length > 0 ? [event("ParcelsDelivered", depot, delivered)] : [])];
  return [[...early, ...later.slice(0, part)], [all(), ...later.slice(part, 2 * part)], [all(), ...later.slice(2 * part)], last];
}

function planBatches(seeded: Seeded, events: readonly PlannedEvent[]): string[][] {
  const ids = events.map(({ eventId }) => eventId);
  const batches: string[][] = [];
  while (ids.length > 0) batches.push(ids.splice(0, seeded.chance(0.3) ? seeded.between(1, 3) : 1));
  return batches;
}

function shuffle<Item>(seeded: Seeded, items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, place: seeded.next() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ item }) => item);
}
