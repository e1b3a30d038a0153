import { type DispatchedEvent, defineProcess, type ProcessDefinition, type ProcessError } from "perdure";
import { connectRestate, type ConnectOptions } from "perdure/restate";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineLifecycle } from "../../support/define-lifecycle.ts";
import { silentLogger } from "../../support/silent-logger.ts";
import { of, type Reply, type Request, startFakeServer } from "./fake-server.ts";

const placed = (aggregateId: string, eventId?: string): DispatchedEvent => ({
  type: "OrderPlaced",
  aggregateId,
  ...(eventId !== undefined && { eventId }),
});

const accepted: Reply = { status: 202, body: { invocationId: "inv_1", status: "Accepted" } };
const repeated: Reply = { status: 202, body: { invocationId: "inv_1", status: "PreviouslyAccepted" } };

async function connect(
  reply: (request: Request) => Reply | undefined,
  options: Partial<ConnectOptions> = {},
  definitions: readonly ProcessDefinition[] = [defineLifecycle({ OrderPlaced: () => {}, PaymentReceived: () => {} })],
) {
  const server = await startFakeServer(reply);
  const system = await connectRestate({ definitions, ingress: server.url, logger: silentLogger, ...options });
  return { ...server, system };
}

/** Two processes that share a type of event, so that all their events go through the intake. */
const group = [
  defineLifecycle({ OrderPlaced: () => {} }),
  defineProcess({ aggregate: "order", name: "billing", startedBy: ["OrderPlaced"], completedBy: ["OrderBilled"], timeout: "7d", on: {} }),
];

