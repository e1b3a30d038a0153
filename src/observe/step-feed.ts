import { callGuarded } from "../platform/call-guarded.ts";
import type { Committed } from "../runtime/commit/commit-feed.ts";
import { expectOption } from "../platform/options.ts";
import { type JournalEntry, recordToJournalEntry } from "../record/journal-entry.ts";
import type { JournalRecord } from "../store/journal.ts";
import type { MailboxKey } from "../store/mailbox.ts";

/** A journal entry with the instance it is about. */
export interface CommittedStep extends JournalEntry {
  readonly process: string;
  readonly aggregateId: string;
}

/** Tells listeners of each journal entry, after its commit and in order. */
export interface StepFeed {
  /** Returns the function that ends the subscription. @throws ProcessError `CONFIG_INVALID` if the listener is not a function */
  subscribe(listener: (step: CommittedStep) => void): () => void;
  publish(committed: Committed): void;
}

/** The feed outlives the stores that a system opens one after the other. Without listeners it parses nothing. */
export function createStepFeed(onListenerError: (error: unknown) => void): StepFeed {
  const listeners = new Set<(step: CommittedStep) => unknown>();
  const tell = (step: CommittedStep) => {
    for (const listener of listeners) callGuarded(() => listener(step), onListenerError);
  };
  return {
    subscribe: (listener) => {
      expectOption(typeof listener === "function", "subscribe: listener", listener, "a function");
      // The same function may subscribe twice, and each subscription ends apart.
      const own = (step: CommittedStep) => listener(step);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    publish: ({ steps }) => {
      if (listeners.size === 0) return;
      for (const { key, journal } of steps) {
        for (const record of journal) tell(readStep(key, record));
      }
    },
  };
}

/** The step that a journal record tells of, with the instance whose mailbox has `key`. */
export function readStep({ process, aggregateId }: MailboxKey, record: JournalRecord): CommittedStep {
  return { process, aggregateId, ...recordToJournalEntry(record) };
}
