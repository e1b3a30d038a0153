import assert from "node:assert/strict";
import type { CommandRecord, NewCommand } from "../store/commands.ts";
import type { DeadLetterRecord } from "../store/dead-letters.ts";
import type { NewEvent, StoredEvent } from "../store/events.ts";
import type { InstanceRecord } from "../store/instances.ts";
import type { MailboxKey, NewMailboxEntry } from "../store/mailbox.ts";
import type { Store } from "../store/store.ts";
import { timerKinds, type TimerCursor, type TimerKind } from "../store/timers.ts";

/** A store that holds nothing yet. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Another store on what this one has committed, as after a restart of the OS process. */
  reopen(): Store;
}

/** One rule that every store keeps. It throws where the rule is broken. */
export interface StoreRule {
  readonly name: string;
  check(given: StoreUnderTest): void;
}

/**
 * What every store promises, for the tests of an adapter: run each rule on a new store. It needs no test framework.
 *
 * @example for (const { name, check } of storeContract) test(name, () => check(openMyStore()));
 */
export const storeContract: readonly StoreRule[] = [
  ...named("transact", {
    "writes everything or, if the work throws, nothing": ({ store }) => {
      const failure = new Error("at fault");
      assert.throws(
        () =>
          store.transact(() => {
            fillEveryTable(store);
            throw failure;
          }),
        failure,
      );
      assertEmpty(store);
      assert.equal(
        store.transact(() => {
          fillEveryTable(store);
          return "its result";
        }),
        "its result",
      );
      assert.throws(() => assertEmpty(store));
    },
    "can be used again after it failed": ({ store }) => {
      assert.throws(() => store.transact(() => assert.fail()));
      store.transact(() => store.counters.addAccepted(1));
      assert.equal(store.counters.accepted(), 1);
    },
    "is durable: what it wrote is there for whoever opens the store next": ({ store, reopen }) => {
      store.transact(() => fillEveryTable(store));
      const again = reopen();
      assert.deepEqual(again.instances.get("p-1"), instance());
      assert.deepEqual(again.mailbox.read(key("a"), 10), store.mailbox.read(key("a"), 10));
      assert.deepEqual(again.commands.next("p-1", 1_000), store.commands.next("p-1", 1_000));
      assert.deepEqual(again.deadLetters.get("d-1"), store.deadLetters.get("d-1"));
      assert.deepEqual(again.journal.read("p-1"), store.journal.read("p-1"));
      assert.equal(again.counters.accepted(), 1);
      assert.equal(again.events.has("e-1"), true);
      assert.deepEqual(again.lease.read(), store.lease.read());
      assert.deepEqual(again.requests.open(10), store.requests.open(10));
    },
  }),

  ...named("events", {
    "are given positions that grow": ({ store }) => {
      const positions = write(store, () => ["e-1", "e-2", "e-3"].map((eventId) => store.events.append(event({ eventId }))!));
      assert.deepEqual(positions.toSorted((a, b) => a - b), positions);
      assert.equal(new Set(positions).size, 3);
    },
    "are stored once: a repeated eventId has no position and changes nothing": ({ store }) => {
      assert.equal(store.events.has("e-1"), false);
      const position = append(store, { eventId: "e-1", payload: '{"first":true}' });
      assert.equal(write(store, () => store.events.append(event({ eventId: "e-1", payload: '{"first":false}' }))), undefined);
      assert.equal(store.events.has("e-1"), true);
      put(store, { position });
      assert.equal(store.mailbox.read(key("a"), 1)[0]!.event.payload, '{"first":true}');
    },
    "come back at their position, and one that is still there stays as it is": ({ store }) => {
      const stored: StoredEvent = { ...event({ eventId: "e-7", payload: '{"back":true}' }), position: 7 };
      write(store, () => store.events.restore(stored));
      write(store, () => store.events.restore({ ...stored, payload: "{}" }));
      put(store, { position: 7 });
      assert.deepEqual(store.mailbox.read(key("a"), 1)[0]!.event, stored);
    },
  }),

  ...named("the mailbox", {
    "gives back an entry with the event it is about": ({ store }) => {
      const given = event({ eventId: "e-1", occurredAt: -5, correlationId: "c", causationId: null });
      const position = write(store, () => store.events.append(given)!);
      put(store, { position, generation: 3 });
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
    "gives handler steps first, also those behind more events than were asked for": ({ store }) => {
      const positions = Array.from({ length: 8 }, () => append(store));
      for (const position of positions) put(store, { position });
      const steps = [append(store), append(store)];
      for (const position of steps) put(store, { position, kind: "timed_out", processId: "p-1" });
      const entries = store.mailbox.read(key("a"), 3);
      assert.deepEqual(entries.slice(0, 3).map((entry) => entry.event.position), [...steps, positions[0]]);
      assert.deepEqual(entries[0]!.processId, "p-1");
    },
    "shows the first events behind any number of handler steps, and those steps first that wait for no retry": ({ store }) => {
      const steps = Array.from({ length: 6 }, () => append(store));
      for (const position of steps) put(store, { position, kind: "timed_out", processId: "p-1" });
      const waiting = steps.slice(0, 4);
      for (const position of waiting) write(store, () => store.mailbox.delay(key("a"), position, { attempts: 1, notBefore: 500, firstFailedAt: 1 }));
      const events = Array.from({ length: 5 }, () => append(store));
      for (const position of events) put(store, { position });
      const read = (kind: string) => store.mailbox.read(key("a"), 3).filter((each) => (each.kind === "event") === (kind === "event")).map((each) => each.event.position);
      assert.deepEqual(read("step"), [steps[4], steps[5], steps[0]]);
      assert.deepEqual(read("event"), events.slice(0, 3));
    },
    "tells whether an entry that is removed was there": ({ store }) => {
      const position = append(store);
      put(store, { position });
      assert.equal(write(store, () => store.mailbox.remove(key("b"), position)), false);
      assert.equal(write(store, () => store.mailbox.remove(key("a"), position + 1)), false);
      assert.equal(store.mailbox.hasAny(key("a")), true);
      assert.equal(write(store, () => store.mailbox.remove(key("a"), position)), true);
      assert.equal(write(store, () => store.mailbox.remove(key("a"), position)), false);
      assert.equal(store.mailbox.hasAny(key("a")), false);
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
      assert.equal(write(store, () => store.mailbox.delay(key("b"), position, { attempts: 3, notBefore: 0, firstFailedAt: 0 })), false);
    },
    "marks the events of one key as drained, and no handler step": ({ store }) => {
      const positions = [append(store), append(store), append(store)];
      put(store, { position: positions[0]! });
      put(store, { position: positions[1]!, kind: "failed", processId: "p-1" });
      put(store, { ...key("b"), position: positions[2]! });
      write(store, () => store.mailbox.markDrained(key("a")));
      assert.deepEqual(store.mailbox.read(key("a"), 9).map(({ kind, drained }) => [kind, drained]), [["failed", false], ["event", true]]);
      assert.equal(store.mailbox.read(key("b"), 9)[0]!.drained, false);
    },
    "removes the events of one key, gives them back in order, and keeps its handler steps": ({ store }) => {
      const positions = Array.from({ length: 3 }, () => append(store));
      for (const position of positions) put(store, { position });
      const step = append(store);
      put(store, { position: step, kind: "timed_out", processId: "p-1" });
      put(store, { ...key("b"), position: positions[0]! });
      const removed = write(store, () => store.mailbox.removeEvents(key("a")));
      assert.deepEqual(removed.map(({ position }) => position), positions);
      assert.equal(removed[0]!.eventId, "e-1");
      assert.deepEqual(positionsOf(store), [step]);
      assert.equal(positionsOf(store, key("b")).length, 1);
      assert.deepEqual(write(store, () => store.mailbox.removeEvents(key("a"))), []);
    },
    "knows whether an event that occurred before a moment waits, handler steps aside": ({ store }) => {
      put(store, { position: append(store, { occurredAt: 100 }) });
      put(store, { position: append(store, { occurredAt: 50 }) });
      put(store, { position: append(store, { occurredAt: 10 }), kind: "timed_out", processId: "p-1" });
      assert.equal(store.mailbox.hasEventBefore(key("a"), 51), true);
      assert.equal(store.mailbox.hasEventBefore(key("a"), 50), false);
      assert.equal(store.mailbox.hasEventBefore(key("b"), 1_000), false);
    },
    "lists its keys once each, in order, page by page": ({ store }) => {
      const keys = ["x", "y", "z"].flatMap((process) => ["1", "2", "3"].map((aggregateId) => ({ process, aggregateId })));
      for (const each of keys.toReversed()) {
        put(store, { ...each, position: append(store) });
        put(store, { ...each, position: append(store) });
      }
      assert.deepEqual(store.mailbox.keys(undefined, 99), keys);
      const pages: MailboxKey[] = [];
      let page = store.mailbox.keys(undefined, 4);
      while (page.length > 0) {
        assert.ok(page.length <= 4);
        pages.push(...page);
        page = store.mailbox.keys(page.at(-1), 4);
      }
      assert.deepEqual(pages, keys);
    },
  }),

  ...named("instances", {
    "are written from revision 1, one revision at a time; any other writes nothing": ({ store }) => {
      const first = instance();
      const put = (changes: Partial<InstanceRecord>) => write(store, () => store.instances.put({ ...first, ...changes }));
      assert.equal(put({ revision: 2 }), false);
      assert.equal(store.instances.get("p-1"), undefined);
      assert.equal(put({}), true);
      assert.equal(put({ status: "completed" }), false);
      assert.deepEqual(store.instances.get("p-1"), first);
      assert.equal(put({ revision: 3 }), false);
      const second = { revision: 2, status: "completed", endedAt: 70, updatedAt: 80, dueAt: null, fingerprint: "g" } as const;
      assert.equal(put(second), true);
      assert.equal(put(second), false);
      assert.deepEqual(store.instances.get("p-1"), { ...first, ...second });
    },
    "are open until they have ended, failed ones too, and only one of a key at a time": ({ store }) => {
      assert.equal(store.instances.findOpen(key("a")), undefined);
      putInstance(store);
      assert.equal(store.instances.findOpen(key("a"))?.processId, "p-1");
      putInstance(store, { revision: 2, status: "failed" });
      assert.equal(store.instances.findOpen(key("a"))?.status, "failed");
      assert.throws(() => putInstance(store, { processId: "p-2" }));
      putInstance(store, { revision: 3, status: "failed", endedAt: 5 });
      assert.equal(store.instances.findOpen(key("a")), undefined);
      putInstance(store, { processId: "p-2" });
      assert.equal(store.instances.findOpen(key("a"))?.processId, "p-2");
      putInstance(store, { processId: "p-3", process: "order/other" });
      putInstance(store, { processId: "p-4", aggregateId: "b" });
      assert.equal(store.instances.findOpen(key("b"))?.processId, "p-4");
    },
    "are found newest first by every filter, page by page": ({ store }) => {
      const rows = Array.from({ length: 12 }, (_, index) => ({
        processId: `p-${index}`,
        process: index % 2 === 0 ? "order/even" : "order/odd",
        aggregateId: `a-${index % 3}`,
        ...(index < 6 && ({ status: "completed", endedAt: 1 } as const)),
      }));
      for (const row of rows) putInstance(store, row);
      const find = (filter: Parameters<Store["instances"]["find"]>[0]) => store.instances.find(filter, 99, undefined).map(({ processId }) => processId);
      assert.deepEqual(find({}), rows.map(({ processId }) => processId).toReversed());
      assert.deepEqual(find({ process: "order/even", aggregateId: undefined }), ["p-10", "p-8", "p-6", "p-4", "p-2", "p-0"]);
      assert.deepEqual(find({ aggregateId: "a-1" }), ["p-10", "p-7", "p-4", "p-1"]);
      assert.deepEqual(find({ status: "completed", process: "order/odd" }), ["p-5", "p-3", "p-1"]);
      assert.deepEqual(find({ status: "failed" }), []);
      const seen: string[] = [];
      for (let cursor: number | undefined; ; ) {
        const page = store.instances.find({ process: "order/even" }, 4, cursor);
        seen.push(...page.map(({ processId }) => processId));
        if (page.length < 4) break;
        cursor = page.at(-1)!.cursor;
      }
      assert.deepEqual(seen, find({ process: "order/even" }));
    },
    "keep their place in the list when they change": ({ store }) => {
      putInstance(store);
      putInstance(store, { processId: "p-2", aggregateId: "b" });
      putInstance(store, { revision: 2 });
      assert.deepEqual(store.instances.find({}, 9, undefined).map(({ processId }) => processId), ["p-2", "p-1"]);
    },
    "are counted by process and status, the open ones by process and fingerprint": ({ store }) => {
      assert.deepEqual(store.instances.counts(), []);
      for (const processId of ["p-1", "p-2"]) putInstance(store, { processId, aggregateId: processId });
      putInstance(store, { processId: "p-3", aggregateId: "p-3", fingerprint: "g" });
      putInstance(store, { processId: "p-4", status: "completed", endedAt: 1 });
      putInstance(store, { processId: "p-5", process: "order/other", status: "failed" });
      assert.deepEqual(sorted(store.instances.counts()), sorted([
        { process: "order/life", status: "started", count: 3 },
        { process: "order/life", status: "completed", count: 1 },
        { process: "order/other", status: "failed", count: 1 },
      ]));
      assert.deepEqual(sorted(store.instances.fingerprints()), sorted([
        { process: "order/life", fingerprint: "f", count: 2 },
        { process: "order/life", fingerprint: "g", count: 1 },
        { process: "order/other", fingerprint: "f", count: 1 },
      ]));
    },
  }),

  ...named("commands", {
    "come back as they were added, not yet tried": ({ store }) => {
      const given = command();
      write(store, () => store.commands.add(given));
      const { seq, ...record } = store.commands.next("p-1", 100)!;
      assert.equal(typeof seq, "number");
      assert.deepEqual(record, { ...given, attempts: 0, notBefore: null, firstFailedAt: null, generation: 0 });
    },
    "of one instance come in the order in which they were due, those of one moment in the order of dispatch": ({ store }) => {
      addCommands(store, { commandId: "last", dueAt: 500 }, { commandId: "first", dueAt: 10 }, { commandId: "second", dueAt: 10 }, { commandId: "other", processId: "p-2", dueAt: 0 });
      const take = (now: number) => {
        const next = store.commands.next("p-1", now);
        if (next !== undefined) write(store, () => store.commands.remove(next.seq));
        return next?.commandId;
      };
      assert.equal(store.commands.next("p-1", 9), undefined);
      assert.deepEqual([take(10), take(499), take(499), take(500), take(500)], ["first", "second", undefined, "last", undefined]);
    },
    "that wait for a retry keep their place": ({ store }) => {
      addCommands(store, { commandId: "first" }, { commandId: "second" });
      const { seq } = store.commands.next("p-1", 100)!;
      write(store, () => store.commands.delay(seq, { attempts: 1, notBefore: 9_000, firstFailedAt: 90 }));
      const next = store.commands.next("p-1", 100)!;
      assert.deepEqual([next.commandId, next.notBefore], ["first", 9_000]);
    },
    "are removed once, and a failed attempt is noted once": ({ store }) => {
      addCommands(store, {});
      const { seq } = store.commands.next("p-1", 100)!;
      const delay = (attempts: number) => write(store, () => store.commands.delay(seq, { attempts, notBefore: 20 * attempts, firstFailedAt: 10 }));
      assert.equal(delay(2), false);
      assert.equal(delay(1), true);
      assert.equal(delay(1), false);
      const { attempts, notBefore, firstFailedAt } = store.commands.next("p-1", 100)!;
      assert.deepEqual([attempts, notBefore, firstFailedAt], [1, 20, 10]);
      assert.equal(write(store, () => store.commands.remove(seq)), true);
      assert.equal(write(store, () => store.commands.remove(seq)), false);
      assert.equal(delay(2), false);
      assert.equal(store.commands.next("p-1", 100), undefined);
    },
    "go back to the place they had, before those that were dispatched after them": ({ store }) => {
      addCommands(store, { commandId: "first" }, { commandId: "second" });
      const first = store.commands.next("p-1", 100)!;
      write(store, () => store.commands.remove(first.seq));
      assert.equal(store.commands.next("p-1", 100)!.commandId, "second");
      const again: CommandRecord = { ...first, attempts: 0, notBefore: null, generation: 1 };
      write(store, () => store.commands.restore(again));
      assert.deepEqual(store.commands.next("p-1", 100), again);
    },
    "are held back while they are parked, except what timed-out and failed handlers dispatched": ({ store }) => {
      addCommands(store, { commandId: "parked" }, { commandId: "parked too", dueAt: 500 }, { commandId: "free", origin: "failed" }, { commandId: "other", processId: "p-2" });
      write(store, () => store.commands.setParked("p-1", true));
      assert.equal(store.commands.next("p-1", 1_000)!.commandId, "free");
      assert.equal(store.commands.next("p-2", 1_000)!.commandId, "other");
      assert.deepEqual(store.commands.counts(1_000), { pending: 2, overdue: 2, parked: 2 });
      write(store, () => store.commands.setParked("p-1", false));
      assert.equal(store.commands.next("p-1", 1_000)!.commandId, "parked");
      assert.deepEqual(store.commands.counts(100), { pending: 4, overdue: 3, parked: 0 });
    },
    "that are parked are removed in order, and no others": ({ store }) => {
      addCommands(store, { commandId: "1" }, { commandId: "2", dueAt: 5_000 }, { commandId: "3", origin: "timed_out" });
      write(store, () => store.commands.setParked("p-1", true));
      addCommands(store, { commandId: "4" });
      assert.deepEqual(write(store, () => store.commands.removeParked("p-1")).map(({ commandId }) => commandId), ["1", "2"]);
      assert.deepEqual(write(store, () => store.commands.removeParked("p-1")), []);
      assert.deepEqual(store.commands.counts(100), { pending: 2, overdue: 2, parked: 0 });
    },
    "name the instances that have one that is due, in order, page by page": ({ store }) => {
      for (const processId of ["p-5", "p-1", "p-3", "p-4", "p-2"]) addCommands(store, { processId }, { processId });
      addCommands(store, { processId: "p-0", dueAt: 500 });
      write(store, () => store.commands.setParked("p-4", true));
      assert.deepEqual(store.commands.lanes(100, "", 99), ["p-1", "p-2", "p-3", "p-5"]);
      assert.deepEqual(store.commands.lanes(100, "", 2), ["p-1", "p-2"]);
      assert.deepEqual(store.commands.lanes(100, "p-2", 2), ["p-3", "p-5"]);
      assert.deepEqual(store.commands.lanes(500, "", 1), ["p-0"]);
    },
  }),

  ...named("dead letters", {
    "come back as they were added": ({ store }) => {
      const given = letter({ blocks: true });
      write(store, () => store.deadLetters.add(given));
      assert.deepEqual(store.deadLetters.get("d-1"), given);
      assert.equal(store.deadLetters.get("d-2"), undefined);
    },
    "are settled once": ({ store }) => {
      addLetters(store, { deadLetterId: "d-1" });
      const settle = (status: "retried" | "discarded", deadLetterId = "d-1") =>
        write(store, () => store.deadLetters.settle(deadLetterId, { status, settledAt: 99, reason: status === "discarded" ? "obsolete" : null }));
      assert.equal(settle("discarded", "d-2"), false);
      assert.equal(settle("discarded"), true);
      assert.equal(settle("discarded"), false);
      assert.equal(settle("retried"), false);
      assert.deepEqual(store.deadLetters.get("d-1"), letter({ status: "discarded", settledAt: 99, reason: "obsolete" }));
    },
    "are found oldest first by every filter, page by page": ({ store }) => {
      const rows = Array.from({ length: 9 }, (_, index) => ({
        deadLetterId: `d-${index}`,
        process: index % 2 === 0 ? "order/even" : "order/odd",
        aggregateId: `a-${index % 3}`,
        processId: `p-${index % 4}`,
      }));
      addLetters(store, ...rows);
      write(store, () => store.deadLetters.settle("d-3", { status: "retried", settledAt: 1, reason: null }));
      const find = (filter: Parameters<Store["deadLetters"]["find"]>[0]) => store.deadLetters.find(filter, 99, undefined).map(({ deadLetterId }) => deadLetterId);
      assert.deepEqual(find({}), rows.map(({ deadLetterId }) => deadLetterId));
      assert.deepEqual(find({ process: "order/odd", status: "open" }), ["d-1", "d-5", "d-7"]);
      assert.deepEqual(find({ aggregateId: "a-2" }), ["d-2", "d-5", "d-8"]);
      assert.deepEqual(find({ processId: "p-3" }), ["d-3", "d-7"]);
      assert.deepEqual(find({ status: "retried" }), ["d-3"]);
      const first = store.deadLetters.find({ status: "open" }, 5, undefined);
      const second = store.deadLetters.find({ status: "open" }, 5, first.at(-1)!.cursor);
      assert.deepEqual([...first, ...second].map(({ deadLetterId }) => deadLetterId), find({ status: "open" }));
    },
    "are counted while they are open, those that hold an instance by that instance": ({ store }) => {
      addLetters(store, { blocks: true }, { deadLetterId: "d-2" }, { deadLetterId: "d-3", blocks: true, processId: "p-2" });
      assert.equal(store.deadLetters.countOpen(), 3);
      assert.equal(store.deadLetters.countBlocking("p-1"), 1);
      write(store, () => store.deadLetters.settle("d-1", { status: "retried", settledAt: 1, reason: null }));
      assert.equal(store.deadLetters.countOpen(), 2);
      assert.equal(store.deadLetters.countBlocking("p-1"), 0);
      assert.equal(store.deadLetters.countBlocking("p-2"), 1);
    },
    "are to be handed over until each of their states has been, oldest first": ({ store }) => {
      addLetters(store, { deadLetterId: "d-1" }, { deadLetterId: "d-2" }, { deadLetterId: "d-3" });
      const left = (limit = 99) => store.deadLetters.toHandOver(limit).map(({ deadLetterId, status }) => `${deadLetterId} ${status}`);
      assert.deepEqual(left(2), ["d-1 open", "d-2 open"]);
      write(store, () => store.deadLetters.markHandedOver("d-1", "open"));
      write(store, () => store.deadLetters.markHandedOver("d-2", "open"));
      assert.deepEqual(left(), ["d-3 open"]);
      write(store, () => store.deadLetters.settle("d-1", { status: "discarded", settledAt: 1, reason: null }));
      assert.deepEqual(left(), ["d-1 discarded", "d-3 open"]);
      // It was read before it was settled: what has been handed over is not its state any more.
      write(store, () => store.deadLetters.markHandedOver("d-1", "open"));
      assert.deepEqual(left(), ["d-1 discarded", "d-3 open"]);
      write(store, () => store.deadLetters.markHandedOver("d-1", "discarded"));
      assert.deepEqual(left(), ["d-3 open"]);
    },
  }),

  ...named("the journal", {
    "is read in the order in which it was written, whatever the moments, apart for each instance": ({ store }) => {
      putInstance(store);
      putInstance(store, { processId: "p-2", aggregateId: "b" });
      const records = [30, 10, 20].map((at) => ({ processId: "p-1", at, kind: "handled", data: `{"at":${at}}` }));
      const other = { processId: "p-2", at: 15, kind: "started", data: "{}" };
      write(store, () => [records[0]!, other, records[1]!, records[2]!].forEach((record) => store.journal.append(record)));
      assert.deepEqual(store.journal.read("p-1"), records);
      assert.deepEqual(store.journal.read("p-2"), [other]);
      assert.deepEqual(store.journal.read("p-3"), []);
      assert.deepEqual(store.journal.latest(3), [
        { ...records[2]!, ...key("a") },
        { ...records[1]!, ...key("a") },
        { ...other, ...key("b") },
      ]);
    },
  }),

  ...named("timers", {
    "are what is due of each kind by a moment, in order of due time, with what they are for": ({ store }) => {
      fillTimers(store);
      assert.deepEqual(dueOf(store, "timeout", 300).map(({ dueAt, processId, aggregateId }) => [dueAt, processId, aggregateId]), [
        [100, "p-1", "a"],
        [300, "p-2", "b"],
      ]);
      assert.deepEqual(dueOf(store, "command", 1_000).map(({ dueAt, processId, aggregateId, command }) => [dueAt, processId, aggregateId, command]), [
        [150, "p-1", "for", "soon"],
        [700, "p-2", "for", "failed"],
      ]);
      assert.deepEqual(dueOf(store, "retry", 1_000).map(({ dueAt, processId, aggregateId }) => [dueAt, processId, aggregateId]), [
        [200, "p-1", "a"],
        [250, null, "new"],
      ]);
      assert.deepEqual(dueOf(store, "timeout", 99), []);
      assert.ok(timerKinds.every((kind) => dueOf(store, kind, 1_000).every((timer) => timer.kind === kind && timer.process === "order/life")));
    },
    "are walked page by page without one seen twice or left out, ties and all": ({ store }) => {
      write(store, () => {
        for (let index = 0; index < 50; index += 1) {
          const aggregateId = `a-${index}`;
          store.instances.put(instance({ processId: `p-${index}`, aggregateId, dueAt: 100 + (index % 3) }));
          store.commands.add(command({ processId: `p-${index}`, dueAt: 100 + (index % 3) }));
          const position = store.events.append(event({ eventId: `tied-${index}` }))!;
          store.mailbox.put(entry({ aggregateId, position }));
          store.mailbox.put(entry({ process: "order/other", aggregateId, position }));
          for (const process of ["order/life", "order/other"]) {
            store.mailbox.delay({ process, aggregateId }, position, { attempts: 1, notBefore: 100 + (index % 3), firstFailedAt: 0 });
          }
        }
      });
      for (const kind of timerKinds) {
        const seen: string[] = [];
        let after: TimerCursor | undefined;
        for (;;) {
          const page = store.timers.due(kind, after, 101, 7);
          seen.push(...page.map(({ dueAt, id }) => `${dueAt} ${id}`));
          if (page.length < 7) break;
          after = page.at(-1)!;
        }
        const all = store.timers.due(kind, undefined, 101, 999);
        assert.equal(all.length, kind === "retry" ? 68 : 34);
        assert.deepEqual(seen, all.map(({ dueAt, id }) => `${dueAt} ${id}`));
        assert.equal(new Set(seen).size, seen.length);
        // Behind every id of a moment lies the next moment.
        assert.ok(store.timers.due(kind, { dueAt: 100, id: "\uffff" }, 999, 999).every(({ dueAt }) => dueAt > 100));
      }
    },
    "say what the next moment is after another": ({ store }) => {
      assert.equal(store.timers.nextDueAt(0), undefined);
      fillTimers(store);
      const moments = [0, 100, 150, 200, 250, 300, 700].map((moment) => store.timers.nextDueAt(moment));
      assert.deepEqual(moments, [100, 150, 200, 250, 300, 700, undefined]);
    },
    "are listed soonest first by every filter": ({ store }) => {
      fillTimers(store);
      const find = (filter: Parameters<Store["timers"]["find"]>[0], limit = 99) => store.timers.find(filter, limit).map(({ dueAt }) => dueAt);
      assert.deepEqual(find({}), [100, 150, 200, 250, 300, 700]);
      assert.deepEqual(find({}, 2), [100, 150]);
      assert.deepEqual(find({ kind: "retry" }), [200, 250]);
      assert.deepEqual(find({ processId: "p-1" }), [100, 150, 200]);
      assert.deepEqual(find({ aggregateId: "b" }), [300]);
      assert.deepEqual(find({ process: "order/other" }), []);
    },
    "are overdue from their moment on": ({ store }) => {
      fillTimers(store);
      assert.deepEqual([99, 100, 250, 1_000].map((now) => store.timers.countOverdue(now)), [0, 1, 4, 6]);
    },
    "of a failed instance, of what is parked and of what has ended do not count": ({ store }) => {
      fillTimers(store);
      putInstance(store, { revision: 2, status: "failed", dueAt: 100 });
      putInstance(store, { processId: "p-2", aggregateId: "b", revision: 2, status: "completed", endedAt: 1, dueAt: null });
      write(store, () => store.commands.setParked("p-1", true));
      assert.deepEqual(store.timers.find({}, 99).map(({ kind, dueAt }) => [kind, dueAt]), [["retry", 250], ["command", 700]]);
      assert.equal(store.timers.countOverdue(1_000), 2);
    },
  }),

  ...named("counters", {
    "add up what was accepted": ({ store }) => {
      assert.equal(store.counters.accepted(), 0);
      write(store, () => store.counters.addAccepted(2));
      write(store, () => store.counters.addAccepted(3));
      assert.equal(store.counters.accepted(), 5);
    },
    "tell what waits, what is parked behind a failed instance, and since when": ({ store }) => {
      assert.deepEqual(store.counters.backlog(), { waiting: 0, oldestAcceptedAt: undefined, parked: 0, unhandledEvents: 0 });
      const shared = append(store, { acceptedAt: 40 });
      put(store, { position: shared });
      put(store, { process: "order/other", position: shared });
      put(store, { ...key("b"), position: append(store, { acceptedAt: 20 }) });
      put(store, { ...key("b"), position: append(store, { acceptedAt: 30 }), kind: "failed", processId: "p-2" });
      assert.deepEqual(store.counters.backlog(), { waiting: 4, oldestAcceptedAt: 20, parked: 0, unhandledEvents: 2 });
      putInstance(store, { processId: "p-2", aggregateId: "b", status: "failed" });
      assert.deepEqual(store.counters.backlog(), { waiting: 3, oldestAcceptedAt: 30, parked: 1, unhandledEvents: 2 });
    },
  }),

  ...named("the lease", {
    "is one row that is replaced": ({ store }) => {
      assert.equal(store.lease.read(), undefined);
      write(store, () => store.lease.write({ owner: "one", epoch: 1, expiresAt: 100 }));
      write(store, () => store.lease.write({ owner: "two", epoch: 2, expiresAt: 200 }));
      assert.deepEqual(store.lease.read(), { owner: "two", epoch: 2, expiresAt: 200 });
    },
  }),

  ...named("requests", {
    "are open in order until they are answered": ({ store }) => {
      const bodies = [
        { kind: "wake", mailboxes: [key("a")], accepted: 1 },
        { kind: "retry", deadLetterId: "d-1" },
        { kind: "discard", deadLetterId: "d-2", reason: "obsolete" },
      ] as const;
      const ids = write(store, () => bodies.map((body, index) => store.requests.add(body, 100 + index)));
      assert.deepEqual(store.requests.open(99), bodies.map((body, index) => ({ id: ids[index], requestedAt: 100 + index, body })));
      assert.equal(store.requests.open(2).length, 2);
      assert.equal(store.requests.readAnswer(ids[1]!), undefined);
      write(store, () => store.requests.answer(ids[1]!, { outcome: "refused", refusal: '{"code":"X"}' }));
      assert.deepEqual(store.requests.readAnswer(ids[1]!), { outcome: "refused", refusal: '{"code":"X"}' });
      assert.deepEqual(store.requests.open(99).map(({ id }) => id), [ids[0], ids[2]]);
      write(store, () => store.requests.remove(ids[0]!));
      assert.deepEqual(store.requests.open(99).map(({ id }) => id), [ids[2]]);
    },
    "that were answered long ago are removed, and those without an answer are kept": ({ store }) => {
      const [old, unanswered, fresh] = write(store, () => [10, 20, 30].map((at) => store.requests.add({ kind: "retry", deadLetterId: "d-1" }, at)));
      write(store, () => {
        store.requests.answer(old!, { outcome: "done" });
        store.requests.answer(fresh!, { outcome: "done" });
        store.requests.prune(30);
      });
      assert.equal(store.requests.readAnswer(old!), undefined);
      assert.deepEqual(store.requests.readAnswer(fresh!), { outcome: "done" });
      assert.deepEqual(store.requests.open(99).map(({ id }) => id), [unanswered]);
    },
  }),

  ...named("retention", {
    "removes what is old enough and that nothing open needs, a few at a time, and counts it": ({ store }) => {
      for (const aggregateId of ["old", "letter", "recent", "open"]) {
        const processId = `p-${aggregateId}`;
        const endedAt = { old: 10, letter: 10, recent: 60, open: null }[aggregateId]!;
        putInstance(store, { processId, aggregateId, endedAt, status: endedAt === null ? "started" : "completed" });
        write(store, () => store.journal.append({ processId, at: 1, kind: "started", data: "{}" }));
      }
      addLetters(store, { processId: "p-letter", aggregateId: "letter" });
      const waiting = append(store, { eventId: "waiting", acceptedAt: 1 });
      put(store, { position: waiting });
      append(store, { eventId: "old", acceptedAt: 2 });
      append(store, { eventId: "recent", acceptedAt: 60 });

      const all = { deduplication: 50, journal: 50, ended: 50 };
      const none = { deduplication: 0, journal: 0, ended: 0 };
      assert.equal(write(store, () => store.retention.prune(none, 99)), 0);
      let removed = 0;
      for (let more = 1; more > 0; removed += more) more = write(store, () => store.retention.prune(all, 1));
      assert.ok(removed >= 2);
      assert.deepEqual(["p-old", "p-letter", "p-recent", "p-open"].map((id) => store.instances.get(id) !== undefined), [false, true, true, true]);
      assert.deepEqual(["p-old", "p-letter", "p-recent", "p-open"].map((id) => store.journal.read(id).length), [0, 1, 1, 1]);
      assert.deepEqual(["waiting", "old", "recent"].map((id) => store.events.has(id)), [true, false, true]);
      assert.equal(store.mailbox.read(key("a"), 1)[0]!.event.eventId, "waiting");
    },
    "removes the journal of an instance and keeps the instance where only its journal is old enough": ({ store }) => {
      putInstance(store, { status: "completed", endedAt: 10 });
      write(store, () => store.journal.append({ processId: "p-1", at: 1, kind: "started", data: "{}" }));
      write(store, () => store.retention.prune({ deduplication: 0, journal: 50, ended: 0 }, 99));
      assert.deepEqual(store.journal.read("p-1"), []);
      assert.equal(store.instances.get("p-1")?.status, "completed");
    },
    "never gives the position of an event away again": ({ store }) => {
      const last = ["e-1", "e-2"].map((eventId) => append(store, { eventId, acceptedAt: 1 })).at(-1)!;
      write(store, () => store.retention.prune({ deduplication: 50, journal: 0, ended: 0 }, 99));
      assert.ok(append(store, { eventId: "e-3" }) > last);
    },
    "says how much there is": ({ store }) => {
      const { bytes, rows } = store.retention.size();
      write(store, () => fillEveryTable(store));
      const after = store.retention.size();
      assert.ok(bytes > 0 && after.bytes >= bytes);
      assert.ok(Object.values(rows).every((count) => count === 0));
      assert.ok(Object.values(after.rows).every((count) => count === 1));
    },
  }),
];

type Check = StoreRule["check"];

function named(what: string, checks: Readonly<Record<string, Check>>): readonly StoreRule[] {
  return Object.entries(checks).map(([rule, check]) => ({ name: `${what}: ${rule}`, check }));
}

/** Writes are made inside a transaction only. */
function write<Result>(store: Store, work: () => Result): Result {
  return store.transact(work);
}

function key(aggregateId: string): MailboxKey {
  return { process: "order/life", aggregateId };
}

function event(changes: Partial<NewEvent> = {}): NewEvent {
  return {
    eventId: "e-1",
    type: "OrderPlaced",
    aggregateId: "a",
    payload: "{}",
    occurredAt: 10,
    acceptedAt: 20,
    correlationId: null,
    causationId: null,
    ...changes,
  };
}

function entry(changes: Partial<NewMailboxEntry> & Pick<NewMailboxEntry, "position">): NewMailboxEntry {
  return { ...key("a"), kind: "event", processId: null, generation: 0, ...changes };
}

function instance(changes: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    ...key("a"),
    processId: "p-1",
    status: "started",
    startedAt: 10,
    endedAt: null,
    updatedAt: 20,
    dueAt: null,
    revision: 1,
    fingerprint: "f",
    ...changes,
  };
}

