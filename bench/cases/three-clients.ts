import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineCase, interleave } from "../bench-case.ts";
import { type Blocks, measureBlocks } from "../blocks.ts";
import { expectEqual } from "../check.ts";
import type { ClientMessage, ClientOrders } from "../client.ts";
import { feedForAWhile } from "../feed.ts";
import { lifecycle } from "../orders.ts";
import { openLifecycles } from "../perdure.ts";
import { compare, report } from "../row.ts";
import { warmUp } from "../warm-up.ts";

interface Input {
  /** Who dispatches: three OS processes beside the worker, by the relay or without it, or the worker itself with as many callers. */
  readonly by: "clients" | "clients without relay" | "worker";
  readonly milliseconds: number;
}

interface Figures {
  readonly acceptedPerSecond: number;
  /** While events were accepted. */
  readonly handledPerSecond: number;
  /** Of the worker, while events were accepted. */
  readonly blocks: Blocks;
  /** Of the worker, for each event that it handled meanwhile, in microseconds. */
  readonly cpuPerEvent: number;
  /** From the end of that until everything was handled. */
  readonly restMs: number;
}

const CLIENTS = 3;
const CALLERS = 8;
// More than a client dispatches.
const ORDERS_OF_A_CLIENT = 1_000_000;

/** W1 in closed loop, fed by three OS processes beside the worker, with 8 calls in flight each. */
export const threeClientsCase = defineCase<Input, Figures>({
  name: "three-clients",
  measure: async ({ by, milliseconds }, { folder }) => {
    await warmUp("perdure", folder);
    const path = join(folder, "perdure.db");
    const relay = by !== "clients without relay";
    const { system, tally } = await openLifecycles({ path, relay });
    const feedHere = (first: number) =>
      feedForAWhile((event) => system.dispatch(event), { first, callers: CLIENTS * CALLERS, milliseconds });
    const clients = by === "worker" ? undefined : await startClients({ path, relay, callers: CALLERS, milliseconds });
    const warmed = clients?.warmed ?? (await feedHere(0));
    const feed = () => clients?.feed() ?? feedHere(warmed);
    await system.whenIdle();
    const before = (await system.lag()).handled;
    let orders = 0;
    const startedAt = performance.now();
    const cpuBefore = process.cpuUsage();
    const blocks = await measureBlocks(async () => {
      orders = await feed();
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    const { user, system: ofSystem } = process.cpuUsage(cpuBefore);
    const handled = (await system.lag()).handled - before;
    await system.whenIdle();
    const restMs = performance.now() - startedAt - seconds * 1_000;
    expectEqual("completed instances", (await tally()).completed, warmed + orders);
    await system.stop();
    return {
      acceptedPerSecond: (orders * lifecycle.length) / seconds,
      handledPerSecond: handled / seconds,
      blocks,
      cpuPerEvent: (user + ofSystem) / handled,
      restMs,
    };
  },
  run: async ({ isQuick, rounds, measure }) => {
    const milliseconds = isQuick ? 2_000 : 5_000;
    const pairs = await interleave(
      rounds,
      () => measure({ by: "clients", milliseconds }),
      () => measure({ by: "worker", milliseconds }),
    );
    const without = [await measure({ by: "clients without relay", milliseconds })];
    const [three, alone] = ["three clients, against one OS process:", "three clients without relay:"];
    return [
      compare(`${three} events/s handled while accepting`, pairs, ({ handledPerSecond }) => handledPerSecond, {
        of: "ours",
        better: "higher",
        must: 3_000,
      }),
      compare(`${three} events/s accepted`, pairs, ({ acceptedPerSecond }) => acceptedPerSecond),
      compare(`${three} CPU of the worker per event, µs`, pairs, ({ cpuPerEvent }) => cpuPerEvent),
      compare(`${three} worker blocked, ms, p99`, pairs, ({ blocks }) => blocks.p99, { of: "ours", better: "lower", must: 20, aim: 8 }),
      compare(`${three} worker blocked, ms, longest`, pairs, ({ blocks }) => blocks.longest),
      report(`${alone} events/s handled while accepting`, without, ({ handledPerSecond }) => handledPerSecond),
      report(`${alone} events/s accepted`, without, ({ acceptedPerSecond }) => acceptedPerSecond),
      report(`${alone} worker blocked, ms, p99`, without, ({ blocks }) => blocks.p99),
      report(`${alone} worker blocked, ms, longest`, without, ({ blocks }) => blocks.longest),
      report(`${alone} ms until all is handled after that`, without, ({ restMs }) => restMs),
    ];
  },
});

/** Clients that have dispatched `warmed` orders; each call of `feed` has them dispatch more, and resolves with how many. */
interface Clients {
  readonly warmed: number;
  feed(): Promise<number>;
}

async function startClients(orders: Omit<ClientOrders, "first">): Promise<Clients> {
  const file = fileURLToPath(new URL("../client.mjs", import.meta.url));
  const clients = Array.from({ length: CLIENTS }, (_, index) =>
    fork(file, [JSON.stringify({ ...orders, first: index * ORDERS_OF_A_CLIENT } satisfies ClientOrders)]),
  );
  const hearAll = async () => (await Promise.all(clients.map(hear))).reduce((sum, { orders: count }) => sum + count, 0);
  return {
    warmed: await hearAll(),
    feed: async () => {
      for (const client of clients) client.send("begin");
      const dispatched = await hearAll();
      for (const client of clients) client.disconnect();
      return dispatched;
    },
  };
}

async function hear(client: ChildProcess): Promise<ClientMessage> {
  // What comes is what client.ts sends.
  const [message] = (await once(client, "message")) as [ClientMessage];
  return message;
}
