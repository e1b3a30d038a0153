import { laneOf } from "../../../src/definition/model/lane.ts";
import { acceptEvents, type Acceptance, deliverEvent, isStored } from "../../../src/runtime/commit/accept.ts";
import { checkSettlement } from "../../../src/runtime/commit/check-settlement.ts";
import { prepareSettlement } from "../../../src/runtime/commit/settle-letter.ts";
import { writeChanges, type WriteTarget, type Written } from "../../../src/runtime/commit/write-changes.ts";
import { runActor } from "../../../src/runtime/core/actor.ts";
import type { Attempts } from "../../../src/runtime/core/attempt.ts";
import { runCommandLane } from "../../../src/runtime/core/command-lane.ts";
import type { Host, Rules } from "../../../src/runtime/core/host.ts";
import { readSituation } from "../../../src/runtime/core/situation.ts";
import type { AddressedEvent, Changes } from "../../../src/runtime/decide/changes.ts";
import type { Route } from "../../../src/runtime/decide/router.ts";
import type { Settlement } from "../../../src/store/intervention.ts";
import { nextMoment } from "../../../src/runtime/decide/next-moment.ts";
import { keyToId } from "../../../src/runtime/memory/mailbox-id.ts";
import { createMemory } from "../../../src/runtime/memory/memory.ts";
import { type BetweenSteps, createBetweenSteps } from "../../../src/runtime/schedule/between-steps.ts";
import { createSerialRunner, type SerialRunner } from "../../../src/runtime/schedule/serial-runner.ts";
import type { StoredEvent } from "../../../src/store/events.ts";
import type { MailboxKey } from "../../../src/store/mailbox.ts";
import type { KeyedStore } from "../../../src/store/keyed-store.ts";
import { callAt } from "../../../src/platform/clock.ts";
import { tidyKey, transact } from "../../../src/restate/key/kept-key.ts";
import { createKeyStore, createWrittenRows, type WrittenRows } from "../../../src/restate/key/key-store.ts";
import type { KeptKey } from "../../../src/restate/wire/kept-key.ts";

/** What the keys of a host have in common. */
export interface Surroundings {
  readonly rules: Rules;
  readonly attempts: Attempts;
  /** Brings events to the keys that they are for. */
  readonly deliver: (events: readonly AddressedEvent[]) => void;
  /** Brings an event that a key had accepted to another key. */
  readonly bring: (event: StoredEvent, key: MailboxKey) => void;
  readonly onProgress: () => void;
  /** A step could not be written. */
  readonly onError: (error: unknown) => void;
}

const MOST_FRUITLESS = 100;

/** Does what one key has to do, and wakes itself at the next moment. It knows of no other key. */
export class KeyWorker {
  readonly kept: KeptKey;
  /** Everything that was ever written of the key, as a host keeps it for look-ups. */
  readonly rows: WrittenRows = createWrittenRows();
  readonly #written: WrittenRows = createWrittenRows();
  /** Events that came here, which a host on a server tells apart by their eventIds before they come. */
  readonly #come = new Set<string>();
  readonly #id: string;
  readonly #store: KeyedStore;
  readonly #surroundings: Surroundings;
  readonly #host: Host;
  readonly #actor: SerialRunner;
  readonly #lanes: SerialRunner;
  readonly #betweenSteps: BetweenSteps = createBetweenSteps();
  /** Lanes that wait until the instance has done an earlier step. */
  readonly #held = new Set<string>();
  #callOff: () => void = () => {};
  #progress = 0;
  /** How often in a row it has looked and begun nothing. */
  #fruitless = 0;
  #isBroken = false;

  /** `kept` is what the key has at first. */
  constructor(kept: KeptKey, wrapStore: (store: KeyedStore) => KeyedStore, surroundings: Surroundings) {
    this.kept = kept;
    this.#id = keyToId(kept.key);
    this.#store = wrapStore(createKeyStore(this.kept, this.#written, (deadLetterId) => this.rows.letters.get(deadLetterId)));
    this.#surroundings = surroundings;
    this.#host = this.#createHost();
    this.#actor = this.#createRunner(() => this.#act());
    this.#lanes = this.#createRunner((lane) => runCommandLane(lane, this.#host));
  }

