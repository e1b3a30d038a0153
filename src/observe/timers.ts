import type { Store } from "../store/store.ts";
import { type TimerFilter, type TimerKind, timerKinds, type TimerPlace, type TimerRecord } from "../store/timers.ts";
import { checkFilter, createPage, type Page, readLimit, refuseCursor } from "./page.ts";

/** Something that will be due. */
export interface Timer {
  /** `timeout`: an instance's; `command`: a command's moment, first or again; `retry`: another attempt of a handler. */
  readonly kind: TimerKind;
  readonly dueAt: Date;
  readonly process: string;
  /** The instance's; for a command, the aggregate the command is for. */
  readonly aggregateId: string;
  readonly processId: string | undefined;
  /** The command's name. */
  readonly command: string | undefined;
}

export interface Timers {
  /**
   * What is due when, soonest first; what is overdue comes first. `limit` is 100 unless told otherwise; `cursor` is the `nextCursor` of the
   * page before.
   * @throws ProcessError `CONFIG_INVALID`
   */
  list(filter?: TimerFilter & { readonly limit?: number; readonly cursor?: string }): Promise<Page<Timer>>;
}

/** What `timers.list` resolves with, at once. @throws ProcessError `CONFIG_INVALID` */
export function listTimers(
  { timers }: Pick<Store, "timers">,
  { limit, cursor, ...filter }: TimerFilter & { readonly limit?: number; readonly cursor?: string },
): Page<Timer> {
  checkFilter(filter, ["process", "aggregateId", "processId", "kind"]);
  const size = readLimit(limit);
  return createPage(timers.find(filter, size, readPlace(cursor)), size, recordToTimer, writePlace);
}

export function createTimersView(store: () => Store): Timers {
  return { list: async (filter = {}) => listTimers(store(), filter) };
}

function recordToTimer({ kind, dueAt, process, aggregateId, processId, command }: TimerRecord): Timer {
  return { kind, dueAt: new Date(dueAt), process, aggregateId, processId: processId ?? undefined, command: command ?? undefined };
}

// Moment, kind and id as a text that needs no quotes in a shell.
function writePlace({ dueAt, kind, id }: TimerPlace): string {
  return Buffer.from(JSON.stringify([dueAt, kind, id])).toString("base64url");
}

function readPlace(cursor: string | undefined): TimerPlace | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [dueAt, kind, id] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as readonly unknown[];
    if (Number.isInteger(dueAt) && timerKinds.includes(kind as TimerKind) && (typeof id === "string" || typeof id === "number")) {
      return { dueAt: dueAt as number, kind: kind as TimerKind, id };
    }
  } catch {
    // No JSON, or no list: refused below.
  }
  throw refuseCursor(cursor);
}
