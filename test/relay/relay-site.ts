import { renameSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import SqliteDatabase from "better-sqlite3";
import type { ProcessDefinition, ProcessSystem, ProcessSystemOptions } from "perdure";
import { onTestFinished } from "vitest";
import { createFrameReader, writeFrame } from "../../src/runtime/relay/frames.ts";
import type { Store } from "../../src/store/store.ts";
import { assembleSystem } from "../../src/system/create-process-system.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

export interface RelaySystem {
  readonly system: ProcessSystem;
  /** How many transactions of its own have written events. */
  readonly written: () => number;
  readonly warned: string[];
  /** Ends it as a crash of its OS process would. */
  halt(): void;
}

export type RelayOptions = Pick<ProcessSystemOptions, "role" | "processes" | "policies" | "limits"> & {
  readonly definitions?: readonly ProcessDefinition[];
  readonly isStarted?: boolean;
  /** Called at the beginning of each transaction, inside it. */
  readonly onBegin?: (store: Store) => void;
};

/** One file, and systems on it that are as apart from each other as those of several OS processes. */
export function createRelaySite(path = createDatabasePath()) {
  const ran: string[] = [];
  const note = ({ event }: { readonly event: { readonly type: string; readonly aggregateId: string } }) =>
    void ran.push(`${event.type} ${event.aggregateId}`);
  const order = defineLifecycle({ OrderPlaced: note, PaymentReceived: note, OrderFulfilled: note });

  return {
    path,
    socketPath: `${path}-relay`,
    /** What handlers have run for. */
    ran,
    note,
    order,
    open: async ({ isStarted = true, definitions = [order], onBegin = () => {}, ...options }: RelayOptions = {}): Promise<RelaySystem> => {
      let written = 0;
      const warned: string[] = [];
      const { system, halt } = await assembleSystem(
        {
          definitions,
          store: { path, synchronous: "normal" },
          ...options,
          logger: { ...silentLogger, warn: (text) => void warned.push(text) },
        },
        {
          wrapStore: (store) => ({
            ...store,
            transact: (work) =>
              store.transact(() => {
                onBegin(store);
                return work();
              }),
            events: {
              ...store.events,
              append: (...given) => {
                written += 1;
                return store.events.append(...given);
              },
            },
          }),
        },
      );
      onTestFinished(() => system.stop());
      if (isStarted) await system.start();
      return { system, written: () => written, warned, halt };
    },
    /** What is stored, in the order of acceptance. */
    events: (): readonly string[] => {
      const database = new SqliteDatabase(path);
      try {
        return database.prepare<[], string>("SELECT event_id FROM perdure_events ORDER BY position").pluck().all();
      } finally {
        database.close();
      }
    },
  };
}

export type RelaySite = ReturnType<typeof createRelaySite>;

type Message = Record<string, unknown> & { readonly kind: string };

/** What a test does with what goes through its hands; what it returns goes on, in its place. `undefined`: nothing does. */
export interface Between {
  readonly toWorker?: (message: Message, sockets: Sockets) => Message | undefined;
  readonly toClient?: (message: Message, sockets: Sockets) => Message | undefined;
}

interface Sockets {
  readonly client: Socket;
  readonly worker: Socket;
}

/** Puts a test between the clients and the worker that listens at the site's socket. */
export async function standBetween(
  { socketPath }: RelaySite,
  { toWorker = (message) => message, toClient = (message) => message }: Between,
) {
  const behind = `${socketPath}.b`;
  renameSync(socketPath, behind);
  await listenAt(socketPath, (client) => {
    const worker = connect(behind);
    const sockets = { client, worker };
    const pass = (from: Socket, to: Socket, change: NonNullable<Between["toWorker"]>) => {
      const reader = createFrameReader();
      from.on("data", (chunk) => {
        for (const message of reader.read(chunk)) {
          const changed = change(message as Message, sockets);
          if (changed !== undefined && to.writable) to.write(writeFrame(changed));
        }
      });
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroySoon());
    };
    pass(client, worker, toWorker);
    pass(worker, client, toClient);
  });
}

/** Listens at a socket until the test is over. */
export async function listenAt(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server;
}

/** Says things to a worker as a client would, and other things. */
export async function callWorker({ socketPath }: RelaySite) {
  const socket = connect(socketPath);
  onTestFinished(() => void socket.destroy());
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {});
  const reader = createFrameReader();
  const heard: Message[] = [];
  const waiting: ((message: Message) => void)[] = [];
  socket.on("data", (chunk) => {
    for (const message of reader.read(chunk) as Message[]) {
      const take = waiting.shift();
      if (take === undefined) heard.push(message);
      else take(message);
    }
  });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return {
    closed,
    write: (bytes: Uint8Array) => void socket.write(bytes),
    say: (message: object) => void socket.write(writeFrame(message)),
    hear: () => new Promise<Message>((resolve) => (heard.length > 0 ? resolve(heard.shift()!) : waiting.push(resolve))),
    end: () => void socket.destroy(),
  };
}
