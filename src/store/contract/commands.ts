import assert from "node:assert/strict";
import type { CommandRecord } from "../commands.ts";
import { command, INVOCATION } from "./rows.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { addCommands, nextCommand, write } from "./write-rows.ts";

export const commandRules: readonly StoreRule[] = named("commands", {
  "are ready with as many failed attempts as they have, while they are there and not parked": ({ store }) => {
    const seq = write(store, () => store.commands.add(command()));
    assert.equal(store.commands.isReady(seq, 0), true);
    assert.equal(store.commands.isReady(seq, 1), false);
    assert.equal(store.commands.isReady(seq + 1, 0), false);
    write(store, () => store.commands.delay(seq, { attempts: 1, notBefore: 100, firstFailedAt: 50 }));
    assert.equal(store.commands.isReady(seq, 1), true);
    write(store, () => store.commands.setParked("p-1", true));
    assert.equal(store.commands.isReady(seq, 1), false);
    write(store, () => store.commands.remove(seq));
    assert.equal(store.commands.isReady(seq, 1), false);
  },
  "come back as they were added, not yet tried": ({ store }) => {
    const given = command();
    write(store, () => store.commands.add(given));
    const { seq, ...record } = nextCommand(store, "p-1", 100)!;
    assert.equal(typeof seq, "number");
    assert.deepEqual(record, { ...given, attempts: 0, notBefore: null, firstFailedAt: null, generation: 0 });
  },
  "keep the span in which they were dispatched, also in the place of another": ({ store }) => {
    const seq = write(store, () => store.commands.add(command({ traceparent: "00-1" })));
    const stored = nextCommand(store, "p-1", 100)!;
    assert.equal(stored.traceparent, "00-1");
    write(store, () => store.commands.remove(seq));
    write(store, () => store.commands.restore(stored));
    assert.deepEqual(nextCommand(store, "p-1", 100), stored);
  },
  "of one instance come in the order in which they were due, those of one moment in the order of dispatch": ({ store }) => {
    addCommands(
      store,
      { commandId: "last", dueAt: 500 },
      { commandId: "first", dueAt: 10 },
      { commandId: "second", dueAt: 10 },
      { commandId: "other", processId: "p-2", dueAt: 0 },
    );
    const take = (now: number) => {
      const next = nextCommand(store, "p-1", now);
      if (next !== undefined) write(store, () => store.commands.remove(next.seq));
      return next?.commandId;
    };
    assert.equal(nextCommand(store, "p-1", 9), undefined);
    assert.deepEqual([take(10), take(499), take(499), take(500), take(500)], ["first", "second", undefined, "last", undefined]);
  },
  "that wait for a retry keep their place": ({ store }) => {
    addCommands(store, { commandId: "first" }, { commandId: "second" });
    const { seq } = nextCommand(store, "p-1", 100)!;
    write(store, () => store.commands.delay(seq, { attempts: 1, notBefore: 9_000, firstFailedAt: 90 }));
    const next = nextCommand(store, "p-1", 100)!;
    assert.deepEqual([next.commandId, next.notBefore], ["first", 9_000]);
  },
  "that have been tried keep their turn before those that were due earlier and come later": ({ store }) => {
    addCommands(store, { commandId: "tried", dueAt: 50 }, { commandId: "second", dueAt: 50 });
    const { seq } = nextCommand(store, "p-1", 100)!;
    write(store, () => store.commands.delay(seq, { attempts: 1, notBefore: 9_000, firstFailedAt: 90 }));
    addCommands(store, { commandId: "earlier", dueAt: 10 });
    const read = (limit: number) => store.commands.read("p-1", limit).map(({ commandId }) => commandId);
    assert.deepEqual([1, 2, 9].map(read), [["tried"], ["tried", "earlier"], ["tried", "earlier", "second"]]);
    write(store, () => store.commands.setParked("p-1", true));
    assert.deepEqual(read(9), []);
    write(store, () => store.commands.setParked("p-1", false));
    assert.deepEqual(read(1), ["tried"]);
  },
  "with a lane of their own are in no other, and it is named by the instance, a space and the command": ({ store }) => {
    addCommands(
      store,
      { commandId: "mail-1" },
      { commandId: "charge-1", lane: "own", invocation: INVOCATION },
      { commandId: "charge-2", lane: "own" },
    );
    const read = (lane: string) => store.commands.read(lane, 9).map(({ commandId }) => commandId);
    assert.deepEqual(["p-1", "p-1 charge-1", "p-1 charge-2", "p-1 mail-1", "p-2 charge-1"].map(read), [
      ["mail-1"],
      ["charge-1"],
      ["charge-2"],
      [],
      [],
    ]);
    const due = store.timers.due("command", undefined, 9_000, 9).map(({ lane }) => lane);
    assert.deepEqual(due, ["p-1", "p-1 charge-1", "p-1 charge-2"]);
  },
  "with a lane of their own are not held back with the others, unless a chart has invoked them": ({ store }) => {
    addCommands(
      store,
      { commandId: "in-order" },
      { commandId: "beside", lane: "own" },
      { commandId: "invoked", lane: "own", invocation: INVOCATION },
    );
    const read = () => ["p-1", "p-1 beside", "p-1 invoked"].map((lane) => store.commands.read(lane, 9).length);
    write(store, () => store.commands.setParked("p-1", true));
    assert.deepEqual(
      [read(), store.commands.readParked("p-1").map(({ commandId }) => commandId)],
      [
        [0, 1, 0],
        ["in-order", "invoked"],
      ],
    );
    write(store, () => store.commands.setParked("p-1", false));
    assert.deepEqual(read(), [1, 1, 1]);
  },
  "keep their lane and their key when they go back": ({ store }) => {
    addCommands(store, { commandId: "1", key: "reminder", lane: "own" });
    const [first] = store.commands.list("p-1");
    write(store, () => store.commands.remove(first!.seq));
    write(store, () => store.commands.restore({ ...first!, generation: 1 }));
    assert.deepEqual(store.commands.read("p-1 1", 1), [{ ...first!, generation: 1 }]);
  },
  "are removed once, and a failed attempt is noted once": ({ store }) => {
    addCommands(store, {});
    const { seq } = nextCommand(store, "p-1", 100)!;
    const delay = (attempts: number) =>
      write(store, () => store.commands.delay(seq, { attempts, notBefore: 20 * attempts, firstFailedAt: 10 }));
    assert.equal(delay(2), false);
    assert.equal(delay(1), true);
    assert.equal(delay(1), false);
    const { attempts, notBefore, firstFailedAt } = nextCommand(store, "p-1", 100)!;
    assert.deepEqual([attempts, notBefore, firstFailedAt], [1, 20, 10]);
    assert.equal(
      write(store, () => store.commands.remove(seq)),
      true,
    );
    assert.equal(
      write(store, () => store.commands.remove(seq)),
      false,
    );
    assert.equal(delay(2), false);
    assert.equal(nextCommand(store, "p-1", 100), undefined);
  },
  "go back to the place they had, before those that were dispatched after them": ({ store }) => {
    addCommands(store, { commandId: "first" }, { commandId: "second" });
    const first = nextCommand(store, "p-1", 100)!;
    write(store, () => store.commands.remove(first.seq));
    assert.equal(nextCommand(store, "p-1", 100)!.commandId, "second");
    const again: CommandRecord = { ...first, attempts: 0, notBefore: null, generation: 1 };
    write(store, () => store.commands.restore(again));
    assert.deepEqual(nextCommand(store, "p-1", 100), again);
  },
  "are held back while they are parked, except what timed-out and failed handlers dispatched": ({ store }) => {
    addCommands(
      store,
      { commandId: "parked" },
      { commandId: "parked too", dueAt: 500 },
      { commandId: "free", origin: "failed" },
      { commandId: "other", processId: "p-2" },
    );
    write(store, () => store.commands.setParked("p-1", true));
    assert.equal(nextCommand(store, "p-1", 1_000)!.commandId, "free");
    assert.equal(nextCommand(store, "p-2", 1_000)!.commandId, "other");
    assert.deepEqual(
      store.commands.readParked("p-1").map(({ commandId }) => commandId),
      ["parked", "parked too"],
    );
    assert.deepEqual(store.commands.counts(1_000), { pending: 2, overdue: 2, parked: 2 });
    write(store, () => store.commands.setParked("p-1", false));
    assert.equal(nextCommand(store, "p-1", 1_000)!.commandId, "parked");
    assert.deepEqual(store.commands.counts(100), { pending: 4, overdue: 3, parked: 0 });
  },
  "of one instance are read up to a limit, without those that are parked": ({ store }) => {
    addCommands(store, { commandId: "3", dueAt: 30 }, { commandId: "1", dueAt: 10 }, { commandId: "2", dueAt: 20 }, { processId: "p-2" });
    const read = (processId: string, limit: number) => store.commands.read(processId, limit).map(({ commandId }) => commandId);
    assert.deepEqual(read("p-1", 2), ["1", "2"]);
    assert.deepEqual(read("p-1", 99), ["1", "2", "3"]);
    write(store, () => store.commands.setParked("p-1", true));
    assert.deepEqual(read("p-1", 99), []);
  },
  "say their place in the order of dispatch when they are added": ({ store }) => {
    const seqs = write(store, () => ["1", "2"].map((commandId) => store.commands.add(command({ commandId }))));
    assert.deepEqual(
      store.commands.read("p-1", 9).map(({ seq }) => seq),
      seqs,
    );
    assert.ok(seqs[0]! < seqs[1]!);
  },
});
