import { type ChartTimer, readChartRecord, writeChartRecord } from "../../definition/model/chart-record.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { createTimerEvent } from "../../record/own-event.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxEntry } from "../../store/mailbox.ts";
import type { Changes } from "./changes.ts";
import { type Charted, changeChart } from "./chart-change.ts";
import { endInvocations, reportToParent } from "./child.ts";
import {
  dropWithdrawn,
  type Handled,
  moveDue,
  recordStep,
  type StepContext,
  tellCommands,
  tellWithdrawn,
  tellWithout,
  toKey,
} from "./decide-step.ts";
import { revise } from "./instance.ts";

/** The chart has taken its step, and the handlers have done their part. */
export function decideCharted(context: StepContext, handled: Handled, charted: Charted): Changes {
  const { machine, instance, entry, handler, now } = context;
  const settled = readSettled(entry);
  const change = changeChart(instance, charted, { commands: handled.commands, settled, eventId: entry.event.eventId });
  const { commands, done, withdrawn } = change;
  const status = done === undefined ? instance.status : "completed";
  const outcome = done?.outcome ?? instance.outcome;
  const next: InstanceRecord = {
    ...revise(instance, machine, now),
    ...change.instance,
    status,
    dueAt: moveDue(instance, handled),
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
    dropCommands: dropWithdrawn(handled),
    ...ended,
    ...(events.length > 0 && { events }),
    journal: recordStep(beginning, done === undefined ? "handled" : "completed", {
      status,
      attempt: handler === undefined ? undefined : entry.attempts + 1,
      state: change.isMoved ? charted.move.state : undefined,
      commands: tellCommands(commands),
      withdrawn: tellWithdrawn(handled),
      dueAt: done === undefined ? (handled.dueAt ?? undefined) : undefined,
      timeoutCancelled: done === undefined && handled.dueAt === null ? true : undefined,
      context: change.context?.changed,
      contextWithout: tellWithout(change.context),
      ...(done !== undefined && outcome !== null && { outcome }),
    }),
  };
}

/** The command of the invocation whose result an entry brings. */
function readSettled({ event }: MailboxEntry): string | undefined {
  const { invocation } = JSON.parse(event.payload) as { readonly invocation?: { readonly commandId?: string } };
  return invocation?.commandId;
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
