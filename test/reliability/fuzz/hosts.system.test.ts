import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { KeyedStore } from "../../../src/store/keyed-store.ts";
import { type Action, actions, compareHosts, Difference } from "./hosts/compare.ts";
import { openKeyedHost } from "./hosts/keyed-host.ts";
import { openRestateHost } from "./hosts/restate-host.ts";
import { openSqliteHost } from "./hosts/sqlite-host.ts";
import { takeTurns } from "../../support/long-form.ts";
import { isLong, isWhole, journalKinds, readRuns, timeout } from "./runs.ts";

const BOUND_MS = 5_000;

async function compare(list: readonly Action[], wrapStore?: (store: KeyedStore) => KeyedStore): Promise<readonly string[]> {
  const sqlite = await openSqliteHost();
  try {
    return await compareHosts(sqlite, await openKeyedHost(wrapStore), list);
  } finally {
    await sqlite.close();
  }
}

test("a host that keeps each key apart lives through the same as the runtime on SQLite", { timeout }, async () => {
  const seen: Record<string, number> = {};
  const count = (key: string) => (seen[key] = (seen[key] ?? 0) + 1);
  const property = fc.asyncProperty(actions, async (list) => {
    count("lives");
    for (const kind of await compare(list)) count(kind);
  });
  await fc.assert(property, readRuns(BOUND_MS));
  if (!isLong || !isWhole) return;
  console.log(seen);
  // Otherwise the lives would have become too tame to tell two hosts apart. A few seconds may see too few of them to say so.
  for (const kind of journalKinds) expect.soft(seen[kind] ?? 0, kind).toBeGreaterThan(0);
});

/**
 * The same with handlers that throw in place of those that hang. On Restate a key has one turn at a time, so while its handler hangs, what its
 * commands have returned waits to be sent on, and nothing is at the moments of the other host.
 */
function withoutHangs<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map((each: unknown) => withoutHangs(each)) as Value;
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, field]: [string, unknown]) => [name, field === "hang" ? "throw" : withoutHangs(field)]);
  return Object.fromEntries(fields) as Value;
}

/**
 * The same with lists whose events occur when they are dispatched. On Restate the events of a list come to their instance one after the other,
 * so that a command of the first may have begun when the second comes. On SQLite the instance has the whole list first, and then begins with
 * the command that is due first, which is one of the second event's if that occurred long before.
 */
function withoutLateLists(list: readonly Action[]): readonly Action[] {
  return list.map((action) => {
    if (action.do !== "dispatch" || action.events.length === 1) return action;
    return { ...action, events: action.events.map((plan) => ({ ...plan, shiftMs: 0 })) };
  });
}

test("the host on Restate lives through the same as the runtime on SQLite", { timeout }, async () => {
  const property = fc.asyncProperty(actions.map(withoutHangs).map(withoutLateLists), async (list) => {
    const [sqlite, restate] = [await openSqliteHost(), await openRestateHost()];
    try {
      await compareHosts(sqlite, restate, list);
    } finally {
      await sqlite.close();
    }
  });
  await fc.assert(property, readRuns(BOUND_MS));
});

type Fault = (store: KeyedStore) => KeyedStore;

/** What a host could do wrong, each by a store that does it. */
const faults: Readonly<Record<string, Fault>> = {
  "gives parked events their retries": (store) => ({ ...store, mailbox: { ...store.mailbox, markDrained: () => {} } }),
  "puts a step that is retried behind those that are parked": (store) => ({
    ...store,
    mailbox: {
      ...store.mailbox,
      read: (key, limit) => store.mailbox.read(key, limit).toSorted((one, other) => one.generation - other.generation),
    },
  }),
  "makes a retry before the timeout that would have dropped it": (store) => ({
    ...store,
    mailbox: {
      ...store.mailbox,
      read: (key, limit) => {
        const dueAt = store.instances.findOpen(key)?.dueAt ?? Number.POSITIVE_INFINITY;
        const hasten = (notBefore: number | null) => (notBefore === null ? null : Math.min(notBefore, dueAt));
        return store.mailbox.read(key, limit).map((entry) => ({ ...entry, notBefore: hasten(entry.notBefore) }));
      },
    },
  }),
  "keeps early events for no time": (store) => ({
    ...store,
    mailbox: { ...store.mailbox, put: (entry) => store.mailbox.put({ ...entry, keptUntil: null }) },
  }),
  "lets an early event come before a retry of the event that starts its instance": (store) => ({
    ...store,
    mailbox: {
      ...store.mailbox,
      read: (key, limit) =>
        store.mailbox
          .read(key, limit)
          .map((entry) => (store.instances.findOpen(key) === undefined ? entry : { ...entry, keptUntil: null })),
    },
  }),
  "runs commands that are parked behind a dead letter": (store) => ({ ...store, commands: { ...store.commands, setParked: () => {} } }),
  "runs the command that was dispatched last first": (store) => ({
    ...store,
    commands: { ...store.commands, read: (processId, limit) => store.commands.read(processId, 1_000).toReversed().slice(0, limit) },
  }),
};

// The same lives each time: what they are is not to be found out here, but that they are enough.
const PLANTED = { seed: 7, numRuns: 100, endOnFailure: true } as const;

test.each(takeTurns(Object.entries(faults), 2))("a host that %s is found", { timeout: 120_000 }, async (_, fault) => {
  const property = fc.asyncProperty(actions, async (list) => void (await compare(list, fault)));
  const { failed, errorInstance } = await fc.check(property, PLANTED);
  expect(failed).toBe(true);
  // What a fault leads to may be so wrong that the host notices by itself.
  expect(errorInstance).toSatisfy((error) => error instanceof Difference || /has not the revision/.test((error as Error).message));
});
