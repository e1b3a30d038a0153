import assert from "node:assert/strict";
import { laneWithoutInstance } from "../../definition/model/lane.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { addCommands, write } from "./write-rows.ts";

const POLICY = "order/tell-stock-on-order-placed";

/** The lane of a policy's attempts, for an aggregate whose name has a space in it. */
const lane = laneWithoutInstance(POLICY, "a b");

const attempt = { type: POLICY, process: POLICY, processId: lane, payload: '{"type":"OrderPlaced"}' };

export const unownedRules: readonly StoreRule[] = named("commands without an instance", {
  "have a lane for each aggregate and owner, read in order": ({ store }) => {
    addCommands(store, { ...attempt, commandId: "c-1", dueAt: 40 }, { ...attempt, commandId: "c-2", dueAt: 30 });
    addCommands(store, { ...attempt, commandId: "c-3", processId: laneWithoutInstance("", "a b") });
    assert.deepEqual(
      store.commands.read(lane, 9).map(({ commandId }) => commandId),
      ["c-2", "c-1"],
    );
    assert.deepEqual(
      store.timers.due("command", undefined, 35, 9).map((timer) => timer.lane),
      [lane, laneWithoutInstance("", "a b")],
    );
  },
  "wait for a worker that has the policy": ({ store }) => {
    addCommands(store, { ...attempt, commandId: "c-1" }, { commandId: "c-2" });
    const others = [{ type: "OrderPlaced", process: "order/life", starts: true, version: 1 }];
    const own = [...others, { type: "OrderPlaced", process: POLICY, starts: false, version: 1, policy: true as const }];
    assert.equal(store.counters.countDue(100, others), 1);
    assert.equal(store.counters.countDue(100, own), 2);
    assert.equal(store.timers.countOverdue(100, ["order/life"]), 1);
    assert.equal(store.timers.countOverdue(100, ["order/life", POLICY]), 2);
    assert.deepEqual(store.counters.awaited(others), [
      { process: POLICY, type: "OrderPlaced", count: 1, oldestAcceptedAt: 20, policy: true },
    ]);
    assert.deepEqual(store.counters.awaited(own), []);
  },
  "may have a lane of their own, which is found by its name, whatever the id is": ({ store }) => {
    for (const commandId of ["a b", "a%20b", "%25"]) addCommands(store, { ...attempt, type: "sendMail", commandId, lane: "own" });
    const lanes = store.timers.due("command", undefined, 100, 9).map((timer) => timer.lane!);
    assert.deepEqual(
      lanes.map((each) => store.commands.read(each, 9).map(({ commandId }) => commandId)),
      [["a b"], ["a%20b"], ["%25"]],
    );
    assert.deepEqual(store.commands.read(lane, 9), []);
  },
  "are not parked with an instance": ({ store }) => {
    addCommands(store, { ...attempt, commandId: "c-1" });
    write(store, () => store.commands.setParked("p-1", true));
    assert.equal(store.commands.read(lane, 9).length, 1);
  },
});
