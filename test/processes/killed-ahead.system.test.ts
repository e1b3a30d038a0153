import { expect, test as it } from "vitest";
import { createSite } from "./remote-system.ts";
import { peek } from "./workers.ts";

const placed = (aggregateId: string) => ({ type: "OrderPlaced", aggregateId });

it.each([
  ["before", 1],
  ["inside", 1],
  ["after", 2],
])(
  "a worker that is killed %s the commit that both accepts an event and handles it has all of it or nothing, and handles nothing again",
  async (place, stored) => {
    const site = createSite();
    const worker = await site.start({ dieAt: `${place} ahead`, processes: { lease: "500ms" } });
    // A handler's first event is accepted before it is handled.
    await worker.call("dispatch", placed("o-1"));
    await worker.call("whenIdle");
    await expect(worker.call("dispatch", placed("o-2"))).rejects.toThrow("has ended with SIGKILL");
    expect(await worker.gone).toEqual([null, "SIGKILL"]);

    const next = await site.start({ processes: { lease: "500ms" } });
    await next.call("whenIdle");
    const count = (table: string) => peek(site).prepare(`SELECT count(*) FROM perdure_${table}`).pluck().get();
    expect({ events: count("events"), instances: count("instances"), mailbox: count("mailbox") }).toEqual({
      events: stored,
      instances: stored,
      mailbox: 0,
    });
    // Nobody was told that the second was accepted, so that its handler may have run for nothing.
    expect(site.readLedger().map((line) => line.replace(/ [-0-9a-f]+ attempt/, " attempt"))).toEqual([
      "OrderPlaced o-1 attempt 1 by p1",
      "OrderPlaced o-2 attempt 1 by p1",
    ]);
  },
);
