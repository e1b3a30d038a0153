import assert from "node:assert/strict";
import { key } from "./rows.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { addCommands, append, nextCommand, put, putInstance, write } from "./write-rows.ts";

const routes = [
  { type: "OrderPaid", process: "order/life", starts: false },
  { type: "OrderPlaced", process: "order/life", starts: true },
];

export const counterRules: readonly StoreRule[] = named("counters", {
  "add up what was accepted": ({ store }) => {
    assert.equal(store.counters.accepted(), 0);
    write(store, () => store.counters.addAccepted(2));
    write(store, () => store.counters.addAccepted(3));
    assert.equal(store.counters.accepted(), 5);
  },
  "are counted anew without a change where they are right": ({ store }) => {
    write(store, () => store.counters.addAccepted(2));
    putInstance(store, { processId: "p-1", aggregateId: "a" });
    const counts = store.instances.counts();
    assert.equal(
      store.transact(() => store.counters.recount()),
      false,
    );
    assert.equal(store.counters.accepted(), 2);
    assert.deepEqual(store.instances.counts(), counts);
  },
  "tell what waits, what is parked behind a failed or suspended instance, and since when": ({ store }) => {
    assert.deepEqual(store.counters.backlog(), { waiting: 0, oldestAcceptedAt: undefined, parked: 0, unhandledEvents: 0, kept: 0 });
    const shared = append(store, { acceptedAt: 40 });
    put(store, { position: shared });
    put(store, { process: "order/other", position: shared });
    put(store, { ...key("b"), position: append(store, { acceptedAt: 20 }) });
    put(store, { ...key("b"), position: append(store, { acceptedAt: 30 }), kind: "failed", processId: "p-2" });
    assert.deepEqual(store.counters.backlog(), { waiting: 4, oldestAcceptedAt: 20, parked: 0, unhandledEvents: 2, kept: 0 });
    putInstance(store, { processId: "p-2", aggregateId: "b", status: "failed" });
    assert.deepEqual(store.counters.backlog(), { waiting: 3, oldestAcceptedAt: 30, parked: 1, unhandledEvents: 2, kept: 0 });
    putInstance(store, { processId: "p-1", suspended: "{}" });
    put(store, { position: append(store, { acceptedAt: 50 }), kind: "timer", processId: "p-1" });
    assert.deepEqual(store.counters.backlog(), { waiting: 2, oldestAcceptedAt: 30, parked: 3, unhandledEvents: 2, kept: 0 });
  },
  "tell early events apart while no instance is open for them, and have them due when they go": ({ store }) => {
    const due = (now: number) => store.counters.countDue(now, routes);
    put(store, { position: append(store, { type: "OrderPaid", acceptedAt: 40 }), keptUntil: 100 });
    put(store, { position: append(store, { type: "OrderPaid", acceptedAt: 50 }), keptUntil: 110 });
    assert.deepEqual(store.counters.backlog(), { waiting: 0, oldestAcceptedAt: undefined, parked: 0, unhandledEvents: 2, kept: 2 });
    assert.deepEqual([due(99), due(100), due(110)], [0, 1, 2]);
    // What starts an instance decides about them.
    const starting = append(store, { type: "OrderPlaced", acceptedAt: 60 });
    put(store, { position: starting, starts: true });
    assert.deepEqual([due(99), due(110)], [1, 1]);
    putInstance(store, { aggregateId: "a" });
    assert.deepEqual(store.counters.backlog(), { waiting: 3, oldestAcceptedAt: 40, parked: 0, unhandledEvents: 3, kept: 0 });
    assert.equal(due(99), 3);
    // Its retry comes before them, although their positions are lower.
    write(store, () => store.mailbox.delay(key("a"), starting, { attempts: 1, notBefore: 200, firstFailedAt: 60 }));
    assert.deepEqual([due(199), due(200)], [0, 3]);
  },
  "tell how much could be worked at by a moment: heads and what nothing holds back, timeouts and commands, of the processes that have routes":
    ({ store }) => {
      const due = (now: number, known = routes) => store.counters.countDue(now, known);
      assert.equal(due(1_000), 0);
      const head = append(store);
      put(store, { position: head });
      put(store, { position: append(store) });
      assert.equal(due(50), 2);
      assert.equal(due(50, [{ type: "OrderPlaced", process: "order/other", starts: true }]), 0);
      // The head waits for another attempt, and what is behind it waits for the head.
      write(store, () => store.mailbox.delay(key("a"), head, { attempts: 1, notBefore: 100, firstFailedAt: 10 }));
      assert.deepEqual([due(99), due(100)], [0, 2]);
      // A step of the timed-out or failed handler that waits for another attempt does not hold back events.
      const own = append(store);
      put(store, { ...key("b"), position: own, kind: "timed_out", processId: "p-9" });
      put(store, { ...key("b"), position: append(store) });
      write(store, () => store.mailbox.delay(key("b"), own, { attempts: 1, notBefore: 100, firstFailedAt: 10 }));
      assert.deepEqual([due(99), due(100)], [1, 4]);
      putInstance(store, { processId: "p-3", aggregateId: "c", dueAt: 60 });
      assert.deepEqual([due(59), due(60)], [1, 2]);
      addCommands(store, { processId: "p-3", dueAt: 70 }, { processId: "p-3", dueAt: 80 });
      assert.deepEqual([due(69), due(70), due(80)], [2, 3, 4]);
      write(store, () => store.commands.delay(nextCommand(store, "p-3", 70)!.seq, { attempts: 1, notBefore: 95, firstFailedAt: 70 }));
      assert.deepEqual([due(94), due(95)], [2, 4]);
      // A command that has been tried keeps its turn, even before a command that was due earlier. Another lane goes on.
      addCommands(store, { processId: "p-3", dueAt: 60 });
      assert.deepEqual([due(94), due(95)], [2, 5]);
      addCommands(store, { processId: "p-4", dueAt: 80 });
      assert.deepEqual([due(94), due(95)], [3, 6]);
    },
  "count a timeout behind which a retry is due, and none before which an event waits for another definition": ({ store }) => {
    putInstance(store, { dueAt: 90 });
    const position = append(store, { type: "OrderPaid", occurredAt: 80 });
    put(store, { position });
    write(store, () => store.mailbox.delay(key("a"), position, { attempts: 1, notBefore: 200, firstFailedAt: 85 }));
    assert.equal(store.counters.countDue(100, routes), 1);
    write(store, () => store.mailbox.remove(key("a"), position));
    put(store, { position: append(store, { type: "OrderShipped", occurredAt: 80 }) });
    assert.equal(store.counters.countDue(100, routes), 0);
  },
  "leave out a timeout before which an event waits for its retry whose first attempt came at the deadline or after": ({ store }) => {
    putInstance(store, { dueAt: 90 });
    const position = append(store, { type: "OrderPaid", occurredAt: 80 });
    put(store, { position });
    write(store, () => store.mailbox.delay(key("a"), position, { attempts: 1, notBefore: 200, firstFailedAt: 90 }));
    assert.deepEqual([store.counters.countDue(100, routes), store.counters.countDue(200, routes)], [0, 2]);
  },
  "leave out what waits for another definition, and what waits behind it": ({ store }) => {
    putInstance(store, { dueAt: 90 });
    put(store, { position: append(store, { type: "OrderPaid", occurredAt: 95 }) });
    put(store, { position: append(store, { type: "OrderShipped", acceptedAt: 30, occurredAt: 80 }) });
    put(store, { position: append(store, { type: "OrderPaid", occurredAt: 95 }) });
    const awaited = [{ process: "order/life", type: "OrderShipped", count: 1, oldestAcceptedAt: 30 }];
    assert.deepEqual(store.counters.awaited(routes), awaited);
    assert.equal(store.counters.countDue(100, routes), 1);
    write(store, () => store.mailbox.remove(key("a"), 1));
    assert.equal(store.counters.countDue(100, routes), 0);
    assert.equal(store.counters.countDue(100, [...routes, { type: "OrderShipped", process: "order/life", starts: false }]), 3);
  },
  "leave out all of an instance of a newer version than the routes': events, timeout, handler steps and commands": ({ store }) => {
    const of = (version: number) => routes.map((route) => ({ ...route, version }));
    putInstance(store, { dueAt: 90, version: 2 });
    put(store, { position: append(store, { type: "OrderPaid", occurredAt: 95 }) });
    put(store, { position: append(store), kind: "timed_out", processId: "p-1" });
    addCommands(store, { processId: "p-1", dueAt: 80 });
    assert.deepEqual(
      [store.counters.countDue(100, of(2)), store.counters.countDue(100, of(1)), store.counters.countDue(100, routes)],
      [4, 0, 0],
    );
    // Of another instance, everything counts.
    putInstance(store, { ...key("b"), processId: "p-2", dueAt: 90 });
    addCommands(store, { processId: "p-2", dueAt: 80 });
    assert.equal(store.counters.countDue(100, of(1)), 2);
    assert.deepEqual(store.counters.awaited(of(1)), []);
  },
  "take an event for one instance as awaited only while that instance is open, whichever other one is": ({ store }) => {
    putInstance(store, { processId: "p-2" });
    put(store, { position: append(store, { type: "OrderShipped" }), processId: "p-1" });
    assert.deepEqual(store.counters.awaited(routes), []);
    assert.equal(store.counters.countDue(100, routes), 1);
    put(store, { position: append(store, { type: "OrderShipped", acceptedAt: 50 }), processId: "p-2" });
    assert.deepEqual(store.counters.awaited(routes), [{ process: "order/life", type: "OrderShipped", count: 1, oldestAcceptedAt: 50 }]);
    assert.equal(store.counters.countDue(100, routes), 1);
  },
  "keep the latest report of limits, with what was due and accepted if the rest was done": ({ store }) => {
    assert.equal(store.counters.limitReport(), undefined);
    const waiting = new Map([
      ["mail", 3],
      ["print\nlabel", 1],
    ]);
    write(store, () => store.counters.reportLimits({ waiting, rest: { due: 5, accepted: 9 } }));
    assert.deepEqual(store.counters.limitReport(), { waiting, rest: { due: 5, accepted: 9 } });
    write(store, () => store.counters.reportLimits({ waiting: new Map([["mail", 2]]) }));
    assert.deepEqual(store.counters.limitReport(), { waiting: new Map([["mail", 2]]) });
    assert.equal(store.counters.accepted(), 0);
    write(store, () => store.counters.reportLimits(undefined));
    assert.equal(store.counters.limitReport(), undefined);
  },
  "leave out, with no instance open, what was meant to start one and does not by the routes; anything else concerns nobody": ({
    store,
  }) => {
    put(store, { position: append(store, { type: "OrderShipped" }) });
    put(store, { ...key("b"), position: append(store, { type: "OrderPaid", acceptedAt: 40 }), starts: true });
    put(store, { ...key("b"), position: append(store, { type: "OrderPaid" }) });
    put(store, { ...key("c"), position: append(store, { type: "OrderPlaced" }), starts: true });
    assert.equal(store.counters.countDue(100, routes), 2);
    assert.deepEqual(store.counters.awaited(routes), [{ process: "order/life", type: "OrderPaid", count: 1, oldestAcceptedAt: 40 }]);
    assert.equal(store.counters.awaited([]).length, 3);
  },
});
