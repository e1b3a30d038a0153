import { backOffMs, knows, ownTypes, policy, type ProcessSpec, specs } from "./domain.ts";
import { completes, nothing, type Patch, remember, type Remembered, tellContext } from "./remembered.ts";
import type { Ending, Entry, Facts, StagedCommand, StepKind } from "./trace.ts";

export type Status = "started" | "completed" | "timed_out" | "failed";

interface Step {
  readonly kind: StepKind;
  readonly position: number;
  readonly eventId: string;
  readonly type: string;
  readonly occurredAt: number;
  /** For own handlers. */
  readonly processId: string | undefined;
  attempts: number;
  notBefore: number | undefined;
  firstFailedAt: number | undefined;
  generation: number;
  /** It was parked behind a letter that was retried. */
  isDrained: boolean;
}

export interface ModelInstance {
  readonly spec: ProcessSpec;
  readonly processId: string;
  readonly aggregateId: string;
  readonly dueAt: number | undefined;
  status: Status;
  isOpen: boolean;
  /** The letter of a command that fails the instance in the same commit. */
  failingBy: string | undefined;
  /** What it remembers, if its process remembers anything. */
  context: Remembered | undefined;
  outcome: string | undefined;
}

interface Mailbox {
  readonly spec: ProcessSpec;
  readonly aggregateId: string;
  open: ModelInstance | undefined;
  /** Events in order of acceptance. */
  queue: Step[];
  own: Step[];
  inFlight: Attempt | undefined;
  /** The retry that a timeout is about to forestall, in the same commit. */
  forestalled: Step | undefined;
  /** The event for an own handler that is in the log, and not yet what it is for. */
  ownEvent: Step | undefined;
}

interface Attempt {
  readonly run: number;
  readonly eventId: string;
  readonly at: number;
  ending: Ending | undefined;
  staged: readonly StagedCommand[];
  patch: Patch | undefined;
}

export interface ModelCommand {
  readonly commandId: string;
  readonly processId: string;
  readonly origin: StepKind;
  readonly sequence: number;
  readonly dueAt: number;
  state: "pending" | "handled" | "letter" | "dropped";
  isParked: boolean;
  attempts: number;
  notBefore: number | undefined;
  generation: number;
}

export interface ModelLetter {
  readonly deadLetterId: string;
  readonly processId: string;
  readonly mailbox: Mailbox;
  readonly blocks: boolean;
  readonly step: Step | undefined;
  readonly command: ModelCommand | undefined;
  status: "open" | "retried" | "discarded";
}

/** A sentence of the guarantees that does not hold. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/**
 * Where the XState machine of a process moves from one status by an event; the timeout has the event `undefined`. `context`: what the
 * instance remembers after the event.
 */
export type Moves = (process: string, from: Status, event: string | undefined, context?: object) => Status;

/**
 * What the guarantees allow, as a machine that reads the trace: it keeps its own mailboxes, instances, timers, commands and dead
 * letters, and throws a `Violation` at the first entry that they do not allow.
 */
export class Model {
  readonly instances = new Map<string, ModelInstance>();
  readonly commands = new Map<string, ModelCommand>();
  readonly letters = new Map<string, ModelLetter>();
  /** By eventId, how often it was accepted. */
  readonly accepted = new Map<string, number>();
  /** By eventId, how many commands returned it. */
  readonly returned = new Map<string, number>();
  readonly #mailboxes = new Map<string, Mailbox>();
  /** By processId, for instances that a handler has begun to start. */
  readonly #begun = new Map<string, Mailbox>();
  readonly #keys = new Map<string, string>();
  readonly #keysUsed = new Map<string, string>();
  readonly #commandsInFlight = new Map<
    string,
    { readonly run: number; readonly commandId: string; readonly at: number; ending: Ending | undefined; returned: number }
  >();
  readonly #moves: Moves;

  constructor(moves: Moves) {
    this.#moves = moves;
  }

