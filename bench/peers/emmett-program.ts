import { createRequire } from "node:module";
import { join } from "node:path";
import type { LifecycleType, OrderEvent } from "../orders.ts";
import type { Program } from "../program.ts";
import type { PeerOptions } from "./peer.ts";

const REMINDER_MS = 60 * 1000;

interface State {
  readonly status: "none" | "started" | "completed";
}

interface Message {
  readonly type: string;
  readonly data: object;
}

/**
 * The order lifecycle on Emmett's event store on SQLite: a stream for each order. An event is appended together with the commands that it asks for; a command
 * that has run is appended as well. Emmett's store opens a connection for each operation and serves one at a time, so that callers queue. Nothing
 * runs reminders and timeouts, which Emmett does not have.
 */
export async function openEmmett({ path, packages }: PeerOptions): Promise<Program> {
  const require = createRequire(join(packages, "package.json"));
  // The casts hold for the versions that were installed. Their types are not here, because the packages are not.
  const { CommandHandler } = require("@event-driven-io/emmett") as Emmett;
  const { getSQLiteEventStore } = require("@event-driven-io/emmett-sqlite") as EmmettSqlite;
  const { Database } = require("sqlite3") as Sqlite3;
  // Emmett's store closes its connection after each operation. With one that stays, the log is not folded in and deleted each time.
  const kept = new Database(path);
  const ask = (sql: string, values: readonly string[] = []) =>
    new Promise<Readonly<Record<string, unknown>> | undefined>((resolve, reject) => {
      kept.get(sql, values, (error, row) => (error === null ? resolve(row) : reject(error)));
    });
  await ask("PRAGMA journal_mode = WAL");
  await ask("PRAGMA user_version");
  const eventStore = getSQLiteEventStore({ fileName: path });
  const handle = CommandHandler<State>({ evolve, initialState: () => ({ status: "none" }) });

  let executing = 0;
  let onIdle = () => {};
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(() => tryAgain(work));
    last = turn.catch(() => {});
    return turn;
  };

  const execute = async (aggregateId: string, command: string) => {
    await inTurn(() => eventStore.appendToStream(`order-${aggregateId}`, [{ type: "CommandExecuted", data: { command } }]));
    executing -= 1;
    if (executing === 0) onIdle();
  };
  const take = async (event: OrderEvent) => {
    const { newEvents } = await inTurn(() => handle(eventStore, `order-${event.aggregateId}`, (state) => decide(state, event)));
    const due = newEvents.filter(({ type, data }) => type === "CommandRequested" && !("dueAt" in data));
    executing += due.length;
    for (const { data } of due) void execute(event.aggregateId, (data as { readonly command: string }).command);
  };
  const count = async (type: string) =>
    Number((await ask("SELECT count(*) AS count FROM emt_messages WHERE message_type = ?", [type]))?.["count"]);

  return {
    dispatch: take,
    dispatchList: async (events) => {
      for (const event of events) await take(event);
    },
    whenIdle: () =>
      new Promise((resolve) => {
        onIdle = resolve;
        if (executing === 0) resolve();
      }),
    tally: async () => ({
      completed: await count("OrderFulfilled"),
      timedOut: 0,
      waitingCommands: (await count("CommandRequested")) - (await count("CommandExecuted")),
      executed: await count("CommandExecuted"),
    }),
    stop: () => new Promise((resolve) => kept.close(() => resolve())),
  };
}

const MOST_TRIES = 20;

// Emmett's connection switches the write-ahead log on beside its first transaction, which may then find the connection busy and is rolled back.
async function tryAgain<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let count = 1; ; count += 1) {
    try {
      return await work();
    } catch (error) {
      const isBusy = error instanceof Error && "code" in error && error.code === "SQLITE_BUSY";
      if (!isBusy || count === MOST_TRIES) throw error;
    }
  }
}

function decide({ status }: State, { type, payload }: OrderEvent): readonly Message[] {
  if ((type === "OrderPlaced") !== (status === "none")) return [];
  const request = (command: string, more: object = {}): Message => ({ type: "CommandRequested", data: { command, ...more } });
  const event = { type, data: payload };
  if (type === "OrderPlaced") return [event, request("sendWelcomeEmail"), request("remind", { dueAt: Date.now() + REMINDER_MS })];
  return type === "PaymentReceived" ? [event, request("shipOrder")] : [event];
}

function evolve(state: State, { type }: Message): State {
  const statuses: Partial<Record<string, State["status"]>> = { OrderPlaced: "started", OrderFulfilled: "completed" } satisfies Partial<
    Record<LifecycleType, State["status"]>
  >;
  return { status: statuses[type] ?? state.status };
}

interface EventStore {
  appendToStream(stream: string, messages: readonly Message[]): Promise<unknown>;
}

/** What is used of Emmett. */
interface Emmett {
  readonly CommandHandler: <S>(options: {
    readonly evolve: (state: S, message: Message) => S;
    readonly initialState: () => S;
  }) => (
    store: EventStore,
    stream: string,
    decide: (state: S) => readonly Message[],
  ) => Promise<{ readonly newEvents: readonly Message[] }>;
}

interface Sqlite3 {
  readonly Database: new (path: string) => {
    get(
      sql: string,
      values: readonly string[],
      callback: (error: Error | null, row: Readonly<Record<string, unknown>> | undefined) => void,
    ): void;
    close(callback: () => void): void;
  };
}

interface EmmettSqlite {
  readonly getSQLiteEventStore: (options: { readonly fileName: string }) => EventStore;
}
