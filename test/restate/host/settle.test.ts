import { defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import { openFake, START } from "../../support/fake-restate/open-fake.ts";
import { createGate } from "../../support/gate.ts";
import { silentLogger } from "../../support/silent-logger.ts";

const key = { process: "order/life", aggregateId: "a" };

/** A process whose first attempt fails for good, and whose second waits for the gate. */
async function openFailed() {
  const gate = createGate();
  const ran: string[] = [];
  const life = defineProcess({
    aggregate: "order",
    name: "life",
    startedBy: ["Placed"],
    completedBy: ["Done"],
    timeout: "1h",
    on: {
      Placed: async () => {
        ran.push("placed");
        if (ran.length === 1) throw new Error("the bank is closed");
        await gate.opened;
      },
    },
  });
  const host = await openFake({ definitions: [life], processes: { retry: { retryStrategy: "none" } }, logger: silentLogger });
  await host.dispatch({ type: "Placed", aggregateId: "a" });
  const [letter] = (await host.read(key)).letters;
  const settle = (settlement: object) => host.restate.call("order.life", "a", "settle", { deadLetterId: letter!.deadLetterId, settlement });
  return { ...host, ran, gate, settle };
}

describe("the settlement of a dead letter on Restate", () => {
  it("of a retry resolves before the step runs, which comes next", async () => {
    const { settle, gate, ran, restate, read } = await openFailed();
    await settle({ kind: "retry" });
    expect((await read(key)).letters.map(({ status }) => status)).toEqual(["retried"]);
    expect((await read(key)).instances[0]!.status).toBe("started");
    gate.open();
    await restate.drain();
    expect(ran).toEqual(["placed", "placed"]);
    expect((await read(key)).entries).toEqual([]);
  });

  it("of a discard lets the timeout of the instance go, and wakes nobody", async () => {
    const { settle, restate, read, advanceTo, ran } = await openFailed();
    const before = restate.sent.length;
    await settle({ kind: "discard", reason: "it was a test" });
    await advanceTo(START + 7_200_000);
    expect((await read(key)).instances.map(({ status, endedAt }) => [status, endedAt !== null])).toEqual([["failed", true]]);
    expect([restate.sent.slice(before).map(({ method }) => method), ran]).toEqual([["forget"], ["placed"]]);
  });
});
