import {
  createProcessSystem,
  type HandlerArgs,
  type ProcessDefinition,
  type ProcessOptions,
  type ProcessSystem,
  type ProcessSystemOptions,
} from "perdure";
import { createManualClock } from "../../src/testing/kit/manual-clock.ts";
import { describe, expect, it, onTestFinished } from "vitest";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const DAY = 86_400_000;

type Options = Partial<ProcessOptions> & { readonly handles?: readonly string[] };

/** One file, and several systems with definitions of their own on it. */
function createDeploy() {
  const path = createDatabasePath();
  const clock = createManualClock(START);
  /** What ran: `OrderPlaced o-1 by old`. */
  const ran: string[] = [];
  const warned: string[] = [];
  const note = (message: string) => void warned.push(message);

  return {
    ran,
    warned,
    clock,
    define: (version: string, { handles = ["OrderPlaced"], ...options }: Options = {}) => {
      const handle = ({ event }: HandlerArgs) => void ran.push(`${event.type} ${event.aggregateId} by ${version}`);
      return defineLifecycle(Object.fromEntries(handles.map((type) => [type, handle])), { onTimedOut: handle, ...options });
    },
    open: async (
      role: "worker" | "client",
      definitions: readonly ProcessDefinition[],
      options: ProcessSystemOptions = {},
    ): Promise<ProcessSystem> => {
      const system = await createProcessSystem({ definitions, store: { path }, role, clock, logger: { warn: note }, ...options });
      onTestFinished(() => system.stop());
      await system.start();
      return system;
    },
  };
}

const event = (type: string, aggregateId = "o-1") => ({ type, aggregateId });

/** An older version knows OrderPlaced; a newer one OrderShipped as well, and OrderImported begins instances of it. */
const newer = { handles: ["OrderPlaced", "OrderShipped", "OrderImported"], startedBy: ["OrderPlaced", "OrderImported"] };

describe("an older client beside a newer worker", () => {
  it("accepts what the worker's definitions route, starting events and ones of a process of which it knows nothing among them", async () => {
    const deploy = createDeploy();
    const client = await deploy.open("client", [deploy.define("old")]);
    expect(await client.dispatch([event("OrderImported", "o-9"), event("OrderPlaced", "o-1")])).toMatchObject([
      { outcome: "unrouted" },
      { outcome: "accepted" },
    ]);
    await deploy.open("worker", [deploy.define("new", newer), deploy.define("new", { name: "order-audit" })]);
    const receipts = await client.dispatch([
      event("OrderShipped"),
      event("OrderImported", "o-2"),
      event("OrderPlaced", "o-3"),
      event("OrderShipped", "o-4"),
    ]);
    expect(receipts.map(({ outcome }) => outcome)).toEqual(["accepted", "accepted", "accepted", "unrouted"]);
    await client.whenIdle();
    expect(deploy.ran.toSorted()).toEqual([
      "OrderImported o-2 by new",
      "OrderPlaced o-1 by new",
      "OrderPlaced o-3 by new",
      "OrderPlaced o-3 by new",
      "OrderShipped o-1 by new",
    ]);
    expect(await client.lag()).toMatchObject({ waiting: 0, awaitingDefinition: 0 });
  });

  it("does so without any definition that the worker has, and after the worker has gone", async () => {
    const deploy = createDeploy();
    const worker = await deploy.open("worker", [deploy.define("new", newer)]);
    const client = await deploy.open("client", [
      deploy.define("other", { aggregate: "permit", name: "permit-review", startedBy: ["PermitFiled"], handles: [] }),
    ]);
    await worker.stop();
    expect(await client.dispatch([event("OrderImported"), event("OrderShipped"), event("PermitFiled")])).toMatchObject(
      Array.from({ length: 3 }, () => ({ outcome: "accepted" })),
    );
    const next = await deploy.open("worker", [deploy.define("newest", newer)]);
    await next.whenIdle();
    expect(deploy.ran).toEqual(["OrderImported o-1 by newest", "OrderShipped o-1 by newest"]);
    // Of a process that this worker does not have.
    expect(await next.lag()).toMatchObject({ waiting: 1, awaitingDefinition: 1 });
  });

  it("follows each take-over: what the worker of now does not route any more, and the client does not either, is unrouted", async () => {
    const deploy = createDeploy();
    const first = await deploy.open("worker", [deploy.define("new", newer)]);
    const client = await deploy.open("client", [deploy.define("old")]);
    expect(await client.dispatch(event("OrderImported"))).toMatchObject({ outcome: "accepted" });
    await first.stop();
    await deploy.open("worker", [deploy.define("old")]);
    expect(await client.dispatch(event("OrderImported", "o-2"))).toMatchObject({ outcome: "unrouted" });
  });
});

