import type { ProcessSystem } from "perdure";
import { createHealthHandler, type HealthOptions, type HealthSystem } from "perdure/http";
import { describe, expect, test as it } from "vitest";
import { readPage } from "../docs/markdown.ts";
import { pay, place } from "../ui/open-ui.ts";
import { readHealth } from "../../src/observe/health.ts";
import { openFront } from "./open-front.ts";

const ask = (system: HealthSystem, path: string, options?: HealthOptions) =>
  createHealthHandler(system, options)(new Request(`http://127.0.0.1:9464${path}`));

/** The system in another state, or with another lag. */
function change(system: ProcessSystem, changes: Partial<Pick<ProcessSystem, "state" | "lag">>): HealthSystem {
  return {
    overview: system.overview,
    health: (options) => readHealth({ state: system.state, lag: () => system.lag(), ...changes }, options),
  };
}

describe("/health/live and /health/ready", () => {
  it("are 200 while the system works", async () => {
    const { test } = await openFront();
    for (const path of ["/health/live", "/health/ready"]) {
      const response = await ask(test.system, path);
      expect([path, response.status, await response.json()]).toEqual([path, 200, { status: "ok", state: "working", reasons: [] }]);
    }
  });

  it("are 503 with the reason when the system has stopped or has lost its lease", async () => {
    const { test } = await openFront();
    await test.system.stop();
    const states: readonly (readonly [HealthSystem, string])[] = [
      [test.system, "the system was stopped"],
      [change(test.system, { state: "lost" }), "another worker has displaced this one"],
    ];
    for (const [system, reason] of states) {
      for (const path of ["/health/live", "/health/ready"]) {
        const response = await ask(system, path);
        expect([response.status, await response.text()]).toEqual([503, expect.stringContaining(reason)]);
      }
    }
  });

  it("say live and not ready before the start, and while the store does not answer", async () => {
    const { test } = await openFront();
    const unready: readonly (readonly [HealthSystem, string])[] = [
      [change(test.system, { state: "created" }), "not started yet"],
      [change(test.system, { lag: () => Promise.reject(new Error("disk full")) }), "the store does not answer: disk full"],
    ];
    for (const [system, reason] of unready) {
      expect((await ask(system, "/health/live")).status).toBe(200);
      const response = await ask(system, "/health/ready");
      expect([response.status, await response.text()]).toEqual([503, expect.stringContaining(reason)]);
    }
  });

  it("say not ready for an event that waits too long, where that is asked for", async () => {
    const { test } = await openFront();
    const lag = async () => ({ ...(await test.system.lag()), oldestWaitingMs: 5_000 });
    const system = change(test.system, { lag });
    expect((await ask(system, "/health/ready")).status).toBe(200);
    expect((await ask(system, "/health/ready", { longestWait: "6s" })).status).toBe(200);
    expect((await ask(system, "/health/ready", { longestWait: "4s" })).status).toBe(503);
    expect((await ask(system, "/health/live", { longestWait: "4s" })).status).toBe(200);
    expect(() => createHealthHandler(system, { longestWait: "soon" })).toThrow("createHealthHandler: longestWait");
  });

  it("ask the store once for many who ask at the same time", async () => {
    const { test } = await openFront();
    let asked = 0;
    const lag = async () => {
      asked += 1;
      return test.system.lag();
    };
    const handle = createHealthHandler(change(test.system, { lag }));
    await Promise.all(["/health/live", "/health/ready", "/metrics"].map((path) => handle(new Request(`http://127.0.0.1${path}`))));
    expect(asked).toBe(1);
  });
});

describe("/metrics", () => {
  it("has counts by process and status, totals, and how far the work is behind, in the text format of Prometheus", async () => {
    const { test } = await openFront();
    await test.dispatch([place("a"), place("b"), pay("b", "lots")]);
    const response = await ask(test.system, "/metrics");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    expect(text.split("\n")).toEqual(
      expect.arrayContaining([
        "# TYPE perdure_instances gauge",
        'perdure_instances{process="order/order-lifecycle",status="started"} 1',
        'perdure_instances{process="order/order-lifecycle",status="failed"} 1',
        "# TYPE perdure_events_accepted_total counter",
        "perdure_events_accepted_total 3",
        "perdure_dead_letters_open 1",
        "perdure_ready 1",
        "perdure_worker 1",
      ]),
    );
    const lines = text.trimEnd().split("\n");
    expect(
      lines.filter((line) => !/^(?:# (?:HELP|TYPE) perdure_\w+ .+|perdure_\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? [\d.]+)$/.test(line)),
    ).toEqual([]);
  });

  it("has every metric that the dashboard and the alerts ask for", async () => {
    const { test } = await openFront();
    const lag = async () => ({ ...(await test.system.lag()), awaitingLimit: { remind: 2 } });
    const text = await (await ask(change(test.system, { lag }), "/metrics")).text();
    const asked = [readPage("docs/guides/grafana-dashboard.json"), readPage("docs/guides/operating.md")].flatMap((page) => [
      ...page.text.matchAll(/\bperdure_(?:events|instances|commands|timers|dead_letters|oldest|worker|ready|live|attempts|inbox_rows)\w*/g),
    ]);
    const missing = asked.map(([name]) => name).filter((name) => !text.includes(`# TYPE ${name} `));
    expect(asked.length).toBeGreaterThan(15);
    expect(missing).toEqual([]);
  });

  it("says that the store does not answer, and nothing else then", async () => {
    const { test } = await openFront();
    const text = await (await ask(change(test.system, { lag: () => Promise.reject(new Error("gone")) }), "/metrics")).text();
    expect(text).toContain("perdure_ready 0\n");
    expect(text).not.toContain("perdure_instances");
  });

  it("is all that is there, beside the health, and only to be read", async () => {
    const { test } = await openFront();
    expect((await ask(test.system, "/metrics/more")).status).toBe(404);
    const handle = createHealthHandler(test.system);
    expect((await handle(new Request("http://127.0.0.1/metrics", { method: "POST" }))).status).toBe(405);
  });
});
