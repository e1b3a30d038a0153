import { connectRestate, type ConnectOptions } from "perdure/restate";
import { describe, expect, it } from "vitest";
import { defineLifecycle } from "../../support/define-lifecycle.ts";
import { silentLogger } from "../../support/silent-logger.ts";
import { of, type Reply, type Request, startFakeServer } from "./fake-server.ts";

const definitions = [defineLifecycle()];

async function connect(reply: (request: Request) => Reply | undefined, options: Partial<ConnectOptions> = {}) {
  const server = await startFakeServer(reply);
  const connecting = connectRestate({ definitions, ingress: server.url, admin: server.url, logger: silentLogger, ...options });
  return { ...server, connecting };
}

const nameOwn = (name: string) => ({ name, metadata: { "perdure.domain": "perdure" } });

describe("connectRestate", () => {
  it("refuses options that make no sense", async () => {
    const wrong: readonly (readonly [object, string])[] = [
      [{}, "ingress is undefined"],
      [{ ingress: "restate:8080" }, "ingress is"],
      [{ ingress: "http://127.0.0.1:1", admin: "nowhere" }, "admin is"],
      [{ ingress: "http://127.0.0.1:1", store: "./perdure.db" }, "store"],
      [{ ingress: "http://127.0.0.1:1", role: "client" }, "role"],
      [{ ingress: "http://127.0.0.1:1", retryFor: "soon" }, "retryFor"],
      [{ ingress: "http://127.0.0.1:1", headers: { authorization: 1 } }, "headers"],
      [{ ingress: "http://127.0.0.1:1", adnim: "http://127.0.0.1:1" }, "adnim"],
    ];
    for (const [options, problem] of wrong) {
      await expect(connectRestate({ definitions, ...options } as unknown as ConnectOptions)).rejects.toMatchObject({
        message: expect.stringContaining(problem),
        code: expect.stringMatching(/^(CONFIG|DURATION)_INVALID$/),
      });
    }
  });

  it("says at once that no server answers", async () => {
    await expect(connectRestate({ definitions, ingress: "http://127.0.0.1:1" })).rejects.toMatchObject({ code: "RESTATE_UNREACHABLE" });
    const { connecting } = await connect(() => undefined, { admin: "http://127.0.0.1:1" });
    await expect(connecting).rejects.toMatchObject({ code: "RESTATE_UNREACHABLE", message: expect.stringContaining("127.0.0.1:1") });
  });

  it("refuses an older server, if the admin port is given", async () => {
    const old = ({ path }: Request) => (path === "/version" ? { body: { version: "1.7.9" } } : undefined);
    const { connecting, url } = await connect(old);
    await expect(connecting).rejects.toMatchObject({ code: "RESTATE_TOO_OLD", details: { version: "1.7.9" } });
    await using system = await connectRestate({ definitions, ingress: url, logger: silentLogger });
    expect(system.state).toBe("created");
  });

  it("sends the headers that it was given", async () => {
    const { connecting, requests } = await connect(() => undefined, { headers: { authorization: "Bearer t" } });
    await connecting;
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer t", "Bearer t"]);
  });

  it("warns at start of services that the server does not know, and of definitions that have changed", async () => {
    const warnings: string[] = [];
    const { connecting } = await connect(
      ({ path }) => {
        if (path === "/services") return { body: { services: ["perdure.commands", "perdure.intake"].map(nameOwn) } };
        return path === "/query" ? { body: { rows: [{ service: "order.gone", fingerprint: "f", version: 1, count: 2 }] } } : undefined;
      },
      { logger: { warn: (message) => void warnings.push(message) } },
    );
    await using system = await connecting;
    await system.start();
    expect(warnings).toEqual([
      expect.stringContaining("does not know order.order-lifecycle"),
      expect.stringContaining('process "order/gone" is not defined any more: its 2 open instances'),
    ]);
    expect(await system.changes()).toEqual([{ process: "order/gone", change: "removed", openInstances: 2 }]);
    expect(system.state).toBe("client");
  });

  it("refuses what needs the admin port where that was not given, and what no client has", async () => {
    const { url } = await startFakeServer(() => undefined);
    await using system = await connectRestate({ definitions, ingress: url, logger: silentLogger });
    const needing = [
      () => system.processes.get("p-1"),
      () => system.processes.find(),
      () => system.processes.history("p-1"),
      () => system.deadLetters.list(),
      () => system.deadLetters.retry("l-1"),
      () => system.timers.list(),
      () => system.lag(),
      () => system.storage(),
      () => system.changes(),
      () => system.whenIdle(),
      async () => system.overview,
    ];
    for (const ask of needing) {
      await expect(ask()).rejects.toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining("admin") });
    }
    await expect(system.prune()).rejects.toMatchObject({ code: "RESTATE_UNSUPPORTED" });
    await expect(system.processes.erase({ aggregateId: "o-1" })).rejects.toMatchObject({ code: "RESTATE_UNSUPPORTED" });
    expect(() => system.processes.subscribe(() => {})).toThrow(expect.objectContaining({ code: "RESTATE_UNSUPPORTED" }));
  });

  it("ends what waits when it stops, and goes on when it is started again", async () => {
    const { connecting, requests } = await connect(({ path }) => {
      if (path === "/services") return { body: { services: [] } };
      return path === "/query" ? { body: { rows: [] } } : undefined;
    });
    const system = await connecting;
    const refusal = system.processes.waitFor({ status: "completed" }).catch((error: unknown) => error);
    await system.stop();
    expect(await refusal).toMatchObject({ code: "SYSTEM_STOPPED" });
    await expect(system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" })).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
    await expect(system.lag()).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
    expect(system.state).toBe("stopped");
    expect(of(requests, /accept/)).toEqual([]);
    await system.start();
    expect(await system.processes.find()).toEqual([]);
  });
});
