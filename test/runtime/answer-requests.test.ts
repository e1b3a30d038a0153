import { describe, expect, test as it } from "vitest";
import { ProcessError } from "../../src/errors.ts";
import { silentLogger } from "../../src/platform/logger.ts";
import type { CommitFeed } from "../../src/runtime/commit/commit-feed.ts";
import type { Run } from "../../src/runtime/run/run.ts";
import { createRequestRunner } from "../../src/runtime/worker/answer-requests.ts";
import { nameTarget } from "../../src/store/intervention.ts";
import type { RequestBody, RequestRecord, Requests } from "../../src/store/requests.ts";

const wake = (aggregateId: string): RequestBody => ({ kind: "wake", mailboxes: [{ process: "order/life", aggregateId }], accepted: 1 });
const wakes = (count: number) => Array.from({ length: count }, (_, index) => wake(`o-${index}`));
const retry = (deadLetterId: string): RequestBody => ({ kind: "retry", deadLetterId });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Requests in memory. `reads`: how many rows each look was given. */
function createRequests(bodies: readonly RequestBody[]) {
  let rows: RequestRecord[] = bodies.map((body, index) => ({ id: index + 1, requestedAt: 0, body }));
  const reads: number[] = [];
  const answered: number[] = [];
  const take = (id: number) => void (rows = rows.filter((row) => row.id !== id));
  const requests = {
    open: (limit: number) => {
      const found = rows.slice(0, limit);
      reads.push(found.length);
      return found;
    },
    remove: take,
    answer: (id: number) => {
      answered.push(id);
      take(id);
    },
  } as unknown as Requests;
  return { requests, reads, answered, left: () => rows.length };
}

/** A runner whose writes take effect when the test says so. */
function openRunner(bodies: readonly RequestBody[], intervene: Run["intervene"] = () => Promise.resolve()) {
  const { requests, ...seen } = createRequests(bodies);
  const writes: (() => void)[] = [];
  const woken: string[] = [];
  let wanted = 0;
  const runner = createRequestRunner({
    requests,
    write: (work) =>
      new Promise((resolve, reject) => {
        writes.push(() => {
          try {
            resolve(work());
          } catch (error) {
            reject(error);
          }
        });
      }),
    isMainStore: true,
    run: { wake: (ids: readonly string[]) => void woken.push(...ids), wakeLanes: () => {}, intervene } as unknown as Run,
    feed: { add: () => {}, publish: () => {} } as unknown as CommitFeed,
    logger: silentLogger,
    lookAgain: () => (wanted += 1),
  });
  const commit = async () => {
    for (const write of writes.splice(0)) write();
    await turn();
  };
  return { runner, ...seen, woken, commit, wanted: () => wanted };
}

describe("the runner of requests", () => {
  it("has one page in hand, however many there are, and asks to look again when that is done", async () => {
    const { runner, reads, woken, commit, wanted, left } = openRunner(wakes(1_300));
    runner.look();
    runner.look();
    runner.look();
    expect(Math.max(...reads)).toBeLessThan(1_000);
    expect(woken).toEqual([]);
    await commit();
    const page = woken.length;
    expect(page).toBe(reads[0]);
    expect([left(), wanted(), runner.isBehind]).toEqual([1_300 - page, 1, true]);
    for (let round = 0; wanted() > round && round < 10; round += 1) {
      runner.look();
      await commit();
    }
    expect(new Set(woken).size).toBe(1_300);
    expect([left(), runner.isBehind]).toEqual([0, false]);
  });

  it("does not ask to look again at what has failed, and is behind until it is looked at by itself", async () => {
    let fails = true;
    const settle = () => (fails ? Promise.reject(new Error("the disk is full")) : Promise.resolve());
    const { runner, answered, wanted } = openRunner([retry("d-1")], async (_intervention, alongside) => {
      await settle();
      alongside?.();
    });
    runner.look();
    await turn();
    expect([wanted(), runner.isBehind, answered]).toEqual([0, true, []]);
    fails = false;
    runner.look();
    await turn();
    expect([runner.isBehind, answered]).toEqual([false, [1]]);
  });

  it("answers a refusal, and takes what comes behind an intervention that waits for its instance", async () => {
    const never = new Promise<void>(() => {});
    const refused = Promise.reject(new ProcessError("DEAD_LETTER_SETTLED", "it was retried before"));
    const { runner, answered, woken, commit } = openRunner([retry("d-1"), retry("d-2"), wake("o-1")], (intervention) =>
      nameTarget(intervention) === "d-1" ? never : refused,
    );
    runner.look();
    await turn();
    await commit();
    expect(answered).toEqual([2]);
    expect(woken).toEqual(["order/life\no-1"]);
  });
});
