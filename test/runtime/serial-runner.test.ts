import * as fc from "fast-check";
import { describe, expect, test as it } from "vitest";
import { createSerialRunner, type SerialRunner } from "../../src/runtime/schedule/serial-runner.ts";

interface Options {
  readonly maxRunning?: number;
  readonly maxWaiting?: number;
}

/** A runner whose runs end when they are told to. */
function create({ maxRunning = 4, maxWaiting = 100 }: Options = {}) {
  const begun: string[] = [];
  const failed: unknown[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const looks = new Map<string, () => void>();
  let progress = 0;
  let missed = 0;
  const runner: SerialRunner = createSerialRunner({
    run: (id, onLook) =>
      new Promise<void>((resolve, reject) => {
        begun.push(id);
        looks.set(id, onLook);
        if (ends.has(id)) throw new Error(`${id} runs twice at a time`);
        ends.set(id, (error) => {
          ends.delete(id);
          if (error === undefined) resolve();
          else reject(error);
        });
      }),
    maxRunning,
    maxWaiting,
    onMissed: () => void (missed += 1),
    onError: (id, error) => void failed.push([id, (error as Error).message]),
    onProgress: () => (progress += 1),
  });
  const end = async (id: string, error?: Error) => {
    ends.get(id)!(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const look = (id: string) => looks.get(id)!();
  return { runner, begun, failed, end, look, running: () => [...ends.keys()], progress: () => progress, missed: () => missed };
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

  it("does not run an id again that was woken before its run looked at what there is to do", async () => {
    const { runner, begun, end, look } = create();
    runner.wake("a");
    runner.wake("a");
    look("a");
    await end("a");
    expect(begun).toEqual(["a"]);
    expect(runner.isIdle).toBe(true);

    runner.wake("a");
    look("a");
    runner.wake("a");
    await end("a");
    expect(begun).toEqual(["a", "a", "a"]);
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

  it("does not hold an id for which it has no room, and says so each time", async () => {
    const { runner, begun, end, missed } = create({ maxRunning: 1, maxWaiting: 3 });
    for (const id of ["a", "b", "c", "d"]) runner.wake(id);
    expect(runner).toMatchObject({ room: 0, isHalfEmpty: false });
    expect(missed()).toBe(0);
    for (const id of ["e", "b", "e"]) runner.wake(id);
    expect(missed()).toBe(2);
    expect(["a", "b", "c", "d", "e"].map((id) => runner.holds(id))).toEqual([true, true, true, true, false]);
    // One that is to run again waits like every other.
    runner.wake("a");
    await end("a");
    expect(runner.holds("a")).toBe(true);
    runner.wake("b");
    runner.wake("e");
    expect(missed()).toBe(3);
    for (const id of ["b", "c", "d", "a", "b"]) await end(id);
    expect(begun).toEqual(["a", "b", "c", "d", "a", "b"]);
    expect(runner).toMatchObject({ room: 3, isHalfEmpty: true, isIdle: true });
  });

  it("holds an id that is called beyond its limit", async () => {
    const { runner, begun, end, missed } = create({ maxRunning: 1, maxWaiting: 1 });
    for (const id of ["a", "b"]) runner.wake(id);
    runner.call("c");
    expect({ holds: runner.holds("c"), missed: missed() }).toEqual({ holds: true, missed: 0 });
    for (const id of ["a", "b", "c"]) await end(id);
    expect(begun).toEqual(["a", "b", "c"]);
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

  it("never runs one id twice at a time, never too many, and forgets no wake without saying so, in any order of things", async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ wake: fc.constantFrom("a", "b", "c", "d", "e", "f") }) },
      { weight: 2, arbitrary: fc.record({ end: fc.nat(3) }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, maxRunning, maxWaiting) => {
          // Which ids still owe a run that begins after they were woken, and how many had been missed before.
          const owed = new Map<string, number>();
          const { runner, begun, end, running, missed } = create({ maxRunning, maxWaiting });
          let seen = 0;
          const look = () => {
            for (; seen < begun.length; seen += 1) owed.delete(begun[seen]!);
            expect(running().length).toBeLessThanOrEqual(maxRunning);
            for (const [id, missedBefore] of owed) expect(runner.holds(id) || missed() > missedBefore).toBe(true);
          };
          for (const step of steps) {
            if ("wake" in step) {
              owed.set(step.wake, missed());
              runner.wake(step.wake);
            } else if (running().length > 0) await end(running()[step.end % running().length]!);
            look();
          }
          while (running().length > 0) {
            await end(running()[0]!);
            look();
          }
          expect(runner.isIdle).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
});