describe("a client that does not have the definition by which the worker", () => {
  const keyed = { handles: ["OrderPlaced", "OrderShipped"], correlate: { OrderShipped: () => "o-1" } } as const;

  it("correlates an event refuses that event, of which it cannot know the key, with all of its list, and accepts others", async () => {
    const deploy = createDeploy();
    await deploy.open("worker", [deploy.define("new", keyed)]);
    for (const definitions of [
      [deploy.define("old", { handles: ["OrderPlaced", "OrderShipped"] })],
      [deploy.define("other", { name: "other" })],
    ]) {
      const client = await deploy.open("client", definitions);
      await expect(client.dispatch([event("OrderPlaced", "o-7"), event("OrderShipped", "s-1")])).rejects.toMatchObject({
        code: "CORRELATE_UNKNOWN",
        details: { process: "order/order-lifecycle", type: "OrderShipped", aggregateId: "s-1" },
      });
      expect(await client.dispatch(event("OrderPlaced", "o-8"))).toMatchObject({ outcome: "accepted" });
      await client.stop();
    }
  });

  it("correlates has no say where its own definition correlates: it goes by its own", async () => {
    const deploy = createDeploy();
    const worker = await deploy.open("worker", [deploy.define("old", { handles: ["OrderPlaced", "OrderShipped"] })]);
    const client = await deploy.open("client", [deploy.define("new", keyed)]);
    await client.dispatch([event("OrderPlaced"), event("OrderShipped", "s-1")]);
    await client.whenIdle();
    expect(deploy.ran).toEqual(["OrderPlaced o-1 by old", "OrderShipped s-1 by old"]);
    expect(await worker.lag()).toMatchObject({ waiting: 0 });
  });

  it("keeps early events has them kept, as long as the worker says, and the worker lets them go", async () => {
    const deploy = createDeploy();
    const worker = await deploy.open("worker", [deploy.define("new", { handles: ["OrderPlaced", "OrderShipped"], keepEarly: "2d" })]);
    const client = await deploy.open("client", [deploy.define("old", { handles: ["OrderPlaced", "OrderShipped"], keepEarly: "1d" })]);
    expect(await client.dispatch([event("OrderShipped"), event("OrderShipped", "o-2")])).toMatchObject([
      { outcome: "kept" },
      { outcome: "kept" },
    ]);
    expect((await worker.timers.list({ kind: "kept" })).map(({ dueAt }) => dueAt.getTime())).toEqual([START + 2 * DAY, START + 2 * DAY]);
    await client.dispatch(event("OrderPlaced"));
    await client.whenIdle();
    expect(deploy.ran).toEqual(["OrderPlaced o-1 by new", "OrderShipped o-1 by new"]);
    deploy.clock.moveTo(START + 2 * DAY);
    await worker.whenIdle();
    expect(await worker.lag()).toMatchObject({ keptEvents: 0, ignored: 1, waiting: 0 });
  });
});

