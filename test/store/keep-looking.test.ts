import { setImmediate } from "node:timers";
import { beforeEach, describe, expect, onTestFinished, test as it, vi } from "vitest";
import { keepLooking } from "../../src/store/watch.ts";
import { fakeClocks } from "../support/fake-clocks.ts";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => onTestFinished(fakeClocks()));

/** Each write is told of as long as the file is watched. `onLook` says whether another connection has written. */
function look(isWatching: boolean, onLook: () => boolean = () => true) {
  let listener: (() => void) | undefined;
  let looks = 0;
  const watchFile = (told: () => void) => {
    listener = told;
    return { isWatching, end: () => (listener = undefined) };
  };
  const end = keepLooking({ watchFile }, () => {
    looks += 1;
    return onLook();
  });
  onTestFinished(end);
  return { write: () => listener?.(), end, looks: () => looks, isWatched: () => listener !== undefined };
}

/** Writes every 5 ms, as a worker does that has much to do. */
async function writeOften(write: () => void, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 5) {
    write();
    await nextTurn();
    vi.advanceTimersByTime(5);
  }
}

describe("keepLooking", () => {
  it("looks at a write in the turn after it is told of it, and again when it is on disk", async () => {
    const { write, looks } = look(true);
    write();
    expect(looks()).toBe(0);
    await nextTurn();
    expect(looks()).toBe(1);
    vi.advanceTimersByTime(50);
    expect(looks()).toBe(2);
    vi.advanceTimersByTime(900);
    expect(looks()).toBe(2);
    vi.advanceTimersByTime(50);
    expect(looks()).toBe(3);
  });

  it("looks once at all that it is told of before its turn comes", async () => {
    const { write, looks } = look(true);
    for (let count = 0; count < 1_000; count += 1) write();
    await nextTurn();
    expect(looks()).toBe(1);
  });

  it("rests for 5 ms after a look, and then looks at what it was told of meanwhile", async () => {
    const { write, looks } = look(true);
    write();
    await nextTurn();
    write();
    await nextTurn();
    vi.advanceTimersByTime(4);
    expect(looks()).toBe(1);
    write();
    vi.advanceTimersByTime(1);
    expect(looks()).toBe(2);
    vi.advanceTimersByTime(5);
    write();
    await nextTurn();
    expect(looks()).toBe(3);
  });

  it("does not look when it was ended before its turn came", async () => {
    const { write, end, looks } = look(true);
    write();
    end();
    await nextTurn();
    expect(looks()).toBe(0);
  });

  it("looks again and again where nothing tells of writes, until the end", () => {
    const { end, looks } = look(false);
    vi.advanceTimersByTime(150);
    expect(looks()).toBe(3);
    end();
    vi.advanceTimersByTime(10_000);
    expect(looks()).toBe(3);
  });

  it("does not look any more when a look itself has ended it", async () => {
    const watched = look(true, () => {
      watched.end();
      return true;
    });
    watched.write();
    await nextTurn();
    vi.advanceTimersByTime(10_000);
    expect(watched.looks()).toBe(1);
  });

  describe("while this connection alone writes, again and again", () => {
    it("does not watch, and looks every 50 ms", async () => {
      const { write, looks, isWatched } = look(true, () => false);
      await writeOften(write, 60);
      expect(isWatched()).toBe(false);
      const before = looks();
      let watched = 0;
      for (let times = 0; times < 100; times += 1) {
        await writeOften(write, 5);
        if (isWatched()) watched += 1;
      }
      // One look when it watches again, and one that says that nothing has changed.
      expect(looks() - before).toBeLessThan(25);
      expect(watched).toBeLessThan(20);
    });

    it("watches again as soon as another has written", async () => {
      let isOfOthers = false;
      const { write, isWatched, looks } = look(true, () => isOfOthers);
      await writeOften(write, 60);
      expect(isWatched()).toBe(false);
      isOfOthers = true;
      vi.advanceTimersByTime(50);
      await writeOften(write, 100);
      expect(isWatched()).toBe(true);
      const before = looks();
      write();
      await nextTurn();
      vi.advanceTimersByTime(5);
      expect(looks()).toBe(before + 1);
    });

    it("watches again when it has nothing more to write", async () => {
      const { write, isWatched, looks } = look(true, () => false);
      await writeOften(write, 60);
      vi.advanceTimersByTime(50);
      expect(isWatched()).toBe(true);
      vi.advanceTimersByTime(1_000);
      const before = looks();
      for (let times = 0; times < 20; times += 1) {
        write();
        await nextTurn();
        expect(isWatched()).toBe(true);
        vi.advanceTimersByTime(30);
      }
      expect(looks()).toBeGreaterThanOrEqual(before + 20);
    });

    it("does not watch again after the end", async () => {
      const { write, end, isWatched } = look(true, () => false);
      await writeOften(write, 60);
      end();
      vi.advanceTimersByTime(10_000);
      expect(isWatched()).toBe(false);
    });
  });
});
