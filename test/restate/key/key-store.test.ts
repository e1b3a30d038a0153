import { storeContract, type StoreUnderTest } from "perdure/testing/store-contract";
import { describe, expect, test as it } from "vitest";
import { command, event, instance, key, letter } from "../../../src/store/contract/rows.ts";
import type { DeadLetterRecord } from "../../../src/store/dead-letters.ts";
import type { Store } from "../../../src/store/store.ts";
import { createKeptKey, tidyKey, transact } from "../../../src/restate/key/kept-key.ts";
import { createKeyStore, createWrittenRows } from "../../../src/restate/key/key-store.ts";

/**
 * The rules of the contract that a store of one key can be held to. It does not know events that were handled, so that whoever brings them tells
 * repeated ones apart. The other rules call what is not in `KeyedStore` (views, timers, counts,
 * transactions that are rolled back), put rows of several keys into one store, or look for what has been handled or settled, which is not kept.
 */
const rules = [
  "events: are given positions that grow",
  "events: come back at their position, and one that is still there stays as it is",
  "the mailbox: gives back an entry with the event it is about",
  "the mailbox: gives handler steps first, also those behind more events than were asked for",
  "the mailbox: shows the first events behind any number of handler steps, and those steps first that wait for no retry",
  "the mailbox: notes a failed attempt once, where the entry is there with one attempt less",
  "the mailbox: knows whether an event that occurred before a moment waits, handler steps aside",
  "instances: are open until they have ended, failed ones too, and only one of a key at a time",
  "commands: come back as they were added, not yet tried",
  "commands: of one instance come in the order in which they were due, those of one moment in the order of dispatch",
  "commands: that wait for a retry keep their place",
  "commands: that have been tried keep their turn before those that were due earlier and come later",
  "commands: with a lane of their own are not held back with the others, unless a chart has invoked them",
  "commands: are found by their id and by their key, parked or not, in their own instance, but for those that a chart has invoked",
  "commands: keep their lane and their key when they go back",
  "commands: are removed once, and a failed attempt is noted once",
  "commands: go back to the place they had, before those that were dispatched after them",
  "commands: of one instance are read up to a limit, without those that are parked",
  "commands: say their place in the order of dispatch when they are added",
  "dead letters: come back as they were added",
  "dead letters: are settled once",
];

