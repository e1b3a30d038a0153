import { setImmediate } from "node:timers";
import { beforeEach, describe, expect, onTestFinished, test as it, vi } from "vitest";
import { keepLooking } from "../../src/store/watch.ts";
import { fakeClocks } from "../support/fake-clocks.ts";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => onTestFinished(fakeClocks()));

function look(isWatching: boolean, onLook: () => void = () => {}) {
  let write = () => {};
  let looks = 0;
  const watchFile = (listener: () => void) => {
    write = listener;
    return { isWatching, end: () => {} };
  };
  const end = keepLooking({ watchFile }, () => {
    looks += 1;
    onLook();
  });
  onTestFinished(end);
  return { write: () => write(), end, looks: () => looks };
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
    const watched = look(true, () => watched.end());
    watched.write();
    await nextTurn();
    vi.advanceTimersByTime(10_000);
    expect(watched.looks()).toBe(1);
  });
});
