import { type HandlerArgs, NonRetryableError, type ProcessEvent, RetryLaterError, type RetryOptions } from "perdure";
import type { TestSystem, TestSystemOptions } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { openTestSystem } from "../support/order-process.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const placed = { type: "OrderPlaced", aggregateId: "o-1" } as const;
const START = Date.parse("2026-01-01T00:00:00Z");

interface Attempt {
  readonly at: number;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly event: ProcessEvent;
}

/** A process whose handler of OrderPlaced is `does`, and what was attempted when. */
async function openPlaced(
  does: (args: HandlerArgs) => unknown,
  { retry, failed, ...options }: TestSystemOptions & { retry?: RetryOptions; failed?: (args: HandlerArgs) => unknown } = {},
): Promise<{ test: TestSystem; attempts: Attempt[]; delays: () => number[] }> {
  const attempts: Attempt[] = [];
  const definition = defineLifecycle(
    {
      OrderPlaced: async (args: HandlerArgs) => {
        const { attempt, idempotencyKey, event } = args;
        attempts.push({ at: test.clock.now(), attempt, idempotencyKey, event });
        await does(args);
      },
    },
    { timeout: "365d", ...(failed !== undefined && { onFailed: failed }) },
  );
  const test = await openTestSystem({ definitions: [definition], ...(retry !== undefined && { processes: { retry } }), ...options });
  return { test, attempts, delays: () => attempts.slice(1).map(({ at }, index) => at - attempts[index]!.at) };
}

const down = () => {
  throw new Error("the mail server is down");
};

const statusOf = async (test: TestSystem) => (await test.system.processes.find())[0]?.status;

