// The processes of parcels: an event is for several instances, may come before they begin, and finds the process in one of two versions.

// What an instance remembers. Each step adds itself, so that one that is lost or done twice shows, and so does a second migration.
const memories = {
  1: {
    schema: describe(({ seen = [], last = "" }) => ({ seen, last })),
    remember: ({ seen }, eventId) => ({ seen: [...seen, eventId], last: eventId }),
  },
  2: {
    schema: describe(({ steps = [], last = "", migrations = 0 }) => ({ steps, last, migrations })),
    remember: ({ steps }, eventId) => ({ steps: [...steps, eventId], last: eventId }),
  },
};

const migrate = ({ context: { seen, last, migrations = 0 } }) => ({ context: { steps: seen, last, migrations: migrations + 1 } });

/** By its shape. */
const tellVersion = (context) => (context === undefined ? null : "seen" in context ? 1 : 2);

function describe(fill) {
  return { "~standard": { version: 1, vendor: "crash", validate: (value) => ({ value: fill(value) }) } };
}

export function createDomain({ plan, act, defineProcess, version }) {
  const handler =
    (remember = () => undefined) =>
    async ({ event, context, commands, process: instance, idempotencyKey, attempt }) => {
      const { process, processId, aggregateId } = instance;
      const { type, eventId, payload } = event;
      const facts = {
        what: "handler",
        process,
        processId,
        type,
        aggregateId,
        eventId,
        key: idempotencyKey,
        version,
        saw: tellVersion(context),
      };
      const says = process === "parcel/notice" ? payload.says.filter(({ name }) => name === "label") : payload.says;
      await act(facts, { breaks: null, ...payload }, attempt, async () => {
        for (const { name, payload } of says)
          await commands[name]({ aggregateId, payload: { ...payload, tag: `${payload.tag} ${process} ${aggregateId}` } });
      });
      return remember(context, eventId);
    };
  const nothing = handler();

  const commandHandler = async ({ command, idempotencyKey, attempt }) => {
    const { commandId, type, aggregateId, payload, metadata } = command;
    const { processId, dueAt } = metadata;
    const { tag, scale } = payload;
    const facts = { what: "command", processId, type, aggregateId, commandId, tag, scale, dueAt: dueAt.getTime(), key: idempotencyKey };
    await act(facts, { breaks: null, ...payload }, attempt);
    return payload.answers.map((parcels) => ({
      type: "ParcelWeighed",
      aggregateId,
      payload: { parcels, throws: 0, takesMs: 0, says: [] },
    }));
  };

  const keysOf = ({ payload }) => payload.parcels;
  const own = handler(memories[version].remember);
  const definitions = [
    defineProcess({
      aggregate: "parcel",
      name: "delivery",
      startedBy: ["ParcelsBooked"],
      completedBy: ["ParcelsDelivered"],
      correlate: { ParcelsBooked: keysOf, TruckMoved: keysOf, ParcelWeighed: keysOf, ParcelsDelivered: keysOf },
      keepEarly: "1h",
      context: memories[version].schema,
      index: ["last"],
      timeout: "365d",
      on: { ParcelsBooked: own, TruckMoved: own, ParcelWeighed: own, ParcelsDelivered: own },
      ...(version === 2 && { version, migrations: { "1-to-2": migrate } }),
    }),
    defineProcess({
      aggregate: "parcel",
      name: "notice",
      startedBy: ["NoticeAsked"],
      completedBy: [],
      correlate: { TruckMoved: keysOf },
      keepEarly: plan.noticeKeptMs,
      timeout: "365d",
      on: { NoticeAsked: nothing, TruckMoved: nothing },
    }),
  ];
  const commands = {
    weigh: { handler: commandHandler, limits: { concurrency: plan.weighsAtOnce, key: "scale" } },
    label: { handler: commandHandler, limits: { rate: `${plan.labelRate.count}/${plan.labelRate.windowMs}ms`, key: "scale" } },
  };
  return { parts: { definitions, commands }, counted: "parcel/delivery", settlementOf: () => "retry" };
}
