import type { Lag } from "../../observe/lag.ts";
import { decideFate } from "../../runtime/decide/next-step.ts";
import type { Router } from "../../runtime/decide/router.ts";
import type { KeptKey } from "../wire/kept-key.ts";
import { type DomainServices, listOwnServices } from "../wire/domain-services.ts";
import { findOpen, isKept, isParked, listKeyTimers } from "./key-timers.ts";
import type { Rows } from "./rows.ts";
import { all, coreRows, equal, letterRows, number, quote, text } from "../admin/sql.ts";

/** What the definitions at hand say of the processes. */
export interface Known {
  readonly router: Router;
  /** By process. */
  readonly versions: ReadonlyMap<string, number>;
  /** The names of the objects of the processes and of the policies. */
  readonly services: readonly string[];
  /** What the domain has beside them. */
  readonly own: DomainServices;
}

type Sums = {
  -readonly [Field in Exclude<keyof Lag, "deadLetters" | "accepted" | "handled" | "running" | "ignored" | "awaitingLimit">]: number;
};

/** Reads all keys that have something to do, and all invocations that have not ended. `now` is in milliseconds since 1970. */
export async function readLag(rows: Rows, known: Known, now: number): Promise<Lag> {
  const sums: Sums & { unhandled: number; oldestAcceptedAt: number } = {
    waiting: 0,
    oldestWaitingMs: 0,
    awaitingDefinition: 0,
    parked: 0,
    overdueTimers: 0,
    pendingCommands: 0,
    overdueCommands: 0,
    keptEvents: 0,
    inbox: 0,
    newerInstances: 0,
    unhandled: 0,
    oldestAcceptedAt: now,
  };
  for await (const kept of rows.busyKeys()) addKey(sums, kept, known, now);
  const { accepted, ignored } = await readCounters(rows);
  const deadLetters = await countOpenLetters(rows);
  const { arriving, arrivingSince, running } = await readInvocations(rows, known);
  const { unhandled, oldestAcceptedAt, ...lag } = sums;
  return {
    ...lag,
    accepted: accepted + arriving,
    handled: accepted - unhandled,
    waiting: lag.waiting + arriving,
    oldestWaitingMs: Math.max(0, now - Math.min(oldestAcceptedAt, arrivingSince ?? now)),
    deadLetters,
    running,
    ignored,
    awaitingLimit: {},
  };
}

function addKey(sums: Sums & { unhandled: number; oldestAcceptedAt: number }, kept: KeptKey, known: Known, now: number): void {
  const open = findOpen(kept);
  const routeOf = (type: string) => known.router(type).find(({ process }) => process === kept.key.process);
  for (const entry of kept.entries) {
    if (isKept(entry, open)) sums.keptEvents += 1;
    else if (isParked(entry, open)) sums.parked += 1;
    else {
      sums.waiting += 1;
      sums.oldestAcceptedAt = Math.min(sums.oldestAcceptedAt, entry.event.acceptedAt);
    }
    if (entry.kind === "event") sums.unhandled += 1;
    if (entry.kind === "event" && decideFate(entry, open, routeOf) === "await-definition") sums.awaitingDefinition += 1;
  }
  const pending = kept.commands.filter(({ isParked }) => !isParked);
  sums.pendingCommands += pending.length;
  for (const { kind, dueAt, process } of listKeyTimers(kept)) {
    if (dueAt > now) continue;
    if (kind === "command") sums.overdueCommands += 1;
    if (kind === "command" || known.versions.has(process)) sums.overdueTimers += 1;
  }
  if (open !== undefined && open.version > (known.versions.get(open.process) ?? open.version)) sums.newerInstances += 1;
}

async function readCounters({ query, own }: Rows): Promise<{ readonly accepted: number; readonly ignored: number }> {
  const [row] = await query<{ readonly accepted?: number; readonly ignored?: number }>(
    `SELECT sum(${number("accepted")}) AS accepted, sum(${number("ignored")}) AS ignored FROM state WHERE ${coreRows}${await own()}`,
  );
  return { accepted: row?.accepted ?? 0, ignored: row?.ignored ?? 0 };
}

export async function countOpenLetters({ query, own }: Pick<Rows, "query" | "own">): Promise<number> {
  const [row] = await query<{ readonly count: number }>(
    `SELECT count(*) AS count FROM state WHERE ${all(letterRows, equal(text("status"), "open"))}${await own()}`,
  );
  return row?.count ?? 0;
}

/** Invocations that have neither ended nor wait for a moment to begin. */
export function activeInvocations({ services, own }: Known): string {
  const names = [...services, ...listOwnServices(own)].map(quote).join(", ");
  return `target_service_name IN (${names}) AND target_handler_name <> 'read' AND status NOT IN ('completed', 'scheduled')`;
}

interface Invocations {
  /** Events that have not come to their key yet; a list counts as one. */
  readonly arriving: number;
  readonly arrivingSince: number | undefined;
  /** Turns of keys, and commands, that run or are tried again. */
  readonly running: number;
}

async function readInvocations({ query }: Rows, known: Known): Promise<Invocations> {
  const isArriving = "target_handler_name = 'accept'";
  const isRunning = "status <> 'pending' AND status <> 'ready'";
  const [row] = await query<{ readonly arriving: number; readonly since?: number; readonly running: number }>(
    `SELECT count(*) FILTER (WHERE ${isArriving}) AS arriving, cast(min(created_at) FILTER (WHERE ${isArriving}) AS bigint) AS since, ` +
      `count(*) FILTER (WHERE ${isRunning}) AS running FROM sys_invocation WHERE ${activeInvocations(known)}`,
  );
  return { arriving: row?.arriving ?? 0, arrivingSince: row?.since, running: row?.running ?? 0 };
}