function command(changes: Partial<NewCommand> = {}): NewCommand {
  return {
    commandId: "c-1",
    type: "sendMail",
    aggregateId: "for",
    payload: '{"text":"hello"}',
    process: "order/life",
    processId: "p-1",
    instanceAggregateId: "a",
    correlationId: "e-1",
    causationId: "e-1",
    dispatchedAt: 20,
    dueAt: 30,
    origin: "event",
    ...changes,
  };
}

function letter(changes: Partial<DeadLetterRecord> = {}): DeadLetterRecord {
  return {
    ...key("a"),
    deadLetterId: "d-1",
    processId: "p-1",
    kind: "event",
    handler: "on-order-placed",
    subject: "{}",
    generation: 0,
    blocks: false,
    error: '{"name":"Error","message":"down"}',
    attempts: 4,
    firstFailedAt: 10,
    lastFailedAt: 20,
    status: "open",
    settledAt: null,
    reason: null,
    ...changes,
  };
}

/** Appends an event that no other has the id of, unless it is given; returns its position. */
function append(store: Store, changes: Partial<NewEvent> = {}): number {
  let number = 1;
  while (store.events.has(`e-${number}`)) number += 1;
  return write(store, () => store.events.append(event({ eventId: `e-${number}`, ...changes }))!);
}

