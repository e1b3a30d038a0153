import assert from "node:assert/strict";
import type { Intervention } from "../intervention.ts";
import { key } from "./rows.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { write } from "./write-rows.ts";

export const requestRules: readonly StoreRule[] = named("requests", {
  "are open in order until they are answered": ({ store }) => {
    const bodies = [
      { kind: "wake", mailboxes: [key("a")], accepted: 1 },
      { kind: "retry", deadLetterId: "d-1" },
      { kind: "discard", deadLetterId: "d-2", reason: "obsolete" },
    ] as const;
    const ids = write(store, () => bodies.map((body, index) => store.requests.add(body, 100 + index)));
    assert.deepEqual(
      store.requests.open(99),
      bodies.map((body, index) => ({ id: ids[index], requestedAt: 100 + index, body })),
    );
    assert.equal(store.requests.open(2).length, 2);
    assert.equal(store.requests.readAnswer(ids[1]!), undefined);
    write(store, () => store.requests.answer(ids[1]!, { outcome: "refused", refusal: '{"code":"X"}' }));
    assert.deepEqual(store.requests.readAnswer(ids[1]!), { outcome: "refused", refusal: '{"code":"X"}' });
    assert.deepEqual(
      store.requests.open(99).map(({ id }) => id),
      [ids[0], ids[2]],
    );
    write(store, () => store.requests.remove(ids[0]!));
    assert.deepEqual(
      store.requests.open(99).map(({ id }) => id),
      [ids[2]],
    );
  },
  "for the same of one target are one as long as nobody waits for its answer": ({ store }) => {
    const ask = (body: Intervention, at: number, before: number) => write(store, () => store.requests.ask(body, at, before));
    const retry = { kind: "retry", deadLetterId: "d-1" } as const;
    const first = ask(retry, 100, 70);
    assert.equal(ask(retry, 140, 110), first);
    assert.deepEqual(store.requests.open(9), [{ id: first, requestedAt: 140, body: retry }]);
    // Somebody may still wait for the one of 140.
    const second = ask(retry, 150, 139);
    const others = [
      ask({ kind: "retry", deadLetterId: "d-2" }, 200, 200),
      ask({ kind: "discard", deadLetterId: "d-1", reason: null }, 200, 200),
      ask({ kind: "discard", deadLetterId: "d-1", reason: "obsolete" }, 200, 200),
    ];
    assert.equal(new Set([first, second, ...others]).size, 5);
    // One that was answered is not taken over.
    write(store, () => [first, second].forEach((id) => store.requests.answer(id, { outcome: "done" })));
    assert.notEqual(ask(retry, 300, 300), first);
    assert.equal(store.requests.open(9).length, 4);
  },
  "to wake mailboxes are removed together, and no others": ({ store }) => {
    const settle = { kind: "discard", deadLetterId: "wake", reason: '{"kind":"wake"}' } as const;
    const wake = { kind: "wake", mailboxes: [key("a")], accepted: 1 } as const;
    const [, kept] = write(store, () => [wake, settle, wake, wake].map((body) => store.requests.add(body, 1)));
    write(store, () => store.requests.removeWakes());
    assert.deepEqual(store.requests.open(99), [{ id: kept, requestedAt: 1, body: settle }]);
  },
  "that were answered long ago are removed, and those without an answer are kept": ({ store }) => {
    const [old, unanswered, fresh] = write(store, () =>
      [10, 20, 30].map((at) => store.requests.add({ kind: "retry", deadLetterId: "d-1" }, at)),
    );
    write(store, () => {
      store.requests.answer(old!, { outcome: "done" });
      store.requests.answer(fresh!, { outcome: "done" });
      store.requests.prune(30);
    });
    assert.equal(store.requests.readAnswer(old!), undefined);
    assert.deepEqual(store.requests.readAnswer(fresh!), { outcome: "done" });
    assert.deepEqual(
      store.requests.open(99).map(({ id }) => id),
      [unanswered],
    );
  },
});
