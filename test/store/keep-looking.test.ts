import { beforeEach, describe, expect, onTestFinished, test as it, vi } from "vitest";
import { keepLooking } from "../../src/store/watch.ts";
import { fakeClocks } from "../support/fake-clocks.ts";

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
  it("looks at a write when it is told of it, and again when it is on disk", () => {
    const { write, looks } = look(true);
    write();
    expect(looks()).toBe(1);
    vi.advanceTimersByTime(50);
    expect(looks()).toBe(2);
    vi.advanceTimersByTime(900);
    expect(looks()).toBe(2);
    vi.advanceTimersByTime(50);
    expect(looks()).toBe(3);
  });

  it("looks again and again where nothing tells of writes, until the end", () => {
    const { end, looks } = look(false);
    vi.advanceTimersByTime(150);
    expect(looks()).toBe(3);
    end();
    vi.advanceTimersByTime(10_000);
    expect(looks()).toBe(3);
  });

  it("does not look any more when a look itself has ended it", () => {
    const watched = look(true, () => watched.end());
    watched.write();
    vi.advanceTimersByTime(10_000);
    expect(watched.looks()).toBe(1);
  });
});
