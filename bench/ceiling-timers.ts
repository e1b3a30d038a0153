import type { Database } from "better-sqlite3";
import type { CeilingCommand } from "./ceiling.ts";

/** Timeouts and delayed commands of the ceiling: their moments are rows, and one timer is armed for the next of them. */
export interface CeilingTimers {
  /** A row with this moment (milliseconds since 1970) is about to be stored. */
  note(dueAt: number): void;
  readonly isCaughtUp: boolean;
  stop(): void;
}

const PAGE = 1_000;

export function createCeilingTimers(ports: {
  readonly database: Database;
  readonly submit: <Result>(write: () => Result) => Promise<Result>;
  readonly addEntry: (instance: number, at: number, kind: string, facts: object) => void;
  readonly isExecuting: (command: CeilingCommand) => boolean;
  readonly execute: (command: CeilingCommand) => void;
  readonly onCaughtUp: () => void;
}): CeilingTimers {
  const { database, submit, addEntry, isExecuting, execute, onCaughtUp } = ports;
  const findTimedOut = database
    .prepare<[number, number], number>("SELECT number FROM instances WHERE status = 'started' AND due_at <= ? ORDER BY due_at LIMIT ?")
    .pluck();
  const timeOut = database.prepare(
    "UPDATE instances SET revision = revision + 2, status = 'timed_out', ended_at = due_at, due_at = NULL WHERE number = ?",
  );
  const findDue = database.prepare<[number], CeilingCommand>(
    "SELECT seq, command_id AS commandId, type, instance, due_at AS dueAt FROM commands WHERE due_at <= ? ORDER BY due_at, seq",
  );
  const findNext = database
    .prepare<[number], number | null>(
      `
      SELECT min(due_at) FROM (
        SELECT min(due_at) AS due_at FROM instances WHERE status = 'started'
        UNION ALL SELECT min(due_at) FROM commands WHERE due_at > ?
      )`,
    )
    .pluck();
  let nextDueAt = Number.POSITIVE_INFINITY;
  let armed: NodeJS.Timeout | undefined;
  let isFiring = false;

  const note = (dueAt: number) => {
    if (dueAt >= nextDueAt) return;
    nextDueAt = dueAt;
    if (!isFiring) arm();
  };

  const arm = () => {
    clearTimeout(armed);
    if (nextDueAt !== Number.POSITIVE_INFINITY) armed = setTimeout(fire, Math.max(0, nextDueAt - Date.now()));
  };

  const fire = async () => {
    // Timers may be early.
    if (Date.now() < nextDueAt) return arm();
    isFiring = true;
    const now = Date.now();
    for (const command of findDue.all(now)) if (!isExecuting(command)) execute(command);
    while ((await submit(() => timeOutPage(now))) === PAGE);
    isFiring = false;
    nextDueAt = findNext.get(now) ?? Number.POSITIVE_INFINITY;
    arm();
    onCaughtUp();
  };

  const timeOutPage = (now: number): number => {
    const instances = findTimedOut.all(now, PAGE);
    for (const instance of instances) {
      timeOut.run(instance);
      addEntry(instance, now, "timed_out", { status: "timed_out", dueAt: now });
      addEntry(instance, now, "handled", { handler: "on-order-lifecycle-timed-out", status: "timed_out", attempt: 1 });
    }
    return instances.length;
  };

  return {
    note,
    get isCaughtUp() {
      return !isFiring && nextDueAt > Date.now();
    },
    stop: () => clearTimeout(armed),
  };
}