function put(store: Store, changes: Partial<NewMailboxEntry> & Pick<NewMailboxEntry, "position">): void {
  write(store, () => store.mailbox.put(entry(changes)));
}

function putInstance(store: Store, changes: Partial<InstanceRecord> = {}): void {
  assert.equal(write(store, () => store.instances.put(instance(changes))), true);
}

function addCommands(store: Store, ...commands: readonly Partial<NewCommand>[]): void {
  write(store, () => commands.forEach((changes) => store.commands.add(command(changes))));
}

function addLetters(store: Store, ...letters: readonly Partial<DeadLetterRecord>[]): void {
  write(store, () => letters.forEach((changes) => store.deadLetters.add(letter(changes))));
}

function positionsOf(store: Store, of: MailboxKey = key("a")): readonly number[] {
  return store.mailbox.read(of, 99).map((each) => each.event.position);
}

function dueOf(store: Store, kind: TimerKind, upTo: number) {
  return store.timers.due(kind, undefined, upTo, 99);
}

function sorted(rows: readonly object[]): readonly string[] {
  return rows.map((row) => JSON.stringify(row, Object.keys(row).toSorted())).toSorted();
}

/** To be called inside a transaction: one row of everything. */
function fillEveryTable(store: Store): void {
  const position = store.events.append(event())!;
  store.counters.addAccepted(1);
  store.mailbox.put(entry({ position }));
  store.instances.put(instance());
  store.commands.add(command());
  store.deadLetters.add(letter());
  store.journal.append({ processId: "p-1", at: 10, kind: "started", data: "{}" });
  store.lease.write({ owner: "one", epoch: 1, expiresAt: 100 });
  store.requests.add({ kind: "retry", deadLetterId: "d-1" }, 10);
}

