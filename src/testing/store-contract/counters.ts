import assert from "node:assert/strict";
import { key } from "./rows.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { addCommands, append, nextCommand, put, putInstance, write } from "./write-rows.ts";

export const counterRules: readonly StoreRule[] = named("counters", {
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
  "tell how much could be worked at by a moment: heads and what nothing holds back, timeouts and commands, of the processes that are named": ({ store }) => {
    const due = (now: number, processes: readonly string[] = ["order/life"]) => store.counters.countDue(now, processes);
    assert.equal(due(1_000), 0);
    const head = append(store);
    put(store, { position: head });
    put(store, { position: append(store) });
    assert.equal(due(50), 2);
    assert.equal(due(50, ["order/other"]), 0);
    // The head waits for another attempt, and what is behind it waits for the head.
    write(store, () => store.mailbox.delay(key("a"), head, { attempts: 1, notBefore: 100, firstFailedAt: 10 }));
    assert.deepEqual([due(99), due(100)], [0, 2]);
    // The step of an own handler that waits for another attempt holds back no event.
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
  },
});