  apply(entry: Entry): void {
    switch (entry.kind) {
      case "accept":
        return this.#accept(entry);
      case "journal":
        return this.#journal(entry);
      case "attempt":
        return this.#attempt(entry);
      case "end": {
        const attempt = [...this.#mailboxes.values()].map(({ inFlight }) => inFlight).find((inFlight) => inFlight?.run === entry.run);
        if (attempt !== undefined) [attempt.ending, attempt.staged, attempt.patch] = [entry.ending, entry.staged, entry.patch];
        return;
      }
      case "command-attempt":
        return this.#commandAttempt(entry);
      case "command-end": {
        const attempt = [...this.#commandsInFlight.values()].find(({ run }) => run === entry.run);
        if (attempt !== undefined) [attempt.ending, attempt.returned] = [entry.ending, entry.returned];
        return;
      }
      case "cut":
        for (const mailbox of this.#mailboxes.values()) mailbox.inFlight = undefined;
        this.#commandsInFlight.clear();
        return;
      case "operation":
        return;
    }
  }

  // Events

  #accept({ position, eventId, type, aggregateId, occurredAt }: Extract<Entry, { kind: "accept" }>): void {
    const step: Step = {
      kind: "event",
      position,
      eventId,
      type,
      occurredAt,
      processId: undefined,
      attempts: 0,
      notBefore: undefined,
      firstFailedAt: undefined,
      generation: 0,
      isDrained: false,
    };
    for (const spec of specs) {
      const own = ownTypes(spec);
      if (type !== own.timedOut && type !== own.failed) continue;
      const mailbox = this.mailbox(spec, aggregateId);
      demand(mailbox.ownEvent === undefined, `two events for own handlers of ${spec.process} ${aggregateId} in one commit`);
      mailbox.ownEvent = { ...step, kind: type === own.timedOut ? "timed_out" : "failed" };
      return;
    }
    this.accepted.set(eventId, (this.accepted.get(eventId) ?? 0) + 1);
    for (const spec of specs.filter((candidate) => knows(candidate, type))) {
      const mailbox = this.mailbox(spec, aggregateId);
      const opens = mailbox.queue.some((waiting) => spec.startedBy.includes(waiting.type));
      // Without an instance, and none to come before it, it can only be ignored.
      if (!spec.startedBy.includes(type) && mailbox.open === undefined && !opens) continue;
      mailbox.queue.push({ ...step });
    }
  }

  // Attempts

  #attempt(entry: Extract<Entry, { kind: "attempt" }>): void {
    const { process, processId, step: kind, eventId, aggregateId, attempt, idempotencyKey, at, run } = entry;
    const spec = specs.find((candidate) => candidate.process === process)!;
    const mailbox = this.mailbox(spec, aggregateId);
    const name = `attempt ${attempt} of ${process} ${aggregateId} at ${eventId} (${entry.type})`;
    demand(mailbox.inFlight === undefined, `${name} begins while another attempt of the instance runs`);
    const step = kind === "event" ? this.#head(mailbox, eventId, name) : mailbox.own.find((own) => own.eventId === eventId);
    demand(step !== undefined, `${name}: it is not in the mailbox`);
    demand(step.kind === kind, `${name}: it ran as ${kind}, and is ${step.kind}`);
    demand(step.occurredAt === entry.occurredAt, `${name}: occurredAt is another`);
    demand((step.notBefore ?? at) <= at, `${name} is early: not before ${step.notBefore}, now ${at}`);
    demand(attempt === step.attempts + 1, `${name}: ${step.attempts} attempts have failed so far`);
    this.#checkKey(`${process}/${eventId}`, step.generation, idempotencyKey, name);
    if (kind === "event") {
      demand(!mailbox.own.some((own) => (own.notBefore ?? at) <= at), `${name} overtakes a step of an own handler`);
      this.#checkEventAttempt(mailbox, step, entry, name);
    } else if (this.#isHeld(step)) demand(false, `${name} comes before a command that was due before it`);
    else demand(processId === step.processId, `${name}: it speaks for ${processId}, not ${step.processId}`);
    const remembers = kind === "event" && mailbox.open === undefined ? beginning(spec) : this.instances.get(processId)?.context;
    demand(
      tellContext(entry.context) === tellContext(remembers),
      `${name}: it is given ${tellContext(entry.context)}, the instance remembers ${tellContext(remembers)}`,
    );
    mailbox.inFlight = { run, eventId, at, ending: undefined, staged: [], patch: undefined };
  }

  #checkEventAttempt(mailbox: Mailbox, step: Step, { processId, status, at }: Extract<Entry, { kind: "attempt" }>, name: string): void {
    const { open, queue, spec } = mailbox;
    if (open === undefined) {
      demand(spec.startedBy.includes(step.type), `${name}: there is no instance, and it starts none`);
      demand(!this.instances.has(processId), `${name}: a new instance has the processId of one before`);
      this.#begun.set(processId, mailbox);
      return;
    }
    demand(processId === open.processId, `${name}: it is for ${processId}, and ${open.processId} is open`);
    demand(open.status === "started", `${name}: the instance is ${open.status}, so it is parked`);
    demand(status === "started", `${name}: the handler sees the status ${status}`);
    if (open.dueAt === undefined || open.dueAt > at) return;
    const { dueAt } = open;
    demand(
      queue.some(({ occurredAt }) => occurredAt < dueAt),
      `${name}: the timeout was due before, and no event from before it waits`,
    );
    demand(!isForestalled(step, dueAt), `${name}: the timeout was due before this retry`);
  }

  #checkKey(of: string, generation: number, key: string, name: string): void {
    const before = this.#keys.get(`${of}/${generation}`);
    demand(before === undefined || before === key, `${name}: the idempotencyKey is not that of the attempt before`);
    const user = this.#keysUsed.get(key);
    demand(user === undefined || user === `${of}/${generation}`, `${name}: the idempotencyKey was that of ${user}`);
    this.#keys.set(`${of}/${generation}`, key);
    this.#keysUsed.set(key, `${of}/${generation}`);
  }

