import type { Clock } from "../../platform/clock.ts";
import type { NewEvent } from "../../store/events.ts";
import type { Store } from "../../store/store.ts";
import { idToKey, keyToId } from "../memory/mailbox-id.ts";
import type { Memory } from "../memory/memory.ts";
import { type Acceptance, type Accepting, acceptEvents, countAcceptances, isStored, LONGEST_REMEMBERED } from "./accept.ts";
import type { AheadStep, FindAhead } from "./ahead-step.ts";
import type { Committer } from "./committer.ts";
import { preloadActivations } from "./preload.ts";
import type { AddressedEvent } from "../decide/changes.ts";
import type { PolicyRouter } from "../decide/policy-router.ts";
import type { Router } from "../decide/router.ts";

export interface AcceptorPorts extends Pick<Accepting, "ids" | "limits"> {
  readonly store: Store;
  readonly clock: Clock;
  readonly memory: Memory;
  readonly committer: Committer;
  /** Whether this OS process is the worker, by the transaction that is open. */
  readonly isWorker: () => boolean;
  /** Whether no worker has to be told, by the transaction that is open: the next one finds by itself what waits in the store. */
  readonly isWorkerAway: () => boolean;
  /** Where events go that are accepted now. */
  readonly router: () => Router;
  readonly policyRouter: () => PolicyRouter | undefined;
  /** Of the run that works; `undefined`: none does, or it begins no step ahead. */
  readonly findAhead: () => FindAhead | undefined;
  /** They are durable. */
  readonly onAccepted: (acceptances: readonly Acceptance[], isRelayed: boolean) => void;
  /** A commit reported a failure, and may have taken effect: what it stored was told to nobody. */
  readonly onInDoubt: () => void;
}

/** How events are accepted that were relayed to the worker, or were to be. */
export interface Relaying {
  /** For the worker: called at the beginning of the write. What it throws refuses the events. */
  readonly check?: () => void;
  /** For who has relayed them in vain: the worker may have stored them all the same. What is found stored as it was sent was not a duplicate. */
  readonly mayBeStored?: boolean;
}

/** `areNew`: their ids were made just now. */
export type AcceptNow = (events: readonly AddressedEvent[], areNew?: boolean, relaying?: Relaying) => Promise<readonly Acceptance[]>;

/** Accepts events in the next group commit. Another OS process that is the worker is left word of them in the same transaction. */
export function createAcceptor(ports: AcceptorPorts): AcceptNow {
  const { store, clock, memory, committer, isWorker, isWorkerAway, router, policyRouter, ids, limits } = ports;
  const { findAhead, onAccepted, onInDoubt } = ports;
  const { activations, lanes } = memory;

  const tellWorker = (acceptances: readonly Acceptance[]) => {
    const mailboxes = acceptances.flatMap((acceptance) => acceptance.mailboxes.map(idToKey));
    const { accepted, letters } = countAcceptances(acceptances);
    const begun = acceptances.flatMap((acceptance) => acceptance.lanes ?? []);
    if ((mailboxes.length === 0 && letters.length === 0 && begun.length === 0) || isWorkerAway()) return;
    const more = { ...(letters.length > 0 && { letters: true as const }), ...(begun.length > 0 && { lanes: begun }) };
    store.requests.add({ kind: "wake", mailboxes, accepted, ...more }, clock.now());
  };

  const isDone = (previous: readonly Acceptance[]) => {
    // If that cannot be told either, what it may have stored is found by going through everything.
    onInDoubt();
    const accepted = previous.filter(isAccepted);
    return accepted.length > 0 && accepted.every(({ receipt }) => store.events.has(receipt.eventId));
  };
  const listeners = { onCommitted: (acceptances: readonly Acceptance[]) => onAccepted(acceptances, false), isDone };
  const relayListeners = { onCommitted: (acceptances: readonly Acceptance[]) => onAccepted(acceptances, true), isDone };

  /** The mailboxes where calls begin instances that are to be prepared: what is there is looked up for all of these calls at once. */
  const upcoming = new Set<readonly string[]>();
  const preload = (mailboxes: readonly string[]) => preloadActivations(store, activations, mailboxes);

  return (events, areNew = false, { check, mayBeStored = false } = {}) => {
    // Where the caller has named an event, it may repeat it after a crash: then its handler would have another idempotency key than in a step ahead.
    const ahead = areNew && events.length <= MOST_AHEAD && findAhead() !== undefined ? new StepsAhead() : undefined;
    const write = (previous: readonly Acceptance[] | undefined) => {
      check?.();
      // For one event there is nothing to be asked together.
      if (ahead === undefined && events.length > 1 && events.length <= LONGEST_REMEMBERED) preload(listStarting(events, router()));
      const accepting = { store, activations, lanes, router: router(), policyRouter: policyRouter(), ids, limits };
      // A worker that was displaced, and does not know yet, has no step to commit.
      let found = acceptEvents(accepting, events, isWorker() ? ahead?.steps : undefined);
      if (mayBeStored) found = found.map((acceptance, index) => recogniseStored(acceptance, events[index]!, store));
      const acceptances = previous === undefined ? found : found.map((acceptance, index) => recognise(acceptance, previous[index]));
      // Also a worker that was displaced, and does not know yet, has to leave word for the one that has displaced it.
      if (!isWorker()) tellWorker(acceptances);
      return acceptances;
    };
    if (ahead === undefined) return committer.submit("accept", write, check === undefined ? listeners : relayListeners);
    const starting = listStarting(events, router());
    if (starting.length > 0) upcoming.add(starting);
    return committer.submit("accept", write, {
      isDone,
      // The run may have ended since.
      prepare: () => {
        if (upcoming.size > 0) {
          preload([...upcoming].flat());
          upcoming.clear();
        }
        const find = findAhead();
        if (find !== undefined) ahead.find(events, find);
        return () => ahead.begin();
      },
      onCommitted: (acceptances) => {
        upcoming.delete(starting);
        onAccepted(acceptances, false);
        ahead.end(acceptances);
      },
      onRefused: () => {
        upcoming.delete(starting);
        ahead.end([]);
      },
    });
  };
}