  get isIdle(): boolean {
    return this.#actor.isIdle && this.#lanes.isIdle;
  }

  /** Puts an event into the mailbox if the key's process reacts to it. Whoever calls lets the key `look` afterwards. */
  accept(event: AddressedEvent, keys: "own" | "asked" = "own"): Acceptance {
    const { process, aggregateId } = this.kept.key;
    // Whoever brings the event here has asked which keys it is for, unless that failed.
    const keyed = (route: Route): Route => (keys === "own" ? { ...route, correlated: true, correlate: () => aggregateId } : route);
    const { memory, ids, settings, router } = this.#host;
    const ownRouter: Rules["router"] = (type) =>
      router(type)
        .filter((route) => route.process === process)
        .map(keyed);
    const accepting = {
      store: this.#store,
      activations: memory.activations,
      lanes: memory.lanes,
      router: ownRouter,
      policyRouter: undefined,
      ids,
      limits: settings.limits,
    };
    const { eventId } = event;
    if (this.#come.has(eventId)) return { receipt: { eventId, outcome: "duplicate" }, mailboxes: [] };
    const acceptance = acceptEvents(accepting, [event])[0]!;
    if (isStored(acceptance)) this.#come.add(eventId);
    this.#takeRows();
    return acceptance;
  }

  /** @throws ProcessError as `prepareSettlement` does */
  async settle(deadLetterId: string, settlement: Settlement): Promise<void> {
    const { clock } = this.#host;
    // What the letter refuses in any case is told at once, whatever the instance does meanwhile.
    const begun = checkSettlement(this.#store, this.#host, { ...settlement, deadLetterId });
    const checked = begun instanceof Promise ? await begun : begun;
    await this.#host.betweenSteps(this.kept.key, async () => {
      this.#commit(prepareSettlement(this.#store, this.#host, checked, clock.now()));
    });
  }

