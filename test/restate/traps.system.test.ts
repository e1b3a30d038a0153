import { setTimeout as sleep } from "node:timers/promises";
import { defineProcess } from "perdure";
import { afterAll, beforeAll, describe, expect, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { isRestateHere, type RestateServer, startRestateServer } from "../support/restate-server.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { type Served, serve } from "./served.ts";

const seen: string[] = [];
const note = (what: string) => void seen.push(what);
let release = () => {};
const gate = () => new Promise<void>((resolve) => (release = resolve));

const slow = defineProcess({
  aggregate: "trap",
  name: "slow",
  startedBy: ["SlowBegan"],
  completedBy: ["SlowEnded"],
  timeout: "1h",
  handlerTimeout: "500ms",
  on: {
    SlowBegan: async ({ event, attempt, signal }) => {
      note(`slow ${event.aggregateId}, attempt ${attempt}`);
      if (event.aggregateId === "hangs" && attempt === 1) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      if (event.aggregateId === "cancelled")
        await Promise.race([gate(), new Promise((resolve) => signal.addEventListener("abort", resolve))]);
    },
  },
});

const counters = ["first", "second"].map((name) =>
  defineProcess({
    aggregate: "trap",
    name,
    startedBy: ["Counted"],
    completedBy: ["CountEnded"],
    timeout: "1h",
    on: { Counted: ({ event }) => note(`${name} ${event.aggregateId} ${(event.payload as { readonly n: number }).n}`) },
  }),
);

// Its time limit is the default, which is longer than the server's own limits here.
const long = defineProcess({
  aggregate: "trap",
  name: "long",
  startedBy: ["LongBegan"],
  completedBy: [],
  timeout: "1h",
  on: {
    LongBegan: async ({ event }) => {
      note(`long ${event.aggregateId}`);
      await sleep(4_000);
    },
  },
});

const keyOf = (aggregateId: string) => ({ process: "trap/slow", aggregateId });

describe.skipIf(!isRestateHere())("a host on Restate", () => {
  let server: RestateServer;
  let served: Served;
  const options = { definitions: [slow, long, ...counters], processes: { retry: { initialDelay: "50ms" } }, logger: silentLogger } as const;
  beforeAll(async () => {
    const env = {
      // A default that would hold a key for good after a short outage.
      RESTATE_DEFAULT_RETRY_POLICY__MAX_ATTEMPTS: "4",
      // Defaults that would cut a handler off again and again.
      RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT: "1s",
      RESTATE_WORKER__INVOKER__ABORT_TIMEOUT: "1s",
    };
    server = await startRestateServer({ env });
    served = await serve(server, options);
  });
  afterAll(async () => {
    await served?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it("ends a handler that hangs by its own time limit, and tries again", async () => {
    await served.dispatch("hangs", { type: "SlowBegan" });
    await served.until(keyOf("hangs"), ({ entries, instances }) => instances.length === 1 && entries.length === 0);
    expect(seen.filter((what) => what.startsWith("slow hangs"))).toEqual(["slow hangs, attempt 1", "slow hangs, attempt 2"]);
    expect(await served.history(keyOf("hangs"))).toEqual(["started", "attempt_failed", "handled"]);
  });

  it("lets a handler take the time that Perdure allows, whatever the server allows by itself, and runs it once", async () => {
    await served.dispatch("long", { type: "LongBegan" });
    await served.until({ process: "trap/long", aggregateId: "long" }, ({ instances }) => instances.length === 1);
    expect(seen.filter((what) => what.startsWith("long"))).toEqual(["long long"]);
  });

  it("loses no step that somebody cancels in the server", async () => {
    await served.dispatch("cancelled", { type: "SlowBegan" });
    await until(() => seen.includes("slow cancelled, attempt 1"));
    const running = "select id from sys_invocation where target_service_key = 'cancelled' and target_handler_name = 'accept'";
    const [row] = await server.sql(running);
    const answer = await fetch(`${server.admin}/invocations/${String(row!["id"])}/cancel`, { method: "PATCH" });
    expect(answer.ok).toBe(true);
    release();
    await served.until(keyOf("cancelled"), ({ instances }) => instances[0]?.status === "started");
  });

  it("keeps the answers of accept, and of no look", async () => {
    await served.dispatch("looked-at", { type: "SlowBegan" });
    await served.until(keyOf("looked-at"), ({ instances }) => instances.length === 1);
    for (let times = 0; times < 5; times += 1) await served.read(keyOf("looked-at"));
    const count = async (handler: string) => {
      const rows = await server.sql(
        `select count(*) as n from sys_invocation where target_service_key = 'looked-at' and target_handler_name = '${handler}'`,
      );
      return Number(rows[0]!["n"]);
    };
    await until(async () => (await count("read")) === 0);
    expect(await count("accept")).toBe(1);
  });

  it("brings the events of one aggregate to each of two processes in the order in which they were dispatched", async () => {
    const dispatched: Promise<string>[] = [];
    for (let n = 0; n < 20; n += 1) {
      for (const aggregateId of ["x", "y"]) dispatched.push(served.dispatch(aggregateId, { type: "Counted", payload: { n } }));
      await Promise.all(dispatched);
    }
    const wanted = Array.from({ length: 20 }, (_, n) => n);
    for (const name of ["first", "second"]) {
      for (const aggregateId of ["x", "y"]) {
        const counts = () => seen.filter((what) => what.startsWith(`${name} ${aggregateId} `)).map((what) => Number(what.split(" ")[2]));
        await until(() => counts().length === 20);
        expect(counts()).toEqual(wanted);
      }
    }
  });

  it("goes on after an outage that is longer than the server's attempts", async () => {
    await served[Symbol.asyncDispose]();
    const port = Number(new URL(served.uri).port);
    await served.dispatch("outage", { type: "SlowBegan" });
    const attempts = async () => {
      const rows = await server.sql("select retry_count, status from sys_invocation where target_service_key = 'outage'");
      return rows.map(({ retry_count: count, status }) => [Number(count), String(status)] as const);
    };
    await until(async () => (await attempts()).some(([count]) => count >= 8), Boolean, 40_000);
    expect((await attempts()).map(([, status]) => status)).toEqual(["backing-off"]);
    served = await serve(server, { ...options, port });
    await served.until(keyOf("outage"), ({ instances }) => instances.length === 1);
  });
});
