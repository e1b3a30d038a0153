import type { HandlerDefinition } from "../../definition/model/definition.ts";
import { machineEvents } from "../../machine/machine-events.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { laneOf } from "../../definition/model/lane.ts";
import type { CommandRecord, NewCommand } from "../../store/commands.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { JournalRecord } from "../../store/journal.ts";
import type { MailboxEntry, MailboxKey } from "../../store/mailbox.ts";
import type { Changes } from "./changes.ts";
import { endAllInvocations, reportToParent } from "./child.ts";
import { type ContextChange, readContext } from "./context-change.ts";
import { failInstance, followFailure } from "./decide-failure.ts";
import { openLetter } from "./open-letter.ts";
import { recordError } from "../../record/error-record.ts";
import { endInstance, revise } from "./instance.ts";
import { isForestalled } from "./next-step.ts";
import { createJournalRecord, type JournalKind, type NewFacts } from "../../record/journal-entry.ts";
import { createOwnEvent } from "../../record/own-event.ts";
import type { ChartTimer } from "../../definition/model/chart-record.ts";

/** A mailbox entry and the instance it is for, at the moment of a decision. */
export interface StepContext {
  readonly machine: ProcessMachine;
  /** `revision` 0: it begins with this step. */
  readonly instance: InstanceRecord;
  readonly entry: MailboxEntry;
  /** The handler of this step, if the definition has one. */
  readonly handler: HandlerDefinition | undefined;
  readonly now: number;
}

/** What came of a step that went well. */
export interface Handled {
  readonly commands: readonly NewCommand[];
  readonly context?: ContextChange | undefined;
  /** By its context after the step, the instance is complete. */
  readonly isComplete?: boolean | undefined;
  /** When the timeout is due from now on; `null`: never; `undefined`: as before. */
  readonly dueAt?: number | null | undefined;
  /** Commands that are taken back: their turn has not come. */
  readonly withdrawn?: readonly CommandRecord[] | undefined;
}

/** The handler has done its part, or there is none. */
export function decideHandled(context: StepContext, handled: Handled): Changes {
  const { commands, context: change, isComplete } = handled;
  const { machine, instance, entry, handler, now } = context;
  const { type, occurredAt } = entry.event;
  const status = entry.kind === "event" ? machine.move(instance.status, type, isComplete).status : instance.status;
  const isCompleted = instance.status === "started" && status === "completed";
  const outcome = (isCompleted ? machine.definition.outcomes.get(type) : undefined) ?? instance.outcome;
  const next = revise(instance, machine, now, {
    status,
    endedAt: isCompleted ? occurredAt : instance.endedAt,
    dueAt: isCompleted ? null : moveDue(instance, handled),
    context: change === undefined ? instance.context : change.json,
    outcome,
  });
  return {
    key: toKey(context),
    source: { from: "mailbox", position: entry.event.position },
    replaces: instance,
    instance: next,
    commands,
    dropCommands: dropWithdrawn(handled),
    events: isCompleted ? reportToParent(next, { kind: "done" }, { occurredAt, now }) : undefined,
    journal: recordStep(context, isCompleted ? "completed" : "handled", {
      status,
      attempt: handler === undefined ? undefined : entry.attempts + 1,
      commands: tellCommands(commands),
      withdrawn: tellWithdrawn(handled),
      dueAt: isCompleted ? undefined : (handled.dueAt ?? undefined),
      timeoutCancelled: !isCompleted && handled.dueAt === null ? true : undefined,
      context: change?.changed,
      contextWithout: tellWithout(change),
      outcome: isCompleted ? (outcome ?? undefined) : undefined,
    }),
  };
}

export function moveDue(instance: InstanceRecord, { dueAt }: Handled): number | null {
  return dueAt === undefined ? instance.dueAt : dueAt;
}

export function dropWithdrawn({ withdrawn }: Handled): Changes["dropCommands"] {
  return withdrawn?.map((command) => ({ lane: laneOf(command), seq: command.seq }));
}

export function tellCommands(commands: readonly NewCommand[]): NewFacts["commands"] {
  if (commands.length === 0) return undefined;
  return commands.map(({ commandId, type, dueAt, key }) => (key === null ? { commandId, type, dueAt } : { commandId, type, dueAt, key }));
}

export function tellWithdrawn({ withdrawn = [] }: Handled): NewFacts["withdrawn"] {
  return withdrawn.length === 0 ? undefined : withdrawn.map(({ commandId, type }) => ({ commandId, type }));
}

/** The keys that a change of the context has taken away, if any. */
export function tellWithout(change: ContextChange | undefined): NewFacts["contextWithout"] {
  return change === undefined || change.without.length === 0 ? undefined : change.without;
}

/** The attempt failed, and there will be another at `retryAt`. */
export function decideRetried(context: StepContext, error: unknown, retryAt: number): Changes {
  const { machine, instance, entry, now } = context;
  const attempts = entry.attempts + 1;
  return {
    key: toKey(context),
    source: {
      from: "mailbox",
      position: entry.event.position,
      failure: { attempts, notBefore: retryAt, firstFailedAt: entry.firstFailedAt ?? now },
    },
    replaces: instance,
    instance: revise(instance, machine, now),
    journal: recordStep(context, "attempt_failed", { status: instance.status, attempt: attempts, error: recordError(error), retryAt }),
  };
}

