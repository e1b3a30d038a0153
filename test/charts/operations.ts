import * as fc from "fast-check";
import type { ChartCase, SampleEvent } from "./chart-case.ts";
import type { Fault } from "./world.ts";

/** What happens next. */
export type Operation =
  /** Events of the same moment, mostly one. Each is told by its place among those of the machine; 0 is the one that begins an instance. */
  | { readonly op: "dispatch"; readonly events: readonly number[]; readonly fault: Fault | undefined }
  /** `isDown`: no system runs meanwhile. */
  | { readonly op: "advance"; readonly ms: number; readonly isDown: boolean };

const HOUR_MS = 3_600_000;

const events = fc.oneof({ weight: 6, arbitrary: fc.tuple(fc.nat()) }, { weight: 1, arbitrary: fc.tuple(fc.nat(), fc.nat()) });

// Whole quarters of an hour meet timers to the millisecond.
const milliseconds = fc.oneof(
  fc.integer({ min: 1, max: 24 }).map((quarters) => (quarters * HOUR_MS) / 4),
  fc.integer({ min: 1, max: 12 * HOUR_MS }),
  fc.integer({ min: 1, max: 3 }).map((halfDays) => halfDays * 12 * HOUR_MS),
);

const fault = fc.option(fc.constantFrom<Fault>("throws", "before-accept", "after-accept", "before-step", "after-step"), {
  freq: 2,
  nil: undefined,
});

/** At most so many. */
export function operations(maxLength: number): fc.Arbitrary<readonly Operation[]> {
  return fc.array(
    fc.oneof(
      { weight: 2, arbitrary: fc.record({ op: fc.constant("dispatch" as const), events, fault }) },
      { weight: 1, arbitrary: fc.record({ op: fc.constant("advance" as const), ms: milliseconds, isDown: fc.boolean() }) },
    ),
    { minLength: 4, maxLength },
  );
}

export const begin: Operation = { op: "dispatch", events: [0], fault: undefined };

/** The events that an operation names. */
export function pickEvents({ start, events }: ChartCase, places: readonly number[]): readonly Required<SampleEvent>[] {
  const all = [start, ...events];
  return places.map((place) => ({ payload: {}, ...all[place % all.length]! }));
}
