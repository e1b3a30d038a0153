import assert from "node:assert/strict";
import type { Store } from "../store.ts";
import { command, entry, event, instance, letter, schedule } from "./rows.ts";

/** Writes one row into every table. Call it inside a transaction. */
export function fillEveryTable(store: Store): void {
  const position = store.events.append(event())!;
  store.counters.addAccepted(1);
  store.counters.reportLimits({ waiting: new Map([["sendMail", 1]]) });
  store.mailbox.put(entry({ position }));
  store.instances.add(instance());
  store.commands.add(command());
  store.commandIds.add({ commandId: "c-2", dueAt: 30, acceptedAt: 20 });
  store.deadLetters.add(letter());
  store.journal.append({ processId: "p-1", at: 10, kind: "started", data: "{}" });
  store.lease.write({ owner: "one", epoch: 1, expiresAt: 100, durationMs: 10_000 });
  store.suspects.put({ kind: "step", id: "order/life\na", number: position, state: "begun", deaths: 0 });
  store.schedules.put(schedule());
  store.requests.add({ kind: "retry", deadLetterId: "d-1" }, 10);

  store.inbox?.add([{ ...event(), correlationId: null }]);
  store.contextIndex.declare(new Map([["order/life", { keys: ["customer"], initial: "{}" }]]));
  store.routes.replace([{ type: "OrderPlaced", process: "order/life", starts: true, version: 1 }]);
}

export function assertEmpty(store: Store): void {
  assert.equal(store.events.has("e-1"), false);
  assert.equal(store.counters.accepted(), 0);
  assert.equal(store.counters.limitReport(), undefined);
  assert.deepEqual(store.mailbox.keys(undefined, 9), []);
  assert.deepEqual(store.instances.find({}, 9, undefined), []);
  assert.deepEqual(store.commands.counts(1_000), { pending: 0, overdue: 0, parked: 0 });
  assert.equal(store.commandIds.get("c-2"), undefined);
  assert.deepEqual(store.deadLetters.find({}, 9, undefined), []);
  assert.deepEqual(store.journal.read("p-1"), []);
  assert.equal(store.lease.read(), undefined);
  assert.deepEqual(store.suspects.all(), []);
  assert.deepEqual(store.requests.open(9), []);
  assert.equal(store.inbox?.isEmpty() ?? true, true);
  assert.deepEqual(store.routes.read(), []);
  assert.deepEqual(store.schedules.list(), []);
  assert.deepEqual(store.contextIndex.read("order/life"), []);
}
