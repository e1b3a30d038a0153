import type { HandlerDefinition } from "../../definition/model/definition.ts";
import { machineEvents } from "../../machine/machine-events.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { NewCommand } from "../../store/commands.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { JournalRecord } from "../../store/journal.ts";
import type { MailboxEntry, MailboxKey } from "../../store/mailbox.ts";
import { type Charted, changeChart } from "./chart-change.ts";
import type { Changes } from "./changes.ts";
import { endAllInvocations, endInvocations, reportToParent } from "./child.ts";
import { type ContextChange, readContext } from "./context-change.ts";
import { createLetter, followFailure } from "./decide-failure.ts";
import { recordError } from "../../record/error-record.ts";
import { revise } from "./instance.ts";
import { isForestalled } from "./next-step.ts";
import { createJournalRecord, type JournalKind, type NewFacts } from "../../record/journal-entry.ts";
import { createOwnEvent, createTimerEvent } from "../../record/own-event.ts";
import { type ChartTimer, readChartRecord, writeChartRecord } from "../../definition/model/chart-record.ts";

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
  readonly isComplete?: boolean;
  /** What became of the chart of its process. */
  readonly charted?: Charted | undefined;
}

/** The handler has done its part, or there is none. */
export function decideHandled(context: StepContext, handled: Handled): Changes {
  if (handled.charted !== undefined) return decideCharted(context, handled.commands, handled.charted);
  const { commands, context: change, isComplete } = handled;
  const { machine, instance, entry, handler, now } = context;
  const { type, occurredAt } = entry.event;
  const status = entry.kind === "event" ? machine.move(instance.status, type, isComplete).status : instance.status;
  const isCompleted = instance.status === "started" && status === "completed";
  const outcome = (isCompleted ? machine.definition.outcomes.get(type) : undefined) ?? instance.outcome;
  const next = {
    ...revise(instance, machine, now),
    status,
    ...(change !== undefined && { context: change.json }),
    ...(isCompleted && { endedAt: occurredAt, dueAt: null, outcome }),
  };
  return {
    key: toKey(context),
    source: { from: "mailbox", position: entry.event.position },
    replaces: instance,
    instance: next,
    commands,
    ...(isCompleted && tellParent(next, { occurredAt, now })),
    journal: recordStep(context, isCompleted ? "completed" : "handled", {
      status,
      attempt: handler === undefined ? undefined : entry.attempts + 1,
      commands: commands.length === 0 ? undefined : commands.map(({ commandId, type, dueAt }) => ({ commandId, type, dueAt })),
      ...tellContext(change),
      ...(isCompleted && outcome !== null && { outcome }),
    }),
  };
}

function tellParent(instance: InstanceRecord, moment: { readonly occurredAt: number; readonly now: number }): Pick<Changes, "events"> {
  const events = reportToParent(instance, { kind: "done" }, moment);
  return events.length === 0 ? {} : { events };
}

/**
 * The chart that had invoked the instance waits for it no more. It ends as `failed` with the outcome `cancelled`, and what waits for it goes:
 * its key was made for it alone. `open`: letters of it that are not settled.
 */
export function decideCancelled(entry: MailboxEntry, { machine, instance, entries, letters, now }: CancelledInstance): Changes {
  const { process, aggregateId, event } = entry;
  const drop = entries.filter((other) => other.event.position !== event.position).map(({ event: { position } }) => position);
  const source = { from: "mailbox", position: event.position } as const;
  if (instance === undefined) return { key: { process, aggregateId }, source, drop, journal: [] };
  const { status } = machine.move(instance.status, machineEvents.failed);
  const ended = { ...instance, status, endedAt: event.occurredAt, dueAt: null, chart: null, outcome: "cancelled" };
  const reason = "the chart that had invoked its instance waits for it no more";
  return {
    key: { process, aggregateId },
    source,
    replaces: instance,
    instance: revise(ended, machine, now),
    drop,
    ...endAllInvocations(instance, now),
    settles: letters.map(({ deadLetterId }) => ({ deadLetterId, status: "discarded", settledAt: now, reason })),
    journal: [createJournalRecord(instance.processId, now, "cancelled", { status, reason, outcome: "cancelled" })],
  };
}

