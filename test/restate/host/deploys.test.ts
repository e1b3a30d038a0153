import { defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import { z } from "zod";
import { type FakeHost, openFake, START } from "../../support/fake-restate/open-fake.ts";
import { silentLogger } from "../../support/silent-logger.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const key = { process: "order/life", aggregateId: "a" };

const ended = async (host: FakeHost) => (await host.read(key)).instances[0]!.status;

/** Each deploy serves a version of the process to the same server, in the place of the one before. */
function createDeploys() {
  const ran: string[] = [];
  const base = { aggregate: "order", name: "life", startedBy: ["Placed"], timeout: "1d" } as const;
  const retry = { maxRetries: 1, initialDelay: "1m", jitter: 0 } as const;
  const deploy = (definition: ReturnType<typeof defineProcess>, after?: FakeHost) =>
    openFake({ definitions: [definition], processes: { retry }, logger: silentLogger, ...(after !== undefined && { after }) });
  const countLooks = (host: FakeHost) => host.restate.sent.filter(({ method }) => method === "wake").length;
  return { ran, base, deploy, countLooks };
}

describe("a key on Restate, between deploys", () => {
  it("looks each minute whether there is a definition for an event that the one before has accepted", async () => {
    const { ran, base, deploy, countLooks } = createDeploys();
    const define = (completedBy: readonly string[]) =>
      defineProcess({
        ...base,
        completedBy,
        on: {
          Paid: ({ attempt }) => {
            ran.push(`paid, attempt ${attempt}`);
            if (attempt === 1) throw new Error("the bank is closed");
          },
        },
      });
    const newer = await deploy(define(["Delivered"]));
    await newer.dispatch({ type: "Placed", aggregateId: "a" });
    await newer.dispatch({ type: "Paid", aggregateId: "a" });
    await newer.dispatch({ type: "Delivered", aggregateId: "a" });
    // Paid waits for its retry, and Delivered behind it.
    const older = await deploy(define([]), newer);
    const before = countLooks(older);
    await older.advanceTo(START + 15 * MINUTE);
    expect([ran, await ended(older)]).toEqual([["paid, attempt 1", "paid, attempt 2"], "started"]);
    // One wake-up after the retry, and one after each minute since.
    expect(countLooks(older) - before).toBe(15);
    const again = await deploy(define(["Delivered"]), older);
    await again.advanceTo(START + 16 * MINUTE + SECOND);
    expect(await ended(again)).toBe("completed");
    expect((await again.read(key)).entries).toEqual([]);
  });

  it("touches no instance of a newer version, and goes on when that is deployed again", async () => {
    const { ran, base, deploy } = createDeploys();
    const define = (version: 1 | 2) =>
      defineProcess({
        ...base,
        completedBy: ["Delivered"],
        version,
        context: z.object({ paid: z.boolean().default(false) }),
        migrations: version === 1 ? {} : { "1-to-2": () => ({ context: { paid: false } }) },
        on: { Paid: () => void ran.push(`paid in version ${version}`) },
      });
    const newer = await deploy(define(2));
    await newer.dispatch({ type: "Placed", aggregateId: "a" });
    const older = await deploy(define(1), newer);
    await older.dispatch({ type: "Paid", aggregateId: "a" });
    await older.dispatch({ type: "Delivered", aggregateId: "a" });
    await older.advanceTo(START + 5 * MINUTE);
    expect([ran, await ended(older), (await older.read(key)).entries.length]).toEqual([[], "started", 2]);
    const again = await deploy(define(2), older);
    await again.advanceTo(START + 6 * MINUTE + SECOND);
    expect([ran, await ended(again)]).toEqual([["paid in version 2"], "completed"]);
  });
});
