import { defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import { LONGEST_KEY } from "../../../src/restate/key/key-size.ts";
import { openFake, START } from "../../support/fake-restate/open-fake.ts";
import { silentLogger } from "../../support/silent-logger.ts";

const key = { process: "order/life", aggregateId: "a" };
const base = { aggregate: "order", name: "life", startedBy: ["Placed"], completedBy: [], timeout: "1d" } as const;

describe("a turn of a key on Restate", () => {
  it("gives the key to others after some steps, and goes on behind them", async () => {
    const ran: string[] = [];
    const life = defineProcess({
      ...base,
      on: {
        Placed: () => {
          if (ran.push("placed") === 1) throw new Error("the bank is closed");
        },
        Paid: () => void ran.push("paid"),
      },
    });
    const host = await openFake({ definitions: [life], processes: { retry: { retryStrategy: "none" } }, logger: silentLogger });
    await host.dispatch({ type: "Placed", aggregateId: "a" });
    for (let n = 0; n < 70; n += 1) await host.dispatch({ type: "Paid", aggregateId: "a" });
    const [letter] = (await host.read(key)).letters;
    const before = host.restate.sent.length;
    await host.restate.call("order.life", "a", "settle", { deadLetterId: letter!.deadLetterId, settlement: { kind: "retry" } });
    await host.restate.drain();
    expect(ran).toEqual(["placed", "placed", ...Array.from({ length: 70 }, () => "paid")]);
    // 71 steps are three turns, each at once, and then the timeout is waited for.
    const wakes = host.restate.sent.slice(before).filter(({ method }) => method === "wake");
    expect(wakes.map(({ delay = 0 }) => delay)).toEqual([0, 0, 0, 86_400_000]);
  });

  it("fails a step for good that would write more than the key can hold", async () => {
    const attempts: number[] = [];
    const life = defineProcess({
      ...base,
      on: {
        Placed: async ({ commands, attempt }) => {
          attempts.push(attempt);
          for (let n = 0; n < 2; n += 1) await commands["pack"]!({ aggregateId: "a", payload: { much: "x".repeat(LONGEST_KEY / 2) } });
        },
      },
    });
    const host = await openFake({ definitions: [life], commands: { pack: () => {} }, logger: silentLogger });
    await host.dispatch({ type: "Placed", aggregateId: "a" });
    await host.advanceTo(START + 3_600_000);
    const { letters, instances, commands } = await host.read(key);
    expect([instances[0]!.status, commands, attempts]).toEqual(["failed", [], [1]]);
    expect(letters.map(({ error }) => JSON.parse(error) as object)).toEqual([
      expect.objectContaining({ code: "KEY_FULL", message: expect.stringContaining("no room for what this step writes") }),
    ]);
  });
});
