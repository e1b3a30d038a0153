import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DeadLetter, JournalEntry, Lag, OverviewContext, ProcessInstance, ProcessSystemOptions, Receipt } from "perdure";
import { onTestFinished } from "vitest";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

export interface RemoteOptions extends Pick<ProcessSystemOptions, "role" | "processes"> {
  /** Names of the processes it knows; `order-lifecycle` unless told otherwise. */
  readonly defines?: readonly string[];
  /** `mark`: between the two files of a dead letter, after the second was written. `commit of failed`: before that. */
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
}

const MAX_MS = 20_000;

export function createSite(): Site {
  const folder = createTemporaryFolder();
  let count = 0;

  const open = async (options: RemoteOptions = {}): Promise<Remote> => {
    const name = `p${(count += 1)}`;
    const child = spawn(process.execPath, [fileURLToPath(new URL("remote-system.mjs", import.meta.url))], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
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
  };
}

async function connect(child: ChildProcess, name: string): Promise<Remote> {
  const gone = once(child, "exit") as Promise<[number | null, string | null]>;
  const calls = new Map<number, { readonly resolve: (result: never) => void; readonly reject: (error: unknown) => void }>();
  let count = 0;
  let onReady: (message: { ready: boolean; error?: object }) => void = () => {};
  const ready = new Promise<{ ready: boolean; error?: object }>((resolve) => {
    onReady = resolve;
  });
  child.on("message", (message: { call?: number; result?: never; error?: object; ready?: boolean }) => {
    if (message.ready !== undefined) return onReady({ ready: message.ready, ...(message.error !== undefined && { error: message.error }) });
    const call = calls.get(message.call!);
    calls.delete(message.call!);
    if (message.error === undefined) call?.resolve(message.result!);
    else call?.reject(Object.assign(new Error(`in ${name}`), message.error));
  });
  child.once("exit", (code, signal) => {
    for (const { reject } of calls.values()) reject(new Error(`${name} has ended with ${code ?? signal}`));
    calls.clear();
    onReady({ ready: false, error: { message: `${name} has ended with ${code ?? signal}` } });
  });

  const { ready: isReady, error } = await within(ready, `${name} to be ready`);
  if (!isReady) throw Object.assign(new Error(`in ${name}`), error);
  return {
    name,
    call: (method, ...args) => {
      const call = (count += 1);
      const result = new Promise<never>((resolve, reject) => calls.set(call, { resolve, reject }));
      child.send({ call, method, args });
      return within(result, `${name}.${method}`);
    },
    signal: (signal) => void child.kill(signal),
    kill: async () => {
      child.kill("SIGKILL");
      await within(gone, `${name} to end`);
    },
    gone,
  };
}

async function within<Result>(promise: Promise<Result>, what: string): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${MAX_MS} ms for ${what}`)), MAX_MS);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/** Waits until `look` finds something true; what it last saw is in the error. */
export async function until<Seen>(look: () => Seen | Promise<Seen>, isThere: (seen: Seen) => boolean = Boolean): Promise<Seen> {
  const limit = Date.now() + MAX_MS;
  for (;;) {
    const seen = await look();
    if (isThere(seen)) return seen;
    if (Date.now() > limit) throw new Error(`waited ${MAX_MS} ms; the last was ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
