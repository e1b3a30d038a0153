import { describe, expect, test as it } from "vitest";
import { pay, place } from "../ui/open-ui.ts";
import { type Front, openFront, readJson } from "./open-front.ts";

async function openWithOrders(): Promise<Front & { readonly processId: string }> {
  const front = await openFront();
  await front.test.dispatch([place("a"), place("b"), pay("b", "lots")]);
  const [instance] = await front.test.system.processes.find({ aggregateId: "a" });
  return { ...front, processId: instance!.processId };
}

describe("a look-up", () => {
  it("gives an instance with its context, and moments as ISO 8601", async () => {
    const { get, processId } = await openWithOrders();
    const response = await get(`processes/${processId}`);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toMatchObject({
      processId,
      status: "started",
      context: { total: 10 },
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  it("gives lists by filter, page after page", async () => {
    const { get } = await openWithOrders();
    expect(await readJson(get("processes?aggregateId=b&status=failed&suspended=false"))).toMatchObject({ items: [{ aggregateId: "b" }] });
    const { items, nextCursor } = (await readJson(get("processes?limit=1"))) as { items: unknown[]; nextCursor: string };
    expect(items).toMatchObject([{ aggregateId: "b" }]);
    expect(await readJson(get(`processes?limit=1&cursor=${nextCursor}`))).toMatchObject({ items: [{ aggregateId: "a" }] });
    expect(await readJson(get("timers?kind=timeout&aggregateId=a"))).toMatchObject({ items: [{ kind: "timeout", aggregateId: "a" }] });
    expect(await readJson(get("scheduled?type=remind&aggregateId=a"))).toMatchObject({ items: [{ type: "remind" }] });
    expect(await readJson(get("schedules"))).toEqual({ items: [] });
  });

  it("gives a journal, a dead letter, and how far the work is behind", async () => {
    const { get, processId } = await openWithOrders();
    expect(await readJson(get(`processes/${processId}/history`))).toMatchObject({ items: [{ kind: "started" }, { kind: "handled" }] });
    const { items } = (await readJson(get("dead-letters?status=any"))) as { items: readonly { id: string }[] };
    expect(await readJson(get(`dead-letters/${items[0]!.id}`))).toMatchObject({
      aggregateId: "b",
      status: "open",
      error: { name: "TypeError" },
    });
    expect(await readJson(get("lag"))).toMatchObject({ accepted: 3, deadLetters: 1 });
  });

  it("is answered 404 as a problem with its code where there is nothing", async () => {
    const { get } = await openWithOrders();
    for (const [path, code] of [
      ["processes/none", "INSTANCE_UNKNOWN"],
      ["processes/none/history", "INSTANCE_UNKNOWN"],
      ["dead-letters/none", "DEAD_LETTER_UNKNOWN"],
      ["nothing", "NOT_FOUND"],
      ["processes/", "NOT_FOUND"],
      ["processes/%", "NOT_FOUND"],
      ["", "NOT_FOUND"],
      ["../processes", "NOT_FOUND"],
      ["toString", "NOT_FOUND"],
    ] as const) {
      const response = await get(path);
      expect([path, response.status, response.headers.get("content-type")]).toEqual([path, 404, "application/problem+json; charset=utf-8"]);
      expect(await response.json()).toMatchObject({ type: "about:blank", title: "Not Found", status: 404, code });
    }
  });

  it("is refused where a field of the query is unknown, empty, given twice or wrong, rather than matching everything", async () => {
    const { get } = await openWithOrders();
    for (const path of [
      "processes?proces=order/order-lifecycle",
      "processes?aggregateId=",
      "processes?status=started&status=failed",
      "processes?status=begun",
      "processes?limit=0",
      "processes?limit=1001",
      "processes?limit=ten",
      "processes?cursor=x",
      "processes?suspended=yes",
      "processes?where={",
      "processes?where=5",
      "processes?state={}",
      'processes?state="open',
      "dead-letters?status=closed",
      "timers?kind=egg",
      "lag?of=all",
    ])
      expect([path, (await get(path)).status]).toEqual([path, 400]);
  });
});

describe("GET /stream", () => {
  it("sends each step that is committed from then on, of what was asked for, until the reader goes", async () => {
    const { test, get } = await openWithOrders();
    const response = await get("stream?aggregateId=c");
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    await test.dispatch([place("d"), place("c")]);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("handled")) text += (await reader.read()).value ?? "";
    const steps = [...text.matchAll(/event: step\ndata: (.+)\n\n/g)].map(([, data = ""]) => JSON.parse(data) as unknown);
    expect(steps).toMatchObject([
      { kind: "started", aggregateId: "c" },
      { kind: "handled", aggregateId: "c" },
    ]);
    await reader.cancel();
    await test.dispatch(pay("c", 5));
  });

  it("is refused where the system is not the worker, because nothing would ever come", async () => {
    const { test, get } = await openWithOrders();
    await test.system.stop();
    const response = await get("stream");
    expect(response.status).toBe(501);
    expect(await response.json()).toMatchObject({ code: "NOT_THE_WORKER" });
  });
});