  /** Begins what can be done now, or arms the timer for the next moment. What runs already looks again by itself when it has ended. */
  look(): void {
    const { clock } = this.#host;
    this.#callOff();
    this.#callOff = () => {};
    const moment = this.#isBroken ? undefined : this.#nextMoment();
    if (moment === undefined) return;
    if (moment > clock.now()) {
      this.#callOff = callAt(clock, moment, () => this.look());
      return;
    }
    const before = this.#progress;
    // First the instance, because a lane asks whether its instance has an earlier step.
    this.#actor.wake(this.#id);
    for (const lane of this.#idleLanes()) this.#lanes.wake(lane);
    // Otherwise the two would look and wake for ever. A step without an attempt makes its progress when it is committed.
    this.#fruitless = this.#progress === before ? this.#fruitless + 1 : 0;
    if (this.#fruitless > MOST_FRUITLESS) this.#break(new Error(`${this.#id}: something is due at ${moment}, and nothing was begun`));
  }

  #nextMoment(): number | undefined {
    const { now: _, ...situation } = readSituation(this.#id, this.#host);
    const isActing = this.#actor.holds(this.#id);
    const lanes = this.#idleLanes().map((lane) => this.#store.commands.read(lane, 1));
    return nextMoment({ ...situation, ...(isActing && { instance: undefined, entries: [] }), lanes });
  }

  #idleLanes(): readonly string[] {
    const lanes = new Set(this.kept.commands.map(({ record }) => laneOf(record)));
    return [...lanes].filter((lane) => !this.#held.has(lane) && !this.#lanes.holds(lane));
  }

  async #act(): Promise<void> {
    const isWanted = () => this.#betweenSteps.has(this.#id);
    do {
      if (isWanted()) await this.#betweenSteps.perform(this.#id);
      await runActor(this.#id, this.#host, isWanted);
    } while (isWanted());
    this.#held.clear();
  }

  /** What a command handler returned leaves after the commit: it may be for other keys, and for this one. */
  #commit(changes: Changes): Written {
    const outbox: AddressedEvent[] = [];
    const accept = (events: readonly AddressedEvent[]) => {
      outbox.push(...events);
      return [];
    };
    const brought: (() => void)[] = [];
    const deliver: WriteTarget["deliver"] = (event, route, keys) => {
      for (const key of keys) {
        if (key === this.kept.key.aggregateId)
          deliverEvent({ store: this.#store, activations: this.#host.memory.activations }, event, route, [key]);
        else brought.push(() => this.#surroundings.bring(event, { process: route.process, aggregateId: key }));
      }
      return { receipt: { eventId: event.eventId, outcome: "duplicate" }, mailboxes: [] };
    };
    const written = this.#write(() => writeChanges({ store: this.#store, memory: this.#host.memory, accept, deliver }, changes));
    for (const bring of brought) bring();
    this.#held.clear();
    this.#noteProgress();
    this.#surroundings.deliver(outbox);
    this.look();
    return written;
  }

  #write<Result>(work: () => Result): Result {
    try {
      const result = transact(this.kept, work);
      this.#takeRows();
      tidyKey(this.kept, this.#host.clock.now());
      return result;
    } finally {
      clearRows(this.#written);
    }
  }

  #takeRows(): void {
    for (const [processId, instance] of this.#written.instances) this.rows.instances.set(processId, instance);
    for (const [deadLetterId, letter] of this.#written.letters) this.rows.letters.set(deadLetterId, letter);
    this.rows.journal.push(...this.#written.journal);
    clearRows(this.#written);
  }

  /** The key does nothing any more: it would meet the same error again. */
  #break(error: unknown): void {
    this.#isBroken = true;
    this.#surroundings.onError(error);
  }

  #noteProgress(): void {
    this.#progress += 1;
    this.#fruitless = 0;
    this.#surroundings.onProgress();
  }

  #createHost(): Host {
    const { rules, attempts } = this.#surroundings;
    return {
      ...rules,
      store: this.#store,
      // It holds nothing, because nothing begins it: the key itself is in memory.
      memory: createMemory(this.#store, { held: 1, active: 1 }),
      attempts: {
        ...attempts,
        run: (...attempt) => {
          this.#noteProgress();
          return attempts.run(...attempt);
        },
      },
      // Limits hold for all keys together, and no key knows of another.
      limiter: undefined,
      isStopping: false,
      inTurn: (_kind, _number, _describe, attempt) => {
        this.#noteProgress();
        return attempt({ isInDoubt: false, end: () => {} });
      },
      commit: async (changes) => this.#commit(typeof changes === "function" ? changes() : changes),
      betweenSteps: (_, task) => {
        const done = this.#betweenSteps.add(this.#id, task);
        this.#actor.call(this.#id);
        return done;
      },
      isAwake: () => true,
      holdLane: (lane) => {
        this.#held.add(lane);
        this.#noteProgress();
        this.#actor.wake(this.#id);
      },
      // Each commit has it look again.
      holdSteps: () => {},
      // Each commit has it look again, and the next moment knows of early events.
      noteKept: () => {},
      noteAwaited: () => {},
      noteAwaitedPolicy: () => {},
      noteOutlived: () => {},
      noteContext: () => {},
      isNewer: (process, processId) =>
        (this.#store.instances.get(processId)?.version ?? 1) > (rules.machines.get(process)?.definition.version ?? 1),
      noteNewer: () => {},
    };
  }

  #createRunner(run: (id: string) => Promise<void>): SerialRunner {
    return createSerialRunner({
      run,
      maxRunning: Number.POSITIVE_INFINITY,
      maxWaiting: Number.POSITIVE_INFINITY,
      onMissed: () => {},
      onError: (_, error) => this.#break(error),
      onProgress: () => this.look(),
    });
  }
}

function clearRows({ instances, letters, journal }: WrittenRows): void {
  instances.clear();
  letters.clear();
  journal.length = 0;
}
