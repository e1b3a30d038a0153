import { dirname, join } from "node:path";
import type { LifecycleType, OrderEvent } from "../orders.ts";
import type { Program } from "../program.ts";
import { loadBullmq, type Queue, type RedisClient } from "./bullmq.ts";
import type { PeerOptions } from "./peer.ts";
import { startRedis } from "./redis-server.ts";

const TIMEOUT_MS = 7 * 24 * 60 * 60 * 1000;
const REMINDER_MS = 60 * 1000;
const CONCURRENCY = 100;

/**
 * The order lifecycle on BullMQ, with a queue of events, a queue of commands, and the state of each order in a hash of Redis. 100 events are handled at a time,
 * because one at a time is many times slower; so events of one order may overtake each other, which Perdure does not let happen.
 */
export async function openBullmq({ path, packages }: PeerOptions): Promise<Program> {
  const { Queue, Worker, Redis } = loadBullmq(packages);
  const redis = await startRedis(join(dirname(path), `redis-${process.pid}-${performance.now()}`));
  const connection = { host: "127.0.0.1", port: redis.port };
  const orders = new Queue<OrderEvent>("orders", { connection });
  const commands = new Queue<{ readonly aggregateId: string }>("commands", { connection });
  const client = new Redis(redis.port);
  await orders.waitUntilReady();
  await commands.waitUntilReady();

  let dispatched = 0;
  let handled = 0;
  let due = 0;
  let executed = 0;
  let settled = 0;
  let onIdle = () => {};
  const checkIdle = () => {
    if (handled === dispatched && settled === due) onIdle();
  };

  const handlers = createHandlers({ orders, commands, client, onCommand: () => (due += 1) });
  const eventWorker = new Worker("orders", ({ data }) => handlers[data.type](data), { connection, concurrency: CONCURRENCY });
  const commandWorker = new Worker(
    "commands",
    async () => {
      executed += 1;
    },
    { connection, concurrency: CONCURRENCY },
  );
  let fail = (_error: Error) => {};
  const failure = new Promise<never>((_, reject) => (fail = reject));
  // Whoever waits for the end hears of it.
  failure.catch(() => {});
  for (const worker of [eventWorker, commandWorker]) worker.on("failed", (_, error) => fail(error));
  eventWorker.on("completed", () => {
    handled += 1;
    checkIdle();
  });
  commandWorker.on("completed", () => {
    settled += 1;
    checkIdle();
  });
  await Promise.all([eventWorker.waitUntilReady(), commandWorker.waitUntilReady()]);

  return {
    dispatch: (event) => {
      dispatched += 1;
      return orders.add(event.type, event);
    },
    dispatchList: (events) => {
      dispatched += events.length;
      return orders.addBulk(events.map((event) => ({ name: event.type, data: event })));
    },
    whenIdle: () =>
      Promise.race([
        failure,
        new Promise<void>((resolve) => {
          onIdle = resolve;
          checkIdle();
        }),
      ]),
    tally: async () => ({
      completed: Number(await client.get("completed")),
      timedOut: 0,
      waitingCommands: await commands.getDelayedCount(),
      executed,
    }),
    stop: async () => {
      await Promise.all([eventWorker.close(), commandWorker.close()]);
      await Promise.all([orders.close(), commands.close(), client.quit()]);
      await redis.stop();
    },
  };
}

interface Queues {
  readonly orders: Queue<OrderEvent>;
  readonly commands: Queue<{ readonly aggregateId: string }>;
  readonly client: RedisClient;
  /** Called for each command that is due at once. */
  readonly onCommand: () => void;
}

function createHandlers({
  orders,
  commands,
  client,
  onCommand,
}: Queues): Readonly<Record<LifecycleType, (event: OrderEvent) => Promise<unknown>>> {
  return {
    OrderPlaced: ({ aggregateId }) => {
      onCommand();
      return Promise.all([
        client.hset(`order:${aggregateId}`, "placed", "1"),
        commands.addBulk([
          { name: "sendWelcomeEmail", data: { aggregateId } },
          { name: "remind", data: { aggregateId }, opts: { delay: REMINDER_MS } },
        ]),
        orders.add(
          "timeout",
          { type: "OrderPlaced", aggregateId, payload: { total: 0 } },
          { delay: TIMEOUT_MS, jobId: `timeout-${aggregateId}` },
        ),
      ]);
    },
    PaymentReceived: ({ aggregateId }) => {
      onCommand();
      return Promise.all([client.hset(`order:${aggregateId}`, "paid", "1"), commands.add("shipOrder", { aggregateId })]);
    },
    OrderFulfilled: ({ aggregateId }) =>
      Promise.all([
        client.hset(`order:${aggregateId}`, "completed", "1"),
        client.incr("completed"),
        orders.remove(`timeout-${aggregateId}`),
      ]),
  };
}
