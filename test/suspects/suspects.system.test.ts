import { describe, expect, test as it } from "vitest";
import { fromPromise, setup } from "xstate";
import { defineProcess } from "../../src/index.ts";
import type { Assembly } from "../../src/system/create-process-system.ts";
import { until } from "../support/patience.ts";
import { createLives, type Lives, placed } from "./lives.ts";
import { pause } from "../support/pause.ts";

const sound = Array.from({ length: 10 }, (_, index) => `sound-${index}`);

/** An event handler that takes the worker with it for the aggregates that are named so. */
const poisonous = (lives: Lives) => ({
  OrderPlaced: async ({ event }: { event: { aggregateId: string } }) => {
    if (event.aggregateId.startsWith("poison")) await lives.die();
    await pause(1);
  },
});

describe("a handler that takes the worker with it", () => {
  it("is a dead letter after its attempts, which says that the worker died; all others are handled", async () => {
    const lives = createLives(poisonous);
    await lives.dispatch("poison", ...sound);
    await lives.liveOn();
    expect(lives.letters()).toMatchObject([
      {
        aggregateId: "poison",
        attempts: 4,
        error: {
          code: "WORKER_DIED",
          message: expect.stringContaining("attempt 4 of on-order-placed for order/order-lifecycle poison: the worker died") as string,
        },
      },
    ]);
    expect(lives.letters()[0]!.error.message).toContain("as in the first three");
    expect(lives.statuses()).toEqual({ poison: "failed", ...Object.fromEntries(sound.map((id) => [id, "started"])) });
    expect(lives.ran.filter((line) => line.includes("poison"))).toEqual(
      [1, 1, 1, 2, 3, 4].map((attempt, index) => `${index + 1} OrderPlaced poison attempt ${attempt}`),
    );
    expect(lives.said).toContain("attempt 3 of on-order-placed for order/order-lifecycle poison; the worker died in the first two");
  });

  it("runs after those that have not ended a worker yet, also in the lives that follow", async () => {
    const lives = createLives(poisonous);
    await lives.dispatch("poison-1", "poison-2", ...sound);
    // Two that all may have ended, and one for each of those that do.
    for (let life = 0; life < 5; life += 1) await lives.live();
    const handled = lives.query("SELECT aggregate_id AS id FROM perdure_instances WHERE aggregate_id LIKE 'sound%'");
    expect(handled).toHaveLength(10);
    expect(lives.ran.filter((line) => line.includes("sound") && !line.endsWith("attempt 1"))).toEqual([]);
  });

  it.each([
    ["one that is not retried has one attempt alone", "none", 1],
    ["one that is retried once has two", "fixed", 2],
  ] as const)("keeps to the retry policy: %s", async (_, retryStrategy, attempts) => {
    const lives = createLives(poisonous, { processes: { retry: { retryStrategy, maxRetries: 1, initialDelay: 0 } } });
    await lives.dispatch("poison");
    await lives.liveOn();
    expect(lives.letters()).toMatchObject([{ attempts }]);
  });

  it("holds for several at once: each is a dead letter, and each sound one is handled", async () => {
    const lives = createLives(poisonous, { processes: { retry: { retryStrategy: "none" } } });
    await lives.dispatch("poison-1", "sound-1", "poison-2", "sound-2", "poison-3");
    await lives.liveOn();
    expect(
      lives
        .letters()
        .map(({ aggregateId }) => aggregateId)
        .toSorted(),
    ).toEqual(["poison-1", "poison-2", "poison-3"]);
    expect(lives.statuses()).toMatchObject({ "sound-1": "started", "sound-2": "started" });
    expect(lives.query("SELECT * FROM perdure_suspects")).toEqual([]);
  });

  it("holds for a command", async () => {
    const lives: Lives = createLives(() => ({ OrderPlaced: ({ commands, event }) => commands.ship!({ aggregateId: event.aggregateId }) }), {
      dispatchCommand: ({ command }) => (command.aggregateId === "poison" ? lives.die() : undefined),
    });
    await lives.dispatch("poison", ...sound);
    await lives.liveOn();
    expect(lives.letters()).toMatchObject([
      {
        kind: "command",
        attempts: 4,
        error: { code: "WORKER_DIED", message: expect.stringMatching(/^attempt 4 of command "ship" \(.+\): /) as string },
      },
    ]);
    expect(lives.query("SELECT count(*) AS n FROM perdure_journal WHERE kind = 'command_handled'")).toEqual([{ n: 10 }]);
  });

  it("has no mark any more once it is an invocation whose state was left", async () => {
    const machine = setup({
      types: { events: {} as { type: "OrderCancelled" } },
      actors: { ship: fromPromise(async () => {}) },
    }).createMachine({
      initial: "shipping",
      states: { shipping: { invoke: { src: "ship", onDone: "over" }, on: { OrderCancelled: "over" } }, over: { type: "final" } },
    });
    const lives: Lives = createLives(() => ({}), {
      definitions: [defineProcess({ aggregate: "order", name: "shipping", startedBy: ["OrderPlaced"], machine, timeout: "1d" })],
      dispatchCommand: () => new Promise(() => {}),
    });
    const countMarks = () => lives.query("SELECT * FROM perdure_suspects").length;
    const hasBegun = ({ system }: Assembly) => until(async () => (await system.lag()).running === 1);
    await lives.dispatch("o-1");
    await lives.live((assembly) => hasBegun(assembly).then(() => lives.die()));
    await lives.live(async (assembly) => {
      await hasBegun(assembly);
      expect(countMarks()).toBe(1);
      await assembly.system.dispatch({ type: "OrderCancelled", aggregateId: "o-1" });
      await assembly.system.whenIdle();
      expect(countMarks()).toBe(0);
    });
  });

  it("costs a sound one no deadline: it keeps its place before the timeout, also where the worker was killed from outside while it ran alone", async () => {
    let runs = 0;
    const lives: Lives = createLives(
      (lives) => ({ OrderPlaced: () => ((runs += 1) <= 3 ? lives.die() : undefined) }),
      {},
      { timeout: 20, onTimedOut: () => {} },
    );
    await lives.dispatch("sound");
    await pause(20);
    await lives.liveOn();
    expect(lives.letters()).toEqual([]);
    expect(lives.ran.slice(-2)).toEqual(["4 OrderPlaced sound attempt 2", "4 TimedOut sound attempt 1"]);
  });

  it("holds while a command of the same instance waits for it", async () => {
    const lives: Lives = createLives((lives) => ({
      OrderPlaced: ({ commands, event }) =>
        lives.query("SELECT 1 FROM perdure_instances").length === 0
          ? commands.ship!({ aggregateId: event.aggregateId, delay: "300ms" })
          : lives.die(),
    }));
    await lives.dispatch("poison");
    await lives.dispatch("poison");
    await pause(300);
    await lives.liveOn();
    expect(lives.letters()).toMatchObject([{ kind: "event", attempts: 4, error: { code: "WORKER_DIED" } }]);
  });

  it("holds for the timed-out handler, and for the failed handler", async () => {
    const timedOut: Lives = createLives(() => ({ OrderPlaced: () => {} }), {}, { timeout: 20, onTimedOut: () => timedOut.die() });
    await timedOut.dispatch("poison");
    await pause(20);
    await timedOut.liveOn();
    expect(timedOut.letters()).toMatchObject([{ kind: "timed_out", attempts: 4, error: { code: "WORKER_DIED" } }]);

    const failed: Lives = createLives(
      () => ({
        OrderPlaced: () => {
          throw new Error("bad");
        },
      }),
      { processes: { retry: { retryStrategy: "none" } } },
      { onFailed: () => failed.die() },
    );
    await failed.dispatch("poison");
    await failed.liveOn();
    expect(failed.letters().map(({ kind, attempts, error }) => [kind, attempts, error.message.slice(0, 12)])).toEqual([
      ["event", 1, "bad"],
      ["failed", 1, "attempt 1 of"],
    ]);
  });
});

