import { vi } from "vitest";
import { steadyClock, systemClock } from "../../src/platform/clock.ts";

/** Lets the platform's clocks, which no fake timers reach, go by vitest's; returns how to end it. */
export function fakeClocks(): () => void {
  vi.useFakeTimers();
  const spies = [systemClock, steadyClock].flatMap((clock) => [
    vi.spyOn(clock, "now").mockImplementation(() => Date.now()),
    vi.spyOn(clock, "setTimeout").mockImplementation((callback, delayMs) => setTimeout(callback, delayMs)),
    vi.spyOn(clock, "clearTimeout").mockImplementation((handle) => clearTimeout(handle as NodeJS.Timeout)),
  ]);
  return () => {
    for (const spy of spies) spy.mockRestore();
    vi.useRealTimers();
  };
}
