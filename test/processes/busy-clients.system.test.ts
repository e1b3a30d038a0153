import { expect, test } from "vitest";
import { until } from "../support/patience.ts";
import { createSite } from "./remote-system.ts";
import { peek, stateOf } from "./workers.ts";

const LEASE_MS = 3_000;

test("a worker beside three clients that dispatch without a pause handles while they do, and keeps its lease", async () => {
  const site = createSite();
  const options = { processes: { lease: `${LEASE_MS}ms` } } as const;
  const worker = await site.start(options);
  // It takes over as soon as a lease is not renewed in time.
  const standby = await site.start(options);
  const clients = await Promise.all([1, 2, 3].map(() => site.start({ role: "client" })));
  const database = peek(site);
  const readEpoch = database.prepare("SELECT epoch FROM perdure_lease").pluck();
  const epoch = readEpoch.get();

  const beginning = Date.now();
  let dispatching = clients.length;
  const dispatched = clients.map((client) => client.call("keepDispatching", client.name, 8).finally(() => (dispatching -= 1)));
  const counts: number[] = [];
  await until(
    () => {
      counts.push(site.readLedger().length);
      return Date.now() - beginning;
    },
    (elapsed) => elapsed > 1.2 * LEASE_MS && counts.at(-1)! > 0,
  );
  expect(dispatching).toBe(clients.length);
  expect(readEpoch.get()).toBe(epoch);
  site.setEnough();

  const total = (await Promise.all(dispatched)).reduce((sum, count) => sum + count, 0);
  await worker.call("whenIdle");
  expect(site.readLedger()).toHaveLength(total);
  expect([await stateOf(worker), await stateOf(standby)]).toEqual(["working", "standby"]);
  expect(database.prepare("SELECT count(*) FROM perdure_requests").pluck().get()).toBe(0);
}, 60_000);
