import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, ProcessError, type ProcessSystemOptions } from "perdure";
import { describe, expect, onTestFinished, test as it, vi } from "vitest";
import { createPutOffs } from "../../src/runtime/run/put-offs.ts";
import { createBacklog } from "../../src/runtime/schedule/backlog.ts";
import { createSerialRunner, type SerialRunner } from "../../src/runtime/schedule/serial-runner.ts";
import { askWorker } from "../../src/runtime/worker/asker.ts";
import { systemClock } from "../../src/platform/clock.ts";
import type { Requests } from "../../src/store/requests.ts";
import type { Store } from "../../src/store/store.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { fakeClocks } from "../support/fake-clocks.ts";
import { silentLogger } from "../support/silent-logger.ts";

/** A system on a connection that the program closes without a word. */
async function openClosing(options: ProcessSystemOptions = {}) {
  const database = new SqliteDatabase(":memory:");
  onTestFinished(() => void database.close());
  const system = await createProcessSystem({ definitions: [defineLifecycle()], store: { database }, logger: silentLogger, ...options });
  onTestFinished(() => system.stop({ timeout: 0 }));
  await system.start();
  return { database, system };
}

describe("while the store cannot be read", () => {
  it.each(["worker", "client"] as const)("waitFor of a %s rejects when its time is over", async (role) => {
    const { database, system } = await openClosing({ role });
    const waiting = system.processes.waitFor({ aggregateId: "nobody" }, { timeout: "20ms" });
    database.close();
    await expect(waiting).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });

  it("whenIdle of a client waits until the system stops", async () => {
    const { database, system } = await openClosing({ role: "client" });
    await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    const idle = system.whenIdle();
    database.close();
    // Its refusal has whenIdle look, in a turn of its own.
    await expect(system.dispatch({ type: "OrderPlaced", aggregateId: "o-2" })).rejects.toThrow(ProcessError);
    await new Promise((resolve) => setImmediate(resolve));
    await system.stop();
    await idle.catch((error: unknown) => expect(error).toBeInstanceOf(ProcessError));
  });

  it("the backlog looks again once a second, however often it could go on, and says so of each look", () => {
    onTestFinished(fakeClocks());
    const state = { fails: true, told: [] as string[], read: new Set<string>() };
    const fail = () => {
      if (state.fails) throw new Error("the disk is gone");
    };
    const store = {
      mailbox: { keys: () => (fail(), []) },
      timers: { due: () => (fail(), []), nextDueAt: () => (fail(), undefined) },
    } as unknown as Store;
    const runner = (): SerialRunner =>
      createSerialRunner({
        run: async () => {},
        maxRunning: 1,
        maxWaiting: 8,
        onMissed: () => {},
        onError: () => {},
        onProgress: () => {},
      });
    const backlog = createBacklog({
      store,
      clock: systemClock,
      actors: runner(),
      lanes: runner(),
      schedules: runner(),
      preload: () => {},
      pageSize: 8,
      onProgress: () => {},
      onError: (what) => void state.told.push(what),
      onRead: (what) => void state.read.add(what),
    });
    backlog.start();
    for (let run = 0; run < 50; run += 1) {
      backlog.miss("instance");
      backlog.goOn();
    }
    expect(state.told).toEqual(["timers", "mailboxes"]);
    vi.advanceTimersByTime(3_000);
    expect(state.told).toHaveLength(8);
    expect(backlog.isHandedOn).toBe(false);
    state.fails = false;
    vi.advanceTimersByTime(1_000);
    expect([backlog.isHandedOn, state.told.length, state.read]).toEqual([true, 8, new Set(["timers", "mailboxes"])]);
    state.fails = true;
    backlog.miss("instance");
    backlog.goOn();
    backlog.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("what was put off", () => {
  it("is tried again once, however often it was put off meanwhile, and not after the end", () => {
    onTestFinished(fakeClocks());
    const putOffs = createPutOffs();
    let tried = 0;
    const again = () => {
      tried += 1;
      putOffs.add("o-1", again);
    };
    for (let time = 0; time < 20; time += 1) putOffs.add("o-1", again);
    vi.advanceTimersByTime(3_000);
    expect([tried, putOffs.has("o-1")]).toEqual([3, true]);
    putOffs.end();
    vi.advanceTimersByTime(3_000);
    expect([tried, vi.getTimerCount()]).toEqual([3, 0]);
  });
});

describe("whoever has asked the worker", () => {
  it("is told the answer, although its row cannot be removed", async () => {
    // What asks needs no more of requests.
    const requests = { ask: () => 1, readAnswer: () => ({ outcome: "done" }), remove: () => {} } as unknown as Requests;
    let writes = 0;
    const write = async <Result>(work: () => Result): Promise<Result> => {
      writes += 1;
      if (writes === 2) throw new ProcessError("STORE_UNAVAILABLE", "the disk is full");
      return work();
    };
    await askWorker(requests, { kind: "retry", deadLetterId: "d-1" }, write, () => undefined);
    expect(writes).toBe(2);
  });
});
