import { laneOf } from "../../definition/model/lane.ts";
import type { Changes } from "../../runtime/decide/changes.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { JournalRecord } from "../../store/journal.ts";
import { createKeptKey, tidyKey } from "../key/kept-key.ts";
import { awaitsDefinition, listDueCommands, nextKeyMoment, nextStepMoment } from "../key/key-work.ts";
import { type OpenKey, openKey } from "../key/open-key.ts";
import { takeStep } from "../key/take-step.ts";
import { writeStep } from "../key/write-step.ts";
import type { ArmedWake, KeptKey } from "../wire/kept-key.ts";
import type { RunInput, WakeInput } from "../wire/messages.ts";
import { serviceOf, stateKeys } from "../wire/names.ts";
import type { Parts } from "./parts.ts";
import type { KeyContext } from "./sdk.ts";
import { bringFrom, bringTo, forgetEnded, send } from "./send.ts";

// A turn that goes on for longer goes on in another, so that what else waits for the key comes in between.
const MOST_STEPS = 32;
// How soon a key is looked at again that had nothing to do although its moment had come: the clock of this OS process may be behind.
const FLOOR_MS = 250;
// How soon what waits for a newer definition is looked at again, because a deploy wakes nobody.
const LOOK_AGAIN_MS = 60_000;

/**
 * One turn of a key: what an exclusive handler does between loading the state and saving it. All that is not the same when the turn is repeated is
 * asked inside of `run`, whose answers the server keeps. What is sent and what is saved take effect together, when the turn has ended.
 */
export class Turn {
  readonly key: OpenKey;
  readonly #context: KeyContext;
  readonly #parts: Parts;
  readonly #ids: { readonly id: PromiseLike<string>; readonly note: (id: string) => void }[] = [];

  constructor(context: KeyContext, key: OpenKey, parts: Parts) {
    this.#context = context;
    this.key = key;
    this.#parts = parts;
  }

  /** `deadLetterId` names a letter that the turn is about. */
  static async open(context: KeyContext, process: string, parts: Parts, deadLetterId?: string): Promise<Turn> {
    const kept = (await context.get<KeptKey>(stateKeys.core)) ?? createKeptKey({ process, aggregateId: context.key });
    const isBeside = deadLetterId !== undefined && !kept.letters.some((letter) => letter.deadLetterId === deadLetterId);
    const letter = isBeside ? await context.get<DeadLetterRecord>(stateKeys.letter(deadLetterId)) : null;
    return new Turn(context, openKey(kept, parts.rules, letter ?? undefined), parts);
  }

