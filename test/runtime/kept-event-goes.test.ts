import { describe, expect, it, onTestFinished } from "vitest";
import { decideIgnored } from "../../src/runtime/decide/decide-step.ts";
import { writeChanges } from "../../src/runtime/commit/write-changes.ts";
import { createMemory, defaultMemoryLimits } from "../../src/runtime/memory/memory.ts";
import { event, key } from "../../src/store/contract/rows.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";

const GOES_AT = 500;

/** A store with an event that is kept until `GOES_AT`, and what takes writes to it. */
function openKept() {
  const store = openSqliteStore({ path: ":memory:", synchronous: "normal" });
  onTestFinished(() => store.close());
  const memory = createMemory(store, defaultMemoryLimits(1));
  const put = (eventId: string, acceptedAt: number, keptUntil: number | null) =>
    store.transact(() => {
      const position = store.events.append(event({ eventId, acceptedAt }))!;
      store.mailbox.put({ ...key("a"), position, kind: "event", processId: null, generation: 0, starts: keptUntil === null, keptUntil });
    });
  /** A step of an instance that has ended, such as its timed-out handler. */
  const putStep = (acceptedAt: number) =>
    store.transact(() => {
      const position = store.events.append(event({ eventId: "timed-out", acceptedAt }))!;
      store.mailbox.put({ ...key("a"), position, kind: "timed_out", processId: "ended", generation: 0, starts: false });
    });
  put("early", 100, GOES_AT);
  const [kept] = store.mailbox.read(key("a"), 9);
  const go = () =>
    store.transact(() =>
      writeChanges({ store, memory, accept: () => [], deliver: () => expect.fail("nothing is delivered") }, decideIgnored(kept!)),
    );
  return { store, put, putStep, go, left: () => store.mailbox.read(key("a"), 9).map(({ event: { eventId } }) => eventId) };
}

describe("an event that is kept and whose moment has come", () => {
  it("goes", () => {
    const { go, left } = openKept();
    expect(go()).toMatchObject({ applied: true });
    expect(left()).toEqual([]);
  });

  it("stays if what starts its instance was accepted before the moment, in the same commit even", () => {
    const { put, go, left } = openKept();
    put("start", GOES_AT - 1, null);
    expect(go()).toMatchObject({ applied: false });
    expect(left()).toEqual(["early", "start"]);
  });

  it("goes although a step of an instance that has ended waits", () => {
    const { putStep, go, left } = openKept();
    putStep(GOES_AT - 1);
    expect(go()).toMatchObject({ applied: true });
    expect(left()).toEqual(["timed-out"]);
  });

  it("goes if that came at the moment or later", () => {
    const { put, go, left } = openKept();
    put("start", GOES_AT, null);
    expect(go()).toMatchObject({ applied: true });
    expect(left()).toEqual(["start"]);
  });
});
