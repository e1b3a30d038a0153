import type { Committed } from "../runtime/commit/commit-feed.ts";
import { type JournalEntry, readJournalRecord } from "../runtime/step/journal-entry.ts";

/** A journal entry with the instance it is about. */
export interface CommittedStep extends JournalEntry {
  readonly process: string;
  readonly aggregateId: string;
}

/** Tells listeners of each journal entry, after its commit and in order. */
export interface StepFeed {
  /** Returns how to leave. */
  subscribe(listener: (step: CommittedStep) => void): () => void;
  publish(committed: Committed): void;
}

/** It outlives the stores that a system opens one after the other. Without listeners nothing is read. */
export function createStepFeed(onListenerError: (error: unknown) => void): StepFeed {
  const listeners = new Set<(step: CommittedStep) => void>();
  const tell = (step: CommittedStep) => {
    for (const listener of listeners) {
      try {
        listener(step);
      } catch (error) {
        onListenerError(error);
      }
    }
  };
  return {
    subscribe: (listener) => {
      // The same function may be given twice, and leaves once at a time.
      const own = (step: CommittedStep) => listener(step);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    publish: ({ steps }) => {
      if (listeners.size === 0) return;
      for (const { key, journal } of steps) {
        for (const record of journal) tell({ process: key.process, aggregateId: key.aggregateId, ...readJournalRecord(record) });
      }
    },
  };
}