describe("an older worker beside a newer client", () => {
  it("lets wait what it does not know, with what is behind it and the timeout, counts it, warns once, and is idle; the newer worker goes on", async () => {
    const deploy = createDeploy();
    const worker = await deploy.open("worker", [deploy.define("old")]);
    const client = await deploy.open("client", [deploy.define("new", newer)]);
    await client.dispatch([event("OrderPlaced"), event("OrderPlaced", "o-2")]);
    await client.whenIdle();
    const receipts = await client.dispatch([
      event("OrderShipped"),
      event("OrderPlaced"),
      event("OrderShipped", "o-2"),
      event("OrderImported", "o-3"),
      event("OrderShipped", "o-3"),
    ]);
    expect(receipts).toMatchObject(Array.from({ length: 5 }, () => ({ outcome: "accepted" })));
    deploy.clock.moveTo(START + 8 * DAY);
    await client.dispatch(event("OrderPlaced", "o-4"));
    await client.whenIdle();
    await worker.whenIdle();
    expect(deploy.ran).toEqual(["OrderPlaced o-1 by old", "OrderPlaced o-2 by old", "OrderPlaced o-4 by old"]);
    for (const system of [client, worker])
      expect(await system.lag()).toMatchObject({ waiting: 5, awaitingDefinition: 3, parked: 0, deadLetters: 0 });
    expect((await worker.processes.find()).map(({ aggregateId, status }) => `${aggregateId} ${status}`)).toEqual([
      "o-4 started",
      "o-2 started",
      "o-1 started",
    ]);
    expect(
      deploy.warned.filter((message) => message.includes("waits for a worker")).map((message) => /event "(\w+)"/.exec(message)![1]),
    ).toEqual(["OrderShipped", "OrderImported"]);

    await worker.stop();
    deploy.ran.length = 0;
    const next = await deploy.open("worker", [deploy.define("new", newer)]);
    await next.whenIdle();
    expect(deploy.ran.filter((line) => line.includes("o-1"))).toEqual([
      "OrderShipped o-1 by new",
      "OrderPlaced o-1 by new",
      "OrderLifecycleTimedOut o-1 by new",
    ]);
    expect(deploy.ran.filter((line) => line.includes("o-3"))).toEqual([
      "OrderImported o-3 by new",
      "OrderShipped o-3 by new",
      "OrderLifecycleTimedOut o-3 by new",
    ]);
    const [timedOut] = await next.processes.find({ aggregateId: "o-1" });
    expect(timedOut).toMatchObject({ status: "timed_out", endedAt: new Date(START + 7 * DAY) });
    expect(await next.lag()).toMatchObject({ waiting: 0, awaitingDefinition: 0 });
  });

  it("keeps a starting event that is an ordinary one for it, and an event that it would only complete by", async () => {
    const deploy = createDeploy();
    const worker = await deploy.open("worker", [deploy.define("old", { handles: ["OrderPlaced", "OrderImported"] })]);
    const client = await deploy.open("client", [deploy.define("new", { ...newer, completedBy: ["OrderClosed"] })]);
    await client.dispatch([
      event("OrderImported"),
      event("OrderPlaced", "o-2"),
      event("OrderImported", "o-2"),
      event("OrderClosed", "o-2"),
    ]);
    await client.whenIdle();
    expect(deploy.ran).toEqual(["OrderPlaced o-2 by old", "OrderImported o-2 by old"]);
    await worker.stop();
    const next = await deploy.open("worker", [deploy.define("new", { ...newer, completedBy: ["OrderClosed"] })]);
    await next.whenIdle();
    expect(deploy.ran.slice(2)).toEqual(["OrderImported o-1 by new"]);
    expect(await next.processes.find({ aggregateId: "o-2" })).toMatchObject([{ status: "completed" }]);
  });

  it("passes over, as ever, what finds no open instance when its turn comes and was not meant to begin one", async () => {
    const deploy = createDeploy();
    const worker = await deploy.open("worker", [deploy.define("old", { completedBy: ["OrderPlaced"] })]);
    const client = await deploy.open("client", [deploy.define("new", newer)]);
    await client.dispatch([event("OrderPlaced"), event("OrderShipped")]);
    await client.whenIdle();
    expect(await worker.lag()).toMatchObject({ waiting: 0, ignored: 1 });
    expect(deploy.warned).toEqual([]);
  });
});

describe("a newer worker that stands by", () => {
  it("accepts for the one that works and for itself, is idle while that waits for it, and goes on with it when it takes over", async () => {
    const deploy = createDeploy();
    const old = await deploy.open("worker", [deploy.define("old", { handles: ["OrderPlaced", "OrderArchived"] })]);
    const standby = await deploy.open("worker", [deploy.define("new", newer)]);
    expect(standby.state).toBe("standby");
    const receipts = await standby.dispatch([event("OrderPlaced"), event("OrderArchived"), event("OrderShipped")]);
    expect(receipts).toMatchObject(Array.from({ length: 3 }, () => ({ outcome: "accepted" })));
    await standby.whenIdle();
    expect(deploy.ran).toEqual(["OrderPlaced o-1 by old", "OrderArchived o-1 by old"]);
    await old.stop();
    await expect.poll(() => deploy.ran.at(-1)).toBe("OrderShipped o-1 by new");
    await standby.whenIdle();
    expect(await standby.lag()).toMatchObject({ waiting: 0 });
  });
});