describe("a suspect that is sound", () => {
  /** Sound but for the first two lives, which `o-1` takes with it. */
  const dieTwice = (does: () => unknown) => {
    let deaths = 0;
    return createLives((self) => ({
      OrderPlaced: async ({ event }) => {
        if (deaths < 2 && event.aggregateId === "o-1") {
          deaths += 1;
          await self.die();
        }
        await does();
      },
    }));
  };

  it("runs alone, and is done with the attempt it had", async () => {
    let running = 0;
    let most = 0;
    const lives = dieTwice(async () => {
      running += 1;
      most = Math.max(most, running);
      await pause(30);
      running -= 1;
    });
    await lives.dispatch("o-1", "o-2", "o-3");
    await lives.live();
    expect(lives.query("SELECT state FROM perdure_suspects")).toEqual([]);
    await lives.live();
    expect(lives.query("SELECT state FROM perdure_suspects")).toEqual([{ state: "begun" }, { state: "begun" }, { state: "begun" }]);
    await until(() => running === 0);
    most = 0;
    const meanwhile = async ({ system }: Assembly) => {
      await until(() => running === 1);
      await system.dispatch(placed("new"));
    };
    expect(await lives.live(meanwhile)).toBe(false);
    expect(most).toBe(1);
    expect(lives.ran.every((line) => line.endsWith("attempt 1"))).toBe(true);
    expect(lives.statuses()).toEqual({ "o-1": "started", "o-2": "started", "o-3": "started", new: "started" });
    expect(lives.query("SELECT * FROM perdure_suspects")).toEqual([]);
  });

  it("is not blamed for a worker that was stopped while it ran alone", async () => {
    let hangs = true;
    const lives = dieTwice(() => (hangs ? new Promise(() => {}) : undefined));
    await lives.dispatch("o-1");
    await lives.live();
    await lives.live();
    await lives.live(async ({ system }) => {
      await until(() => lives.ran.length === 3);
      await system.stop({ timeout: 50 });
    });
    expect(lives.query("SELECT state, deaths FROM perdure_suspects")).toEqual([{ state: "alone", deaths: 0 }]);
    hangs = false;
    await lives.live();
    expect(lives.ran.at(-1)).toBe("4 OrderPlaced o-1 attempt 1");
    expect(lives.statuses()).toEqual({ "o-1": "started" });
  });

  it("gets its turn beside work that never ends, and that work goes on", async () => {
    const lives = dieTwice(() => pause(50));
    await lives.dispatch("o-1");
    await lives.live();
    await lives.live();
    await lives.dispatch("before");
    await lives.live(async ({ system }) => {
      for (let count = 0; (await system.processes.find({ aggregateId: "o-1" })).length === 0; count += 1) {
        await system.dispatch(placed(`live-${count}`));
        await pause(5);
      }
    });
    expect(lives.ran.findIndex((line) => line.startsWith("3 OrderPlaced o-1"))).toBeGreaterThan(20);
  });
});

