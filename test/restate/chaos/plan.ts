/** What an event's handlers do, as `shop.mjs` takes it. */
interface Behaviour {
  readonly takesMs?: number;
  /** How many attempts fail. */
  readonly throws?: number | "until mended";
  /** How many attempts at its command fail. */
  readonly commandThrows?: number;
}

export interface PlannedEvent {
  readonly eventId: string;
  readonly type: string;
  readonly payload: Behaviour;
  readonly occurredAt?: Date;
}

/** What has to become of one key. */
export interface ExpectedKey {
  readonly process: string;
  readonly aggregateId: string;
  readonly status: "completed" | "timed_out";
  /** In the order in which they are dispatched. */
  readonly events: readonly PlannedEvent[];
  /** Each is executed once, but for repeats of an attempt. */
  readonly commands: readonly string[];
  /** One of its events fails for good until it is mended. */
  readonly fails: boolean;
}

/** Events that are dispatched one after the other. */
export interface Stream {
  readonly aggregateId: string;
  readonly events: readonly PlannedEvent[];
}

export interface Plan {
  /** The streams of one order each. */
  readonly orders: readonly (readonly Stream[])[];
  readonly keys: readonly ExpectedKey[];
}

/** Every fifth order has a parcel, every fifteenth fails for good in its third event. */
export function planOrders(count: number, takesMs = 5): Plan {
  const planned = Array.from({ length: count }, (_, number) => planOrder(number, takesMs));
  return { orders: planned.map(({ streams }) => streams), keys: planned.flatMap(({ keys }) => keys) };
}

/** Instances that time out, all of them as long after one moment. */
export function planWatches(count: number, occurredAt: Date): readonly ExpectedKey[] {
  return Array.from({ length: count }, (_, number) => ({
    process: "order/watch",
    aggregateId: `order-${number}`,
    status: "timed_out",
    events: [{ eventId: "Watched", type: "Watched", payload: {}, occurredAt }],
    commands: ["escalate"],
    fails: false,
  }));
}

function planOrder(number: number, takesMs: number): { readonly streams: readonly Stream[]; readonly keys: readonly ExpectedKey[] } {
  const aggregateId = `order-${number}`;
  const fails = number % 15 === 14;
  const event = (type: string, behaviour: Behaviour = {}): PlannedEvent => ({
    // Whoever knows an event by its id alone would take those of another order for repeats.
    eventId: `${type}-${number % 10}`,
    type,
    payload: { takesMs, ...behaviour },
  });
  const key = (process: string, of: Pick<ExpectedKey, "events" | "commands"> & Partial<ExpectedKey>): ExpectedKey => ({
    process,
    aggregateId,
    status: "completed",
    fails: false,
    ...of,
  });
  const life = [
    event("Placed"),
    event("Paid", { throws: number % 4 === 1 ? 1 : 0, commandThrows: number % 6 === 2 ? 1 : 0 }),
    event("Noted", fails ? { throws: "until mended" } : {}),
    event("Fulfilled"),
  ];
  const watched = [event("Watched")];
  const parcel =
    number % 5 === 0 ? ["Sent", "Moved", "Moved", "Arrived"].map((type, at) => ({ ...event(type), eventId: `${type}-${at}` })) : [];
  const bill = parcel.filter(({ type }) => type !== "Moved");
  return {
    streams: [
      { aggregateId, events: watched },
      { aggregateId, events: life },
      ...(parcel.length > 0 ? [{ aggregateId, events: parcel }] : []),
    ],
    keys: [
      key("order/watch", { events: watched, commands: ["escalate"], status: "timed_out" }),
      key("order/lifecycle", { events: life, commands: ["reserve", "remind", "ship", "thank"], fails }),
      ...(parcel.length > 0
        ? [key("parcel/track", { events: parcel, commands: [] }), key("parcel/bill", { events: bill, commands: ["charge"] })]
        : []),
    ],
  };
}
