import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { createGate } from "../../support/gate.ts";
import { type OsProcess, startNode } from "../../support/os-process.ts";
import { within } from "../../support/patience.ts";

export interface FleetOptions {
  /** Where the ledger is written. */
  readonly folder: string;
  /** How many service processes there are. */
  readonly size: number;
  readonly watchTimeout: string;
}

/** Service processes behind one address, of which any can be killed. */
export interface Fleet extends AsyncDisposable {
  readonly uri: string;
  /** With SIGKILL, and starts another in its place. Which one it is goes round. */
  killOne(): Promise<void>;
  /** Sends a signal to the one with this number, from 0. */
  signal(number: number, signal: NodeJS.Signals): void;
  /** The number of the life that the process with this number has. */
  lifeOf(number: number): number;
}

type Message = { readonly at: "serves"; readonly port: number } | { readonly at: "log" | "error"; readonly message: string };

interface Member {
  readonly process: OsProcess<Message>;
  readonly port: number;
  readonly life: number;
}

// A start takes a second; a machine that others use as well may be slow.
const START_MS = 120_000;

const script = fileURLToPath(new URL("service.mjs", import.meta.url));

export async function startFleet({ size, ...orders }: FleetOptions): Promise<Fleet> {
  const ends = new Set<() => void>();
  let lives = 0;
  const begin = async (): Promise<Member> => {
    const life = (lives += 1);
    const process = startNode<Message>([script], { talks: true, onFinished: (end) => ends.add(end) });
    const told = createGate<Message>();
    process.listen((message) => message.at !== "log" && told.open(message));
    process.send({ ...orders, life });
    const message = await within(told.opened, "the services are served", START_MS);
    if (message.at !== "serves") throw new Error(message.message);
    return { process, port: message.port, life };
  };
  const members = await Promise.all(Array.from({ length: size }, begin));
  const front = await openFront(() => members.map(({ port }) => port));
  let turn = 0;
  return {
    uri: `http://127.0.0.1:${front.port}`,
    killOne: async () => {
      const number = turn++ % members.length;
      await members[number]!.process.kill();
      members[number] = await begin();
    },
    signal: (number, signal) => members[number]!.process.signal(signal),
    lifeOf: (number) => members[number]!.life,
    [Symbol.asyncDispose]: async () => {
      for (const end of ends) end();
      await front.close();
    },
  };
}

/** An address whose connections go round to the ports that answer. */
async function openFront(ports: () => readonly number[]): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  let turn = 0;
  const lead = (from: Socket, left: number) => {
    const all = ports();
    const to = connect(all[turn++ % all.length]!, "127.0.0.1");
    sockets.add(to);
    const give = () => {
      sockets.delete(to);
      to.destroy();
      from.destroy();
    };
    const passOver = () => (left > 1 && !from.destroyed ? lead(from, left - 1) : give());
    to.once("error", passOver);
    to.once("connect", () => {
      to.off("error", passOver).on("error", give).once("close", give);
      from.once("close", give).pipe(to).pipe(from);
    });
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    // Whoever is at the other end closes too.
    socket.on("error", () => socket.destroy()).once("close", () => sockets.delete(socket));
    lead(socket, ports().length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
