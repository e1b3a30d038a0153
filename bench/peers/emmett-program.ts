import { createRequire } from "node:module";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
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
  const eventStore = getSQLiteEventStore({ fileName: path });
  const handle = CommandHandler<State>({ evolve, initialState: () => ({ status: "none" }) });

  let executing = 0;
  let onIdle = () => {};
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(work);
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
  const count = (type: string): number => {
    const database = new SqliteDatabase(path, { readonly: true });
    try {
      return database.prepare<[string], number>("SELECT count(*) FROM emt_messages WHERE message_type = ?").pluck().get(type)!;
    } finally {
      database.close();
    }
  };

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
      completed: count("OrderFulfilled"),
      timedOut: 0,
      waitingCommands: count("CommandRequested") - count("CommandExecuted"),
      executed: count("CommandExecuted"),
    }),
    stop: async () => {},
  };
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

interface EmmettSqlite {
  readonly getSQLiteEventStore: (options: { readonly fileName: string }) => EventStore;
}
