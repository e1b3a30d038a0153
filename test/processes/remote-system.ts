import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DeadLetter, JournalEntry, Lag, OverviewContext, ProcessInstance, ProcessSystemOptions, Receipt } from "perdure";
import { createGate } from "../support/gate.ts";
import { type OsProcess, startNode } from "../support/os-process.ts";
import { within } from "../support/patience.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

export interface RemoteOptions extends Pick<ProcessSystemOptions, "role" | "processes"> {
  /** Names of the processes it knows; `order-lifecycle` unless told otherwise. */
  readonly defines?: readonly string[];
  /**
   * `mark`: between the two files of a dead letter, after the second was written. `commit of failed`: before that. `before relayed`, `inside
   * relayed`, `after relayed`: around the commit of events that were relayed to it, before they are written, before COMMIT, and right after. The
   * same with `ahead`: around the commit of an event that is handled in the commit that accepts it.
   */
  readonly dieAt?: string;
}

/** What can be called in the other OS process. Everything crosses as JSON, so a moment is a text. */
interface Calls {
  start(): void;
  stop(how?: { readonly timeout?: string }): void;
  state(): string;
  dispatch(events: unknown): Receipt | readonly Receipt[];
  /** Each by a call of its own, all at once. */
  dispatchEach(events: readonly unknown[]): readonly Receipt[];
  /** Dispatches orders until `site.setEnough`, `inFlight` at a time; returns how many. */
  keepDispatching(prefix: string, inFlight: number): number;
  whenIdle(): void;
  lag(): Lag;
  find(filter?: unknown): readonly ProcessInstance[];
  history(processId: string): readonly JournalEntry[];
  waitFor(filter: unknown, until: unknown): ProcessInstance;
  letters(filter?: unknown): readonly DeadLetter[];
  retry(id: string): DeadLetter;
  discard(id: string, how?: { readonly reason: string }): DeadLetter;
  retryAll(filter: unknown): readonly { readonly id: string; readonly outcome: string; readonly code?: string }[];
  overview(): OverviewContext;
  prune(): number;
  logged(): readonly { readonly level: string; readonly message: string; readonly code?: string }[];
  standStillThenDispatch(ms: number, event: unknown): Receipt;
  /** Has it do nothing for so long, from its next turn on. */
  standStill(ms: number): void;
  /** Lets it end by itself once nothing keeps it alive. */
  leave(): void;
}

export interface Remote {
  readonly name: string;
  call<Method extends keyof Calls>(method: Method, ...args: Parameters<Calls[Method]>): Promise<ReturnType<Calls[Method]>>;
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** SIGKILL, or waiting for one that it has given itself. */
  kill(): Promise<void>;
  readonly gone: Promise<readonly [code: number | null, signal: string | null]>;
}

/** A file and a ledger that several OS processes work on. */
export interface Site {
  readonly folder: string;
  readonly path: string;
  open(options?: RemoteOptions): Promise<Remote>;
  /** One that has started. */
  start(options?: RemoteOptions): Promise<Remote>;
  /** Lines such as `OrderPlaced o-1 e-1 attempt 1 by p1`. */
  readLedger(): readonly string[];
  /** Whether handlers fail, in every OS process. */
  setBroken(isBroken: boolean): void;
  /** Handlers that were told to hang do so no more when they run again. */
  unhang(): void;
  /** Those that dispatch without an end come to one. */
  setEnough(): void;
}

export function createSite(): Site {
  const folder = createTemporaryFolder();
  let count = 0;

  const open = async (options: RemoteOptions = {}): Promise<Remote> => {
    const name = `p${(count += 1)}`;
    const child = startNode<Message>([fileURLToPath(new URL("remote-system.mjs", import.meta.url))], { talks: true });
    child.send({ name, folder, ...options });
    return connect(child, name);
  };

  return {
    folder,
    path: join(folder, "perdure.db"),
    open,
    start: async (options) => {
      const remote = await open(options);
      await remote.call("start");
      return remote;
    },
    readLedger: () => {
      const ledger = join(folder, "ledger.txt");
      return existsSync(ledger) ? readFileSync(ledger, "utf8").split("\n").filter(Boolean) : [];
    },
    setBroken: (isBroken) => {
      if (isBroken) writeFileSync(join(folder, "broken"), "");
      else rmSync(join(folder, "broken"), { force: true });
    },
    unhang: () => writeFileSync(join(folder, "unhang"), ""),
    setEnough: () => writeFileSync(join(folder, "enough"), ""),
  };
}

interface Message {
  readonly ready?: boolean;
  readonly call?: number;
  readonly result?: unknown;
  readonly error?: object;
}

async function connect(child: OsProcess<Message>, name: string): Promise<Remote> {
  const gone = child.ended.then(({ code, signal }) => [code, signal] as const);
  const answers = new Map<number, (answer: Message) => void>();
  let count = 0;
  child.listen((message) => {
    const take = answers.get(message.call ?? 0);
    answers.delete(message.call ?? 0);
    take?.(message);
  });
  child.child.once("exit", (code, signal) => {
    for (const take of answers.values()) take({ error: { message: `${name} has ended with ${code ?? signal}` } });
  });

  const { error } = await child.message(({ ready }) => ready !== undefined, `${name} was ready`);
  if (error !== undefined) throw Object.assign(new Error(`in ${name}`), error);
  return {
    name,
    call: async (method, ...args) => {
      const call = (count += 1);
      const answer = createGate<Message>();
      answers.set(call, answer.open);
      child.send({ call, method, args });
      const { result, error } = await within(answer.opened, `${name}.${method}`);
      if (error !== undefined) throw Object.assign(new Error(`in ${name}`), error);
      // What `Calls` says of the method, as JSON.
      return result as never;
    },
    signal: child.signal,
    kill: async () => void (await within(child.kill(), `${name} to end`)),
    gone,
  };
}
