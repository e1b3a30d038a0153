import { type Acceptance, acceptEvents, countAcceptances, deliverEvent } from "../commit/accept.ts";
import type { CommitFeed } from "../commit/commit-feed.ts";
import { hasTakenEffect, prepareIntervention } from "../commit/intervene.ts";
import { type WriteTarget, writeChanges, type Written } from "../commit/write-changes.ts";
import { type Changes, countUsedUp } from "../decide/changes.ts";
import type { Intervention } from "../../store/intervention.ts";
import type { Engine } from "./kernel.ts";
import type { Suspects } from "./suspects.ts";
import { createTransactionWriter, type WrittenTransaction } from "./write-transaction.ts";
import type { Transact } from "../core/transact-command.ts";

/** Writes the changes of steps in the next group commit, and removes the marks of suspects that go with them. */
export interface StepWriter {
  commit(changes: Changes | (() => Changes)): Promise<Written>;
  /** Writes the changes of a step whose event is accepted by the transaction that is open. */
  write(changes: Changes): Written;
  /**
   * Carries out an intervention. Call it between two steps of its target. `alongside` writes in the same transaction. @throws as
   * `prepareIntervention` does
   */
  intervene(intervention: Intervention, alongside: () => void): Promise<Written>;
  /** `undefined`: the store has no database that it could lend. */
  readonly transact: Transact | undefined;
}

/** `onCommitted` is called with each step after its commit. */
export function createStepWriter(
  { kernel, memory, committer }: Engine,
  suspects: Suspects,
  onCommitted: (written: Written) => void,
): StepWriter {
  const { store, clock, router, policyRouter, ids, settings } = kernel;
  const { activations, lanes } = memory;
  const accepting = { store, activations, lanes, router, policyRouter, ids, limits: settings.limits };
  const target: WriteTarget = {
    store,
    memory,
    accept: acceptEvents.bind(undefined, accepting),
    deliver: deliverEvent.bind(undefined, accepting),
    requeue: (row) => store.inbox?.restore(row),
  };
  const { machines, domain } = kernel;
  const intervening = { machines, router, domain, ids, settings, hasBegun: (seq: number) => memory.lanes.isEntered(seq) };
  const listeners = { onCommitted };
  const writeTransaction = createTransactionWriter({ ...kernel, target });
  const transact: Transact | undefined =
    writeTransaction &&
    (async (command, work) => {
      const write = (previous: WrittenTransaction | undefined) => {
        const transacted = writeTransaction(command, work, previous);
        if (transacted.outcome === "settled") suspects.settle(transacted.written.changes);
        return transacted;
      };
      const told = (transacted: WrittenTransaction) => {
        if (transacted.outcome === "settled") onCommitted(transacted.written);
      };
      const transacted = await committer.submit("step", write, { onCommitted: told });
      return transacted.outcome === "settled" ? { outcome: "settled", events: transacted.written.changes.events ?? [] } : transacted;
    });
  return {
    transact,
    write: (changes) => writeChanges(target, changes, false),
    commit: (given) => {
      const write = (previous: Written | undefined) => {
        const changes = typeof given === "function" ? given() : given;
        const written = writeChanges(target, changes);
        // The step was committed before, or it is a timeout before which an event was accepted.
        if (!written.applied) return previous?.applied === true ? previous : written;
        suspects.settle(changes);
        return written;
      };
      return committer.submit("step", write, listeners);
    },
    intervene: async (intervention, alongside) => {
      const write = (previous: Written | undefined) => {
        if (previous !== undefined && hasTakenEffect(store, previous.changes, clock.now())) return previous;
        const changes = prepareIntervention(store, intervening, intervention, clock.now());
        const written = writeChanges(target, changes);
        suspects.settle(changes);
        alongside();
        return written;
      };
      const written = await committer.submit("step", write);
      suspects.noteSettled(written.changes);
      return written;
    },
  };
}

/** Tells the listeners to commits of a step. If `applied` is `false`, they are told only of what was accepted. */
export function tellFeed(feed: CommitFeed, changes: Changes, accepted: readonly Acceptance[], applied: boolean): void {
  const isIgnored = changes.isIgnored === true;
  if (applied) feed.add({ steps: isIgnored ? [] : [changes], waiting: -countUsedUp(changes), ignored: isIgnored ? 1 : 0 });
  if (accepted.length > 0) feed.add(countAcceptances(accepted));
}