  /** The next event, after those that concern nobody. */
  #head(mailbox: Mailbox, eventId: string, name: string): Step | undefined {
    this.#skipIgnored(mailbox);
    const index = mailbox.queue.findIndex((waiting) => waiting.eventId === eventId);
    if (index === -1) return undefined;
    const overtaken = mailbox.queue.slice(0, index).map((waiting) => waiting.eventId);
    demand(overtaken.length === 0, `${name} overtakes ${overtaken.join(", ")}`);
    return mailbox.queue[index];
  }

  #skipIgnored({ open, queue, spec }: Mailbox): void {
    if (open !== undefined) return;
    const first = queue.findIndex(({ type }) => spec.startedBy.includes(type));
    queue.splice(0, first === -1 ? queue.length : first);
  }

  // What was committed

  #journal({ processId, entry, at, facts }: Extract<Entry, { kind: "journal" }>): void {
    const name = `journal: ${entry} of ${processId} ${JSON.stringify({ ...facts, error: facts.error?.message })}`;
    if (entry === "started") return this.#started(processId, facts, name);
    const instance = this.instances.get(processId);
    demand(instance !== undefined, `${name}: there is no such instance`);
    const mailbox = this.mailbox(instance.spec, instance.aggregateId);
    demand(instance.failingBy === undefined || entry === "failed", `${name}: the instance has to fail first`);
    switch (entry) {
      case "handled":
      case "completed":
        return this.#handled(mailbox, instance, entry, facts, name);
      case "attempt_failed":
        return this.#attemptFailed(mailbox, at, facts, name);
      case "failed":
      case "step_failed":
        return facts.command === undefined
          ? this.#gaveUp(mailbox, instance, entry, at, facts, name)
          : this.#failedByCommand(mailbox, instance, facts, name);
      case "retry_dropped": {
        const [head] = mailbox.queue;
        demand(head?.eventId === facts.event?.eventId && head?.notBefore !== undefined, `${name}: that is no waiting retry`);
        mailbox.forestalled = mailbox.queue.shift();
        return;
      }
      case "timed_out":
        return this.#timedOut(mailbox, instance, at, facts, name);
      case "command_handled":
        return this.#commandHandled(facts, name);
      case "command_attempt_failed":
        return this.#commandAttemptFailed(at, facts, name);
      case "command_failed":
        return this.#commandGaveUp(mailbox, instance, at, facts, name);
      case "resumed":
        return this.#resumed(facts, name);
      case "discarded":
        return this.#discarded(facts, name);
      case "migrated":
        return demand(false, `${name}: no process of the fuzzer has a second version`);
    }
  }

  #started(processId: string, { event, dueAt, status, context }: Facts, name: string): void {
    const begun = this.#begun.get(processId);
    demand(
      begun !== undefined && begun.inFlight?.eventId === event?.eventId && begun.open === undefined,
      `${name}: no handler has begun with that event`,
    );
    demand(!this.instances.has(processId), `${name}: it was there before`);
    const head = this.#head(begun, event!.eventId, name)!;
    const expected = begun.spec.timeout === undefined ? undefined : head.occurredAt + begun.spec.timeout.ms;
    demand(dueAt === expected, `${name}: its timeout is due at ${dueAt}, not ${expected}`);
    demand(status === "started", `${name}: its status`);
    const instance: ModelInstance = {
      spec: begun.spec,
      processId,
      aggregateId: begun.aggregateId,
      dueAt: expected,
      status: "started",
      isOpen: true,
      failingBy: undefined,
      context: beginning(begun.spec),
      outcome: undefined,
    };
    demand(tellContext(context) === tellContext(instance.context), `${name}: a new instance remembers ${tellContext(instance.context)}`);
    this.instances.set(processId, instance);
    begun.open = instance;
  }

  #handled(mailbox: Mailbox, instance: ModelInstance, entry: "handled" | "completed", facts: Facts, name: string): void {
    const { spec } = mailbox;
    const step = this.#takeStep(mailbox, instance, facts, name);
    const hasHandler = step.kind !== "event" || spec.handles.includes(step.type);
    let patch: Patch | undefined;
    if (hasHandler) {
      const attempt = this.#endAttempt(mailbox, step, name);
      demand(attempt.ending === "ok", `${name}: its attempt ended ${attempt.ending}`);
      demand(facts.attempt === step.attempts + 1, `${name}: it was attempt ${step.attempts + 1}`);
      this.#addCommands(instance, step.kind, attempt, facts, name);
      ({ patch } = attempt);
    } else demand(facts.commands === undefined, `${name}: commands of nobody`);
    changeContext(instance, patch, facts, name);
    if (step.kind !== "event") {
      demand(entry === "handled" && facts.status === instance.status, `${name}: an own handler changes no status`);
      return;
    }
    const status = this.#moves(spec.process, instance.status, step.type, instance.context);
    demand(facts.status === status && (status === "completed") === (entry === "completed"), `${name}: the machine says ${status}`);
    const isLast = spec.completedBy.includes(step.type) || completes(spec, instance.context ?? {});
    demand((status === "completed") === isLast, `${name}: the config says otherwise than the machine`);
    instance.status = status;
    if (isLast) instance.outcome = spec.outcomes[step.type];
    demand(facts.outcome === instance.outcome, `${name}: its outcome is ${instance.outcome}`);
    if (status === "completed") this.#end(mailbox, instance);
  }

  #attemptFailed(mailbox: Mailbox, at: number, facts: Facts, name: string): void {
    const step = this.#findStep(mailbox, facts, name);
    const attempt = this.#endAttempt(mailbox, step, name);
    const failure = describeFailure(attempt, at, facts, name);
    demand(!step.isDrained, `${name}: it was parked, so its first failure is final`);
    demand(failure !== "final", `${name}: that error allows no other attempt`);
    step.attempts += 1;
    step.firstFailedAt ??= at;
    demand(facts.attempt === step.attempts, `${name}: it was attempt ${step.attempts}`);
    demand(step.attempts <= policy.maxRetries, `${name}: no retries are left`);
    step.notBefore = at + (failure === "later" ? RETRY_LATER_MS : backOffMs(step.attempts));
    demand(facts.retryAt === step.notBefore, `${name}: the next attempt is due at ${step.notBefore}`);
  }

  #gaveUp(mailbox: Mailbox, instance: ModelInstance, entry: "failed" | "step_failed", at: number, facts: Facts, name: string): void {
    const step = this.#takeStep(mailbox, instance, facts, name);
    const attempt = this.#endAttempt(mailbox, step, name);
    const failure = describeFailure(attempt, at, facts, name);
    demand(facts.attempt === step.attempts + 1, `${name}: it was attempt ${step.attempts + 1}`);
    demand(step.isDrained || failure === "final" || step.attempts + 1 > policy.maxRetries, `${name}: it has attempts left`);
    demand((entry === "failed") === (step.kind === "event"), `${name}: of a ${step.kind} step`);
    this.#addLetter(facts.deadLetterId, instance, mailbox, step.kind === "event", { step, command: undefined }, name);
    if (step.kind === "event") this.#fail(mailbox, instance, facts, name);
    else demand(facts.status === instance.status, `${name}: an own handler changes no status`);
  }

  #failedByCommand(mailbox: Mailbox, instance: ModelInstance, facts: Facts, name: string): void {
    demand(instance.failingBy !== undefined && instance.failingBy === facts.deadLetterId, `${name}: by another letter than the command's`);
    instance.failingBy = undefined;
    demand(mailbox.inFlight === undefined, `${name}: while an attempt runs`);
    this.#fail(mailbox, instance, facts, name);
  }

  #fail(mailbox: Mailbox, instance: ModelInstance, facts: Facts, name: string): void {
    demand(instance.status === "started", `${name}: it was ${instance.status}`);
    demand(
      this.#moves(instance.spec.process, "started", "process.failed") === "failed" && facts.status === "failed",
      `${name}: its status`,
    );
    instance.status = "failed";
    this.#addOwn(mailbox, instance, "failed", instance.spec.onFailed, name);
  }

  #timedOut(mailbox: Mailbox, instance: ModelInstance, at: number, facts: Facts, name: string): void {
    const { dueAt } = instance;
    const { forestalled, queue } = mailbox;
    demand(instance.isOpen && instance.status === "started", `${name}: it is ${instance.status}`);
    demand(dueAt !== undefined && facts.dueAt === dueAt, `${name}: it was due at ${dueAt}`);
    demand(at >= dueAt, `${name}: early`);
    demand(mailbox.inFlight === undefined, `${name}: while an attempt runs`);
    demand(queue[0]?.notBefore === undefined, `${name}: a retry is left`);
    const waits = [...queue, ...(forestalled === undefined ? [] : [forestalled])].some(({ occurredAt }) => occurredAt < dueAt);
    demand(!waits || (forestalled !== undefined && isForestalled(forestalled, dueAt)), `${name}: an event from before the deadline waits`);
    demand(this.#moves(instance.spec.process, "started", undefined) === "timed_out" && facts.status === "timed_out", `${name}: its status`);
    mailbox.forestalled = undefined;
    instance.status = "timed_out";
    this.#end(mailbox, instance);
    const own = this.#addOwn(mailbox, instance, "timed_out", instance.spec.onTimedOut, name);
    demand(own === undefined || own.occurredAt === dueAt, `${name}: the handler's event occurred at ${own?.occurredAt}, not ${dueAt}`);
  }

  #end(mailbox: Mailbox, instance: ModelInstance): void {
    instance.isOpen = false;
    mailbox.open = undefined;
  }

  #addOwn(mailbox: Mailbox, instance: ModelInstance, kind: StepKind, isWanted: boolean, name: string): Step | undefined {
    const { ownEvent } = mailbox;
    mailbox.ownEvent = undefined;
    demand((ownEvent?.kind === kind) === isWanted, `${name}: the ${kind} handler is ${isWanted ? "" : "not "}to run next`);
    if (ownEvent === undefined) return undefined;
    const step = { ...ownEvent, processId: instance.processId };
    mailbox.own.push(step);
    return step;
  }

  /** The step an entry is about; it stays in the mailbox. */
  #findStep(mailbox: Mailbox, { event }: Facts, name: string): Step {
    const own = mailbox.own.find(({ eventId }) => eventId === event?.eventId);
    const step = own ?? this.#head(mailbox, event!.eventId, name);
    demand(step !== undefined, `${name}: it is not in the mailbox`);
    return step;
  }

  #takeStep(mailbox: Mailbox, instance: ModelInstance, facts: Facts, name: string): Step {
    const step = this.#findStep(mailbox, facts, name);
    if (step.kind === "event") {
      demand(mailbox.open === instance, `${name}: the instance is not open`);
      demand(instance.status === "started", `${name}: the instance is ${instance.status}`);
      mailbox.queue.shift();
    } else {
      demand(step.processId === instance.processId, `${name}: it is for ${step.processId}`);
      mailbox.own.splice(mailbox.own.indexOf(step), 1);
    }
    return step;
  }

  #endAttempt(mailbox: Mailbox, { eventId }: Step, name: string): Attempt {
    const { inFlight } = mailbox;
    demand(inFlight?.eventId === eventId, `${name}: no attempt at it runs`);
    mailbox.inFlight = undefined;
    return inFlight;
  }

  // Commands

  #addCommands({ processId }: ModelInstance, origin: StepKind, { staged }: Attempt, { commands = [] }: Facts, name: string): void {
    demand(
      commands.length === staged.length && commands.every(({ commandId }, index) => commandId === staged[index]!.commandId),
      `${name}: the handler dispatched ${JSON.stringify(staged)}`,
    );
    for (const [index, { commandId, dueAt }] of commands.entries()) {
      const { dueAt: told, expectedDueAt } = staged[index]!;
      demand(
        dueAt === told && dueAt === expectedDueAt,
        `${name}: command ${index} is due at ${dueAt}, the handler was told ${told}, right is ${expectedDueAt}`,
      );
      demand(!this.commands.has(commandId), `${name}: command ${commandId} was there before`);
      this.commands.set(commandId, {
        commandId,
        processId,
        origin,
        sequence: this.commands.size,
        dueAt,
        state: "pending",
        isParked: false,
        attempts: 0,
        notBefore: undefined,
        generation: 0,
      });
    }
  }

  /** The commands of an instance that are left, in the order in which they are to run. */
  #lane(processId: string): ModelCommand[] {
    return [...this.commands.values()]
      .filter((command) => command.processId === processId && command.state === "pending")
      .toSorted((a, b) => Number(b.attempts > 0) - Number(a.attempts > 0) || a.dueAt - b.dueAt || a.sequence - b.sequence);
  }

  #commandAttempt({ run, commandId, processId, attempt, idempotencyKey, at }: Extract<Entry, { kind: "command-attempt" }>): void {
    const name = `attempt ${attempt} at command ${commandId} of ${processId}`;
    const command = this.commands.get(commandId);
    demand(command !== undefined, `${name}: no committed step has dispatched it`);
    demand(command.state === "pending", `${name}: it is ${command.state}`);
    demand(command.processId === processId, `${name}: it is of ${command.processId}`);
    demand(!command.isParked, `${name}: it is parked`);
    demand(command.dueAt <= at, `${name} is early: due at ${command.dueAt}, now ${at}`);
    demand((command.notBefore ?? at) <= at, `${name} is early: not before ${command.notBefore}, now ${at}`);
    const [first] = this.#lane(processId).filter(({ isParked, dueAt }) => !isParked && dueAt <= at);
    demand(first === command, `${name} overtakes command ${first?.commandId}`);
    demand(attempt === command.attempts + 1, `${name}: ${command.attempts} attempts have failed so far`);
    demand(!this.#commandsInFlight.has(processId), `${name} begins while another command of the instance runs`);
    this.#checkKey(`command ${commandId}`, command.generation, idempotencyKey, name);
    this.#commandsInFlight.set(processId, { run, commandId, at, ending: undefined, returned: 0 });
  }

  #endCommand({ command: named }: Facts, name: string) {
    const command = this.commands.get(named!.commandId);
    const attempt = command === undefined ? undefined : this.#commandsInFlight.get(command.processId);
    demand(command !== undefined && attempt?.commandId === command.commandId, `${name}: no attempt at it runs`);
    demand(command.state === "pending", `${name}: it is ${command.state}`);
    this.#commandsInFlight.delete(command.processId);
    return { command, attempt };
  }

  #commandHandled(facts: Facts, name: string): void {
    const { command, attempt } = this.#endCommand(facts, name);
    demand(attempt.ending === "ok", `${name}: its attempt ended ${attempt.ending}`);
    demand(facts.attempt === command.attempts + 1, `${name}: it was attempt ${command.attempts + 1}`);
    demand((facts.events?.length ?? 0) === attempt.returned, `${name}: it returned ${attempt.returned} events`);
    command.state = "handled";
    for (const { eventId } of facts.events ?? []) this.returned.set(eventId, (this.returned.get(eventId) ?? 0) + 1);
    for (const { eventId, type } of facts.events ?? []) {
      const starts = specs.some(({ startedBy }) => startedBy.includes(type));
      demand(!starts || this.accepted.has(eventId), `${name}: its event ${eventId} (${type}) was not accepted with it`);
    }
  }

  #commandAttemptFailed(at: number, facts: Facts, name: string): void {
    const { command, attempt } = this.#endCommand(facts, name);
    const failure = describeFailure(attempt, at, facts, name);
    demand(failure !== "final", `${name}: that error allows no other attempt`);
    command.attempts += 1;
    demand(facts.attempt === command.attempts, `${name}: it was attempt ${command.attempts}`);
    demand(command.attempts <= policy.maxRetries, `${name}: no retries are left`);
    command.notBefore = at + (failure === "later" ? RETRY_LATER_MS : backOffMs(command.attempts));
    demand(facts.retryAt === command.notBefore, `${name}: the next attempt is due at ${command.notBefore}`);
  }

  #commandGaveUp(mailbox: Mailbox, instance: ModelInstance, at: number, facts: Facts, name: string): void {
    const { command, attempt } = this.#endCommand(facts, name);
    const failure = describeFailure(attempt, at, facts, name);
    demand(facts.attempt === command.attempts + 1, `${name}: it was attempt ${command.attempts + 1}`);
    demand(failure === "final" || command.attempts + 1 > policy.maxRetries, `${name}: it has attempts left`);
    const blocks = command.origin === "event" && instance.isOpen;
    command.state = "letter";
    this.#addLetter(facts.deadLetterId, instance, mailbox, blocks, { step: undefined, command }, name);
    if (!blocks) return;
    for (const other of this.#lane(instance.processId)) if (other.origin === "event") other.isParked = true;
    if (instance.status === "started") instance.failingBy = facts.deadLetterId;
  }

  // Dead letters

  #addLetter(
    id: string | undefined,
    instance: ModelInstance,
    mailbox: Mailbox,
    blocks: boolean,
    of: Pick<ModelLetter, "step" | "command">,
    name: string,
  ): void {
    demand(id !== undefined && !this.letters.has(id), `${name}: its dead letter is not a new one`);
    this.letters.set(id, { deadLetterId: id, processId: instance.processId, mailbox, blocks, ...of, status: "open" });
  }

  #takeLetter({ deadLetterId }: Facts, name: string): ModelLetter {
    const letter = this.letters.get(deadLetterId ?? "");
    demand(letter !== undefined, `${name}: there is no such letter`);
    demand(letter.status === "open", `${name}: the letter was ${letter.status} before`);
    demand(letter.mailbox.inFlight === undefined, `${name}: while an attempt of the instance runs`);
    return letter;
  }

  #othersThatBlock({ processId }: ModelLetter): ModelLetter[] {
    return [...this.letters.values()].filter((other) => other.processId === processId && other.status === "open" && other.blocks);
  }

  #resumed(facts: Facts, name: string): void {
    const letter = this.#takeLetter(facts, name);
    const { mailbox, blocks, step, command, processId } = letter;
    const instance = this.instances.get(processId)!;
    letter.status = "retried";
    const others = this.#othersThatBlock(letter);
    // A step that an operator has put back keeps its attempts.
    if (blocks) for (const parked of mailbox.queue) parked.isDrained ||= parked.generation === 0;
    if (step !== undefined) {
      const back: Step = {
        ...step,
        attempts: 0,
        notBefore: undefined,
        firstFailedAt: undefined,
        generation: step.generation + 1,
        isDrained: false,
      };
      const box = step.kind === "event" ? mailbox.queue : mailbox.own;
      box.push(back);
      box.sort((a, b) => a.position - b.position);
    }
    if (command !== undefined) {
      Object.assign(command, {
        state: "pending",
        attempts: 0,
        notBefore: undefined,
        generation: command.generation + 1,
        isParked: blocks && others.length > 0,
      });
    }
    if (blocks && others.length === 0) {
      demand(instance.status === "failed" && instance.isOpen, `${name}: its instance is ${instance.status}`);
      instance.status = this.#moves(instance.spec.process, "failed", "process.resumed");
      for (const parked of this.#lane(processId)) parked.isParked = false;
    }
    demand(facts.status === instance.status, `${name}: the status is ${instance.status}`);
  }

  #discarded(facts: Facts, name: string): void {
    const letter = this.#takeLetter(facts, name);
    const { mailbox, blocks, processId } = letter;
    const instance = this.instances.get(processId)!;
    letter.status = "discarded";
    if (!blocks) return demand(facts.dropped === undefined, `${name}: it holds nothing back`);
    demand(instance.isOpen && instance.status === "failed" && facts.status === "failed", `${name}: its instance is ${instance.status}`);
    const commands = [...this.commands.values()].filter(
      (command) => command.processId === processId && command.state === "pending" && command.isParked,
    );
    const expected = [...mailbox.queue.map(({ eventId }) => eventId), ...commands.map(({ commandId }) => commandId)];
    demand(
      JSON.stringify((facts.dropped ?? []).map(({ id }) => id)) === JSON.stringify(expected),
      `${name}: what is parked is ${expected.join(", ")}`,
    );
    mailbox.queue = [];
    for (const command of commands) command.state = "dropped";
    for (const other of this.#othersThatBlock(letter)) other.status = "discarded";
    this.#end(mailbox, instance);
  }

  // What it says of the present

  mailbox(spec: ProcessSpec, aggregateId: string): Mailbox {
    const id = `${spec.process} ${aggregateId}`;
    const known = this.#mailboxes.get(id);
    if (known !== undefined) return known;
    const mailbox: Mailbox = {
      spec,
      aggregateId,
      open: undefined,
      queue: [],
      own: [],
      inFlight: undefined,
      forestalled: undefined,
      ownEvent: undefined,
    };
    this.#mailboxes.set(id, mailbox);
    return mailbox;
  }

  get isAnythingInFlight(): boolean {
    return this.#commandsInFlight.size > 0 || [...this.#mailboxes.values()].some(({ inFlight }) => inFlight !== undefined);
  }

  /** The open instances that an event of `type` would go to. */
  openFor(type: string, aggregateId: string): readonly ModelInstance[] {
    return specs
      .filter((spec) => knows(spec, type))
      .map((spec) => this.mailbox(spec, aggregateId).open)
      .filter((open) => open !== undefined);
  }

  /** Entries that wait and that are parked, if nothing runs. */
  count(): { readonly waiting: number; readonly parked: number } {
    let [waiting, parked] = [0, 0];
    for (const mailbox of this.#mailboxes.values()) {
      this.#skipIgnored(mailbox);
      waiting += mailbox.own.length;
      if (mailbox.open?.status === "failed") parked += mailbox.queue.length;
      else waiting += mailbox.queue.length;
    }
    return { waiting, parked };
  }

  /** When something is due next, after `now`. */
  nextDueAt(now: number): number {
    const moments: (number | undefined)[] = [];
    for (const mailbox of this.#mailboxes.values()) {
      if (mailbox.inFlight !== undefined) continue;
      moments.push(...mailbox.own.map(({ notBefore }) => notBefore));
      if (mailbox.open?.status === "started") moments.push(mailbox.open.dueAt, mailbox.queue[0]?.notBefore);
    }
    for (const { processId, state, isParked, dueAt, notBefore } of this.commands.values()) {
      if (state === "pending" && !isParked && !this.#commandsInFlight.has(processId)) moments.push(Math.max(dueAt, notBefore ?? dueAt));
    }
    return Math.min(...(moments.filter((moment) => moment !== undefined && moment > now) as number[]));
  }

  /** Commands that are due and wait behind another one's retry, if nothing runs. */
  overdueCommands(now: number): number {
    return [...this.commands.values()].filter(
      ({ state, isParked, dueAt, notBefore }) => state === "pending" && !isParked && dueAt <= now && (notBefore ?? dueAt) <= now,
    ).length;
  }

  /** Timers of any kind that should have fired, if nothing runs: commands that wait for their turn, and timeouts that wait for a retry. */
  overdueTimers(now: number): number {
    const timeouts = [...this.#mailboxes.values()].filter(({ open }) => open?.status === "started" && (open.dueAt ?? now + 1) <= now);
    return this.overdueCommands(now) + timeouts.length;
  }

  /** Whether an attempt is under way that the command waits for, because what its instance has to do of earlier moments comes first. */
  #isPreceded({ processId, dueAt }: ModelCommand): boolean {
    return [...this.#mailboxes.values()].some(({ inFlight, open, queue, own }) => {
      if (inFlight === undefined) return false;
      const isOwn = own.some((step) => step.eventId === inFlight.eventId && step.processId === processId && step.occurredAt < dueAt);
      const isEvent = queue.some(({ eventId }) => eventId === inFlight.eventId) && open?.processId === processId;
      return isOwn || (isEvent && queue.some(({ occurredAt }) => occurredAt < dueAt));
    });
  }

  /** Whether a timed-out handler's first attempt has to wait for that of a command which was due before it. */
  #isHeld({ kind, attempts, generation, processId, occurredAt }: Step): boolean {
    if (kind !== "timed_out" || attempts > 0 || generation > 0) return false;
    const [first] = this.#lane(processId!).filter(({ isParked }) => !isParked);
    return first !== undefined && first.attempts === 0 && first.dueAt < occurredAt;
  }

  /** Throws if anything could run and does not: to be asked when the system has come to rest. */
  checkRest(now: number): void {
    for (const { own, open, queue, inFlight, spec, aggregateId } of this.#mailboxes.values()) {
      if (inFlight !== undefined) continue;
      const name = `at rest: ${spec.process} ${aggregateId}`;
      for (const step of own) {
        const { notBefore, eventId } = step;
        demand((notBefore ?? 0) > now || this.#isHeld(step), `${name}: the own handler's step ${eventId} could run`);
      }
      if (own.some((step) => this.#isHeld(step))) continue;
      if (open?.status === "failed") continue;
      const head = open === undefined ? queue.find(({ type }) => spec.startedBy.includes(type)) : queue[0];
      demand(head === undefined || (head.notBefore ?? 0) > now, `${name}: ${head?.eventId} could run`);
      demand(open?.dueAt === undefined || open.dueAt > now || isHeld(open.dueAt, queue), `${name}: the timeout was due at ${open?.dueAt}`);
    }
    for (const processId of new Set([...this.commands.values()].map((command) => command.processId))) {
      if (this.#commandsInFlight.has(processId)) continue;
      const [first] = this.#lane(processId).filter(({ isParked, dueAt }) => !isParked && dueAt <= now);
      if (first !== undefined && this.#isPreceded(first)) continue;
      demand(first === undefined || (first.notBefore ?? 0) > now, `at rest: command ${first?.commandId} of ${processId} could run`);
    }
  }

  /** Throws unless everything has come to its end. */
  checkEnd(now: number): void {
    this.checkRest(now);
    for (const { own, queue, open, inFlight, spec, aggregateId } of this.#mailboxes.values()) {
      const name = `at the end: ${spec.process} ${aggregateId}`;
      demand(inFlight === undefined, `${name}: an attempt runs`);
      demand(own.length === 0, `${name}: steps of own handlers are left`);
      demand(open === undefined || queue.length === 0, `${name}: ${queue.map(({ eventId }) => eventId).join(", ")} are left`);
      demand(open === undefined || (open.status === "started" && open.dueAt === undefined), `${name}: the instance is open`);
    }
    for (const { commandId, state } of this.commands.values()) demand(state !== "pending", `at the end: command ${commandId} is ${state}`);
    for (const { deadLetterId, status } of this.letters.values()) demand(status !== "open", `at the end: letter ${deadLetterId} is open`);
  }
}

export const RETRY_LATER_MS = 90_000;

/** Whether a timeout that is due comes before a retry: it is due after the deadline, and the event had its first attempt in time. */
function isForestalled({ notBefore, firstFailedAt }: Step, dueAt: number): boolean {
  return notBefore !== undefined && notBefore > dueAt && firstFailedAt! < dueAt;
}

/** Whether a timeout that is due waits for the retry of the first event, on behalf of one that occurred before the deadline. */
function isHeld(dueAt: number, queue: readonly Step[]): boolean {
  const [head] = queue;
  return head?.notBefore !== undefined && !isForestalled(head, dueAt) && queue.some(({ occurredAt }) => occurredAt < dueAt);
}

function describeFailure(attempt: Pick<Attempt, "ending" | "at">, at: number, { error }: Facts, name: string): Ending {
  const { ending } = attempt;
  if (ending === undefined || ending === "late") {
    demand(error?.code === "HANDLER_TIMEOUT", `${name}: its attempt has not ended`);
    demand(at >= attempt.at + policy.handlerTimeoutMs, `${name}: its time is not up`);
    return "throw";
  }
  demand(ending !== "ok", `${name}: its attempt has succeeded`);
  demand((ending === "refused") === (error?.code === "CONTEXT_INVALID"), `${name}: its attempt ended ${ending}`);
  // No other attempt can help.
  if (ending === "refused") return "final";
  return ending;
}

/** What an instance of a process remembers when it begins. */
function beginning({ remembers }: ProcessSpec): Remembered | undefined {
  return remembers === undefined ? undefined : nothing;
}

/** Takes over what a step has changed of the context, provided that its journal entry says just that. */
function changeContext(instance: ModelInstance, patch: Patch | undefined, facts: Facts, name: string): void {
  const { context: before } = instance;
  const after = before === undefined || patch === undefined ? before : remember(before, patch);
  demand((after === undefined) === (before === undefined), `${name}: its patch is refused`);
  instance.context = after;
  const [from, to]: readonly Readonly<Record<string, unknown>>[] = [{ ...before }, { ...after }];
  const changed = Object.fromEntries(Object.entries(to!).filter(([key, value]) => from![key] !== value));
  const without = Object.keys(from!).filter((key) => !Object.hasOwn(to!, key));
  const hasChanged = Object.keys(changed).length > 0 || without.length > 0;
  demand(tellContext(facts.context) === tellContext(hasChanged ? changed : undefined), `${name}: what changes is ${tellContext(changed)}`);
  demand((facts.contextWithout ?? []).join() === without.join(), `${name}: what goes is ${without.join()}`);
}

export function demand(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Violation(sentence);
}
