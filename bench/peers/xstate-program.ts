import SqliteDatabase from "better-sqlite3";
import { type AnyActorRef, createActor, setup } from "xstate";
import type { OrderEvent } from "../orders.ts";
import type { Program } from "../program.ts";
import type { PeerOptions } from "./peer.ts";

const TIMEOUT_MS = 7 * 24 * 60 * 60 * 1000;
const REMINDER_MS = 60 * 1000;

/**
 * The order lifecycle as the documentation of XState shows how to persist: the actor takes the event, its snapshot is written, each in a transaction
 * of its own, and then the commands run. Commands, reminders and timeouts are in memory, so that a crash loses them; there is no
 * journal, and an event that comes twice is handled twice.
 */
export async function openXState({ path }: PeerOptions): Promise<Program> {
  const database = new SqliteDatabase(path);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec("CREATE TABLE snapshots (id TEXT PRIMARY KEY, status TEXT NOT NULL, snapshot TEXT NOT NULL) WITHOUT ROWID");
  const write = database.prepare<[string, string, string]>(
    "INSERT INTO snapshots VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status, snapshot = excluded.snapshot",
  );
  const count = database.prepare<[string], number>("SELECT count(*) FROM snapshots WHERE status = ?").pluck();

  const actors = new Map<string, AnyActorRef>();
  const reminders = new Set<NodeJS.Timeout>();
  let commands: (() => Promise<void>)[] = [];
  let executed = 0;
  let executing = 0;
  let onIdle = () => {};
  const execute = async () => {
    executed += 1;
  };
  const remind = () => {
    const reminder = setTimeout(() => {
      reminders.delete(reminder);
      void execute();
    }, REMINDER_MS);
    reminders.add(reminder);
  };
  const machine = createOrderMachine({ command: () => commands.push(execute), remind });

  const take = ({ type, aggregateId }: OrderEvent) => {
    let actor = actors.get(aggregateId);
    if (actor === undefined) {
      if (type !== "OrderPlaced") return;
      actor = createActor(machine);
      actors.set(aggregateId, actor);
      actor.start();
    } else actor.send({ type });
    const { value, status } = actor.getSnapshot() as { readonly value: string; readonly status: string };
    write.run(aggregateId, value, JSON.stringify(actor.getPersistedSnapshot()));
    if (status === "done") actors.delete(aggregateId);
    const due = commands;
    commands = [];
    for (const command of due) void run(command);
  };
  const run = async (command: () => Promise<void>) => {
    executing += 1;
    await command();
    executing -= 1;
    if (executing === 0) onIdle();
  };

  return {
    dispatch: async (event) => take(event),
    dispatchList: async (events) => events.forEach(take),
    whenIdle: () =>
      new Promise((resolve) => {
        onIdle = resolve;
        if (executing === 0) resolve();
      }),
    tally: async () => ({
      completed: count.get("completed")!,
      timedOut: count.get("timed_out")!,
      waitingCommands: reminders.size,
      executed,
    }),
    stop: async () => {
      for (const reminder of reminders) clearTimeout(reminder);
      for (const actor of actors.values()) actor.stop();
      database.close();
    },
  };
}

function createOrderMachine(actions: Readonly<Record<"command" | "remind", () => void>>) {
  return setup({
    actions,
    delays: { timeout: TIMEOUT_MS },
  }).createMachine({
    initial: "started",
    states: {
      started: {
        entry: ["command", "remind"],
        after: { timeout: "timed_out" },
        on: { PaymentReceived: { actions: "command" }, OrderFulfilled: "completed" },
      },
      completed: { type: "final" },
      timed_out: { type: "final" },
    },
  });
}