describe("a handler that fails once", () => {
  it("runs again after the back-off, as attempt 2 of the same step, and leaves no dead letter", async () => {
    const { test, attempts } = await openPlaced(({ attempt }) => {
      if (attempt === 1) down();
    });
    await test.dispatch(placed);
    expect(attempts).toHaveLength(1);
    expect(await statusOf(test)).toBe("started");

    await test.advance(999);
    expect(attempts).toHaveLength(1);
    await test.advance(1);
    expect(attempts.map(({ at, attempt }) => [at - START, attempt])).toEqual([
      [0, 1],
      [1_000, 2],
    ]);
    expect(attempts[1]!.idempotencyKey).toBe(attempts[0]!.idempotencyKey);
    expect(attempts[1]!.event).toEqual(attempts[0]!.event);
    expect(await test.system.deadLetters.list({ status: "any" })).toEqual([]);

    const [instance] = await test.system.processes.find();
    expect(instance!.status).toBe("started");
    const history = await test.system.processes.history(instance!.processId);
    expect(history.map(({ kind }) => kind)).toEqual(["started", "attempt_failed", "handled"]);
    expect(history[1]).toMatchObject({
      attempt: 1,
      handler: "on-order-placed",
      error: { message: "the mail server is down" },
      retryAt: new Date(START + 1_000),
    });
    expect(history[2]).toMatchObject({ attempt: 2 });
    await test.advance("30d");
    expect(attempts).toHaveLength(2);
  });

  it("shows the moment of its retry among the timers while it waits, and not after", async () => {
    const { test } = await openPlaced(({ attempt }) => {
      if (attempt === 1) down();
    });
    await test.dispatch(placed);
    const [instance] = await test.system.processes.find();
    expect(await test.system.timers.list({ kind: "retry" })).toEqual([
      {
        kind: "retry",
        dueAt: new Date(START + 1_000),
        process: "order/order-lifecycle",
        aggregateId: "o-1",
        processId: instance!.processId,
        command: undefined,
      },
    ]);
    await test.advance("1s");
    expect(await test.system.timers.list({ kind: "retry" })).toEqual([]);
  });

  it("keeps its place and its number of attempts over a crash", async () => {
    const { test, attempts } = await openPlaced(({ attempt }) => {
      if (attempt < 3) down();
    });
    await test.dispatch(placed);
    await test.restart();
    await test.advance("1s");
    await test.restart();
    await test.advance("2s");
    expect(attempts.map(({ at, attempt }) => [at - START, attempt])).toEqual([
      [0, 1],
      [1_000, 2],
      [3_000, 3],
    ]);
    expect(new Set(attempts.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });
});

describe("a handler whose error stays", () => {
  it("has four attempts with maxRetries 3; then the instance is failed with one dead letter of the last error", async () => {
    const { test, attempts, delays } = await openPlaced(({ attempt }) => {
      throw new Error(`down for the ${attempt}. time`);
    });
    const { eventId } = await test.dispatch({ ...placed, payload: { total: 7 } });
    await test.advance("30d");

    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(delays()).toEqual([1_000, 2_000, 4_000]);
    expect(new Set(attempts.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    const [instance] = await test.system.processes.find();
    expect(instance).toMatchObject({ status: "failed", endedAt: undefined });
    const letters = await test.system.deadLetters.list();
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({
      process: "order/order-lifecycle",
      processId: instance!.processId,
      aggregateId: "o-1",
      kind: "event",
      handler: "on-order-placed",
      event: { eventId, type: "OrderPlaced", payload: { total: 7 }, occurredAt: new Date(START) },
      command: undefined,
      attempts: 4,
      error: { name: "Error", message: "down for the 4. time" },
      firstFailedAt: new Date(START),
      lastFailedAt: new Date(START + 7_000),
      status: "open",
    });
    expect(letters[0]!.error.stack).toContain("handler-retry.test.ts");
    const kinds = (await test.system.processes.history(instance!.processId)).map(({ kind }) => kind);
    expect(kinds).toEqual(["started", "attempt_failed", "attempt_failed", "attempt_failed", "failed"]);
    expect(await test.system.lag()).toMatchObject({ waiting: 0, deadLetters: 1, overdueTimers: 0 });
  });

  it.each<[string, RetryOptions, readonly number[]]>([
    ["none", { retryStrategy: "none", maxRetries: 5 }, []],
    ["no retries", { maxRetries: 0 }, []],
    ["fixed", { retryStrategy: "fixed", maxRetries: 3, initialDelay: "5s" }, [5_000, 5_000, 5_000]],
    ["linear", { retryStrategy: "linear", maxRetries: 4, initialDelay: "10s", maxDelay: "25s" }, [10_000, 20_000, 25_000, 25_000]],
    ["exponential", { retryStrategy: "exponential", maxRetries: 7 }, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    ["exponential with a factor", { maxRetries: 3, factor: 10, maxDelay: "1d", initialDelay: 500 }, [500, 5_000, 50_000]],
    ["full jitter, of which the test clock takes nothing off", { maxRetries: 2, jitter: 1 }, [1_000, 2_000]],
  ])("is tried at exactly these distances: %s", async (_, retry, expected) => {
    const { test, delays } = await openPlaced(down, { retry });
    await test.dispatch(placed);
    await test.advance("1d");
    expect(delays()).toEqual(expected);
    expect(await test.system.deadLetters.list()).toMatchObject([{ attempts: expected.length + 1 }]);
  });

  it("keeps an error's code and causes, and what was thrown that is no Error", async () => {
    const thrown: unknown[] = [
      Object.assign(new Error("outer", { cause: new TypeError("inner") }), { code: "E_MAIL" }),
      "just text",
      { reason: 7 },
    ];
    const { test } = await openPlaced(
      ({ event }) => {
        throw thrown[Number(event.aggregateId)];
      },
      { retry: { maxRetries: 0 } },
    );
    await test.dispatch([0, 1, 2].map((index) => ({ type: "OrderPlaced", aggregateId: String(index) })));
    const errors = new Map((await test.system.deadLetters.list()).map(({ aggregateId, error }) => [aggregateId, error]));
    expect(errors.get("0")).toMatchObject({ message: "outer", code: "E_MAIL", cause: { name: "TypeError", message: "inner" } });
    expect(errors.get("1")).toMatchObject({ message: "just text" });
    expect(errors.get("2")).toMatchObject({ message: '{"reason":7}' });
  });
});

describe("an error that speaks of retries", () => {
  it("is given up after one attempt if it is a NonRetryableError", async () => {
    const { test, attempts } = await openPlaced(() => {
      throw new NonRetryableError("the card is stolen");
    });
    await test.dispatch(placed);
    expect(await statusOf(test)).toBe("failed");
    await test.advance("1d");
    expect(attempts).toHaveLength(1);
    expect(await test.system.deadLetters.list()).toMatchObject([
      { attempts: 1, error: { name: "NonRetryableError", message: "the card is stolen" } },
    ]);
  });

  it("is retried then and no sooner if it is a RetryLaterError", async () => {
    const { test, attempts } = await openPlaced(({ attempt }) => {
      if (attempt === 1) throw new RetryLaterError({ after: "2h" });
    });
    await test.dispatch(placed);
    await test.advance("1h");
    await test.restart();
    await test.advance(3_600_000 - 1);
    expect(attempts).toHaveLength(1);
    await test.advance(1);
    expect(attempts).toHaveLength(2);
    expect(await test.system.deadLetters.list()).toEqual([]);
  });

  it("is retried at once if a RetryLaterError names a moment that has passed", async () => {
    const { test, attempts } = await openPlaced(({ attempt }) => {
      if (attempt === 1) throw new RetryLaterError({ after: new Date(0) });
    });
    await test.dispatch(placed);
    expect(attempts).toHaveLength(2);
    expect(await statusOf(test)).toBe("started");
  });

  it("may name a delay of many months", async () => {
    const { test, attempts } = await openPlaced(({ attempt }) => {
      if (attempt === 1) throw new RetryLaterError({ after: "300d" });
    });
    await test.dispatch(placed);
    await test.advance("299d");
    expect(attempts).toHaveLength(1);
    await test.advance("1d");
    expect(attempts).toHaveLength(2);
  });
});

describe("the failed handler", () => {
  it("runs once, with the failure in its event, and what it dispatches is executed", async () => {
    const seen: HandlerArgs[] = [];
    const executed: string[] = [];
    const { test } = await openPlaced(down, {
      retry: { maxRetries: 1 },
      failed: async (args) => {
        seen.push(args);
        await args.commands.flagForManualReview!({ aggregateId: args.event.aggregateId });
      },
      commands: { flagForManualReview: ({ command }) => void executed.push((command as { aggregateId: string }).aggregateId) },
    });
    const { eventId } = await test.dispatch({ ...placed, payload: { total: 7 }, occurredAt: new Date(START - 60_000) });
    await test.advance("1d");

    expect(seen).toHaveLength(1);
    const [letter] = await test.system.deadLetters.list();
    expect(seen[0]).toMatchObject({ attempt: 1, process: { status: "failed" } });
    expect(seen[0]!.event).toMatchObject({
      type: "OrderLifecycleFailed",
      aggregateId: "o-1",
      payload: {
        processId: letter!.processId,
        startedAt: new Date(START - 60_000),
        timeout: "365d",
        failedEvent: { eventId, type: "OrderPlaced", aggregateId: "o-1", payload: { total: 7 }, occurredAt: new Date(START - 60_000) },
        error: { name: "Error", message: "the mail server is down" },
        attempts: 2,
        deadLetterId: letter!.id,
      },
    });
    expect(executed).toEqual(["o-1"]);
    expect(await statusOf(test)).toBe("failed");
  });

  it("is retried itself, and gets a dead letter of its own while the status stays", async () => {
    let runs = 0;
    const { test } = await openPlaced(down, {
      retry: { maxRetries: 1 },
      failed: () => {
        runs += 1;
        throw new Error("and this too");
      },
    });
    await test.dispatch(placed);
    await test.advance("1d");
    expect(runs).toBe(2);
    expect(await statusOf(test)).toBe("failed");
    const letters = await test.system.deadLetters.list();
    expect(letters.map(({ kind, handler, attempts }) => [kind, handler, attempts])).toEqual([
      ["event", "on-order-placed", 2],
      ["failed", "on-order-lifecycle-failed", 2],
    ]);
    expect(letters[1]!.event).toMatchObject({
      type: "OrderLifecycleFailed",
      payload: { deadLetterId: letters[0]!.id, startedAt: new Date(START) },
    });
  });
});

describe("timed-out handlers that wait for their retries", () => {
  it("hold back neither the instance that came after theirs nor its timeout, however many they are", async () => {
    const ran: string[] = [];
    const test = await openTestSystem({
      definitions: [
        defineLifecycle(
          { OrderPlaced: ({ event }) => void ran.push((event.payload as { name: string }).name) },
          {
            timeout: "1m",
            onTimedOut: () => {
              throw new RetryLaterError({ after: "1d" });
            },
          },
        ),
      ],
    });
    const names = Array.from({ length: 8 }, (_, index) => `instance ${index}`);
    for (const name of names) {
      await test.dispatch({ ...placed, payload: { name } });
      await test.advance("1m");
    }
    expect(ran).toEqual(names);
    expect(await test.system.processes.find({ status: "timed_out" })).toHaveLength(8);
  });
});
