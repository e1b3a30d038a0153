// Policies, commands from outside and a schedule: nothing here has an instance. What a policy does is what its event says.
import { existsSync, linkSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const usual = { throws: 0, breaks: null, takesMs: 0, settlement: "retry" };

/**
 * The moment from which on the schedule gives no events. It is said when the first moment is taken, so that moments follow that one however
 * late the worker was up; what a life has said holds for those after it.
 */
function createEnd(folder, { ticks }, clock) {
  const path = join(folder, "ticks-end");
  const read = () => (existsSync(path) ? Number(readFileSync(path, "utf8")) : Infinity);
  const say = () => {
    if (existsSync(path)) return read();
    const now = clock.now();
    const own = `${path}-${process.pid}`;
    writeFileSync(own, String(now - (now % MINUTE_MS) + (ticks + 1) * MINUTE_MS));
    try {
      linkSync(own, path);
    } catch (error) {
      // Another one has said it.
      if (error.code !== "EEXIST") throw error;
    }
    return read();
  };
  return { read, say };
}

const MINUTE_MS = 60_000;

export function createDomain({ plan, act, folder, clock, definePolicy, defineSchedule }) {
  const end = createEnd(folder, plan, clock);
  const policy = (name, on, find, more = {}) =>
    definePolicy({
      aggregate: "order",
      name,
      on,
      ...more,
      handler: async ({ event, commands, idempotencyKey, attempt }) => {
        const { type, aggregateId, eventId } = event;
        const behaviour = find(event);
        const facts = { what: "policy", policy: `order/${name}`, type, aggregateId, eventId, key: idempotencyKey };
        await act(facts, behaviour, attempt, async () => {
          for (const [index, { delayMs, payload }] of behaviour.says.entries()) {
            const said = commands.tell({ aggregateId, ...(delayMs !== null && { delay: delayMs }), payload });
            // An un-awaited command is part of the attempt all the same.
            if (index % 2 === 0) await said;
          }
        });
      },
    });

  const tell = async ({ command, idempotencyKey, attempt }) => {
    const { commandId, type, aggregateId, payload, metadata } = command;
    const { process, processId, dueAt } = metadata;
    const facts = {
      what: "command",
      process,
      processId,
      type,
      aggregateId,
      commandId,
      tag: payload.tag,
      dueAt: dueAt.getTime(),
      key: idempotencyKey,
    };
    await act(facts, payload, attempt);
    if (payload.tells) return { type: "OrderTold", aggregateId, payload: { tag: payload.tag } };
  };

  return {
    parts: {
      policies: [
        policy("tell", "OrderNoted", ({ payload }) => payload.tell),
        policy("remind", "OrderNoted", ({ payload }) => payload.remind, { delay: plan.remindMs }),
        policy("count", "OrderTold", () => ({ ...usual, says: [] })),
        policy("look", "Ticked", ({ eventId }) => ({
          ...usual,
          says: [{ delayMs: null, payload: { ...usual, tag: eventId, tells: false } }],
        })),
      ],
      schedules: [
        defineSchedule({
          aggregate: "order",
          name: "tick",
          cron: "* * * * *",
          missed: "all",
          event: ({ at }) => (at.getTime() < end.say() ? { type: "Ticked", aggregateId: "clock" } : undefined),
        }),
      ],
      commands: { tell },
    },
    settlementOf: ({ kind, process, error, event, command }) => {
      if (error.code === "WORKER_DIED") return "retry";
      const said = kind === "policy" ? event.payload[process.slice("order/".length)] : command.payload;
      return said?.settlement ?? "retry";
    },
    // There is no journal that grows: each attempt that has come to its end is a step forward, but once.
    countDone: () => {
      const path = join(folder, "ledger.jsonl");
      const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
      const ends = lines.filter((line) => line.endsWith("}") && line.includes('"what":"end"')).map((line) => JSON.parse(line));
      return new Set(ends.map(({ key, attempt }) => `${key} ${attempt}`)).size;
    },
    ticksEnd: end.read,
    plant: plan.fault === null ? undefined : faults[plan.fault],
  };
}

/** What a store could do wrong. The check has to find each. */
const faults = {
  "runs what is due last first": (store) => ({
    ...store,
    commands: { ...store.commands, read: (lane, limit) => store.commands.read(lane, 1_000).toReversed().slice(0, limit) },
  }),
  "forgets the commandIds of commands from outside": (store) => ({
    ...store,
    commandIds: { ...store.commandIds, add: (id) => store.commandIds.add(id) || true },
  }),
  "skips the moment after each that it took of a schedule": (store) => ({
    ...store,
    schedules: {
      ...store.schedules,
      put: (record) => {
        const { lastAt, dueAt } = record;
        const isSkipped = lastAt !== null && dueAt !== null;
        store.schedules.put(isSkipped ? { ...record, takenUpTo: dueAt, dueAt: dueAt + MINUTE_MS } : record);
      },
    },
  }),
  "stores no attempt of a policy for some events": (store) => ({
    ...store,
    commands: {
      ...store.commands,
      add: (command) => {
        const seq = store.commands.add(command);
        if (command.type.includes("/") && command.commandId < "2") store.commands.remove(seq);
        return seq;
      },
    },
  }),
};
