import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";

/** What an instance shows to the outside, as plain JSON. */
export interface View {
  readonly status: string;
  readonly state: unknown;
  readonly context: unknown;
  readonly outcome: string | undefined;
  /** The moments at which its timers are due, soonest first. */
  readonly timers: readonly number[];
  /** The handlers that have run since it was looked at last, in order. */
  readonly calls: readonly Call[];
}

/** What a handler was given. */
export interface Call {
  readonly name: string;
  readonly params: unknown;
  readonly context: unknown;
  readonly event: unknown;
  /** When the event occurred. */
  readonly at: number;
}

interface GivenEvent {
  readonly type: string;
  readonly payload?: unknown;
  readonly output?: unknown;
  readonly error?: { readonly message: string };
}

/** What a handler was given by an event that occurred `at` a moment. */
export function describeCall({ name, params, context, event }: Omit<Call, "at"> & { readonly event: GivenEvent }, at: number): Call {
  const { type, payload, output, error } = event;
  return toJson({ name, params, context, event: { type, payload, output, error: error?.message }, at });
}

/** What is left of a value that is written and read again, which tells neither `undefined` from nothing nor one object from its copy. */
export function toJson<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

/** What Perdure shows is what XState's actor shows. */
export function expectSame(shown: View & { readonly name?: string }, expected: View & { readonly name?: string }): void {
  // It is asked so often that the words for a difference are made only where there is one.
  if (!isDeepStrictEqual(shown, expected)) expect(shown).toEqual(expected);
}
