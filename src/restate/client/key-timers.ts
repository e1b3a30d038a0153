import { isSuspended } from "../../runtime/decide/instance.ts";
import { readChartRecord } from "../../definition/model/chart-record.ts";
import { laneOf } from "../../definition/model/lane.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxEntry } from "../../store/mailbox.ts";
import type { TimerFilter, TimerRecord } from "../../store/timers.ts";
import type { KeptKey } from "../wire/kept-key.ts";

/** Whether an entry of the key waits behind a dead letter or a suspension. */
export function isParked({ kind }: Pick<MailboxEntry, "kind">, open: InstanceRecord | undefined): boolean {
  return (kind === "event" || kind === "timer") && open !== undefined && (open.status === "failed" || isSuspended(open));
}

/** Whether an entry of the key is an early event for which no instance is open. */
export function isKept({ keptUntil }: Pick<MailboxEntry, "keptUntil">, open: InstanceRecord | undefined): boolean {
  return keptUntil !== null && open === undefined;
}

export function findOpen({ instances }: Pick<KeptKey, "instances">): InstanceRecord | undefined {
  return instances.find(({ endedAt }) => endedAt === null);
}

/** What is due for a key, and when. As on every host, what cannot come due before an operator acts is left out. */
export function listKeyTimers(kept: KeptKey): readonly TimerRecord[] {
  return [...listOfInstances(kept), ...listOfCommands(kept), ...listOfEntries(kept)];
}

function listOfInstances({ instances }: KeptKey): readonly TimerRecord[] {
  return instances
    .filter((instance) => instance.endedAt === null && !isSuspended(instance))
    .flatMap(({ status, process, aggregateId, processId, dueAt, chart, discardAt }) => {
      const own = { process, aggregateId, processId, command: null, lane: null };
      if (status === "failed") {
        return typeof discardAt === "number" ? [{ ...own, kind: "discard" as const, dueAt: discardAt, id: processId, name: null }] : [];
      }
      const timeout: readonly TimerRecord[] = dueAt === null ? [] : [{ ...own, kind: "timeout", dueAt, id: processId, name: null }];
      const { timers } = readChartRecord(chart);
      return [
        ...timeout,
        ...timers.map(({ id, dueAt }) => ({ ...own, kind: "after" as const, dueAt, id: `${processId} ${id}`, name: id })),
      ];
    });
}

function listOfCommands({ key, commands }: KeptKey): readonly TimerRecord[] {
  return commands
    .filter(({ isParked }) => !isParked)
    .map(({ record }) => ({
      kind: "command" as const,
      dueAt: Math.max(record.dueAt, record.notBefore ?? record.dueAt),
      id: nameInKey(key, record.seq),
      process: record.process,
      aggregateId: record.aggregateId,
      processId: record.processId,
      command: record.type,
      lane: laneOf(record),
      name: null,
    }));
}

function listOfEntries(kept: KeptKey): readonly TimerRecord[] {
  const open = findOpen(kept);
  return kept.entries.flatMap((entry) => {
    const { process, aggregateId, processId, notBefore, keptUntil } = entry;
    const own = { process, aggregateId, id: nameInKey(kept.key, entry.event.position), command: null, lane: null, name: null };
    const retries = notBefore !== null && !isParked(entry, open);
    return [
      ...(retries ? [{ ...own, kind: "retry" as const, dueAt: notBefore, processId: processId ?? open?.processId ?? null }] : []),
      ...(keptUntil !== null && isKept(entry, open) ? [{ ...own, kind: "kept" as const, dueAt: keptUntil, processId: null }] : []),
    ];
  });
}

/** Positions and seqs count from 1 in each key. */
export function nameInKey({ process, aggregateId }: KeptKey["key"], number: number): string {
  return `${String(number).padStart(19, "0")} ${process} ${aggregateId}`;
}

export function matchesTimer(timer: TimerRecord, { process, aggregateId, processId, kind }: TimerFilter): boolean {
  return (
    (process === undefined || timer.process === process) &&
    (aggregateId === undefined || timer.aggregateId === aggregateId) &&
    (processId === undefined || timer.processId === processId) &&
    (kind === undefined || timer.kind === kind)
  );
}