describe("a store of one key", () => {
  it.each(rules)("%s", (name) => {
    const rule = storeContract.find((each) => each.name === name);
    if (rule === undefined) throw new Error(`the contract has no rule "${name}"`);
    rule.check(openStore());
  });

  it("marks the events that wait as drained, but for those retried themselves, and no handler step", () => {
    const { store } = openStore();
    const put = (eventId: string, kind: "event" | "failed", generation: number) => {
      const position = store.events.append(event({ eventId }))!;
      store.mailbox.put({ ...key("a"), position, kind, processId: null, generation, starts: false });
    };
    put("parked", "event", 0);
    put("retried", "event", 1);
    put("own", "failed", 0);
    store.mailbox.markDrained(key("b"));
    expect(store.mailbox.read(key("a"), 9).filter(({ drained }) => drained)).toEqual([]);
    store.mailbox.markDrained(key("a"));
    expect(store.mailbox.read(key("a"), 9).map((entry) => [entry.event.eventId, entry.drained])).toEqual([
      ["own", false],
      ["parked", true],
      ["retried", false],
    ]);
  });

  it("parks the commands that event handlers dispatched, and gives them back in the order of dispatch", () => {
    const { store } = openStore();
    const add = (commandId: string, dueAt: number, origin: "event" | "failed") => store.commands.add(command({ commandId, dueAt, origin }));
    add("later", 9, "event");
    add("sooner", 5, "event");
    add("own", 7, "failed");
    const read = () => store.commands.read("p-1", 9).map(({ commandId }) => commandId);
    store.commands.setParked("p-1", true);
    expect([read(), store.commands.readParked("p-1").map(({ commandId }) => commandId)]).toEqual([["own"], ["later", "sooner"]]);
    store.commands.setParked("p-1", false);
    expect([read(), store.commands.readParked("p-1")]).toEqual([["sooner", "own", "later"], []]);
  });

  it("writes nothing of what is done in one piece if a part of it fails", () => {
    const { store } = openStore();
    const write = () => {
      store.events.append(event({ eventId: "e-1" }));
      store.commands.add(command());
      throw new Error("cut");
    };
    expect(() => store.transact(write)).toThrow("cut");
    expect([store.events.has("e-1"), store.commands.read("p-1", 9)]).toEqual([false, []]);
    expect(store.events.append(event({ eventId: "e-2" }))).toBe(1);
  });

  it("tells whether an entry that is removed was there", () => {
    const { store } = openStore();
    const position = store.events.append(event())!;
    store.mailbox.put({ ...key("a"), position, kind: "event", processId: null, generation: 0, starts: false });
    expect([store.mailbox.remove(key("b"), position), store.mailbox.remove(key("a"), position)]).toEqual([false, true]);
    expect([store.mailbox.remove(key("a"), position), store.mailbox.read(key("a"), 9)]).toEqual([false, []]);
  });

  it("takes no event that the key had seen before it came, until that is forgotten", () => {
    const { store, kept } = openStore();
    kept.seen = [{ eventId: "e-1", until: 100 }];
    expect([store.events.has("e-1"), store.events.append(event({ eventId: "e-1" })), kept.lastPosition]).toEqual([true, undefined, 0]);
    tidyKey(kept, 99);
    expect(store.events.append(event({ eventId: "e-1" }))).toBeUndefined();
    tidyKey(kept, 100);
    expect(store.events.append(event({ eventId: "e-1" }))).toBe(1);
  });

  it("keeps letters that are open and of an instance; it settles others that it is given, and knows what it has written", () => {
    const beside = letter({ deadLetterId: "beside", processId: "" });
    const { store, kept, written } = openStore((id) => (id === "beside" ? beside : undefined));
    store.deadLetters.add(letter({ deadLetterId: "of-one", processId: "p-1" }));
    store.deadLetters.add(letter({ deadLetterId: "of-none", processId: "" }));
    expect(kept.letters.map(({ deadLetterId }) => deadLetterId)).toEqual(["of-one"]);
    const settlement = { status: "discarded", settledAt: 7, settledBy: null, reason: null } as const;
    expect(["of-one", "of-none", "beside", "unheard"].map((id) => store.deadLetters.settle(id, settlement))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(store.deadLetters.settle("of-one", settlement)).toBe(false);
    expect([kept.letters, store.deadLetters.get("of-one")?.status]).toEqual([[], "discarded"]);
    expect([...written.letters.values()].map(({ deadLetterId, status }) => `${deadLetterId} ${status}`)).toEqual([
      "of-one discarded",
      "of-none discarded",
      "beside discarded",
    ]);
  });

  it("forgets instances that have ended, once they have no command, no step and no letter", () => {
    const { kept, store } = openStore();
    store.instances.add(instance({ processId: "p-0", endedAt: 5 }));
    store.instances.add(instance({ processId: "p-1", endedAt: 6 }));
    store.instances.add(instance({ processId: "p-2", endedAt: null }));
    const seq = store.commands.add(command());
    tidyKey(kept, 9);
    expect(kept.instances.map(({ processId }) => processId)).toEqual(["p-1", "p-2"]);
    store.commands.remove(seq);
    tidyKey(kept, 9);
    expect(kept.instances.map(({ processId }) => processId)).toEqual(["p-2"]);
  });

  it("takes nothing for another key", () => {
    const { store } = openStore();
    const position = store.events.append(event())!;
    const entry = { position, kind: "event", processId: null, generation: 0, starts: false } as const;
    expect(() => store.mailbox.put({ ...key("b"), ...entry })).toThrow("cannot hold position 1 of order/life b");
  });
});

function openStore(findLetter?: (deadLetterId: string) => DeadLetterRecord | undefined) {
  const kept = createKeptKey(key("a"));
  const written = createWrittenRows();
  // The rules that are picked call nothing else of a store.
  const store = {
    ...createKeyStore(kept, written, findLetter),
    transact: (work: () => unknown) => transact(kept, work),
  } as unknown as Store;
  const reopen: StoreUnderTest["reopen"] = () => {
    throw new Error("a store of one key is not opened again");
  };
  return { store, reopen, kept, written };
}
