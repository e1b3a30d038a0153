import assert from "node:assert/strict";
import type { NewInboxRow } from "../inbox.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { write } from "./write-rows.ts";

/** For stores that have an inbox. */
export const inboxRules: readonly StoreRule[] = named("the inbox", {
  "gives its rows in order, up to a limit, until they are removed": ({ store: { inbox, ...store } }) => {
    if (inbox === undefined) return;
    assert.equal(inbox.isEmpty(), true);
    inbox.add([row("e-1"), row("e-2")]);
    const last = { ...row("e-1"), traceparent: "00-1", routes: "{}" };
    inbox.add([last]);
    const rows = inbox.read(9);
    assert.deepEqual(
      rows.map(({ number: _number, ...fields }) => fields),
      [row("e-1"), row("e-2"), last].map((fields) => ({ ...fields, oversize: null })),
    );
    assert.deepEqual(inbox.read(2), rows.slice(0, 2));
    assert.equal(
      write(store, () => inbox.remove(rows[0]!.number)),
      true,
    );
    assert.equal(
      write(store, () => inbox.remove(rows[0]!.number)),
      false,
    );
    assert.deepEqual([inbox.isEmpty(), inbox.count()], [false, 2]);
    write(store, () => inbox.restore(rows[0]!));
    assert.deepEqual(inbox.read(9), rows);
  },
  "gives no number a second time": ({ store: { inbox, ...store } }) => {
    if (inbox === undefined) return;
    inbox.add([row("e-1")]);
    const [first] = inbox.read(1);
    write(store, () => inbox.remove(first!.number));
    inbox.add([row("e-2")]);
    assert.notEqual(inbox.read(1)[0]!.number, first!.number);
  },
});

function row(eventId: string): NewInboxRow {
  const of = { correlationId: null, causationId: "c-1", traceparent: null, routes: null };
  return { eventId, type: "OrderPlaced", aggregateId: "a", payload: "{}", occurredAt: 10, ...of };
}
