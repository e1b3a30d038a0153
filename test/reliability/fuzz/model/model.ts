import type { Version } from "../domain.ts";
import type { Entry } from "../trace.ts";
import { accept, addCorrelationLetter, settleCorrelation } from "./acceptance.ts";
import { beginAttempt } from "./attempts.ts";
import { changeCommand, beginCommand, failCommandAttempt, giveCommandUp, handleCommand } from "./commands.ts";
import { migrateInstance } from "./contexts.ts";
import { cancel, reschedule, suspend, unsuspend } from "./instances.ts";
import { discard, resume, skip } from "./letters.ts";
import { type Moves, type Said, State } from "./state.ts";
import { begin, dropRetry, failAttempt, failByCommand, giveUp, handle, timeOut } from "./steps.ts";
import { demand } from "./violation.ts";

/**
 * What the guarantees allow, as a machine that reads the trace: it keeps its own mailboxes, instances, timers, commands and dead
 * letters, and throws a `Violation` at the first entry that they do not allow.
 *
 * To be read as a specification, in this order: `acceptance.ts` says where an event goes; `mailbox.ts`, which one is next; `attempts.ts`, when a
 * handler may run; `steps.ts`, what may be committed of it; `contexts.ts`, what an instance remembers, and in which version; `commands.ts` and
 * `limits.ts`, the same for commands; `letters.ts` and `instances.ts`, what operators do; `rest.ts`, what is left when nothing moves. `state.ts` has the words.
 */
export class Model {
  readonly state: State;

  constructor(moves: Moves) {
    this.state = new State(moves);
  }

  apply(entry: Entry): void {
    const { state } = this;
    const [owed] = state.owedLetters;
    demand(owed === undefined || entry.kind === "letter", `${owed?.event.eventId} has no letter of ${owed?.spec.process}`);
    switch (entry.kind) {
      case "accept":
        return accept(state, entry);
      case "letter":
        return addCorrelationLetter(state, entry);
      case "letter-settled":
        return settleCorrelation(state, entry);
      case "journal":
        return this.#journal(entry);
      case "attempt":
        return beginAttempt(state, entry);
      case "end": {
        const attempt = [...state.mailboxes.values()].map(({ inFlight }) => inFlight).find((inFlight) => inFlight?.run === entry.run);
        if (attempt !== undefined) [attempt.ending, attempt.staged, attempt.patch] = [entry.ending, entry.staged, entry.patch];
        return;
      }
      case "command-attempt":
        return beginCommand(state, entry);
      case "command-end": {
        const attempt = [...state.commandsInFlight.values()].find(({ run }) => run === entry.run);
        if (attempt !== undefined) [attempt.ending, attempt.returned] = [entry.ending, entry.returned];
        return;
      }
      case "cut":
        return this.#cut();
      case "deploy":
        return this.#deploy(entry.version);
      case "health":
        state.isHealed = entry.isHealed;
        return;
      case "operation":
        return;
    }
  }

  get isAnythingInFlight(): boolean {
    const { commandsInFlight, mailboxes } = this.state;
    return commandsInFlight.size > 0 || [...mailboxes.values()].some(({ inFlight }) => inFlight !== undefined);
  }

  #cut(): void {
    for (const mailbox of this.state.mailboxes.values()) mailbox.inFlight = undefined;
    this.state.commandsInFlight.clear();
    this.state.begunUnderLimit.clear();
  }

  #deploy(version: Version): void {
    demand(!this.isAnythingInFlight, "a deploy while attempts run");
    this.state.deploy = version;
  }

  #journal({ processId, entry, at, facts }: Extract<Entry, { kind: "journal" }>): void {
    const { state } = this;
    const name = `journal: ${entry} of ${processId} ${JSON.stringify({ ...facts, error: facts.error?.message })}`;
    if (entry === "started") return begin(state, processId, { at, facts, name });
    const instance = state.instances.get(processId);
    demand(instance !== undefined, `${name}: there is no such instance`);
    demand(instance.failingBy === undefined || entry === "failed", `${name}: the instance has to fail first`);
    const said: Said = { mailbox: state.mailbox(instance.spec, instance.aggregateId), instance, at, facts, name };
    if (entry === "migrated") return migrateInstance(state, instance, facts, name);
    demand(!instance.isMigrating || ofSteps.includes(entry), `${name}: the instance was migrated for a step`);
    instance.isMigrating = false;
    switch (entry) {
      case "handled":
      case "completed":
        return handle(state, entry, said);
      case "attempt_failed":
        return failAttempt(state, said);
      case "failed":
      case "step_failed":
        return facts.command === undefined ? giveUp(state, entry, said) : failByCommand(state, said);
      case "retry_dropped":
        return dropRetry(said);
      case "timed_out":
        return timeOut(state, said);
      case "command_handled":
        return handleCommand(state, said);
      case "command_attempt_failed":
        return failCommandAttempt(state, said);
      case "command_failed":
        return giveCommandUp(state, said);
      case "command_cancelled":
      case "command_rescheduled":
        return changeCommand(state, entry, said);
      case "resumed":
        return resume(state, said);
      case "skipped":
        return skip(state, said);
      case "discarded":
        return discard(state, said);
      case "suspended":
        return suspend(state, said);
      case "unsuspended":
        return unsuspend(state, said);
      case "rescheduled":
        return reschedule(state, said);
      case "cancelled":
        return cancel(state, said);
      case "erased":
        return demand(false, `${name}: nobody has asked for it`);
    }
  }
}

/** The entries that can follow a migration in its commit. */
const ofSteps: readonly string[] = ["handled", "completed", "attempt_failed", "failed", "step_failed"];
