import assert from "node:assert/strict";
import type { MailboxKey } from "../mailbox.ts";
import type { Store } from "../store.ts";
import { event, key } from "./rows.ts";
import { readPages } from "./read-pages.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { append, put, write } from "./write-rows.ts";

export const mailboxRules: readonly StoreRule[] = named("the mailbox", {
  "gives back an entry with the event it is about": ({ store }) => {
    const given = event({ eventId: "e-1", occurredAt: -5, correlationId: "c", causationId: null });
    const position = write(store, () => store.events.append(given)!);
    put(store, { position, generation: 3, starts: true });
    assert.deepEqual(store.mailbox.read(key("a"), 10), [
      {
        ...key("a"),
        event: { ...given, position },
        kind: "event",
        processId: null,
        attempts: 0,
        notBefore: null,
        firstFailedAt: null,
        generation: 3,
        drained: false,
        starts: true,
        keptUntil: null,
      },
    ]);
  },
  "is in the order of positions, whatever the order in which entries are put, and apart for each key": ({ store }) => {
    const positions = Array.from({ length: 4 }, () => append(store));
    for (const index of [2, 0, 3, 1]) put(store, { position: positions[index]! });
    put(store, { ...key("b"), position: positions[0]! });
    put(store, { process: "order/other", position: positions[1]! });
    assert.deepEqual(positionsOf(store), positions);
    assert.deepEqual(positionsOf(store, key("b")), [positions[0]]);
    assert.deepEqual(positionsOf(store, { process: "order/other", aggregateId: "a" }), [positions[1]]);
    assert.deepEqual(positionsOf(store, key("nobody")), []);
  },
  "gives those that may not be kept as well, behind more early events than were asked for": ({ store }) => {
    const early = Array.from({ length: 5 }, () => append(store));
    for (const position of early) put(store, { position, keptUntil: 100 + position });
    const starting = Array.from({ length: 3 }, () => append(store));
    for (const position of starting) put(store, { position, starts: true });
    const read = (limit: number) => store.mailbox.read(key("a"), limit).map(({ event, keptUntil }) => [event.position, keptUntil]);
    const [kept, others] = [early.map((position) => [position, 100 + position]), starting.map((position) => [position, null])];
    assert.deepEqual(read(2), [...kept.slice(0, 2), ...others.slice(0, 2)]);
    assert.deepEqual(read(6), [...kept, ...others]);
    assert.deepEqual(read(99), [...kept, ...others]);
  },
  "gives handler steps first, also those behind more events than were asked for": ({ store }) => {
    const positions = Array.from({ length: 8 }, () => append(store));
    for (const position of positions) put(store, { position });
    const steps = [append(store), append(store)];
    for (const position of steps) put(store, { position, kind: "timed_out", processId: "p-1" });
    const entries = store.mailbox.read(key("a"), 3);
    assert.deepEqual(
      entries.slice(0, 3).map((entry) => entry.event.position),
      [...steps, positions[0]],
    );
    assert.deepEqual(entries[0]!.processId, "p-1");
  },
  "shows the first events behind any number of handler steps, and those steps first that wait for no retry": ({ store }) => {
    const steps = Array.from({ length: 6 }, () => append(store));
    for (const position of steps) put(store, { position, kind: "timed_out", processId: "p-1" });
    const waiting = steps.slice(0, 4);
    for (const position of waiting)
      write(store, () => store.mailbox.delay(key("a"), position, { attempts: 1, notBefore: 500, firstFailedAt: 1 }));
    const events = Array.from({ length: 5 }, () => append(store));
    for (const position of events) put(store, { position });
    const read = (kind: string, limit: number) =>
      store.mailbox
        .read(key("a"), limit)
        .filter((each) => (each.kind === "event") === (kind === "event"))
        .map((each) => each.event.position);
    assert.deepEqual(read("step", 3), [steps[4], steps[5], steps[0]]);
    assert.deepEqual(read("event", 3), events.slice(0, 3));
    // The limit gives the same where no row is left out.
    assert.deepEqual(read("step", 20), [...steps.slice(4), ...waiting]);
    assert.deepEqual(read("event", 20), events);
  },
  "tells whether an entry that is removed was there": ({ store }) => {
    const position = append(store);
    put(store, { position });
    assert.equal(
      write(store, () => store.mailbox.remove(key("b"), position)),
      false,
    );
    assert.equal(
      write(store, () => store.mailbox.remove(key("a"), position + 1)),
      false,
    );
    assert.equal(
      write(store, () => store.mailbox.remove(key("a"), position)),
      true,
    );
    assert.equal(
      write(store, () => store.mailbox.remove(key("a"), position)),
      false,
    );
    assert.deepEqual(store.mailbox.read(key("a"), 1), []);
    assert.equal(store.events.has("e-1"), true);
  },
  "notes a failed attempt once, where the entry is there with one attempt less": ({ store }) => {
    const position = append(store);
    put(store, { position });
    const delay = (attempts: number, notBefore: number) =>
      write(store, () => store.mailbox.delay(key("a"), position, { attempts, notBefore, firstFailedAt: 10 }));
    assert.equal(delay(2, 20), false);
    assert.equal(delay(1, 20), true);
    assert.equal(delay(1, 99), false);
    assert.equal(delay(2, 30), true);
    const [entry] = store.mailbox.read(key("a"), 1);
    assert.deepEqual([entry!.attempts, entry!.notBefore, entry!.firstFailedAt], [2, 30, 10]);
    assert.equal(
      write(store, () => store.mailbox.delay(key("b"), position, { attempts: 3, notBefore: 0, firstFailedAt: 0 })),
      false,
    );
  },
  "marks the events of one key as drained, and no handler step": ({ store }) => {
    const positions = [append(store), append(store), append(store)];
    put(store, { position: positions[0]! });
    put(store, { position: positions[1]!, kind: "failed", processId: "p-1" });
    put(store, { ...key("b"), position: positions[2]! });
    write(store, () => store.mailbox.markDrained(key("a")));
    assert.deepEqual(
      store.mailbox.read(key("a"), 9).map(({ kind, drained }) => [kind, drained]),
      [
        ["failed", false],
        ["event", true],
      ],
    );
    assert.equal(store.mailbox.read(key("b"), 9)[0]!.drained, false);
  },
  "knows whether an event that occurred before a moment waits, handler steps aside": ({ store }) => {
    put(store, { position: append(store, { occurredAt: 100 }) });
    put(store, { position: append(store, { occurredAt: 50 }) });
    put(store, { position: append(store, { occurredAt: 10 }), kind: "timed_out", processId: "p-1" });
    assert.equal(store.mailbox.hasEventBefore(key("a"), 51), true);
    assert.equal(store.mailbox.hasEventBefore(key("a"), 50), false);
    assert.equal(store.mailbox.hasEventBefore(key("b"), 1_000), false);
  },
  "says of which aggregates it has an entry of a process, whatever the entry waits for": ({ store }) => {
    put(store, { position: append(store) });
    put(store, { aggregateId: "b", process: "order/other", position: append(store) });
    put(store, { aggregateId: "c", kind: "timed_out", processId: "p-1", position: append(store) });
    const late = append(store);
    put(store, { aggregateId: "7", position: late });
    write(store, () => store.mailbox.delay(key("7"), late, { attempts: 1, notBefore: 9_000, firstFailedAt: 1 }));
    const list = (process: string) => [...store.mailbox.listBusy(process, ["7", "d", "c", "b", "a"])].toSorted();
    assert.deepEqual(list(key("a").process), ["7", "a", "c"]);
    assert.deepEqual(list("order/other"), ["b"]);
    assert.deepEqual(store.mailbox.listBusy(key("a").process, []), []);
  },
  "lists its keys once each, in order, page by page": ({ store }) => {
    const keys = ["1", "2", "3"].flatMap((aggregateId) => ["x", "y", "z"].map((process) => ({ process, aggregateId })));
    for (const each of keys.toReversed()) {
      put(store, { ...each, position: append(store) });
      put(store, { ...each, position: append(store) });
    }
    assert.deepEqual(store.mailbox.keys(undefined, 99), keys);
    assert.equal(store.mailbox.keys(undefined, 4).length, 4);
    assert.deepEqual(
      readPages<MailboxKey>((last) => store.mailbox.keys(last, 4)),
      keys,
    );
  },
});

function positionsOf(store: Store, of: MailboxKey = key("a")): readonly number[] {
  return store.mailbox.read(of, 99).map((each) => each.event.position);
}
