import { type Acceptance, acceptEvents, countAcceptances } from "../commit/accept.ts";
import type { CommitFeed } from "../commit/commit-feed.ts";
import { hasTakenEffect, prepareSettlement } from "../commit/settle-letter.ts";
import { writeChanges, type Written } from "../commit/write-changes.ts";
import { type Changes, countUsedUp } from "../decide/changes.ts";
import type { Settlement } from "../decide/decide-settlement.ts";
import type { Engine } from "./kernel.ts";
import type { Suspects } from "./suspects.ts";

/** Writes the changes of steps in the next group commit, and removes the marks of suspects that go with them. */
export interface StepWriter {
  commit(changes: Changes): Promise<Written>;
  /**
   * Settles a letter. Call it between two steps of the letter's instance. `alongside` writes in the same transaction. @throws as
   * `prepareSettlement` does
   */
  settle(deadLetterId: string, settlement: Settlement, alongside: () => void): Promise<Changes>;
}

/** `onCommitted` is called with each step after its commit. */
export function createStepWriter(
  { kernel, memory, committer }: Engine,
  suspects: Suspects,
  onCommitted: (written: Written) => void,
): StepWriter {
  const { store, clock, machines, router } = kernel;
  const target = { store, memory, accept: acceptEvents.bind(undefined, store, memory.activations, router) };
  const listeners = { onCommitted };
  return {
    commit: (changes) => {
      const write = (previous: Written | undefined) => {
        const written = writeChanges(target, changes);
        // The step was committed before, or it is a timeout before which an event was accepted.
        if (!written.applied) return previous?.applied === true ? previous : written;
        suspects.settle(changes);
        return written;
      };
      return committer.submit("step", write, listeners);
    },
    settle: async (deadLetterId, settlement, alongside) => {
      const write = (previous: Changes | undefined) => {
        if (previous !== undefined && hasTakenEffect(store.deadLetters, previous)) return previous;
        const changes = prepareSettlement(store, machines, { deadLetterId, settlement, now: clock.now() });
        writeChanges(target, changes);
        suspects.settle(changes);
        alongside();
        return changes;
      };
      const changes = await committer.submit("step", write);
      suspects.noteSettled(changes);
      return changes;
    },
  };
}

/** Tells the listeners to commits of a step. If `applied` is `false`, they are told only of what was accepted. */
export function tellFeed(feed: CommitFeed, changes: Changes, accepted: readonly Acceptance[], applied: boolean): void {
  const isIgnored = changes.isIgnored === true;
  if (applied) feed.add({ steps: isIgnored ? [] : [changes], waiting: -countUsedUp(changes), ignored: isIgnored ? 1 : 0 });
  if (accepted.length > 0) feed.add(countAcceptances(accepted));
}
