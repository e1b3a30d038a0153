import * as fc from "fast-check";
import { describe, expect, test as it } from "vitest";
import { createSerialRunner, type SerialRunner } from "../../src/runtime/schedule/serial-runner.ts";

interface Options {
  readonly maxRunning?: number;
  readonly maxWaiting?: number;
  readonly refill?: (runner: SerialRunner) => void;
}

/** A runner whose runs end when they are told to. */
function create({ maxRunning = 4, maxWaiting = 100, refill = () => {} }: Options = {}) {
  const begun: string[] = [];
  const failed: unknown[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  let progress = 0;
  const runner: SerialRunner = createSerialRunner({
    run: (id) =>
      new Promise<void>((resolve, reject) => {
        begun.push(id);
        if (ends.has(id)) throw new Error(`${id} runs twice at a time`);
        ends.set(id, (error) => {
          ends.delete(id);
          if (error === undefined) resolve();
          else reject(error);
        });
      }),
    maxRunning,
    maxWaiting,
    refill: () => refill(runner),
    onError: (id, error) => void failed.push([id, (error as Error).message]),
    onProgress: () => (progress += 1),
  });
  const end = async (id: string, error?: Error) => {
    ends.get(id)!(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { runner, begun, failed, end, running: () => [...ends.keys()], progress: () => progress };
}

describe("a serial runner", () => {
  it("runs an id that is woken while it runs once more afterwards, however often it was woken", async () => {
    const { runner, begun, end } = create();
    runner.wake("a");
    runner.wake("a");
    runner.wake("a");
    expect(begun).toEqual(["a"]);
    await end("a");
    expect(begun).toEqual(["a", "a"]);
    await end("a");
    expect(begun).toEqual(["a", "a"]);
    expect(runner.isIdle).toBe(true);
  });

  it("runs no more ids side by side than it may, and the others in the order in which they were woken", async () => {
    const { runner, begun, end, running } = create({ maxRunning: 2 });
    for (const id of ["a", "b", "c", "d", "c"]) runner.wake(id);
    expect(running()).toEqual(["a", "b"]);
    await end("b");
    await end("a");
    expect(begun).toEqual(["a", "b", "c", "d"]);
    await end("c");
    await end("d");
    expect(runner.isIdle).toBe(true);
  });

  it("puts an id that is to run again behind those that wait", async () => {
    const { runner, begun, end } = create({ maxRunning: 1 });
    for (const id of ["a", "b", "a"]) runner.wake(id);
    await end("a");
    expect(begun).toEqual(["a", "b"]);
    await end("b");
    expect(begun).toEqual(["a", "b", "a"]);
  });

  it("goes on after a run that failed, and says which it was", async () => {
    const { runner, begun, failed, end, progress } = create({ maxRunning: 1 });
    runner.wake("a");
    runner.wake("b");
    await end("a", new Error("down"));
    expect(failed).toEqual([["a", "down"]]);
    expect(begun).toEqual(["a", "b"]);
    await end("b");
    expect(progress()).toBe(2);
  });

  it("forgets ids beyond its limit, is not idle then, and asks for them once half of its queue is free", async () => {
    const left = ["e", "f"];
    let refills = 0;
    const { runner, begun, end } = create({
      maxRunning: 1,
      maxWaiting: 3,
      refill: (runner) => {
        refills += 1;
        for (const id of left.splice(0)) runner.wake(id);
      },
    });
    for (const id of ["a", "b", "c", "d", "e", "f"]) runner.wake(id);
    expect(runner.hasRoom).toBe(false);
    expect(runner.isHalfEmpty).toBe(false);
    for (const id of ["a", "b", "c", "d"]) await end(id);
    expect(refills).toBe(1);
    for (const id of ["e", "f"]) await end(id);
    expect(begun).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(runner.isIdle).toBe(true);
  });

  it("is not idle while ids are left that found no room, and asks for them with noteMore", async () => {
    let refills = 0;
    const { runner, end } = create({ refill: () => void (refills += 1) });
    runner.wake("a");
    runner.noteMore();
    expect(runner.isIdle).toBe(false);
    await end("a");
    expect(refills).toBe(1);
    expect(runner.isIdle).toBe(true);
  });

  it("drains: what runs may end, nothing else begins, and it resolves then", async () => {
    const { runner, begun, end } = create({ maxRunning: 2 });
    for (const id of ["a", "b", "c", "a"]) runner.wake(id);
    let isDrained = false;
    const drained = runner.drain().then(() => (isDrained = true));
    runner.wake("d");
    await end("a");
    expect(isDrained).toBe(false);
    await end("b");
    await drained;
    expect(begun).toEqual(["a", "b"]);
    expect(runner.isIdle).toBe(true);
    await runner.drain();
  });

  it("never runs one id twice at a time, never too many, and never forgets a wake, in any order of things", async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ wake: fc.constantFrom("a", "b", "c", "d", "e", "f") }) },
      { weight: 2, arbitrary: fc.record({ end: fc.nat(3) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }), async (steps, maxRunning, maxWaiting) => {
        const all = ["a", "b", "c", "d", "e", "f"];
        // What each id still owes: a run that begins after it was woken. A refill looks them up, as the store would.
        const owed = new Set<string>();
        const { runner, begun, end, running } = create({ maxRunning, maxWaiting, refill: (runner) => all.filter((id) => owed.has(id)).forEach((id) => runner.wake(id)) });
        let seen = 0;
        const look = () => {
          for (; seen < begun.length; seen += 1) owed.delete(begun[seen]!);
          expect(running().length).toBeLessThanOrEqual(maxRunning);
        };
        for (const step of steps) {
          if ("wake" in step) {
            owed.add(step.wake);
            runner.wake(step.wake);
          } else if (running().length > 0) await end(running()[step.end % running().length]!);
          look();
        }
        while (running().length > 0) {
          await end(running()[0]!);
          look();
        }
        expect([...owed]).toEqual([]);
        expect(runner.isIdle).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
