import assert from "node:assert/strict";
import type { Store } from "../store.ts";
import { letter } from "./rows.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { addLetters, write } from "./write-rows.ts";

export const deadLetterRules: readonly StoreRule[] = named("dead letters", {
  "come back as they were added": ({ store }) => {
    const given = letter({ blocks: true });
    write(store, () => store.deadLetters.add(given));
    assert.deepEqual(store.deadLetters.get("d-1"), given);
    assert.equal(store.deadLetters.get("d-2"), undefined);
  },
  "are settled once": ({ store }) => {
    addLetters(store, { deadLetterId: "d-1" });
    const settle = (status: "retried" | "discarded", deadLetterId = "d-1") =>
      write(store, () =>
        store.deadLetters.settle(deadLetterId, {
          status,
          settledAt: 99,
          settledBy: "ada",
          reason: status === "discarded" ? "obsolete" : null,
        }),
      );
    assert.equal(settle("discarded", "d-2"), false);
    assert.equal(settle("discarded"), true);
    assert.equal(settle("discarded"), false);
    assert.equal(settle("retried"), false);
    assert.deepEqual(store.deadLetters.get("d-1"), letter({ status: "discarded", settledAt: 99, settledBy: "ada", reason: "obsolete" }));
  },
  "are found oldest first by every filter, page by page": ({ store }) => {
    const rows = Array.from({ length: 9 }, (_, index) => ({
      deadLetterId: `d-${index}`,
      process: index % 2 === 0 ? "order/even" : "order/odd",
      aggregateId: `a-${index % 3}`,
      processId: `p-${index % 4}`,
    }));
    addLetters(store, ...rows);
    write(store, () => store.deadLetters.settle("d-3", { status: "retried", settledAt: 1, settledBy: null, reason: null }));
    const find = (filter: Parameters<Store["deadLetters"]["find"]>[0]) =>
      store.deadLetters.find(filter, 99, undefined).map(({ deadLetterId }) => deadLetterId);
    assert.deepEqual(
      find({}),
      rows.map(({ deadLetterId }) => deadLetterId),
    );
    assert.deepEqual(find({ process: "order/odd", status: "open" }), ["d-1", "d-5", "d-7"]);
    assert.deepEqual(find({ aggregateId: "a-2" }), ["d-2", "d-5", "d-8"]);
    assert.deepEqual(find({ processId: "p-3" }), ["d-3", "d-7"]);
    assert.deepEqual(find({ status: "retried" }), ["d-3"]);
    const first = store.deadLetters.find({ status: "open" }, 5, undefined);
    const second = store.deadLetters.find({ status: "open" }, 5, first.at(-1)!.cursor);
    assert.deepEqual(
      [...first, ...second].map(({ deadLetterId }) => deadLetterId),
      find({ status: "open" }),
    );
  },
  "are counted while they are open, those that hold an instance by that instance": ({ store }) => {
    addLetters(store, { blocks: true }, { deadLetterId: "d-2" }, { deadLetterId: "d-3", blocks: true, processId: "p-2" });
    assert.equal(store.deadLetters.countOpen(), 3);
    assert.equal(store.deadLetters.countBlocking("p-1"), 1);
    write(store, () => store.deadLetters.settle("d-1", { status: "retried", settledAt: 1, settledBy: null, reason: null }));
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
    write(store, () => store.deadLetters.settle("d-1", { status: "discarded", settledAt: 1, settledBy: null, reason: null }));
    assert.deepEqual(left(), ["d-1 discarded", "d-3 open"]);
    // The letter was settled after it was read, so what has been handed over is not its state any more.
    write(store, () => store.deadLetters.markHandedOver("d-1", "open"));
    assert.deepEqual(left(), ["d-1 discarded", "d-3 open"]);
    write(store, () => store.deadLetters.markHandedOver("d-1", "discarded"));
    assert.deepEqual(left(), ["d-3 open"]);
  },
});
