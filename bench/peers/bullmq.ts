import { createRequire } from "node:module";
import { join } from "node:path";
import type { OrderEvent } from "../orders.ts";

/** Loads BullMQ, and the client of Redis that it uses. */
export function loadBullmq(packages: string): Bullmq {
  const require = createRequire(join(packages, "package.json"));
  // The cast holds for the versions that were installed. Their types are not here, because the packages are not.
  return { ...(require("bullmq") as object), ...(require("ioredis") as object) } as Bullmq;
}

interface Connection {
  readonly connection: { readonly host: string; readonly port: number };
}

/** What is used of BullMQ. */
export interface Bullmq extends Ioredis {
  readonly Queue: new <Data>(name: string, options: Connection) => Queue<Data>;
  readonly Worker: new (
    name: string,
    process: (job: { readonly data: OrderEvent }) => Promise<unknown>,
    options: Connection & { readonly concurrency: number },
  ) => Worker;
}

export interface Queue<Data> {
  add(name: string, data: Data, options?: JobOptions): Promise<unknown>;
  addBulk(jobs: readonly { readonly name: string; readonly data: Data; readonly opts?: JobOptions }[]): Promise<unknown>;
  remove(jobId: string): Promise<unknown>;
  getDelayedCount(): Promise<number>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

interface JobOptions {
  readonly delay?: number;
  readonly jobId?: string;
}

interface Worker {
  on(event: "completed", listener: () => void): void;
  on(event: "failed", listener: (job: unknown, error: Error) => void): void;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

interface Ioredis {
  readonly Redis: new (port: number) => RedisClient;
}

export interface RedisClient {
  hset(key: string, field: string, value: string): Promise<unknown>;
  incr(key: string): Promise<unknown>;
  get(key: string): Promise<string | null>;
  quit(): Promise<unknown>;
}
