import * as fc from "fast-check";
import { expect, test as it } from "vitest";
import { LimitCount } from "../../src/runtime/schedule/limit-count.ts";

const WINDOW_MS = 60;

function begin(count: LimitCount, now: number): void {
  count.take();
  count.begin(now);
  count.giveBack(true);
}

it("lets no window of a rate hold more than its count, and lets one begin as soon as none would", () => {
  const waits = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), waits, (most, gaps) => {
      const count = new LimitCount("work", { concurrency: undefined, rate: { count: most, windowMs: WINDOW_MS }, keyOf: undefined });
      const begun: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        const inWindow = begun.filter((at) => at > now - WINDOW_MS).length;
        expect(count.hasRoom(now)).toBe(inWindow < most);
        if (inWindow > 0) expect(count.nextRoomAt(now)).toBe(begun.find((at) => at > now - WINDOW_MS)! + WINDOW_MS);
        if (!count.hasRoom(now)) continue;
        begin(count, now);
        begun.push(now);
      }
    }),
  );
});

it("holds nothing up for longer than a window after the clock was set back", () => {
  const count = new LimitCount("work", { concurrency: undefined, rate: { count: 1, windowMs: WINDOW_MS }, keyOf: undefined });
  begin(count, 1_000_000);
  expect(count.hasRoom(100)).toBe(false);
  expect(count.nextRoomAt(100)).toBe(100 + WINDOW_MS);
  expect(count.hasRoom(100 + WINDOW_MS)).toBe(true);
});

it("counts who has a place and has not begun, and forgets them if they never begin", () => {
  const count = new LimitCount("work", { concurrency: undefined, rate: { count: 1, windowMs: WINDOW_MS }, keyOf: undefined });
  count.take();
  expect(count.hasRoom(0)).toBe(false);
  count.giveBack(false);
  expect(count.hasRoom(0)).toBe(true);
  expect(count.isEmpty(0)).toBe(true);
});
