import { definePolicy, defineProcess, type PolicyHandlerArgs, type PolicyOptions } from "perdure";
import { describe, expect, test as it } from "vitest";
import { type FakeHost, type FakeHostOptions, openFake, START } from "../../support/fake-restate/open-fake.ts";
import { createGate } from "../../support/gate.ts";
import { silentLogger } from "../../support/silent-logger.ts";

const lifecycle = defineProcess({
  aggregate: "order",
  name: "life",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
  on: {},
});

const DAY = 86_400_000;
const policy = (options: Partial<PolicyOptions> = {}) =>
  definePolicy({
    aggregate: "order",
    name: "tell-stock",
    on: "OrderPlaced",
    retry: { retryStrategy: "none" },
    handler: ({ event, commands }) => commands.tellStock!({ aggregateId: event.aggregateId, payload: { of: event.eventId } }),
    ...options,
  });
const key = (aggregateId = "o-1") => ({ process: "order/tell-stock", aggregateId });
const placed = (eventId: string, aggregateId = "o-1") => ({ type: "OrderPlaced", eventId, aggregateId });

const open = (options: FakeHostOptions): Promise<FakeHost> =>
  openFake({ commands: { tellStock: () => {} }, logger: silentLogger, ...options });

describe("a policy on Restate", () => {
  it("handles each event once, beside a process that reacts to it, and what it dispatches runs", async () => {
    const told: unknown[] = [];
    const { dispatch, read } = await open({
      definitions: [lifecycle],
      policies: [policy()],
      commands: {
        tellStock: ({ command, process }) => void told.push([command.aggregateId, command.payload, command.metadata.process, process]),
      },
    });
    for (const event of [placed("e-1"), placed("e-1"), placed("e-2", "o-2")]) await dispatch(event);
    expect(told).toEqual([
      ["o-1", { of: "e-1" }, "order/tell-stock", undefined],
      ["o-2", { of: "e-2" }, "order/tell-stock", undefined],
    ]);
    expect(await read(key())).toMatchObject({ commands: [], letters: [], counters: { accepted: 1 } });
    expect((await read({ process: "order/life", aggregateId: "o-1" })).instances).toMatchObject([{ status: "started" }]);
  });

  it("gives one eventId of two aggregates two idempotency keys", async () => {
    const keys = new Set<string>();
    const { dispatch } = await open({ policies: [policy({ handler: ({ idempotencyKey }) => void keys.add(idempotencyKey) })] });
    await dispatch(placed("same", "left"));
    await dispatch(placed("same", "right"));
    expect(keys.size).toBe(2);
  });

  it("waits for its delay, and for its retry, and holds back what is behind it in its aggregate alone", async () => {
    const ran: string[] = [];
    const { dispatch, advanceTo } = await open({
      policies: [
        policy({
          delay: "5m",
          retry: { retryStrategy: "fixed", initialDelay: "1m", maxRetries: 2, jitter: 0 },
          handler: ({ event, attempt }) => {
            ran.push(`${event.eventId} ${attempt}`);
            if (event.eventId === "e-1" && attempt === 1) throw new Error("stock is closed");
          },
        }),
      ],
    });
    for (const event of [placed("e-1"), placed("e-2"), placed("e-3", "o-2")]) await dispatch(event);
    await advanceTo(START + 299_000);
    expect(ran).toEqual([]);
    await advanceTo(START + 300_000);
    expect(ran.toSorted()).toEqual(["e-1 1", "e-3 1"]);
    await advanceTo(START + 360_000);
    expect(ran.slice(2)).toEqual(["e-1 2", "e-2 1"]);
  });

  it("leaves a dead letter that holds nothing up, and handles its event again when an operator retries it, edited or not", async () => {
    let isClosed = true;
    const ran: unknown[] = [];
    const { dispatch, read, restate } = await open({
      policies: [
        policy({
          handler: ({ event, idempotencyKey }: PolicyHandlerArgs) => {
            ran.push([event.eventId, event.payload, idempotencyKey]);
            if (isClosed && event.eventId === "e-1") throw new Error("stock is closed");
          },
        }),
      ],
    });
    await dispatch(placed("e-1"));
    await dispatch(placed("e-2"));
    expect(ran).toHaveLength(2);
    const [letter] = (await read(key())).letters;
    expect(letter).toMatchObject({ kind: "policy", process: "order/tell-stock", processId: "", status: "open", attempts: 1 });
    isClosed = false;
    const settlement = { kind: "retry", payload: '{"total":5}', by: "ada" };
    await restate.call("order.tell-stock", "o-1", "settle", { deadLetterId: letter!.deadLetterId, settlement });
    await restate.drain();
    expect(ran[2]).toMatchObject(["e-1", { total: 5 }, expect.any(String)]);
    expect((ran as string[][])[2]![2]).not.toBe((ran as string[][])[0]![2]);
    expect((await read(key())).letters).toMatchObject([{ status: "retried", settledBy: "ada" }]);
  });

  it("runs beside its key, so that what an operator asks waits for no handler", async () => {
    const gate = createGate();
    const { dispatch, read } = await open({ policies: [policy({ handler: () => gate.opened })] });
    await dispatch(placed("e-1"));
    await dispatch(placed("e-2"));
    expect((await read(key())).commands).toHaveLength(2);
    gate.open();
  });

  it("has the events of commands that it dispatches go on to processes and policies", async () => {
    const ran: string[] = [];
    const { dispatch, read } = await open({
      definitions: [lifecycle],
      policies: [policy(), policy({ name: "note", on: "OrderFulfilled", handler: ({ event }) => void ran.push(event.aggregateId) })],
      commands: { tellStock: ({ command }) => ({ type: "OrderFulfilled", aggregateId: command.aggregateId }) },
    });
    await dispatch(placed("e-1"));
    expect(ran).toEqual(["o-1"]);
    expect((await read({ process: "order/life", aggregateId: "o-1" })).instances).toMatchObject([{ status: "completed" }]);
  });

  it("is forgotten for an aggregate when nothing is left to do and its letters are past their retention", async () => {
    const { dispatch, advanceTo, restate, read } = await open({
      retention: { ended: "10d", journal: "10d", deduplication: "1d" },
      policies: [
        policy({
          handler: () => {
            throw new Error("stock is closed");
          },
        }),
      ],
    });
    const names = () => [...restate.state("order.tell-stock", "o-1").keys()];
    await dispatch(placed("e-1"));
    await advanceTo(START + 15 * DAY);
    expect(names()).toContain("core");
    const [letter] = (await read(key())).letters;
    const settlement = { kind: "discard", reason: null, by: null };
    await restate.call("order.tell-stock", "o-1", "settle", { deadLetterId: letter!.deadLetterId, settlement });
    await advanceTo(START + 24 * DAY);
    expect(names()).toHaveLength(2);
    await advanceTo(START + 31 * DAY);
    expect(names()).toEqual([]);
  });
});