describe("an attempt that nobody has to doubt", () => {
  it("leaves no mark: neither before a worker died, nor where it is of what came afterwards", async () => {
    const lives = createLives((self) => ({
      OrderPlaced: async ({ event }) => {
        if (event.aggregateId === "poison") await pause(50).then(() => self.die());
      },
    }));
    await lives.dispatch(...sound);
    lives.query("CREATE TRIGGER no_marks BEFORE INSERT ON perdure_suspects BEGIN SELECT RAISE(FAIL, 'a mark'); END");
    expect(await lives.live()).toBe(false);
    expect(await lives.live(({ system }) => system.dispatch(placed("a", "poison", "b")))).toBe(true);
    lives.query("DROP TRIGGER no_marks");
    expect(await lives.live(({ system }) => system.dispatch(placed("c")).then(() => pause(100)))).toBe(true);
    expect(lives.query("SELECT id FROM perdure_suspects")).toEqual([{ id: "order/order-lifecycle\npoison" }]);
    expect(lives.ran.some((line) => line.startsWith("3 OrderPlaced c"))).toBe(true);
    expect(lives.said).toEqual([]);
  });
});

describe("a promise that rejects in a handler with nobody to handle it", () => {
  it("fails the attempt that it is of, once a worker has died; its error is that of the dead letter", async () => {
    let deaths = 0;
    const lives = createLives((self) => ({
      OrderPlaced: async ({ event }) => {
        if (deaths++ === 0) await self.die();
        if (event.aggregateId === "poison") void Promise.resolve().then(() => Promise.reject(new Error("a promise that nobody awaits")));
        await pause(20);
      },
    }));
    await lives.dispatch("poison", "sound");
    await lives.live();
    expect(await lives.live()).toBe(false);
    expect(lives.letters()).toMatchObject([{ aggregateId: "poison", attempts: 4, error: { message: "a promise that nobody awaits" } }]);
    expect(lives.statuses()).toEqual({ poison: "failed", sound: "started" });
    expect(process.listenerCount("unhandledRejection")).toBe(listeners);
  });

  const listeners = process.listenerCount("unhandledRejection");
});
