import assert from "node:assert/strict";
import type { StoredEvent } from "../events.ts";
import { event, key } from "./rows.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { append, put, write } from "./write-rows.ts";

export const eventRules: readonly StoreRule[] = named("events", {
  "are given positions that grow": ({ store }) => {
    const positions = write(store, () => ["e-1", "e-2", "e-3"].map((eventId) => store.events.append(event({ eventId }))!));
    assert.deepEqual(
      positions.toSorted((a, b) => a - b),
      positions,
    );
    assert.equal(new Set(positions).size, 3);
  },
  "of a new store all have identities that hold their aggregate": ({ store }) => {
    append(store, { eventId: "e-1" });
    assert.equal(store.events.unkeyedUpTo(), 0);
  },
  "are stored once: a repeated eventId has no position and changes nothing": ({ store }) => {
    assert.equal(store.events.has("e-1"), false);
    const position = append(store, { eventId: "e-1", payload: '{"first":true}' });
    assert.equal(
      write(store, () => store.events.append(event({ eventId: "e-1", payload: '{"first":false}' }))),
      undefined,
    );
    assert.equal(store.events.has("e-1"), true);
    put(store, { position });
    assert.equal(store.mailbox.read(key("a"), 1)[0]!.event.payload, '{"first":true}');
  },
  "are stored at a position that was reserved for them, which no other event gets": ({ store }) => {
    append(store, { eventId: "e-1" });
    const [first, second] = [store.positions.reserve(), store.positions.reserve()];
    assert.notEqual(first, second);
    const positions = write(store, () => {
      assert.deepEqual([store.positions.isFree(first), store.positions.isFree(second)], [true, true]);
      return [
        store.events.append(event({ eventId: "e-2" })),
        store.events.append(event({ eventId: "e-3" }), second),
        store.events.append(event({ eventId: "e-3" }), first),
        store.events.append(event({ eventId: "e-4" }), first),
      ];
    });
    assert.deepEqual(positions.slice(1), [second, undefined, first]);
    assert.equal(new Set([first, second, positions[0]]).size, 3);
    assert.equal(store.events.get("e-3")!.position, second);
  },
  "are told apart from those of another OS process, which may take a position that is reserved here": ({ store, connect }) => {
    if (connect === undefined) return;
    const other = connect();
    const reserved = store.positions.reserve();
    const theirs = write(other, () => other.events.append(event({ eventId: "theirs" }))!);
    const ours = write(store, () => {
      assert.equal(store.positions.isFree(reserved), reserved > theirs);
      return store.events.append(event({ eventId: "ours" }))!;
    });
    assert.ok(ours > theirs);
    const next = store.positions.reserve();
    write(store, () => assert.equal(store.positions.isFree(next), true));
    other.close();
  },
  "come back at their position, and one that is still there stays as it is": ({ store }) => {
    const stored: StoredEvent = { ...event({ eventId: "e-7", payload: '{"back":true}' }), position: 7 };
    write(store, () => store.events.restore(stored));
    write(store, () => store.events.restore({ ...stored, payload: "{}" }));
    put(store, { position: 7 });
    assert.deepEqual(store.mailbox.read(key("a"), 1)[0]!.event, stored);
  },
  "keep the span in which they were accepted": ({ store }) => {
    const position = append(store, { eventId: "e-1", traceparent: "00-1" });
    put(store, { position });
    assert.equal(store.mailbox.read(key("a"), 1)[0]!.event.traceparent, "00-1");
    assert.equal(store.events.get("e-1")!.traceparent, "00-1");
    append(store, { eventId: "e-2" });
    assert.equal(store.events.get("e-2")!.traceparent, null);
  },
  "are found by their eventId": ({ store }) => {
    const payload = JSON.stringify({ text: "żółw 🐢 \u0000 'quoted'" });
    const stored: StoredEvent = {
      ...event({ eventId: "e-7", aggregateId: "zażółć/🐢", payload, correlationId: "c", causationId: "d" }),
      position: 7,
    };
    write(store, () => store.events.restore(stored));
    assert.deepEqual(store.events.get("e-7"), stored);
    assert.equal(store.events.get("e-8"), undefined);
  },
});
