import { defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import { openFake, START } from "../../support/fake-restate/open-fake.ts";
import { createGate } from "../../support/gate.ts";
import { silentLogger } from "../../support/silent-logger.ts";

const key = { process: "order/life", aggregateId: "a" };
const HOUR = 3_600_000;

/** A process whose command waits for the gate, unless it is open. */
async function open() {
  const gate = createGate();
  const ran: string[] = [];
  const life = defineProcess({
    aggregate: "order",
    name: "life",
    startedBy: ["Placed"],
    completedBy: ["Done"],
    timeout: "1h",
    failedTimeout: "1h",
    on: {
      Placed: async ({ commands }) => {
        await commands["remind"]!({ aggregateId: "a", delay: "30m" });
        ran.push("placed");
      },
      Noted: () => {
        ran.push("noted");
      },
      Broken: () => {
        throw new Error("the bank is closed");
      },
    },
    onTimedOut: () => void ran.push("timed out"),
    onCancelled: ({ event }) => void ran.push(`cancelled ${JSON.stringify(event.payload)}`),
  });
  const remind = async () => {
    ran.push("remind");
    await gate.opened;
  };
  const options = { definitions: [life], commands: { remind }, processes: { retry: { retryStrategy: "none" as const } } };
  const host = await openFake({ ...options, logger: silentLogger });
  await host.dispatch({ type: "Placed", aggregateId: "a" });
  const instance = async () => (await host.read(key)).instances.at(-1)!;
  const { processId } = await instance();
  const change = (kind: string, more: object = {}) =>
    host.restate.call("order.life", "a", "change", { kind, processId, reason: null, by: "ada", ...more });
  return { ...host, ran, gate, instance, change };
}

describe("an instance on Restate", () => {
  it("is cancelled with what waits, and its handler follows", async () => {
    const { change, instance, read, restate, advanceTo, ran } = await open();
    await change("cancel-instance", { reason: "stolen" });
    await restate.drain();
    expect(await instance()).toMatchObject({ status: "cancelled", endedAt: START, dueAt: null });
    await advanceTo(START + 2 * HOUR);
    expect(ran).toEqual(["placed", expect.stringMatching(/^cancelled .*"reason":"stolen","by":"ada"/)]);
    expect((await read(key)).commands).toEqual([]);
    await expect(change("cancel-instance")).rejects.toThrow("has ended");
  });

  it("has the command that runs called off when it is cancelled", async () => {
    const { change, read, advanceTo, restate, gate, ran } = await open();
    await advanceTo(START + HOUR / 2);
    expect(ran).toContain("remind");
    await change("cancel-instance");
    gate.open();
    await restate.drain();
    expect((await read(key)).commands).toEqual([]);
  });

  it("waits while it is suspended, with its timeout and its commands, and goes on in the order of their moments", async () => {
    const { change, instance, dispatch, restate, advanceTo, gate, ran } = await open();
    gate.open();
    await change("suspend-instance");
    await dispatch({ type: "Noted", aggregateId: "a" });
    await advanceTo(START + 2 * HOUR);
    expect(ran).toEqual(["placed"]);
    expect(await instance()).toMatchObject({ status: "started", suspended: expect.stringContaining('"by":"ada"') });
    await expect(change("suspend-instance")).rejects.toThrow("is suspended already by ada");
    await change("resume-instance");
    await restate.drain();
    expect(ran).toEqual(["placed", "noted", "remind", "timed out"]);
    expect(await instance()).toMatchObject({ status: "timed_out", endedAt: START + HOUR, suspended: null });
  });

  it("times out when an operator says, and is discarded when nobody settles its letter in time", async () => {
    const { change, instance, advanceTo, ran } = await open();
    await change("reschedule-instance", { dueAt: START + 60_000 });
    await advanceTo(START + 60_000);
    expect([await instance(), ran.at(-1)]).toMatchObject([{ status: "timed_out" }, "timed out"]);
    const other = await open();
    other.gate.open();
    await other.dispatch({ type: "Broken", aggregateId: "a" });
    expect(await other.instance()).toMatchObject({ status: "failed", endedAt: null });
    await other.advanceTo(START + HOUR);
    expect(await other.instance()).toMatchObject({ status: "failed", endedAt: START + HOUR });
    expect((await other.read(key)).letters).toMatchObject([{ status: "discarded" }]);
  });
});
