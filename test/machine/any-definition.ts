import * as fc from "fast-check";
import { defineProcess, type ProcessDefinition } from "perdure";

const kebabPart = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const kebab = fc.array(kebabPart, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("-"));
const eventType = fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,8}$/);

/** Every form a timeout can have, with those whose name as a delay is unusual. */
export const anyTimeout = fc.oneof(
  fc.constantFrom<string | number>("1.5h", ".5m", "0.001s", 60_000, 1, 60_000.5, "400d", "7d", "100ms", "52w"),
  fc.tuple(fc.integer({ min: 1, max: 500 }), fc.constantFrom("ms", "s", "m", "h", "d", "w")).map(([count, unit]) => `${count}${unit}`),
  fc.integer({ min: 1, max: 40_000_000_000 }),
);

const noop = () => {};

/** A definition without mistakes. */
export const anyDefinition: fc.Arbitrary<ProcessDefinition> = fc
  .record({
    aggregate: kebab,
    name: kebab,
    events: fc.uniqueArray(eventType, { minLength: 1, maxLength: 6 }),
    timeout: fc.option(anyTimeout, { nil: undefined }),
    onTimedOut: fc.boolean(),
    onFailed: fc.boolean(),
  })
  .chain(({ events, ...rest }) =>
    fc
      .record({
        startedBy: fc.subarray(events, { minLength: 1 }),
        completedBy: fc.subarray(events),
        handled: fc.subarray(events),
      })
      .map((chosen) => ({ ...rest, events, ...chosen })),
  )
  .map(({ aggregate, name, events, startedBy, completedBy, handled, timeout, onTimedOut, onFailed }) =>
    defineProcess({
      aggregate,
      name,
      events,
      startedBy,
      completedBy,
      on: Object.fromEntries(handled.map((type) => [type, noop])),
      ...(timeout !== undefined && { timeout: timeout as "1h" }),
      ...(onTimedOut && { onTimedOut: noop }),
      ...(onFailed && { onFailed: noop }),
    }),
  );
