import { acceptEvents, type Acceptance } from "../../../src/runtime/commit/accept.ts";
import { prepareSettlement } from "../../../src/runtime/commit/settle-letter.ts";
import { writeChanges } from "../../../src/runtime/commit/write-changes.ts";
import { runActor } from "../../../src/runtime/core/actor.ts";
import type { Attempts } from "../../../src/runtime/core/attempt.ts";
import { runCommandLane } from "../../../src/runtime/core/command-lane.ts";
import type { Host, Rules } from "../../../src/runtime/core/host.ts";
import { readSituation } from "../../../src/runtime/core/situation.ts";
import type { Changes } from "../../../src/runtime/decide/changes.ts";
import type { Settlement } from "../../../src/runtime/decide/decide-settlement.ts";
import { nextMoment } from "../../../src/runtime/decide/next-moment.ts";
import { keyToId } from "../../../src/runtime/memory/mailbox-id.ts";
import { createMemory } from "../../../src/runtime/memory/memory.ts";
import { type BetweenSteps, createBetweenSteps } from "../../../src/runtime/schedule/between-steps.ts";
import { createSerialRunner, type SerialRunner } from "../../../src/runtime/schedule/serial-runner.ts";
import type { NewEvent } from "../../../src/store/events.ts";
import type { KeyedStore } from "../../../src/store/keyed-store.ts";
import { callAt } from "../../../src/platform/clock.ts";
import { type KeptKey, transact } from "./kept-key.ts";

/** What the keys of a host have in common. */
export interface Surroundings {
  readonly rules: Rules;
  readonly attempts: Attempts;
  /** Brings events to the keys that they are for. */
  readonly deliver: (events: readonly NewEvent[]) => void;
  readonly onProgress: () => void;
  /** A step could not be written. */
  readonly onError: (error: unknown) => void;
}

/** Does what one key has to do, and wakes itself at the next moment. It knows of no other key. */
export class KeyWorker {
  readonly kept: KeptKey;
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
  #isBroken = false;

  constructor(kept: KeptKey, store: KeyedStore, surroundings: Surroundings) {
    this.kept = kept;
    this.#id = keyToId(kept.key);
    this.#store = store;
    this.#surroundings = surroundings;
    this.#host = this.#createHost();
    this.#actor = this.#createRunner(() => this.#act());
    this.#lanes = this.#createRunner((processId) => runCommandLane(processId, this.#host));
  }

  get isIdle(): boolean {
    return this.#actor.isIdle && this.#lanes.isIdle;
  }

  /** Puts an event into the mailbox if the key's process reacts to it. Whoever calls lets the key `look` afterwards. */
  accept(event: NewEvent): Acceptance {
    const { process } = this.kept.key;
    const ownRouter: Rules["router"] = (type) => this.#host.router(type).filter((route) => route.process === process);
    const [acceptance] = acceptEvents(this.#store, this.#host.memory.activations, ownRouter, [event]);
    return acceptance!;
  }

  /** @throws ProcessError as `prepareSettlement` does */
  settle(deadLetterId: string, settlement: Settlement): Promise<void> {
    const { machines, clock } = this.#host;
    return this.#host.betweenSteps(this.kept.key, async () => {
      this.#commit(prepareSettlement(this.#store, machines, { deadLetterId, settlement, now: clock.now() }));
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
    for (const processId of this.#idleLanes()) this.#lanes.wake(processId);
    // Otherwise the two would look and wake for ever.
    if (this.#progress === before) this.#break(new Error(`${this.#id}: something is due at ${moment}, and nothing was begun`));
  }

  #nextMoment(): number | undefined {
    const { now: _, ...situation } = readSituation(this.#id, this.#host);
    const isActing = this.#actor.holds(this.#id);
    const lanes = this.#idleLanes().map((processId) => this.#store.commands.read(processId, 1));
    return nextMoment({ ...situation, ...(isActing && { instance: undefined, entries: [] }), lanes });
  }

  #idleLanes(): readonly string[] {
    const processIds = new Set(this.kept.commands.map(({ record }) => record.processId));
    return [...processIds].filter((processId) => !this.#held.has(processId) && !this.#lanes.holds(processId));
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
  #commit(changes: Changes): void {
    const outbox: NewEvent[] = [];
    const accept = (events: readonly NewEvent[]) => {
      outbox.push(...events);
      return [];
    };
    transact(this.kept, () => writeChanges({ store: this.#store, memory: this.#host.memory, accept }, changes));
    this.#held.clear();
    this.#noteProgress();
    this.#surroundings.deliver(outbox);
    this.look();
  }

  /** The key does nothing any more: it would meet the same error again. */
  #break(error: unknown): void {
    this.#isBroken = true;
    this.#surroundings.onError(error);
  }

  #noteProgress(): void {
    this.#progress += 1;
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
      isStopping: false,
      inTurn: (_kind, _number, _describe, attempt) => {
        this.#noteProgress();
        return attempt({ isInDoubt: false, end: () => {} });
      },
      commit: async (changes) => this.#commit(changes),
      betweenSteps: (_, task) => {
        const done = this.#betweenSteps.add(this.#id, task);
        this.#actor.call(this.#id);
        return done;
      },
      isAwake: () => true,
      holdLane: (processId) => {
        this.#held.add(processId);
        this.#noteProgress();
        this.#actor.wake(this.#id);
      },
      // Each commit has it look again.
      holdSteps: () => {},
      noteAwaited: () => {},
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
