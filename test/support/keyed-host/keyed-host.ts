import type { Domain } from "../../../src/definition/model/definition.ts";
import type { DispatchedEvent } from "../../../src/definition/model/dispatched-event.ts";
import { importMachines } from "../../../src/machine/import-machines.ts";
import { silentLogger } from "../silent-logger.ts";
import { checkEvents } from "../../../src/runtime/check/check-events.ts";
import type { Settings } from "../../../src/runtime/check/settings.ts";
import type { Receipt } from "../../../src/runtime/commit/accept.ts";
import { type Attempts, createAttempts } from "../../../src/runtime/core/attempt.ts";
import type { Rules } from "../../../src/runtime/core/host.ts";
import { createReturnedReader } from "../../../src/runtime/core/read-returned.ts";
import { findKeys } from "../../../src/runtime/commit/find-keys.ts";
import { isOfCorrelate } from "../../../src/runtime/decide/decide-correlation.ts";
import type { AddressedEvent } from "../../../src/runtime/decide/changes.ts";
import type { Settlement } from "../../../src/store/intervention.ts";
import { createIdentities } from "../../../src/runtime/decide/identity.ts";
import { createRouter, listRoutes, type Route } from "../../../src/runtime/decide/router.ts";
import { keyToId } from "../../../src/runtime/memory/mailbox-id.ts";
import type { KeyedStore } from "../../../src/store/keyed-store.ts";
import type { MailboxKey } from "../../../src/store/mailbox.ts";
import { createCountedIds } from "../../../src/testing/kit/counted-ids.ts";
import type { ManualClock } from "../../../src/testing/kit/manual-clock.ts";
import { nextTurn } from "../../../src/platform/turn.ts";
import { createKeptKey } from "../../../src/restate/key/kept-key.ts";
import type { KeptKey } from "../../../src/restate/wire/kept-key.ts";
import type { KeyExport } from "../../../src/restate/wire/messages.ts";
import { KeyWorker, type Surroundings } from "./key-worker.ts";

export interface KeyedHostOptions {
  readonly domain: Domain;
  readonly settings: Settings;
  readonly clock: ManualClock;
  /** Keys that were imported. */
  readonly imported?: readonly KeyExport[];
  /** What a key works on, in place of its store: for faults. */
  readonly wrapStore?: (store: KeyedStore) => KeyedStore;
}

/** A host of the keyed core that keeps each key apart in memory, as one does that runs on many machines: no key sees another's rows. */
export interface KeyedHost {
  /** Brings the event to each process that reacts. `accepted` if one of them takes it. */
  dispatch(event: DispatchedEvent): Promise<Receipt>;
  /** The same for a list, all of which is accepted before anything is handled. */
  dispatch(events: readonly DispatchedEvent[]): Promise<readonly Receipt[]>;
  /** @throws ProcessError as `DeadLetters.retry` and `discard` do */
  settle(deadLetterId: string, settlement: Settlement): Promise<void>;
  /** Lets time pass up to a moment. What is due on the way runs at its own moment. */
  advanceTo(moment: number): Promise<void>;
  /**
   * Returns when all that is due now has run, but for handlers that hang or wait for the clock.
   * @throws what kept a step from being written
   */
  drain(): Promise<void>;
  /** Every key that something was dispatched for. */
  readonly keys: readonly Pick<KeyWorker, "kept" | "rows">[];
}

export async function createKeyedHost({
  domain,
  settings,
  clock,
  imported = [],
  wrapStore = (store) => store,
}: KeyedHostOptions): Promise<KeyedHost> {
  const { createProcessMachines } = await importMachines();
  const rules: HostRules = {
    clock,
    ids: createCountedIds(() => false),
    // Nothing is taken off a retry's delay, as in a test system.
    random: () => 0,
    logger: silentLogger,
    settings,
    domain,
    // No key of this host is older than identities that hold the key.
    identities: createIdentities(0),
    machines: createProcessMachines(domain.definitions, { retry: settings.retry }),
    router: createRouter(listRoutes(domain.definitions), domain.definitions),
    dispatchCommand: undefined,
    commandNames: { has: (name) => domain.commands.has(name), list: () => [...domain.commands.keys()] },
    readReturned: createReturnedReader({ domain, settings, clock, logger: silentLogger }),
    around: undefined,
    telemetry: undefined,
  };
  const attempts = createAttempts(clock);
  return new InMemoryHost(rules, attempts, { imported, wrapStore });
}

type HostRules = Rules & { readonly clock: ManualClock };

// A handler of a test may take some turns of the event loop.
const PATIENCE_TURNS = 10;

class InMemoryHost implements KeyedHost {
  readonly #rules: HostRules;
  readonly #workers = new Map<string, KeyWorker>();
  readonly #openWorker: (kept: KeptKey) => KeyWorker;
  readonly #errors: unknown[] = [];
  #progress = 0;