  /** Writes what a step changes, and sends what follows from it. Returns whether the step was still to be written. */
  write(changes: Changes): boolean {
    const { kept } = this.key;
    const written = writeStep(this.key, changes);
    for (const event of written.events) this.#bring(event);
    for (const { event, key } of written.brought) send(this.#context, this.#parts, bringTo(key, event));
    for (const { invocationId } of written.calledOff) this.#context.cancel(invocationId);
    this.#writeJournal(written.journal);
    if (written.ended !== undefined) {
      send(this.#context, this.#parts, forgetEnded(kept.key, written.ended, this.#parts.settings.retention));
    }
    return written.applied;
  }

  /**
   * Takes the steps that are due, sends the commands that are due, arms the wake-up for what is due next, and saves the key. `known` is a moment
   * that is not after now. `mayTimeOut`: what was accepted before now has been looked at.
   */
  async end(known: number | undefined, mayTimeOut = false): Promise<void> {
    const { now, ...how } = await this.#takeSteps(known, mayTimeOut);
    await this.#close(now, how);
  }

  /** The same, but leaves the steps that are due to a turn that comes next, so that whoever has called waits for no handler. */
  async leave(now: number): Promise<void> {
    const moment = nextStepMoment(this.key);
    await this.#close(now, moment !== undefined && moment <= now ? { isUnfinished: true } : {});
  }

  async #close(now: number, how: { readonly isDeadline?: true; readonly isUnfinished?: true }): Promise<void> {
    const { key } = this;
    for (const command of listDueCommands(key, now)) this.#run(command);
    await this.#arm(now, how);
    for (const { id, note } of this.#ids) note(await id);
    tidyKey(key.kept, now);
    this.save();
  }

  /** Saves the key as it is. */
  save(): void {
    const { kept, written } = this.key;
    for (const [processId, instance] of written.instances) this.#context.set(stateKeys.instance(processId), instance);
    for (const [deadLetterId, letter] of written.letters) this.#context.set(stateKeys.letter(deadLetterId), letter);
    this.#context.set(stateKeys.core, kept);
  }

  async #takeSteps(known: number | undefined, mayTimeOut: boolean) {
    const { key } = this;
    const end = async (now: number | undefined, how: { readonly isDeadline?: true; readonly isUnfinished?: true } = {}) => ({
      now: now ?? (await this.#context.date.now()),
      ...how,
    });
    let now = known;
    for (let steps = 0; ; steps += 1) {
      const moment = nextStepMoment(key);
      if (moment === undefined) return end(now);
      if (moment > Number.NEGATIVE_INFINITY) now ??= await this.#context.date.now();
      if (now !== undefined && moment > now) return end(now);
      if (steps === MOST_STEPS) return end(now, { isUnfinished: true });
      const taken = await this.#context.run("step", () => takeStep(key, mayTimeOut));
      now = taken.now;
      if (taken.isDeadline === true) return end(now, { isDeadline: true });
      if (taken.changes === undefined) return end(now);
      this.write(taken.changes);
    }
  }

  /** The command runs beside its key, so that events of the key are handled meanwhile. */
  #run(command: CommandRecord): void {
    const { kept, store } = this.key;
    const instance = store.instances.get(command.processId);
    const input: RunInput = {
      service: serviceOf(kept.key.process),
      key: kept.key.aggregateId,
      command,
      ...(instance !== undefined && { instance }),
    };
    const { invocationId } = send(this.#context, this.#parts, { service: this.#parts.own.commands, method: "run", parameter: input });
    const running = { lane: laneOf(command), seq: command.seq, commandId: command.commandId };
    this.#ids.push({
      id: invocationId,
      note: (id) => void (kept.running = [...kept.running.filter(({ seq }) => seq !== command.seq), { ...running, invocationId: id }]),
    });
    kept.running = [...kept.running, { ...running, invocationId: "" }];
  }

  /** There is one wake-up at most. One that is armed for another moment is called off. */
  async #arm(now: number, how: { readonly isDeadline?: true | undefined; readonly isUnfinished?: true | undefined }): Promise<void> {
    const { kept } = this.key;
    const next = this.#nextWake(now, how);
    const { wake } = kept;
    if (next?.at === wake?.at && next?.isLast === wake?.isLast) return;
    if (wake !== null) this.#context.cancel(wake.invocationId);
    kept.wake = null;
    if (next === undefined) return;
    const { process, aggregateId } = kept.key;
    const input: WakeInput = { at: next.at, isLast: next.isLast };
    const delay = Math.max(0, next.at - now);
    const { invocationId } = send(this.#context, this.#parts, {
      service: serviceOf(process),
      method: "wake",
      key: aggregateId,
      parameter: input,
      ...(delay > 0 && { delay }),
    });
    this.#ids.push({ id: invocationId, note: (id) => void (kept.wake = { ...input, invocationId: id }) });
  }

  #nextWake(
    now: number,
    { isDeadline, isUnfinished }: { readonly isDeadline?: true | undefined; readonly isUnfinished?: true | undefined },
  ): Omit<ArmedWake, "invocationId"> | undefined {
    // What is due comes at once, behind all that waits for the key by now.
    if (isDeadline === true) return { at: now, isLast: true };
    if (isUnfinished === true) return { at: now, isLast: false };
    const moment = nextKeyMoment(this.key);
    const moments = [
      ...(moment === undefined ? [] : [moment > now ? moment : now + FLOOR_MS]),
      ...(awaitsDefinition(this.key, now) ? [now + LOOK_AGAIN_MS] : []),
    ];
    return moments.length === 0 ? undefined : { at: Math.min(...moments), isLast: false };
  }

  #bring(event: Parameters<typeof bringFrom>[1]): void {
    const { kept } = this.key;
    const messages = bringFrom(kept, event, this.#parts);
    if (messages.length === 0) {
      kept.ignored += 1;
      this.#parts.rules.logger.warn(`no process reacts to ${event.type}, which is for ${JSON.stringify(event.aggregateId)}`, {
        type: event.type,
      });
    }
    for (const message of messages) send(this.#context, this.#parts, message);
  }

  #writeJournal(records: readonly JournalRecord[]): void {
    if (records.length === 0) return;
    const { kept } = this.key;
    kept.lastJournal += 1;
    this.#context.set(stateKeys.journal(kept.lastJournal), records);
  }
}
