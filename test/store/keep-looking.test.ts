import { expect, onTestFinished, test } from "vitest";
import { keepLooking } from "../../src/store/keep-looking.ts";

const pause = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs));

function look(isWatching: boolean) {
  let write = () => {};
  let looks = 0;
  const watchFile = (listener: () => void) => {
    write = listener;
    return { isWatching, end: () => {} };
  };
  const end = keepLooking({ watchFile }, () => (looks += 1));
  onTestFinished(end);
  return { write: () => write(), end, looks: () => looks };
}

test("a write is looked at when it is told of, and again when it is on disk", async () => {
  const { write, looks } = look(true);
  write();
  expect(looks()).toBe(1);
  await expect.poll(looks, { timeout: 500 }).toBe(2);
  await pause(100);
  expect(looks()).toBe(2);
});

test("where nothing tells of writes, it is looked at again and again, until the end", async () => {
  const { end, looks } = look(false);
  await expect.poll(looks, { timeout: 2_000 }).toBeGreaterThan(2);
  end();
  const before = looks();
  await pause(150);
  expect(looks()).toBe(before);
});