export interface CancelledInstance {
  readonly machine: ProcessMachine;
  /** `undefined`: it has not begun. */
  readonly instance: InstanceRecord | undefined;
  /** All that waits in its mailbox. */
  readonly entries: readonly MailboxEntry[];
  readonly letters: readonly DeadLetterRecord[];
  readonly now: number;
}

/** The chart has taken its step, and the handlers have done their part. */
function decideCharted(context: StepContext, staged: readonly NewCommand[], charted: Charted): Changes {
  const { machine, instance, entry, handler, now } = context;
  const settled = readSettled(entry);
  const change = changeChart(instance, charted, { commands: staged, settled, eventId: entry.event.eventId });
  const { commands, done, withdrawn } = change;
  const status = done === undefined ? instance.status : "completed";
  const outcome = done?.outcome ?? instance.outcome;
  const next: InstanceRecord = {
    ...revise(instance, machine, now),
    ...change.instance,
    status,
    ...(done !== undefined && { endedAt: entry.event.occurredAt, dueAt: null, outcome }),
  };
  const beginning = { ...context, instance: { ...instance, context: charted.initialContext ?? instance.context } };
  const ended = endInvocations(instance, withdrawn, now);
  const told = done === undefined ? [] : reportToParent(next, { kind: "done" }, { occurredAt: entry.event.occurredAt, now });
  const events = [...charted.begins, ...(ended.events ?? []), ...told];
  return {
    key: toKey(context),
    source: { from: "mailbox", position: entry.event.position },
    replaces: instance,
    instance: next,
    commands,
    ...ended,
    ...(events.length > 0 && { events }),
    journal: recordStep(beginning, done === undefined ? "handled" : "completed", {
      status,
      attempt: handler === undefined ? undefined : entry.attempts + 1,
      state: change.isMoved ? charted.move.state : undefined,
      commands: commands.length === 0 ? undefined : commands.map(({ commandId, type, dueAt }) => ({ commandId, type, dueAt })),
      ...tellContext(change.context),
      ...(done !== undefined && outcome !== null && { outcome }),
    }),
  };
}

/** The command of the invocation whose result an entry brings. */
function readSettled({ event }: MailboxEntry): string | undefined {
  const { invocation } = JSON.parse(event.payload) as { readonly invocation?: { readonly commandId?: string } };
  return invocation?.commandId;
}

function tellContext(change: ContextChange | undefined): NewFacts {
  if (change === undefined) return {};
  return { context: change.changed, contextWithout: change.without.length === 0 ? undefined : change.without };
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
  const next = revise({ ...instance, status: move.status }, machine, now);
  return {
    key: toKey(context),
    source: { from: "mailbox", position: entry.event.position },
    replaces: instance,
    instance: next,
    ...followFailure(machine.definition, { next, move, now }, { subject: { event: entry.event }, error: record, attempts, deadLetterId }),
    deadLetter: createLetter(
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
export function decideIgnored({ process, aggregateId, event }: MailboxEntry): Changes {
  return { key: { process, aggregateId }, source: { from: "mailbox", position: event.position }, isIgnored: true, journal: [] };
}

/** A timer of the chart has come due: the chart is told of it next, before anything else. */
export function decideFired(machine: ProcessMachine, instance: InstanceRecord, timer: ChartTimer, now: number): Changes {
  const { process, aggregateId, processId, chart } = instance;
  const record = readChartRecord(chart);
  const timers = record.timers.filter(({ id }) => id !== timer.id);
  return {
    key: { process, aggregateId },
    source: { from: "timeout", unlessBefore: timer.dueAt },
    replaces: instance,
    instance: { ...revise(instance, machine, now), chart: writeChartRecord({ ...record, timers }) },
    followUp: { kind: "timer", processId, event: createTimerEvent(machine.definition, instance, timer, now) },
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
  const next = revise({ ...instance, status, endedAt: dueAt, dueAt: null, chart: null }, machine, now);
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

function toKey({ entry: { process, aggregateId } }: StepContext): MailboxKey {
  return { process, aggregateId };
}

/** What the journal says of a step: that its instance began with it, where that is so, and what came of it. */
function recordStep({ instance, entry, handler, now }: StepContext, kind: JournalKind, facts: NewFacts): JournalRecord[] {
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
