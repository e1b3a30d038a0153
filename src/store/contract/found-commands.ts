import assert from "node:assert/strict";
import { INVOCATION } from "./rows.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { addCommands, nextCommand, write } from "./write-rows.ts";

export const foundCommandRules: readonly StoreRule[] = named("commands", {
  "are found by their id": ({ store }) => {
    addCommands(store, { commandId: "c-1" }, { commandId: "c-2", processId: "p-2" });
    assert.equal(store.commands.find("c-2")?.processId, "p-2");
    assert.equal(store.commands.find("c-3"), undefined);
  },
  "that are not due yet are listed the soonest first, parked ones too, without those that were tried or invoked": ({ store }) => {
    addCommands(
      store,
      { commandId: "later", dueAt: 300, type: "remind" },
      { commandId: "soon", dueAt: 200 },
      { commandId: "same", dueAt: 200, processId: "p-2", aggregateId: "other" },
      { commandId: "due", dueAt: 100 },
      { commandId: "invoked", dueAt: 200, lane: "own", invocation: INVOCATION },
      { commandId: "tried", dueAt: 200 },
    );
    const { seq } = store.commands.find("tried")!;
    write(store, () => store.commands.delay(seq, { attempts: 1, notBefore: 900, firstFailedAt: 90 }));
    write(store, () => store.commands.setParked("p-1", true));
    const list = (filter: Parameters<typeof store.commands.scheduled>[0], limit = 9, after?: { dueAt: number; seq: number }) =>
      store.commands.scheduled(filter, 100, limit, after).map(({ commandId }) => commandId);
    assert.deepEqual(list({}), ["soon", "same", "later"]);
    assert.deepEqual(list({ type: "remind" }), ["later"]);
    assert.deepEqual(list({ processId: "p-2", aggregateId: "other", process: "order/life" }), ["same"]);
    assert.deepEqual(list({ process: "order/other" }), []);
    const [first] = store.commands.scheduled({}, 100, 1, undefined);
    assert.deepEqual(list({}, 2, first), ["same", "later"]);
  },
  "are found by their id and by their key, parked or not, in their own instance, but for those that a chart has invoked": ({ store }) => {
    addCommands(
      store,
      { commandId: "1", key: "reminder" },
      { commandId: "2", key: "reminder", lane: "own", dueAt: 9_000 },
      { commandId: "3" },
      { commandId: "4", key: "reminder", lane: "own", invocation: INVOCATION },
      { commandId: "1", key: "reminder", processId: "p-2" },
    );
    write(store, () => store.commands.setParked("p-1", true));
    const find = (name: string) => store.commands.named("p-1", name).map(({ commandId }) => commandId);
    assert.deepEqual(["reminder", "3", "4", "nothing"].map(find), [["1", "2"], ["3"], [], []]);
    assert.deepEqual(
      store.commands.list("p-1").map(({ commandId, key, lane }) => [commandId, key, lane]),
      [
        ["1", "reminder", null],
        ["2", "reminder", "own"],
        ["3", null, null],
        ["4", "reminder", "own"],
      ],
    );
    assert.deepEqual(store.commands.list("p-3"), []);
  },
  "are counted by type where they are due, of the types asked for, parked ones left out": ({ store }) => {
    addCommands(
      store,
      { type: "mail" },
      { type: "mail", dueAt: 40 },
      { type: "print" },
      { type: "other" },
      { type: "mail", processId: "p-2" },
    );
    const due = (now: number, ...types: string[]) => Object.fromEntries(store.commands.countDue(now, types));
    assert.deepEqual(due(29, "mail", "print"), {});
    assert.deepEqual([due(30, "mail", "print", "absent"), due(40, "mail"), due(40)], [{ mail: 2, print: 1 }, { mail: 3 }, {}]);
    // One that waits for a retry is not due.
    write(store, () => store.commands.delay(nextCommand(store, "p-2", 100)!.seq, { attempts: 1, notBefore: 90, firstFailedAt: 30 }));
    assert.deepEqual([due(89, "mail"), due(90, "mail")], [{ mail: 2 }, { mail: 3 }]);
    write(store, () => store.commands.setParked("p-1", true));
    assert.deepEqual(due(90, "mail", "print"), { mail: 1 });
  },
  "say of which instances there are any, without those that are parked or have a lane of their own": ({ store }) => {
    addCommands(store, {}, {}, { processId: "p-2" }, { processId: "p-3", lane: "own" }, { processId: "p-4", dueAt: 9_000 });
    write(store, () => store.commands.setParked("p-2", true));
    assert.deepEqual([...store.commands.listBusy(["p-5", "p-4", "p-3", "p-2", "p-1"])].toSorted(), ["p-1", "p-4"]);
    assert.deepEqual(store.commands.listBusy([]), []);
  },
});