/** The mailboxes where events may begin instances, as far as the events' aggregates say so. What is open elsewhere is mostly in memory. */
function listStarting(events: readonly AddressedEvent[], router: Router): readonly string[] {
  const mailboxes: string[] = [];
  for (const { type, aggregateId } of events) {
    for (const { process, starts, correlated } of router(type)) {
      if (starts && correlated !== true) mailboxes.push(keyToId({ process, aggregateId }));
    }
  }
  return mailboxes;
}

// The events of a longer list share their commits with each other in any case.
const MOST_AHEAD = 16;

/** The steps that have begun of the events of one call. */
class StepsAhead {
  /** By the places of their events. */
  steps: readonly (AheadStep | undefined)[] = [];

  find(events: readonly NewEvent[], find: FindAhead): void {
    this.steps = events.map((event) => find(event));
  }

  begin(): void {
    this.steps = this.steps.map((step) => (step?.begin() === true ? step : undefined));
  }

  end(acceptances: readonly Acceptance[]): void {
    for (const [index, step] of this.steps.entries()) {
      if (acceptances[index]?.isAhead === true) step?.accept();
      else step?.drop();
    }
  }
}

/** An event that is there already, because this very write has stored it before, was accepted by it. */
function recognise(acceptance: Acceptance, previous: Acceptance | undefined): Acceptance {
  return isAccepted(previous) && acceptance.receipt.outcome === "duplicate" ? previous : acceptance;
}

/** An event that was relayed, and is there as it was sent, was accepted by the worker, which could not answer. */
function recogniseStored(acceptance: Acceptance, event: NewEvent, store: Store): Acceptance {
  const { receipt, isEarly = false } = acceptance;
  if (receipt.outcome !== "duplicate" || !isSameEvent(event, store.events.get(event.eventId))) return acceptance;
  return { receipt: { ...receipt, outcome: isEarly ? "kept" : "accepted" }, mailboxes: [] };
}

function isSameEvent(event: NewEvent, stored: NewEvent | undefined): boolean {
  return (
    event.type === stored?.type &&
    event.aggregateId === stored.aggregateId &&
    event.payload === stored.payload &&
    event.occurredAt === stored.occurredAt &&
    event.acceptedAt === stored.acceptedAt &&
    event.correlationId === stored.correlationId &&
    event.causationId === stored.causationId
  );
}

function isAccepted(acceptance: Acceptance | undefined): acceptance is Acceptance {
  return acceptance !== undefined && isStored(acceptance);
}
