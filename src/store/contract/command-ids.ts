import assert from "node:assert/strict";
import { laneWithoutInstance } from "../../definition/model/lane.ts";
import type { Store } from "../store.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { addCommands, addLetters, write } from "./write-rows.ts";

/** Stores a command from outside, with its id. */
function dispatch(store: Store, { commandId, dueAt }: { readonly commandId: string; readonly dueAt: number }): void {
  write(store, () => store.commandIds.add({ commandId, dueAt, acceptedAt: 20 }));
  addCommands(store, { commandId, dueAt, process: "", processId: laneWithoutInstance("", `of ${commandId}`) });
}

function settle(store: Store, commandId: string): void {
  write(store, () => store.commands.remove(store.commands.find(commandId)!.seq));
}

function prune(store: Store, deduplication: number): number {
  return write(store, () => store.retention.prune({ deduplication, journal: 0, ended: 0 }, 9));
}

function known(store: Store, ...commandIds: readonly string[]): readonly string[] {
  return commandIds.filter((commandId) => store.commandIds.get(commandId) !== undefined);
}

export const commandIdRules: readonly StoreRule[] = named("command ids", {
  "are there once, and stay as they were first": ({ store }) => {
    const first = { commandId: "c-1", dueAt: 30, acceptedAt: 20 };
    assert.equal(store.commandIds.get("c-1"), undefined);
    assert.equal(
      write(store, () => store.commandIds.add(first)),
      true,
    );
    assert.equal(
      write(store, () => store.commandIds.add({ commandId: "c-1", dueAt: 99, acceptedAt: 99 })),
      false,
    );
    assert.deepEqual(store.commandIds.get("c-1"), first);
  },
  "go with their retention": ({ store }) => {
    write(store, () => store.commandIds.add({ commandId: "c-1", dueAt: 20, acceptedAt: 20 }));
    write(store, () => store.commandIds.add({ commandId: "c-2", dueAt: 25, acceptedAt: 25 }));
    assert.equal(prune(store, 25), 1);
    assert.deepEqual(known(store, "c-1", "c-2"), ["c-2"]);
  },
  "stay until their command is due, and their retention after that": ({ store }) => {
    dispatch(store, { commandId: "c-1", dueAt: 200 });
    assert.equal(prune(store, 200), 0);
    settle(store, "c-1");
    assert.equal(prune(store, 200), 0);
    assert.equal(prune(store, 201), 1);
    assert.deepEqual(known(store, "c-1"), []);
  },
  "stay as long as their command waits, overdue, moved or for a retry": ({ store }) => {
    for (const commandId of ["overdue", "moved", "tried", "settled"]) dispatch(store, { commandId, dueAt: 30 });
    const moved = store.commands.find("moved")!;
    write(store, () => {
      store.commands.remove(moved.seq);
      store.commands.restore({ ...moved, dueAt: 500 });
      store.commands.delay(store.commands.find("tried")!.seq, { attempts: 1, notBefore: 900, firstFailedAt: 40 });
    });
    settle(store, "settled");
    assert.equal(store.commandIds.get("moved")?.dueAt, 500);
    assert.equal(prune(store, 100), 1);
    assert.deepEqual(known(store, "overdue", "moved", "tried"), ["overdue", "moved", "tried"]);
    for (const commandId of ["overdue", "tried"]) settle(store, commandId);
    assert.equal(prune(store, 100), 2);
    assert.deepEqual(known(store, "overdue", "moved", "tried"), ["moved"]);
  },
  "stay as long as the letter of their command is open": ({ store }) => {
    dispatch(store, { commandId: "c-1", dueAt: 30 });
    const subject = JSON.stringify(store.commands.find("c-1"));
    settle(store, "c-1");
    addLetters(store, { process: "", processId: "", kind: "command", subject });
    assert.equal(prune(store, 100), 0);
    write(store, () => store.deadLetters.settle("d-1", { status: "discarded", settledAt: 200, settledBy: null, reason: null }));
    assert.equal(prune(store, 100), 1);
  },
});
