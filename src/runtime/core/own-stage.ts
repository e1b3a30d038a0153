import { ProcessError } from "../../errors.ts";
import { resolveMoment } from "../../platform/duration.ts";
import { deriveId } from "../../platform/ids.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import type { StepKind } from "../../store/mailbox.ts";
import { findIdProblem } from "../check/id.ts";
import type { Limits } from "../check/settings.ts";
import type { Memory } from "../memory/memory.ts";

/** What an attempt changes of its own instance beside its context, held back until the attempt commits. */
export interface OwnChange {
  /** When the timeout is due from then on, in milliseconds since 1970; `null`: never. `undefined`: as before. */
  readonly dueAt: number | null | undefined;
  /** The ids and keys of stored commands that are taken back, unless their turn comes before the commit. */
  readonly withdraws: readonly string[];
}

export interface OwnStageContext {
  readonly processId: string;
  readonly event: StoredEvent;
  readonly idempotencyKey: string;
  readonly now: number;
  readonly limits: Limits;
  readonly origin: StepKind;
  /** Whether the process has a timeout by its definition. */
  readonly hasTimeout: boolean;
  readonly store: Pick<KeyedStore, "commands">;
  readonly memory: Pick<Memory, "lanes">;
  /** Names the handler, for errors. */
  readonly place: string;
  /** How many commands the attempt has staged by now. */
  readonly countStaged: () => number;
}

/** What a handler does to its own instance. It is made when a handler first asks for it, because few do. */
export class OwnStage {
  readonly #context: OwnStageContext;
  readonly #withdraws = new Set<string>();
  /** By their place on the stage: the keys of commands that have one, and which commands are taken back. */
  readonly #keys = new Map<number, string>();
  readonly #takenBack = new Set<number>();
  #dueAt: number | null | undefined;
  #refusal: unknown;

  constructor(context: OwnStageContext) {
    this.#context = context;
  }

  get change(): OwnChange | undefined {
    if (this.#dueAt === undefined && this.#withdraws.size === 0) return undefined;
    return { dueAt: this.#dueAt, withdraws: [...this.#withdraws] };
  }

  /** @throws ProcessError `TIMEOUT_INVALID`, `DURATION_INVALID` */
  moveTimeout(to: unknown): Date {
    const { event, now, hasTimeout, place } = this.#context;
    this.#refuseEnded("moves the timeout");
    if (!hasTimeout) {
      throw new ProcessError("TIMEOUT_INVALID", `${place}: the process has no timeout that could be moved`, {
        hint: "Give the config a timeout: it is what the instance ends by, in pictures too. process.timeout.cancel() in the first handler leaves it off until it is wanted.",
      });
    }
    // What has been handled was before the timeout, so that no deadline lies before it.
    const earliest = Math.min(event.occurredAt, now);
    this.#dueAt = Math.max(resolveMoment(to, event.occurredAt, `${place}: process.timeout.moveTo`), earliest);
    return new Date(this.#dueAt);
  }

  /** @throws ProcessError `TIMEOUT_INVALID` */
  cancelTimeout(): void {
    this.#refuseEnded("cancels the timeout");
    this.#dueAt = null;
  }

  /** Takes a command back by its id or its key. Resolves with whether there was one, as of now. */
  withdraw(name: unknown): Promise<boolean> {
    const { limits, place, store, memory, processId } = this.#context;
    const problem = findIdProblem(name, limits);
    if (problem !== undefined) {
      const refusal = new ProcessError("COMMAND_INVALID", `${place}: process.withdraw: the name of the command ${problem}`, {
        hint: 'Give the commandId that dispatching the command resolved with, or its key: process.withdraw("reminder").',
      });
      // The attempt fails with it, whether the handler awaits this or not.
      this.#refusal ??= refusal;
      const rejected = Promise.reject<boolean>(refusal);
      rejected.catch(() => {});
      return rejected;
    }
    const wanted = String(name);
    const staged = this.#findStaged(wanted);
    if (staged !== undefined) {
      this.#takenBack.add(staged);
      return Promise.resolve(true);
    }
    if (this.#withdraws.has(wanted) || findUnbegun(processId, wanted, { store, memory }).length === 0) return Promise.resolve(false);
    this.#withdraws.add(wanted);
    return Promise.resolve(true);
  }

  /** A command is being staged whose key takes the place of what had that key before. */
  replace(key: string, index: number): void {
    const staged = this.#findStaged(key);
    if (staged !== undefined) this.#takenBack.add(staged);
    this.#keys.set(index, key);
    this.#withdraws.add(key);
  }

  /** What is left of the staged commands. @throws the first refusal, even of a call that the handler did not await */
  keep<Staged>(commands: readonly Staged[]): readonly Staged[] {
    if (this.#refusal !== undefined) throw this.#refusal;
    return this.#takenBack.size === 0 ? commands : commands.filter((_, index) => !this.#takenBack.has(index));
  }

  #findStaged(name: string): number | undefined {
    const { idempotencyKey, countStaged } = this.#context;
    for (let index = 0; index < countStaged(); index += 1) {
      if (this.#takenBack.has(index)) continue;
      if (this.#keys.get(index) === name || nameStaged(idempotencyKey, index) === name) return index;
    }
    return undefined;
  }

  #refuseEnded(what: string): void {
    const { origin, place } = this.#context;
    if (origin === "event") return;
    throw new ProcessError("TIMEOUT_INVALID", `${place} ${what} of an instance that ${origin === "failed" ? "has failed" : "has ended"}`, {
      hint:
        origin === "failed"
          ? "Its deadline stands, and takes effect once its dead letter is retried. A handler of an event can move it then."
          : "Dispatch a command with a delay for what is to happen later.",
    });
  }
}

/** The same attempt always gives the same ids, so a step that is repeated after a crash repeats them. */
export function nameStaged(idempotencyKey: string, index: number): string {
  return deriveId(`${idempotencyKey}/${index}`);
}

/** The commands of that id or key that can be taken back: their turn has never come. */
export function findUnbegun(
  processId: string,
  name: string,
  { store, memory }: { readonly store: Pick<KeyedStore, "commands">; readonly memory: Pick<Memory, "lanes"> },
): readonly CommandRecord[] {
  return store.commands
    .named(processId, name)
    .filter(({ attempts, generation, seq }) => attempts === 0 && generation === 0 && !memory.lanes.isEntered(seq));
}