  constructor(rules: HostRules, attempts: Attempts, { imported, wrapStore }: Required<Pick<KeyedHostOptions, "imported" | "wrapStore">>) {
    this.#rules = rules;
    const surroundings: Surroundings = {
      rules,
      attempts,
      deliver: (events) => void this.#deliver(events),
      bring: ({ position: _position, ...event }, key) => {
        const worker = this.#find(key);
        worker.accept(event);
        worker.look();
      },
      onProgress: () => void (this.#progress += 1),
      onError: (error) => void this.#errors.push(error),
    };
    this.#openWorker = (kept) => new KeyWorker(kept, wrapStore, surroundings);
    for (const { kept, instances, letters } of imported) {
      const worker = this.#openWorker({ ...createKeptKey(kept.key), ...kept });
      for (const instance of instances) worker.rows.instances.set(instance.processId, instance);
      for (const letter of letters) worker.rows.letters.set(letter.deadLetterId, letter);
      this.#workers.set(keyToId(kept.key), worker);
    }
    // None of them does anything before all of them are there.
    for (const worker of this.#workers.values()) worker.look();
  }

  get keys(): readonly Pick<KeyWorker, "kept" | "rows">[] {
    return [...this.#workers.values()];
  }

  async dispatch(event: DispatchedEvent): Promise<Receipt>;
  async dispatch(events: readonly DispatchedEvent[]): Promise<readonly Receipt[]>;
  async dispatch(given: DispatchedEvent | readonly DispatchedEvent[]): Promise<Receipt | readonly Receipt[]> {
    const { domain, settings, clock, ids } = this.#rules;
    const list = Array.isArray(given) ? (given as readonly DispatchedEvent[]) : [given as DispatchedEvent];
    const defaults = { now: clock.now(), nextId: () => ids.next() };
    const events = await checkEvents(list, { domain, limits: settings.limits }, () => defaults, "dispatch: ");
    const receipts = this.#deliver(events);
    return Array.isArray(given) ? receipts : receipts[0]!;
  }

  async settle(deadLetterId: string, settlement: Settlement): Promise<void> {
    const worker = [...this.#workers.values()].find(({ rows }) => rows.letters.has(deadLetterId));
    if (worker === undefined) throw new Error(`no key has the dead letter ${deadLetterId}`);
    await worker.settle(deadLetterId, settlement);
  }

  async advanceTo(moment: number): Promise<void> {
    const { clock } = this.#rules;
    await this.drain();
    for (let next = clock.nextTimerAt; next !== undefined && next <= moment; next = clock.nextTimerAt) {
      clock.moveTo(Math.max(next, clock.now()));
      await this.drain();
    }
    clock.moveTo(moment);
    await this.drain();
  }

  async drain(): Promise<void> {
    let seen = this.#progress;
    for (let still = 0; still < PATIENCE_TURNS && !this.#isIdle; still += 1) {
      await new Promise<void>((resolve) => nextTurn(resolve));
      if (this.#progress !== seen) still = -1;
      seen = this.#progress;
    }
    if (this.#errors.length > 0) throw this.#errors[0];
  }

  get #isIdle(): boolean {
    return [...this.#workers.values()].every((worker) => worker.isIdle);
  }

  #deliver(events: readonly AddressedEvent[]): readonly Receipt[] {
    const touched = new Set<KeyWorker>();
    const receipts = events.map((event): Receipt => {
      const { eventId, type, processId } = event;
      const outcomes =
        processId === undefined
          ? this.#rules.router(type).flatMap((route) =>
              this.#askKeys(route, event).map(({ worker, keys }) => {
                touched.add(worker);
                return worker.accept(event, keys).receipt.outcome;
              }),
            )
          : [...this.#workers.values()]
              .filter(({ kept }) => kept.instances.some((instance) => instance.processId === processId))
              .map((worker) => {
                touched.add(worker);
                return worker.accept(event).receipt.outcome;
              });
      const outcome = (["accepted", "kept", "duplicate"] as const).find((each) => outcomes.includes(each)) ?? "unrouted";
      return { eventId, outcome };
    });
    for (const worker of touched) worker.look();
    return receipts;
  }

  /** The keys of a process that an event is for. Where `correlate` fails, the key of the event's aggregate has the dead letter. */
  #askKeys(route: Route, event: AddressedEvent): readonly { readonly worker: KeyWorker; readonly keys: "own" | "asked" }[] {
    const { process } = route;
    try {
      return findKeys(route, event, this.#rules.settings.limits).map((aggregateId) => ({
        worker: this.#find({ process, aggregateId }),
        keys: "own",
      }));
    } catch (error) {
      if (!isOfCorrelate(error)) throw error;
      return [{ worker: this.#find({ process, aggregateId: event.aggregateId }), keys: "asked" }];
    }
  }

  #find(key: MailboxKey): KeyWorker {
    const id = keyToId(key);
    const worker = this.#workers.get(id) ?? this.#openWorker(createKeptKey(key));
    this.#workers.set(id, worker);
    return worker;
  }
}
