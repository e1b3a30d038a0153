import { expect } from "vitest";
import type { StateValue, Status } from "../../definition/model/instance.ts";
import type { CommandName } from "../../definition/types/register.ts";
import type { ProcessFilter } from "../../observe/processes.ts";
import {
  type DispatchedExpectation,
  matchContext,
  matchDispatched,
  type MatcherResult,
  matchOutcome,
  matchState,
  matchStatus,
  matchTimer,
  type TimerExpectation,
} from "./matchers.ts";

/** What `import "perdure/testing/vitest"` adds to vitest's `expect`, once for a test file or in a setup file. */
export interface ProcessMatchers {
  /**
   * Expects of a test system that its handlers have dispatched the command.
   * @example expect(shop).toHaveDispatched("packOrder", { aggregateId: "o-1", delay: "5m", times: 1 });
   */
  toHaveDispatched(command: CommandName, expected?: DispatchedExpectation): void;
  /**
   * Expects the status of an instance, or of the newest instance of a test system. If the system has several, name the aggregate or give a
   * filter.
   * @example expect(shop).toHaveStatus("completed", "o-1");
   */
  toHaveStatus(status: Status, of?: string | ProcessFilter): void;
  /**
   * Expects keys of the context of an instance, or of the newest instance of a test system. Keys that are left out may have any value.
   * @example expect(shop).toHaveContext({ paid: true }, "o-1");
   */
  toHaveContext(context: Readonly<Record<string, unknown>>, of?: string | ProcessFilter): void;
  /**
   * Expects the outcome of an instance, or of the newest instance of a test system; `null`: none.
   * @example expect(shop).toHaveOutcome("approved", "o-1");
   */
  toHaveOutcome(outcome: string | null, of?: string | ProcessFilter): void;
  /**
   * Expects where an instance, or the newest instance of a test system, stands in the chart of its process. A state matches as XState's
   * `matches` does: `"paying"` is every state inside `paying`.
   * @example expect(shop).toBeInState({ waiting: { card: "missing" } }, "o-1");
   */
  toBeInState(state: StateValue, of?: string | ProcessFilter): void;
  /**
   * Expects of a test system that something is due.
   * @example expect(shop).toHaveTimer({ kind: "after", name: "awaitingPayment after 3d", in: "3d" });
   */
  toHaveTimer(expected: TimerExpectation): void;
}

declare module "vitest" {
  // The type parameter is unused, and has to be here because otherwise the declarations could not be merged.
  // oxlint-disable-next-line typescript/no-unused-vars
  interface Matchers<T> extends ProcessMatchers {}
}

expect.extend({
  toHaveDispatched: toMatcher(matchDispatched),
  toHaveStatus: toMatcher(matchStatus),
  toHaveContext: toMatcher(matchContext),
  toHaveOutcome: toMatcher(matchOutcome),
  toBeInState: toMatcher(matchState),
  toHaveTimer: toMatcher(matchTimer),
});

function toMatcher<Received, Args extends readonly unknown[]>(match: (received: Received, ...args: Args) => MatcherResult) {
  return function (this: { readonly isNot: boolean }, received: Received, ...args: Args) {
    const { pass, message } = match(received, ...args);
    return { pass, message: () => message(this.isNot) };
  };
}
