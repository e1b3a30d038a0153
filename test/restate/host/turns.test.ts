import { type CommandHandlerArgs, defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import { LONGEST_KEY } from "../../../src/restate/key/key-size.ts";
import type { KeyExport } from "../../../src/restate/wire/messages.ts";
import type { KeptKey } from "../../../src/restate/wire/kept-key.ts";
import { openFake, START } from "../../support/fake-restate/open-fake.ts";
import { silentLogger } from "../../support/silent-logger.ts";

const SECOND = 1_000;
const DAY = 86_400_000;
const key = (aggregateId: string) => ({ process: "order/life", aggregateId });

/** A process that a server in memory runs, turn by turn, each of them twice. */
async function open(given: { readonly behindMs?: number; readonly retention?: object } = {}) {
  const ran: string[] = [];
  const asked: { readonly commandId: string; readonly aggregateId: string; readonly idempotencyKey: string }[] = [];
  const life = defineProcess({
    aggregate: "order",
    name: "life",
    startedBy: ["Placed"],
    completedBy: ["Done"],
    timeout: "1h",
    on: {
      Placed: async ({ event, commands }) => {
        ran.push(`placed ${event.aggregateId}`);
        await commands["pack"]!({ aggregateId: event.aggregateId, delay: "5s" });
      },
      Paid: ({ event, attempt }) => {
        ran.push(`paid ${event.aggregateId}, attempt ${attempt}`);
        if ((event.payload as { readonly fails?: boolean }).fails === true) throw new Error("the bank is closed");
      },
    },
    onTimedOut: ({ event }) => void ran.push(`timed out ${event.aggregateId}`),
  });
  const pack = ({ command, idempotencyKey }: CommandHandlerArgs) => {
    asked.push({ commandId: command.commandId, aggregateId: command.aggregateId, idempotencyKey });
  };
  const host = await openFake({ definitions: [life], commands: { pack }, logger: silentLogger, ...given });
  const core = (aggregateId: string) => JSON.parse(host.restate.state("order.life", aggregateId).get("core")!) as KeptKey;
  const statuses = async (aggregateId: string) => (await host.read(key(aggregateId))).instances.map(({ status }) => status);
  return { ...host, ran, asked, core, statuses };
}

describe("a key on Restate", () => {
  it("gives no two aggregates equal identities, although each counts from 1 and both have the same eventId", async () => {
    const { dispatch, advanceTo, asked } = await open();
    for (const aggregateId of ["left", "right"]) await dispatch({ type: "Placed", aggregateId, eventId: "evt-1" });
    await advanceTo(START + 10 * SECOND);
    expect(asked.map(({ aggregateId }) => aggregateId)).toEqual(["left", "right"]);
    expect(new Set(asked.flatMap(({ commandId, idempotencyKey }) => [commandId, idempotencyKey])).size).toBe(2);
  });

  it("takes an event once", async () => {
    const { dispatch, core, ran } = await open();
    for (let times = 0; times < 3; times += 1) await dispatch({ type: "Placed", aggregateId: "a", eventId: "e-1" });
    expect([core("a").accepted, ran]).toEqual([1, ["placed a"]]);
  });

  it("loads as much after many steps as after few, because what has happened lies apart", async () => {
    const { dispatch, restate, core } = await open();
    await dispatch({ type: "Placed", aggregateId: "a" });
    const size = () => restate.state("order.life", "a").get("core")!.length;
    await dispatch({ type: "Paid", aggregateId: "a" });
    const before = size();
    for (let times = 0; times < 30; times += 1) await dispatch({ type: "Paid", aggregateId: "a" });
    expect(size() - before).toBeLessThan(20);
    expect([...restate.state("order.life", "a").keys()].filter((name) => name.startsWith("h/")).length).toBe(core("a").lastJournal);
    expect(core("a").lastJournal).toBe(32);
  });

  it("arms one wake-up, for what is due next, and calls it off at the end", async () => {
    const { dispatch, core, restate, ran, advanceTo } = await open();
    await dispatch({ type: "Placed", aggregateId: "a" });
    expect(core("a").wake).toMatchObject({ at: START + 5 * SECOND, isLast: false });
    await advanceTo(START + 6 * SECOND);
    expect(core("a").wake).toMatchObject({ at: START + 3_600 * SECOND });
    await dispatch({ type: "Done", aggregateId: "a" });
    expect(core("a").wake).toBeNull();
    await advanceTo(START + 2 * 3_600 * SECOND);
    // The one for the command came, and the one for the timeout did not.
    expect([restate.sent.filter(({ method }) => method === "wake").length, ran]).toEqual([2, ["placed a"]]);
  });

  it("times out behind what was accepted by then, and not before an event that occurred before the deadline", async () => {
    const { dispatch, advanceTo, ran, restate, clock, statuses } = await open();
    await dispatch({ type: "Placed", aggregateId: "a" });
    await advanceTo(START + 10 * SECOND);
    clock.moveTo(START + 3_600 * SECOND);
    // The wake-up is in the key's queue by now, and this is behind it.
    const event = { eventId: "e-9", type: "Done", aggregateId: "a", payload: "{}", occurredAt: START + 20 * SECOND };
    void restate.call("order.life", "a", "accept", { ...event, acceptedAt: clock.now(), correlationId: null, causationId: null });
    await restate.drain();
    expect([await statuses("a"), ran]).toEqual([["completed"], ["placed a"]]);
  });

  it("looks again with a floor if the clock of the services is behind the server's, and then takes the step", async () => {
    const { dispatch, advanceTo, restate, statuses } = await open({ behindMs: 5 * SECOND });
    await dispatch({ type: "Placed", aggregateId: "a" });
    await advanceTo(START + 3_700 * SECOND);
    expect(await statuses("a")).toEqual(["timed_out"]);
    const wakes = restate.sent.filter(({ method }) => method === "wake");
    // Five seconds of looking at once would be thousands.
    expect(wakes.length).toBeLessThan(50);
    expect(wakes.every(({ delay, parameter }) => (delay ?? 0) >= 250 || (parameter as { isLast: boolean }).isLast)).toBe(true);
  });

  it("does nothing at a wake-up that is out of date, or at the result of a command that nobody waits for", async () => {
    const { dispatch, restate, core } = await open();
    await dispatch({ type: "Placed", aggregateId: "a" });
    const before = restate.state("order.life", "a").get("core");
    await restate.call("order.life", "a", "wake", { at: START, isLast: false });
    await restate.call("order.life", "a", "commandSettled", { seq: 1, commandId: "c", result: { outcome: "cut" }, now: START });
    expect(restate.state("order.life", "a").get("core")).toBe(before);
    expect(core("a").commands.length).toBe(1);
  });

  it("makes a dead letter of an event that has no room, and takes it when there is room again", async () => {
    const { dispatch, restate, core, advanceTo, read: readKey, ran } = await open();
    const read = (aggregateId: string) => readKey(key(aggregateId));
    await dispatch({ type: "Placed", aggregateId: "a" });
    await dispatch({ type: "Paid", aggregateId: "a", payload: { fails: true, much: "x".repeat(LONGEST_KEY / 2) } });
    const parked = { type: "Paid", aggregateId: "a", payload: { much: "x".repeat(LONGEST_KEY / 2) } };
    await dispatch(parked);
    const [full] = (await read("a")).letters.filter(({ handler }) => handler === "accept");
    expect(JSON.parse(full!.error)).toMatchObject({ code: "KEY_FULL" });
    expect([full!.blocks, core("a").entries.length]).toEqual([false, 1]);
    // The attempts of the one that waits are over, and its letter is discarded with its instance: then there is room.
    await advanceTo(START + 60 * SECOND);
    const [blocking] = (await read("a")).letters.filter(({ blocks }) => blocks);
    const settle = (deadLetterId: string, settlement: object) => restate.call("order.life", "a", "settle", { deadLetterId, settlement });
    await settle(blocking!.deadLetterId, { kind: "discard", reason: null });
    await dispatch({ type: "Placed", aggregateId: "a" });
    await settle(full!.deadLetterId, { kind: "retry" });
    await restate.drain();
    expect(ran.filter((what) => what.startsWith("paid"))).toEqual([1, 2, 3, 4, 1].map((attempt) => `paid a, attempt ${attempt}`));
  });

  it("forgets the journal and then the rest of an instance that has ended, and then the key", async () => {
    const { dispatch, advanceTo, restate } = await open({ retention: { journal: "10d", ended: "20d" } });
    await dispatch({ type: "Placed", aggregateId: "a" });
    await dispatch({ type: "Done", aggregateId: "a" });
    await advanceTo(START + 9 * DAY);
    const names = () => [...restate.state("order.life", "a").keys()].map((name) => name.slice(0, 2)).toSorted();
    expect(names()).toEqual(["co", "h/", "h/", "h/", "i/"]);
    await advanceTo(START + 11 * DAY);
    expect(names()).toEqual(["co", "i/"]);
    await advanceTo(START + 21 * DAY);
    expect(names()).toEqual([]);
  });

  it("goes on where another host left it, takes an import once, and none into a key that is in use", async () => {
    const { dispatch, restate, core, advanceTo, ran, asked } = await open();
    await dispatch({ type: "Placed", aggregateId: "from", eventId: "e-1" });
    const { lastJournal: _journal, running: _running, wake: _wake, importedFrom: _from, ...kept } = core("from");
    const instance = { ...kept.instances[0]!, aggregateId: "to" };
    const moved = JSON.parse(JSON.stringify(kept).replaceAll('"from"', '"to"')) as KeyExport["kept"];
    const given: KeyExport = {
      importId: "export-1",
      kept: { ...moved, seen: [{ eventId: "e-1", until: START + DAY }] },
      instances: [instance],
      letters: [],
      journal: [{ processId: instance.processId, at: START, kind: "started", data: "{}" }],
    };
    expect(await restate.call("order.life", "to", "importKey", given)).toBe(true);
    expect(await restate.call("order.life", "to", "importKey", given)).toBe(false);
    await expect(restate.call("order.life", "from", "importKey", { ...given, importId: "export-2" })).rejects.toThrow("KEY_IN_USE");
    expect(await restate.call("order.life", "to", "beginKey", { importId: "export-1" })).toBe(true);
    await dispatch({ type: "Placed", aggregateId: "to", eventId: "e-1" });
    await advanceTo(START + 3_700 * SECOND);
    expect(ran).toEqual(["placed from", "timed out from", "timed out to"]);
    expect(asked.map(({ aggregateId }) => aggregateId)).toEqual(["from", "to"]);
  });
});
