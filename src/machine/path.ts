import type { StateValue, Status } from "../definition/model/instance.ts";

/** An event of a path. What it has beside its type is handed through. */
export interface PathEvent {
  readonly type: string;
}

/** One way through a process, from a starting event on. */
export interface ProcessPath<Event extends PathEvent = PathEvent> {
  readonly steps: readonly PathStep<Event>[];
  /** The status at its end. */
  readonly status: Status;
}

/** A step of a path. */
export type PathStep<Event extends PathEvent = PathEvent> = {
  /** The status after it. */
  readonly status: Status;
  /** The handlers that run to their end in it, in order, such as `on-order-placed`. */
  readonly handlers: readonly string[];
  /** Where the instance stands after it, and what it remembers, if its process has a chart of its own. */
  readonly state?: StateValue;
  readonly context?: Readonly<Record<string, unknown>>;
} & (
  | { readonly kind: "event"; readonly event: Event }
  /** Time passes until a timer of the chart comes due, such as `awaitingPayment after 3d`. What is due before it comes in its order. */
  | { readonly kind: "timer"; readonly name: string }
  /** The timeout comes due, and before it every timer of the chart in its order. */
  | { readonly kind: "timeout" }
  /** The event comes, and its handler fails for good. */
  | { readonly kind: "failure"; readonly event: Event; readonly failing: string }
  /** An operator retries that step, and it succeeds. */
  | { readonly kind: "resume" }
);

/** A path with what tells it from others, which is that of its beginning and more. */
export interface FoundPath<Event extends PathEvent> {
  readonly path: ProcessPath<Event>;
  /** The names of its moves. */
  readonly key: string;
}

/** Whoever walks a path has walked its beginnings. In order, a beginning comes right before what goes on from it. */
export function leaveOutBeginnings<Event extends PathEvent>(found: readonly FoundPath<Event>[]): readonly ProcessPath<Event>[] {
  const sorted = found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return sorted.filter(({ key }, index) => !`${sorted[index + 1]?.key ?? ""} `.startsWith(`${key} `)).map(({ path }) => path);
}