describe("dispatch on Restate", () => {
  it("sends an event to the object of its process, at its aggregate, under its eventId", async () => {
    const { system, requests } = await connect(({ path }) => (path.endsWith("/send") ? accepted : undefined));
    expect(await system.dispatch(placed("a/b ü?#%", "evt ü"))).toEqual({ eventId: "evt ü", outcome: "accepted" });
    const [sent] = of(requests, /send/);
    expect(sent!.path).toBe("/order.order-lifecycle/a%2Fb%20%C3%BC%3F%23%25/accept/send");
    expect(sent!.headers["idempotency-key"]).toBe("evt%20%C3%BC");
    expect(JSON.parse(sent!.body)).toMatchObject({ eventId: "evt ü", type: "OrderPlaced", aggregateId: "a/b ü?#%", payload: "{}" });
  });

  it("says what was accepted before, and sends nothing that no process knows", async () => {
    const { system, requests } = await connect(({ path }) => (path.endsWith("/send") ? repeated : undefined));
    expect(await system.dispatch(placed("o-1", "evt-1"))).toEqual({ eventId: "evt-1", outcome: "duplicate" });
    expect(await system.dispatch({ type: "Unheard", aggregateId: "o-1", eventId: "evt-2" })).toEqual({
      eventId: "evt-2",
      outcome: "unrouted",
    });
    expect(of(requests, /send/)).toHaveLength(1);
  });

  it("repeats what was not answered or could not be taken, under the same key, and takes its own repetition for no duplicate", async () => {
    const replies: Reply[] = ["drop", { status: 503, body: "busy" }, repeated];
    const { system, requests } = await connect(({ path }) => (path.endsWith("/send") ? replies.shift() : undefined));
    expect(await system.dispatch(placed("o-1"))).toMatchObject({ outcome: "accepted" });
    const keys = of(requests, /send/).map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it("gives up after retryFor, and says which eventId to dispatch again", async () => {
    const { system, end } = await connect(() => undefined, { retryFor: "80ms" });
    end();
    const error = await system.dispatch(placed("o-1")).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "RESTATE_UNREACHABLE", message: expect.stringContaining("ECONNREFUSED") });
    expect((error as ProcessError).details["eventIds"]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  it("tells what the server answered to the last attempt", async () => {
    const { system } = await connect(({ path }) => (path.endsWith("/send") ? { status: 503, body: { message: "no leader" } } : undefined), {
      retryFor: "80ms",
    });
    await expect(system.dispatch(placed("o-1"))).rejects.toMatchObject({
      code: "RESTATE_REFUSED",
      message: expect.stringContaining("no leader"),
      details: { eventIds: [expect.any(String)] },
    });
  });

  it("does not repeat what an invocation has ended with", async () => {
    const failed: Reply = { status: 500, body: { message: "it failed", source: "invocation" } };
    const { system, requests } = await connect(({ path }) => (path.includes("accept") ? failed : undefined));
    await expect(system.dispatch(placed("o-1"))).rejects.toMatchObject({ code: "RESTATE_REFUSED" });
    expect(of(requests, /send/)).toHaveLength(1);
  });

  it("names the command that registers services which the server does not know", async () => {
    const missing: Reply = { status: 404, body: { message: "service 'order.order-lifecycle' not found", source: "ingress" } };
    const { system } = await connect(({ path }) => (path.includes("accept") ? missing : undefined));
    await expect(system.dispatch(placed("o-1"))).rejects.toMatchObject({
      code: "RESTATE_UNREGISTERED",
      message: expect.stringContaining("perdure restate register"),
    });
  });

  it("checks events as every system does, and keys as Restate needs it, before anything is sent", async () => {
    const { system, requests } = await connect(() => accepted, { limits: { payload: "1kB" } });
    const refused: readonly (readonly [DispatchedEvent | readonly DispatchedEvent[], string])[] = [
      [{ type: "OrderPlaced" } as DispatchedEvent, "EVENT_INVALID"],
      [{ ...placed("o-1"), payload: { text: "x".repeat(2_000) } }, "EVENT_PAYLOAD_INVALID"],
      [placed(".."), "KEY_UNUSABLE"],
      [[placed("o-1"), placed(".")], "KEY_UNUSABLE"],
    ];
    for (const [given, code] of refused) await expect(system.dispatch(given as DispatchedEvent)).rejects.toMatchObject({ code });
    const look = system.processes.find({ process: "order/order-lifecycle", aggregateId: ".." });
    await expect(look).rejects.toMatchObject({ code: "KEY_UNUSABLE" });
    expect(of(requests, /accept|read/)).toEqual([]);
  });

  it("checks payloads by schemas that are given in code, and sends what they give out", async () => {
    const events = { OrderPlaced: { payload: z.object({ email: z.string(), express: z.boolean().default(false) }) } };
    const { system, requests } = await connect(({ path }) => (path.endsWith("/send") ? accepted : undefined), { events });
    await expect(system.dispatch(placed("o-1"))).rejects.toMatchObject({ code: "EVENT_PAYLOAD_INVALID" });
    await system.dispatch({ ...placed("o-1"), payload: { email: "ada@example.com" } });
    const [sent, ...others] = of(requests, /send/);
    expect(JSON.parse(sent!.body)).toMatchObject({ payload: '{"email":"ada@example.com","express":false}' });
    expect(others).toEqual([]);
  });

  it("refuses a list that is larger than a message can be", async () => {
    const { system, requests } = await connect(() => accepted);
    const events = Array.from({ length: 3 }, (_, at) => ({ ...placed(`o-${at}`), payload: { text: "x".repeat(9_000_000) } }));
    await expect(system.dispatch(events)).rejects.toMatchObject({
      code: "EVENT_INVALID",
      message: expect.stringContaining("shorter lists"),
    });
    expect(of(requests, /accept/)).toEqual([]);
  });

  it("sends a list as a whole through the intake, waits for it, and leaves out what nobody knows", async () => {
    const receipts = [
      { eventId: "evt-1", outcome: "accepted" },
      { eventId: "evt-3", outcome: "unrouted" },
    ];
    const { system, requests } = await connect(({ path }) => {
      if (path.endsWith("/send")) return accepted;
      return path.endsWith("/attach") ? { body: receipts } : undefined;
    });
    const events = [placed("o-1", "evt-1"), { type: "Unheard", aggregateId: "o-2", eventId: "evt-2" }, placed("o-3", "evt-3")];
    expect(await system.dispatch(events)).toEqual([receipts[0], { eventId: "evt-2", outcome: "unrouted" }, receipts[1]]);
    expect(await system.dispatch([])).toEqual([]);
    await system.dispatch(events);
    const sent = of(requests, /send/);
    expect(sent.map(({ path }) => path)).toEqual(["/perdure.intake/o-1/accept/send", "/perdure.intake/o-1/accept/send"]);
    // A list that is dispatched again is another list.
    expect(sent[0]!.headers["idempotency-key"]).not.toBe(sent[1]!.headers["idempotency-key"]);
    expect((JSON.parse(sent[0]!.body) as DispatchedEvent[]).map(({ eventId }) => eventId)).toEqual(["evt-1", "evt-3"]);
  });

  it("brings an event that several processes know through the intake, under its eventId", async () => {
    const replies = [accepted, repeated];
    const receipt = { eventId: "evt-1", outcome: "accepted" };
    const { system, requests } = await connect(
      ({ path }) => {
        if (path.endsWith("/send")) return replies.shift();
        return path.endsWith("/attach") ? { body: [receipt] } : undefined;
      },
      {},
      group,
    );
    expect(await system.dispatch(placed("o-1", "evt-1"))).toEqual(receipt);
    expect(await system.dispatch(placed("o-1", "evt-1"))).toEqual({ eventId: "evt-1", outcome: "duplicate" });
    expect(of(requests, /send/).map(({ path, headers }) => [path, headers["idempotency-key"]])).toEqual([
      ["/perdure.intake/o-1/accept/send", "evt-1"],
      ["/perdure.intake/o-1/accept/send", "evt-1"],
    ]);
  });

  it("says accepted, with a warning, of what is durable though nobody brings it on in time", async () => {
    const warnings: string[] = [];
    const { system } = await connect(
      ({ path }) => {
        if (path.endsWith("/send")) return accepted;
        return path.endsWith("/attach") ? "drop" : undefined;
      },
      { retryFor: "80ms", logger: { warn: (message) => void warnings.push(message) } },
      group,
    );
    expect(await system.dispatch(placed("o-1", "evt-1"))).toEqual({ eventId: "evt-1", outcome: "accepted" });
    expect(warnings).toEqual([expect.stringContaining("no process has brought them on")]);
  });

  it("takes what the intake refuses for its own refusal", async () => {
    const refusal: Reply = {
      status: 409,
      body: { message: JSON.stringify({ code: "CORRELATE_UNKNOWN", message: "unknown" }), source: "invocation" },
    };
    const { system } = await connect(
      ({ path }) => {
        if (path.endsWith("/send")) return accepted;
        return path.endsWith("/attach") ? refusal : undefined;
      },
      {},
      group,
    );
    await expect(system.dispatch(placed("o-1"))).rejects.toMatchObject({ code: "CORRELATE_UNKNOWN" });
  });
});
