import type { Changes } from "./changes.ts";

/** What one group commit made durable. */
export interface Committed {
  readonly steps: readonly Changes[];
  /** Events that were accepted from outside. */
  readonly accepted: number;
  /** Mailbox entries that were added, less those that were used up or dropped. */
  readonly waiting: number;
  /** Events that concerned nobody: not routed, or without an open instance when their turn came. */
  readonly ignored: number;
}

/** Tells its listeners of every group commit, after it. */
export interface CommitFeed {
  subscribe(listener: (committed: Committed) => void): () => void;
  add(part: Partial<Committed>): void;
  /** Passes on what was added since. */
  publish(): void;
}

const noSums = { accepted: 0, waiting: 0, ignored: 0 };

export function createCommitFeed(onListenerError: (error: unknown) => void): CommitFeed {
  const listeners = new Set<(committed: Committed) => void>();
  let steps: Changes[] = [];
  let sums = noSums;
  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    add: ({ steps: more = [], accepted = 0, waiting = 0, ignored = 0 }) => {
      steps.push(...more);
      sums = { accepted: sums.accepted + accepted, waiting: sums.waiting + waiting, ignored: sums.ignored + ignored };
    },
    publish: () => {
      if (steps.length === 0 && sums === noSums) return;
      const committed = { steps, ...sums };
      [steps, sums] = [[], noSums];
      for (const listener of listeners) {
        try {
          listener(committed);
        } catch (error) {
          onListenerError(error);
        }
      }
    },
  };
}