/**
 * The step is out of attempts. An event's step fails the instance; a timed-out or failed handler's step leaves its status
 * as it is.
 */
export function decideGivenUp(context: StepContext, error: unknown, deadLetterId: string): Changes {
  const { machine, instance, entry, now } = context;
  const attempts = entry.attempts + 1;
  const record = recordError(error);
  const fails = entry.kind === "event" || entry.kind === "timer";
  const move = fails ? machine.move(instance.status, machineEvents.failed) : { status: instance.status, actions: [] };
  const next = revise(fails ? failInstance(instance, machine.definition, { ...move, now }) : instance, machine, now);
  return {
    key: toKey(context),
    source: { from: "mailbox", position: entry.event.position },
    replaces: instance,
    instance: next,
    ...followFailure(machine.definition, { next, move, now }, { subject: { event: entry.event }, error: record, attempts, deadLetterId }),
    deadLetter: openLetter(
      next,
      { deadLetterId, error: record, now },
      {
        kind: entry.kind,
        handler: context.handler?.name ?? entry.event.type,
        subject: JSON.stringify(entry.event),
        generation: entry.generation,
        blocks: fails,
        attempts,
        firstFailedAt: entry.firstFailedAt ?? now,
      },
    ),
    journal: recordStep(context, fails ? "failed" : "step_failed", { status: move.status, attempt: attempts, error: record, deadLetterId }),
  };
}

/**
 * The instance is of an older version, and a migration failed: another attempt would fail alike. The failed handler is not called, because
 * there is no context that it could be given.
 */
export function decideUnmigrated(context: StepContext, error: unknown, deadLetterId: string): Changes {
  const { followUp: _, ...changes } = decideGivenUp(context, error, deadLetterId);
  return changes;
}

/** The event starts nothing and finds no open instance. */
export function decideIgnored({ process, aggregateId, event, keptUntil }: MailboxEntry): Changes {
  return {
    key: { process, aggregateId },
    source: { from: "mailbox", position: event.position, ...(keptUntil !== null && { unlessStartedBefore: keptUntil }) },
    isIgnored: true,
    journal: [],
  };
}

/** The deadline has come. The retry it forestalls, if any, is dropped. */
export function decideTimedOut(
  machine: ProcessMachine,
  instance: InstanceRecord,
  forestalled: MailboxEntry | undefined,
  now: number,
): Changes {
  const { process, aggregateId, processId } = instance;
  const dueAt = instance.dueAt ?? now;
  // By the definition of today, which may have lost its timeout since; the instance has its deadline all the same.
  const handles = machine.definition.timedOut !== undefined;
  const { status } = machine.definition.timeout === undefined ? ({ status: "timed_out" } as const) : machine.timeOut(instance.status);
  const next = endInstance({ ...instance, status }, machine, { endedAt: dueAt, now });
  const ended = endAllInvocations(instance, now);
  const events = [...(ended.events ?? []), ...reportToParent(next, { kind: "error", message: "timed out" }, { occurredAt: dueAt, now })];
  return {
    key: { process, aggregateId },
    // A retry that is forestalled holds back the events behind it, whenever they occurred.
    source: { from: "timeout", ...((forestalled === undefined || !isForestalled(forestalled, dueAt)) && { unlessBefore: dueAt }) },
    replaces: instance,
    instance: next,
    ...ended,
    ...(events.length > 0 && { events }),
    ...(forestalled !== undefined && { drop: [forestalled.event.position] }),
    ...(handles && {
      followUp: { kind: "timed_out", processId, event: createOwnEvent(machine.definition, next, { occurredAt: dueAt, now }) },
    }),
    journal: [
      ...(forestalled === undefined
        ? []
        : [createJournalRecord(processId, now, "retry_dropped", { event: nameEvent(forestalled), attempt: forestalled.attempts })]),
      createJournalRecord(processId, now, "timed_out", { status, dueAt }),
    ],
  };
}

function nameEvent({ event: { eventId, type } }: MailboxEntry) {
  return { eventId, type };
}

function readTimerName({ event }: MailboxEntry): string {
  return (JSON.parse(event.payload) as { readonly timer: ChartTimer }).timer.id;
}

export function toKey({ entry: { process, aggregateId } }: StepContext): MailboxKey {
  return { process, aggregateId };
}

/** What the journal says of a step: that its instance began with it, where that is so, and what came of it. */
export function recordStep({ instance, entry, handler, now }: StepContext, kind: JournalKind, facts: NewFacts): JournalRecord[] {
  const { processId, status, dueAt, revision, context } = instance;
  const event = nameEvent(entry);
  const timer = entry.kind === "timer" ? readTimerName(entry) : undefined;
  const step = createJournalRecord(processId, now, kind, { event, timer, handler: handler?.name, ...facts });
  if (revision > 0) return [step];
  return [
    createJournalRecord(processId, now, "started", {
      status,
      event,
      dueAt: dueAt ?? undefined,
      ...(context !== null && { context: readContext(context) }),
    }),
    step,
  ];
}
