import { randomUUID } from "node:crypto";
import SqliteDatabase from "better-sqlite3";
import { ceilingSchema } from "./ceiling-schema.ts";
import { createCeilingTimers } from "./ceiling-timers.ts";
import { createGroupCommit } from "./group-commit.ts";
import type { LifecycleType, OrderEvent } from "./orders.ts";
import { nothing, remember, type Remembered } from "./remembered.ts";
import type { Program, ProgramOptions } from "./program.ts";

/** An id that sorts by time, as Perdure's do: of random ones, each would dirty a page of the unique index. */
function createOrderedId(now: number): string {
  const stamp = now.toString(16).padStart(12, "0");
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${randomUUID().slice(15)}`;
}

export interface CeilingCommand {
  readonly seq: number;
  readonly commandId: string;
  readonly type: string;
  readonly instance: number;
  readonly dueAt: number;
}

const TIMEOUT_MS = 7 * 24 * 60 * 60 * 1000;
const REMINDER_MS = 60 * 1000;

/**
 * The order lifecycle as one would write it by hand for this one process on better-sqlite3: the fastest program that keeps
 * the same rows just as durably. It accepts and handles an event in one transaction, so it has no mailbox; and it has no
 * isolation of user code, no retries and no dead letters.
 */
export function createCeiling({ path, remembers = false, onStored }: ProgramOptions): Program {
  const database = new SqliteDatabase(path);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec(ceilingSchema);
  const submit = createGroupCommit(database);

  const addEvent = database.prepare(
    "INSERT INTO events (event_id, type, aggregate_id, payload, occurred_at, accepted_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const findOpen = database.prepare<[string], number>("SELECT number FROM instances WHERE aggregate_id = ? AND ended_at IS NULL").pluck();
  const addInstance = database.prepare(
    "INSERT INTO instances (process_id, aggregate_id, status, started_at, due_at, revision) VALUES (?, ?, 'started', ?, ?, 1)",
  );
  const readContext = database.prepare<[number], string>("SELECT context FROM instances WHERE number = ?").pluck();
  const setContext = database.prepare("UPDATE instances SET context = ? WHERE number = ?");
  const touchInstance = database.prepare("UPDATE instances SET revision = revision + 1 WHERE number = ?");
  const endInstance = database.prepare(
    "UPDATE instances SET revision = revision + 1, status = 'completed', ended_at = ?, due_at = NULL WHERE number = ?",
  );
  const addCommandRow = database.prepare(
    "INSERT INTO commands (command_id, type, aggregate_id, payload, instance, due_at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const removeCommand = database.prepare("DELETE FROM commands WHERE seq = ?");
  const addEntryRow = database.prepare("INSERT INTO journal (instance, at, kind, data) VALUES (?, ?, ?, ?)");

  const executing = new Set<number>();
  let executed = 0;
  let accepting = 0;
  let onIdle = () => {};

  const addEntry = (instance: number, at: number, kind: string, facts: object) => {
    addEntryRow.run(instance, at, kind, JSON.stringify(facts));
  };

  const addCommand = (instance: number, type: string, aggregateId: string, dueAt: number): CeilingCommand => {
    const commandId = randomUUID();
    const { lastInsertRowid } = addCommandRow.run(commandId, type, aggregateId, "{}", instance, dueAt);
    return { seq: Number(lastInsertRowid), commandId, type, instance, dueAt };
  };

  /** Writes what the order remembers, and returns what changes of it, which its journal entry holds. */
  const putContext = (instance: number, type: LifecycleType, aggregateId: string): object => {
    if (!remembers) return {};
    const before = type === "OrderPlaced" ? nothing : (JSON.parse(readContext.get(instance)!) as Remembered);
    const context = remember(type, aggregateId);
    setContext.run(JSON.stringify({ ...before, ...context }), instance);
    return { context };
  };

  /** Stores the event with all that it changes, and returns the commands that are due. */
  const handle = (
    now: number,
    { type, aggregateId, payload, eventId = createOrderedId(now), occurredAt = now }: OrderEvent,
  ): readonly CeilingCommand[] => {
    if (addEvent.run(eventId, type, aggregateId, JSON.stringify(payload), occurredAt, now).changes === 0) return [];
    const event = { eventId, type };
    if (type === "OrderPlaced") {
      const instance = Number(addInstance.run(randomUUID(), aggregateId, occurredAt, occurredAt + TIMEOUT_MS).lastInsertRowid);
      const welcome = addCommand(instance, "sendWelcomeEmail", aggregateId, occurredAt);
      const reminder = addCommand(instance, "remind", aggregateId, occurredAt + REMINDER_MS);
      addEntry(instance, now, "started", { status: "started", event });
      addEntry(instance, now, "handled", {
        ...describeStep(event, "on-order-placed", "started", [welcome, reminder]),
        ...putContext(instance, type, aggregateId),
      });
      timers.note(occurredAt + TIMEOUT_MS);
      if (reminder.dueAt <= now) return [welcome, reminder];
      timers.note(reminder.dueAt);
      return [welcome];
    }
    const instance = findOpen.get(aggregateId);
    if (instance === undefined) return [];
    if (type === "PaymentReceived") {
      touchInstance.run(instance);
      const shipping = addCommand(instance, "shipOrder", aggregateId, occurredAt);
      addEntry(instance, now, "handled", {
        ...describeStep(event, "on-payment-received", "started", [shipping]),
        ...putContext(instance, type, aggregateId),
      });
      return [shipping];
    }
    endInstance.run(occurredAt, instance);
    addEntry(instance, now, "completed", {
      ...describeStep(event, "on-order-fulfilled", "completed", []),
      ...putContext(instance, type, aggregateId),
    });
    return [];
  };

  const execute = async ({ seq, instance, commandId, type, dueAt }: CeilingCommand) => {
    executing.add(seq);
    await runCommand();
    await submit(() => {
      removeCommand.run(seq);
      addEntry(instance, Date.now(), "command_handled", { command: { commandId, type }, attempt: 1, dueAt });
    });
    executing.delete(seq);
    checkIdle();
  };

  const runCommand = async () => {
    executed += 1;
  };

  const checkIdle = () => {
    if (executing.size === 0 && accepting === 0 && timers.isCaughtUp) onIdle();
  };

  const timers = createCeilingTimers({
    database,
    submit,
    addEntry,
    isExecuting: ({ seq }) => executing.has(seq),
    execute: (command) => void execute(command),
    onCaughtUp: checkIdle,
  });

  const accept = async (write: (now: number) => readonly CeilingCommand[]) => {
    const now = Date.now();
    accepting += 1;
    const due = await submit(() => write(now));
    accepting -= 1;
    for (const command of due) void execute(command);
    checkIdle();
  };

  const countInstances = database.prepare<[string], number>("SELECT count(*) FROM instances WHERE status = ?").pluck();
  const countCommands = database.prepare<[], number>("SELECT count(*) FROM commands").pluck();

  return {
    dispatch: async (event) => {
      await accept((now) => handle(now, event));
      if (onStored !== undefined) onStored(event);
    },
    dispatchList: (events) => accept((now) => events.flatMap((event) => handle(now, event))),
    whenIdle: () =>
      new Promise((resolve) => {
        onIdle = resolve;
        checkIdle();
      }),
    tally: async () => ({
      completed: countInstances.get("completed")!,
      timedOut: countInstances.get("timed_out")!,
      waitingCommands: countCommands.get()!,
      executed,
    }),
    stop: async () => {
      timers.stop();
      database.close();
    },
  };
}

function describeStep(
  event: { readonly eventId: string; readonly type: string },
  handler: string,
  status: string,
  commands: readonly CeilingCommand[],
): object {
  const dispatched = commands.map(({ commandId, type, dueAt }) => ({ commandId, type, dueAt }));
  return { event, handler, status, attempt: 1, ...(dispatched.length > 0 && { commands: dispatched }) };
}
