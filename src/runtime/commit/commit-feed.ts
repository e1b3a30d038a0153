import { withoutContext } from "../../platform/async-context.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { Changes } from "../decide/changes.ts";

/** What one group commit made durable. */
export interface Committed {
  readonly steps: readonly Changes[];
  /** Events that were accepted from outside. */
  readonly accepted: number;
  /** How many mailbox entries were added, minus those that were used up or dropped. */
  readonly waiting: number;
  /** Events that concerned nobody, because nothing reacts to them or no instance was open when their turn came. */
  readonly ignored: number;
  /** The types of those events that no process knows. */
  readonly unknownTypes: readonly string[];
  /** The dead letters of events whose `correlate` failed when they were accepted. */
  readonly letters: readonly DeadLetterRecord[];
  /** Whether another OS process has committed as well, so that the numbers above are not complete. */
  readonly foreign: boolean;
}

/** Tells listeners of every group commit, after the commit. */
export interface CommitFeed {
  /** Calls `onEnd` with the reason when there will be no more commits. Returns the function that ends the subscription. */
  subscribe(listener: (committed: Committed) => void, onEnd?: (reason: unknown) => void): () => void;
  add(part: Partial<Committed>): void;
  /** Tells the listeners of what was added since the last call, in no caller's async context. */
  publish(): void;
  /** Ends the feed. Whoever subscribes later is told `reason` at once. */
  end(reason: unknown): void;
  /** Opens the feed again after an end. */
  begin(): void;
  /** Events that concerned nobody, since the beginning. */
  readonly ignored: number;
}

const createSums = () => ({
  accepted: 0,
  waiting: 0,
  ignored: 0,
  unknownTypes: [] as string[],
  letters: [] as DeadLetterRecord[],
  foreign: false,
});

export function createCommitFeed(onListenerError: (error: unknown) => void): CommitFeed {
  const listeners = new Map<(committed: Committed) => void, ((reason: unknown) => void) | undefined>();
  let allIgnored = 0;
  let ended: { readonly reason: unknown } | undefined;
  let steps: Changes[] = [];
  let sums = createSums();
  let hasNews = false;
  const tell = (call: () => void) => {
    try {
      call();
    } catch (error) {
      onListenerError(error);
    }
  };
  return {
    subscribe: (listener, onEnd) => {
      listeners.set(listener, onEnd);
      if (ended !== undefined) onEnd?.(ended.reason);
      return () => listeners.delete(listener);
    },
    add: ({ steps: more = [], accepted = 0, waiting = 0, ignored = 0, unknownTypes = [], letters = [], foreign = false }) => {
      for (const step of more) steps.push(step);
      for (const type of unknownTypes) sums.unknownTypes.push(type);
      for (const letter of letters) sums.letters.push(letter);
      allIgnored += ignored;
      hasNews = true;
      sums.accepted += accepted;
      sums.waiting += waiting;
      sums.ignored += ignored;
      sums.foreign ||= foreign;
    },
    publish: () => {
      if (!hasNews) return;
      const committed = { steps, ...sums };
      [steps, sums, hasNews] = [[], createSums(), false];
      withoutContext(() => {
        for (const listener of listeners.keys()) tell(() => listener(committed));
      });
    },
    begin: () => {
      ended = undefined;
    },
    end: (reason) => {
      ended = { reason };
      for (const onEnd of listeners.values()) tell(() => onEnd?.(reason));
    },
    get ignored() {
      return allIgnored;
    },
  };
}
