import type { CommandHandlerArgs, DispatchedEvent, ProcessesOptions } from "perdure";
import type { Settlement } from "../../../../src/store/intervention.ts";
import type { MailboxKey } from "../../../../src/store/mailbox.ts";
import type { ManualClock } from "../../../../src/testing/kit/manual-clock.ts";
import { Behaviour } from "../behaviour.ts";
import { limitNames, policy, specs } from "../domain.ts";
import { Gates } from "./gates.ts";
import type { KeyView } from "./stories.ts";

/** Every key that an event can be for. */
export const keys: readonly MailboxKey[] = specs.flatMap(({ process }) => ["a", "b", "c"].map((aggregateId) => ({ process, aggregateId })));

export const START = Date.parse("2026-01-01T00:00:00Z");

/** A host of the same core, on a clock that only the test moves. */
export interface HostUnderTest {
  readonly clock: ManualClock;
  readonly gates: Gates;
  dispatch(events: readonly DispatchedEvent[]): Promise<unknown>;
  settle(deadLetterId: string, settlement: Settlement): Promise<void>;
  /** Returns when nothing moves but what waits for the clock, for a gate, or for a handler that hangs. */
  drain(): Promise<void>;
  /** What it holds of each of the `keys`. */
  read(): readonly KeyView[];
  /** Whether a step is under way that hides what it changes, and what was accepted behind it. A host that has none leaves it out. */
  isInStep?(): boolean;
  close(): Promise<void>;
}

export const processesOptions: ProcessesOptions = {
  retry: { maxRetries: policy.maxRetries, initialDelay: policy.initialMs, maxDelay: policy.maxMs, factor: policy.factor },
  handlerTimeout: policy.handlerTimeoutMs,
  concurrency: 1_000,
};

/** The definitions and command handlers of the fuzzer, for one host. */
export function openDomain(now: () => number) {
  const gates = new Gates();
  let noted = 0;
  const failures: string[] = [];
  const behaviour = new Behaviour({
    now,
    note: () => void (noted += 1),
    report: (sentence) => void failures.push(sentence),
  });
  const execute = async (args: CommandHandlerArgs) => {
    noted += 1;
    await gates.wait(args);
    return behaviour.execute(args as Parameters<Behaviour["execute"]>[0]);
  };
  return {
    gates,
    definitions: specs.map((spec) => behaviour.define(spec, 2)),
    // The limits are the run's, and the host in memory has none.
    commands: Object.fromEntries(["act", "emit", ...limitNames].map((name) => [name, execute])),
    /** How often handlers have begun or ended. */
    progress: () => noted,
    check: () => {
      if (failures.length > 0) throw new Error(failures[0]);
    },
  };
}