function assertEmpty(store: Store): void {
  assert.equal(store.events.has("e-1"), false);
  assert.equal(store.counters.accepted(), 0);
  assert.deepEqual(store.mailbox.keys(undefined, 9), []);
  assert.deepEqual(store.instances.find({}, 9, undefined), []);
  assert.deepEqual(store.commands.counts(1_000), { pending: 0, overdue: 0, parked: 0 });
  assert.deepEqual(store.deadLetters.find({}, 9, undefined), []);
  assert.deepEqual(store.journal.read("p-1"), []);
  assert.equal(store.lease.read(), undefined);
  assert.deepEqual(store.requests.open(9), []);
}

/** Timeouts at 100 and 300, commands at 150 and (tried again) at 700, retries at 200 and, without an instance, at 250. */
function fillTimers(store: Store): void {
  putInstance(store, { dueAt: 100 });
  putInstance(store, { processId: "p-2", aggregateId: "b", dueAt: 300 });
  putInstance(store, { processId: "p-3", aggregateId: "c" });
  addCommands(store, { type: "soon", dueAt: 150 }, { type: "failed", processId: "p-2", instanceAggregateId: "b", dueAt: 50 });
  const { seq } = store.commands.next("p-2", 50)!;
  const failure = { attempts: 1, firstFailedAt: 50 };
  write(store, () => store.commands.delay(seq, { ...failure, notBefore: 700 }));
  for (const [aggregateId, notBefore] of [["a", 200], ["new", 250]] as const) {
    const position = append(store);
    put(store, { aggregateId, position });
    write(store, () => store.mailbox.delay(key(aggregateId), position, { ...failure, notBefore }));
  }
  put(store, { aggregateId: "a", position: append(store) });
}
