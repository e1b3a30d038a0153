import { defineProcess, type ProcessSystem } from "perdure";
import { connectRestate, registerRestate, serveRestate } from "perdure/restate";
import { createUi } from "perdure/ui";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InstanceAnswer, LetterAnswer, OverviewAnswer, WireInstance, WireLetter, WirePage, WireTimer } from "../../src/ui/wire.ts";
import { until } from "../support/patience.ts";
import { isRestateHere, type RestateServer, startRestateServer } from "../support/restate-server.ts";
import { silentLogger } from "../support/silent-logger.ts";

const order = defineProcess({
  aggregate: "order",
  name: "lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
  retry: { maxRetries: 0 },
  on: {
    OrderPlaced: async ({ event, commands }) => {
      await commands["remind"]!({ aggregateId: event.aggregateId, delay: "2d", payload: {} });
    },
    PaymentReceived: () => {
      throw new TypeError("the bank is closed");
    },
  },
});

/** What the page has of a system whose instances are kept on Restate. */
describe.skipIf(!isRestateHere())("the page on Restate", () => {
  let server: RestateServer;
  let system: ProcessSystem;
  let ui: (request: Request) => Promise<Response>;
  const closers: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    server = await startRestateServer();
    const { ingress, admin } = server;
    const domain = { definitions: [order], commands: { remind: () => {} }, logger: silentLogger };
    const served = await serveRestate({ ...domain, port: 0, address: "127.0.0.1" });
    closers.push(() => served.stop({ timeout: 0 }));
    await registerRestate({ admin, uri: `http://127.0.0.1:${served.port}` });
    system = await connectRestate({ ...domain, ingress, admin });
    closers.push(() => system.stop());
    await system.start();
    ui = createUi(system, { authorize: () => true, by: "ada" });
    for (const type of ["OrderPlaced", "PaymentReceived", "OrderFulfilled"])
      await system.dispatch({ type, aggregateId: "order-1", payload: {} });
    await system.dispatch({ type: "OrderPlaced", aggregateId: "order-2", payload: {} });
    await system.processes.waitFor({ aggregateId: "order-1" }, { status: "failed" });
    await system.processes.waitFor({ aggregateId: "order-2" }, { status: "started" });
  }, 60_000);

  afterAll(async () => {
    for (const close of closers.toReversed()) await close();
    await server?.[Symbol.asyncDispose]();
  });

  const send = (what: string, body?: object) =>
    ui(
      new Request(`http://ops.test/api/${what}`, {
        ...(body !== undefined && {
          method: "POST",
          headers: { "content-type": "application/json", "perdure-ui": "1" },
          body: JSON.stringify(body),
        }),
      }),
    );
  const get = async <Answer>(what: string) => {
    const response = await send(what);
    if (!response.ok) throw new Error(`${what}: ${await response.text()}`);
    return (await response.json()) as Answer;
  };

  it("has the overview, the lists, each instance with its journal, letters and timers, and the charts", async () => {
    const counts = async () => (await get<OverviewAnswer>("overview")).counts["order/lifecycle"];
    await until(async () => ((await counts())?.failed === 1 ? true : undefined));
    expect(await counts()).toMatchObject({ started: 1, failed: 1 });
    const { items } = await get<WirePage<WireInstance>>("instances?status=failed");
    expect(items.map(({ aggregateId }) => aggregateId)).toEqual(["order-1"]);
    const { journal, waiting, letters, commands } = await get<InstanceAnswer>(`instance?id=${items[0]!.processId}`);
    expect(commands.map(({ type }) => type)).toEqual(["remind"]);
    expect(journal.map(({ kind }) => kind)).toEqual(["started", "handled", "failed"]);
    expect(waiting.map(({ type }) => type)).toEqual(["OrderFulfilled"]);
    expect((await get<LetterAnswer>(`letter?id=${letters[0]!.id}`)).error.message).toBe("the bank is closed");
    expect((await get<WirePage<WireLetter>>("letters")).items).toHaveLength(1);
    expect((await get<WirePage<WireTimer>>("timers?kind=command")).items.map(({ what }) => what)).toEqual(["remind", "remind"]);
    expect(await get<WirePage<unknown>>("schedules")).toEqual({ items: [] });
    expect(await (await send("chart?process=order/lifecycle&status=failed")).text()).toContain("The instance is failed.");
  });

  it("says what is not to be had there, and shows the rest of an instance all the same", async () => {
    const response = await send("states?process=order/lifecycle");
    expect(response.status).toBe(501);
    expect(await response.json()).toMatchObject({
      code: "RESTATE_UNSUPPORTED",
      problem: expect.stringContaining("Restate"),
      hint: expect.any(String),
    });
    const [order2] = await system.processes.find({ aggregateId: "order-2" });
    const { commands, timers } = await get<InstanceAnswer>(`instance?id=${order2!.processId}`);
    expect(commands).toMatchObject([{ type: "remind" }]);
    expect(timers.map(({ kind }) => kind)).toContain("command");
  });

  it("has what is asked carried out, in the name of who asks", async () => {
    const [letter] = await system.deadLetters.list();
    expect(await (await send("do/skip-letter", { id: letter!.id, reason: "paid in cash" })).json()).toEqual({ outcome: "done" });
    expect(await system.deadLetters.get(letter!.id)).toMatchObject({ status: "skipped", settledBy: "ada" });
    const [order2] = await system.processes.find({ aggregateId: "order-2" });
    const { ids } = await get<{ ids: string[] }>("chosen?verb=suspend-instance&status=started&q=order-2");
    expect(ids).toEqual([order2!.processId]);
    expect(await (await send("do-all/suspend-instance", { ids })).json()).toMatchObject({ outcomes: ["done"] });
    expect(await system.processes.get(order2!.processId)).toMatchObject({ suspended: { by: "ada" } });
  });
});
