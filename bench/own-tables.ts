import SqliteDatabase, { type Database } from "better-sqlite3";
import { createProcessSystem, defineProcess, type TransactionHandlerArgs } from "perdure";
import { ceilingSchema } from "./ceiling-schema.ts";
import { createGroupCommit } from "./group-commit.ts";
import type { ProgramName } from "./program.ts";

/** A shop that keeps its orders and receipts in tables of its own, beside what a process keeps of them. */
export interface Shop {
  readonly database: Database;
  /** The row of the order and the event that says so, in one transaction. */
  place(order: number): void;
  /** Resolves when every order has its receipt. */
  whenIdle(): Promise<void>;
  stop(): Promise<void>;
}

const own = `
  CREATE TABLE orders (id TEXT PRIMARY KEY, cents INTEGER NOT NULL) STRICT;
  CREATE TABLE receipts (id TEXT PRIMARY KEY, cents INTEGER NOT NULL) STRICT;
`;

export function openShop(name: ProgramName, path: string): Promise<Shop> {
  const database = new SqliteDatabase(path);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec(own);
  return name === "perdure" ? openOnPerdure(database) : openByHand(database);
}

const sales = defineProcess({
  aggregate: "order",
  name: "sales",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderClosed"],
  timeout: "7d",
  on: { OrderPlaced: ({ event, commands }) => commands["writeReceipt"]!({ aggregateId: event.aggregateId, payload: event.payload }) },
});

async function openOnPerdure(database: Database): Promise<Shop> {
  const addOrder = database.prepare("INSERT INTO orders VALUES (?, ?)");
  const system = await createProcessSystem({
    definitions: [sales],
    commands: {
      writeReceipt: {
        transaction: true,
        handler: ({ command, database: lent }: TransactionHandlerArgs<{ readonly cents: number }>) => {
          lent.prepare("INSERT INTO receipts VALUES (?, ?)").run(command.aggregateId, command.payload.cents);
        },
      },
    },
    store: { database },
  });
  await system.start();
  const place = database.transaction((id: string, cents: number) => {
    addOrder.run(id, cents);
    system.enqueue({ type: "OrderPlaced", aggregateId: id, payload: { cents } });
  });
  return {
    database,
    place: (order) => place(nameOrder(order), order),
    whenIdle: () => system.whenIdle(),
    stop: async () => {
      await system.stop();
      database.close();
    },
  };
}

const TIMEOUT_MS = 7 * 24 * 60 * 60 * 1000;

/** The event is handled in the transaction that stores it, and the receipt is written in the one that settles its command. */
async function openByHand(database: Database): Promise<Shop> {
  database.exec(ceilingSchema);
  const submit = createGroupCommit(database);
  const addOrder = database.prepare("INSERT INTO orders VALUES (?, ?)");
  const addReceipt = database.prepare("INSERT INTO receipts VALUES (?, ?)");
  const addEvent = database.prepare(
    "INSERT INTO events (event_id, type, aggregate_id, payload, occurred_at, accepted_at) VALUES (?, 'OrderPlaced', ?, ?, ?, ?)",
  );
  const addInstance = database.prepare(
    "INSERT INTO instances (process_id, aggregate_id, status, started_at, due_at, revision) VALUES (?, ?, 'started', ?, ?, 1)",
  );
  const addCommand = database.prepare(
    "INSERT INTO commands (command_id, type, aggregate_id, payload, instance, due_at) VALUES (?, 'writeReceipt', ?, ?, ?, ?)",
  );
  const removeCommand = database.prepare("DELETE FROM commands WHERE seq = ?");
  const addEntry = database.prepare("INSERT INTO journal (instance, at, kind, data) VALUES (?, ?, ?, ?)");
  const underWay = new Set<Promise<void>>();

  const place = database.transaction((id: string, cents: number) => {
    const now = Date.now();
    const payload = JSON.stringify({ cents });
    addOrder.run(id, cents);
    addEvent.run(`placed-${id}`, id, payload, now, now);
    const instance = Number(addInstance.run(`process-${id}`, id, now, now + TIMEOUT_MS).lastInsertRowid);
    const seq = Number(addCommand.run(`receipt-${id}`, id, payload, instance, now).lastInsertRowid);
    addEntry.run(instance, now, "started", JSON.stringify({ status: "started", event: { eventId: `placed-${id}`, type: "OrderPlaced" } }));
    addEntry.run(instance, now, "handled", JSON.stringify({ handler: "on-order-placed", attempt: 1, commands: [`receipt-${id}`] }));
    return { instance, seq };
  });
  const writeReceipt = async (id: string, cents: number, { instance, seq }: ReturnType<typeof place>): Promise<void> => {
    await submit(() => {
      addReceipt.run(id, cents);
      removeCommand.run(seq);
      addEntry.run(instance, Date.now(), "command_handled", JSON.stringify({ command: `receipt-${id}`, attempt: 1 }));
    });
  };
  return {
    database,
    place: (order) => {
      const id = nameOrder(order);
      const done: Promise<void> = writeReceipt(id, order, place(id, order)).finally(() => underWay.delete(done));
      underWay.add(done);
    },
    whenIdle: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    stop: async () => void database.close(),
  };
}

function nameOrder(order: number): string {
  return `order-${order}`;
}
