import { fileURLToPath } from "node:url";
import { createGate } from "../../support/gate.ts";
import { type OsProcess, startNode } from "../../support/os-process.ts";
import { within } from "../../support/patience.ts";
import { openFront } from "./front.ts";

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
    uri: front.url,
    killOne: async () => {
      const number = turn++ % members.length;
      await members[number]!.process.kill();
      members[number] = await begin();
    },
    signal: (number, signal) => members[number]!.process.signal(signal),
    lifeOf: (number) => members[number]!.life,
    [Symbol.asyncDispose]: async () => {
      for (const end of ends) end();
      await front[Symbol.asyncDispose]();
    },
  };
}
