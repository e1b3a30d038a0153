import SqliteDatabase from "better-sqlite3";
import { ProcessError, type HandlerArgs, type ProcessSystem } from "perdure";
import type { Store } from "perdure/store";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { assembleSystem, type AssemblyPorts } from "../../src/system/create-process-system.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { createGate } from "../support/gate.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

const placed = (aggregateId: string, more: object = {}) => ({ type: "OrderPlaced", aggregateId, ...more });
const paid = (aggregateId: string, more: object = {}) => ({ type: "PaymentReceived", aggregateId, ...more });

/** Notes which events went into a mailbox, and how many transactions there were. */
function watch() {
  const noted = { mailbox: 0, transactions: 0, refuse: undefined as (() => Error | undefined) | undefined };
  const wrapStore = (store: Store): Store => ({
    ...store,
    mailbox: {
      ...store.mailbox,
      put: (entry) => {
        noted.mailbox += 1;
        store.mailbox.put(entry);
      },
    },
    transact: (work) => {
      const result = store.transact(() => {
        const done = work();
        const error = noted.refuse?.();
        if (error !== undefined) throw error;
        return done;
      });
      noted.transactions += 1;
      return result;
    },
  });
  return { noted, wrapStore };
}

/** A system whose handlers have both handled an event before. */
async function open(
  onPaid: (args: HandlerArgs) => unknown,
  ports: AssemblyPorts = {},
  path = createDatabasePath(),
): Promise<{ readonly system: ProcessSystem; readonly path: string; readonly executed: string[]; readonly said: string[] }> {
  const executed: string[] = [];
  const said: string[] = [];
  let isWarm = false;
  const { system } = await assembleSystem(
    {
      definitions: [
        defineLifecycle({
          OrderPlaced: () => {},
          PaymentReceived: async (args) => (isWarm ? void (await onPaid(args)) : undefined),
        }),
      ],
      commands: { ship: ({ command }) => void executed.push(command.aggregateId) },
      store: { path },
      processes: { retry: { maxRetries: 3, initialDelay: "1ms" } },
      logger: { warn: (message) => void said.push(message), error: (message) => void said.push(message) },
    },
    ports,
  );
  onTestFinished(() => system.stop({ timeout: 0 }));
  await system.start();
  await system.dispatch(placed("warm-up"));
  await system.dispatch(paid("warm-up"));
  await system.whenIdle();
  isWarm = true;
  return { system, path, executed, said };
}

const kindsOf = async (system: ProcessSystem, aggregateId: string) => {
  const [instance] = await system.processes.find({ process: "order/order-lifecycle", aggregateId });
  return (await system.processes.history(instance!.processId)).map(
    ({ kind, event }) => `${kind}${event === undefined ? "" : ` ${event.type}`}`,
  );
};

const second = (path: string): Store => {
  const store = openSqliteStore({ path, synchronous: "full" });
  onTestFinished(() => store.close());
  return store;
};

describe("a step that can begin while its event is being accepted", () => {
  it("is committed together with its event, which never waits in a mailbox, and its commands are executed", async () => {
    const { noted, wrapStore } = watch();
    const { system, executed, said } = await open(
      async ({ event, commands }) => void (await commands["ship"]!({ aggregateId: event.aggregateId })),
      {
        wrapStore,
      },
    );
    await system.dispatch(placed("o-1"));
    await system.whenIdle();
    noted.mailbox = 0;
    noted.transactions = 0;
    await expect(system.dispatch(paid("o-1"))).resolves.toMatchObject({ outcome: "accepted" });
    expect(noted).toMatchObject({ mailbox: 0, transactions: 1 });
    expect(await kindsOf(system, "o-1")).toEqual(["started OrderPlaced", "handled OrderPlaced", "handled PaymentReceived"]);
    await system.whenIdle();
    expect(executed).toEqual(["o-1"]);
    expect(await system.lag()).toMatchObject({ waiting: 0, accepted: 4, handled: 4 });
    // Nothing was forgotten that only a look at the store has found.
    expect(said).toEqual([]);
  });

  it("is not waited for: its event is accepted while its handler runs, and the handler runs once", async () => {
    const gate = createGate();
    let calls = 0;
    const { system } = await open(async () => {
      calls += 1;
      await gate.opened;
    });
    await system.dispatch(placed("o-1"));
    await expect(system.dispatch(paid("o-1"))).resolves.toMatchObject({ outcome: "accepted" });
    expect([calls, (await system.lag()).waiting]).toEqual([1, 1]);
    gate.open();
    await system.whenIdle();
    expect(calls).toBe(1);
    expect(await kindsOf(system, "o-1")).toEqual(["started OrderPlaced", "handled OrderPlaced", "handled PaymentReceived"]);
  });

  it("counts as a failed attempt if its handler throws, and is retried with the same key", async () => {
    const attempts: unknown[] = [];
    const { system } = await open(({ attempt, idempotencyKey }) => {
      attempts.push([attempt, idempotencyKey]);
      if (attempt < 3) throw new Error("not yet");
    });
    await system.dispatch(placed("o-1"));
    await expect(system.dispatch(paid("o-1"))).resolves.toMatchObject({ outcome: "accepted" });
    await system.whenIdle();
    await expect.poll(() => attempts.length).toBe(3);
    const [[, key]] = attempts as [[number, string]];
    expect(attempts).toEqual([1, 2, 3].map((attempt) => [attempt, key]));
    await system.whenIdle();
    expect((await kindsOf(system, "o-1")).slice(2)).toEqual(
      ["attempt_failed", "attempt_failed", "handled"].map((kind) => `${kind} PaymentReceived`),
    );
  });

  it("keeps the order of events for one instance, whether one call or several bring them", async () => {
    const handled: unknown[] = [];
    const { system } = await open(({ event }) => void handled.push((event.payload as { n: number }).n));
    await system.dispatch(placed("o-1"));
    await Promise.all([
      system.dispatch(paid("o-1", { payload: { n: 1 } })),
      system.dispatch(paid("o-1", { payload: { n: 2 } })),
      system.dispatch([paid("o-1", { payload: { n: 3 } }), paid("o-1", { payload: { n: 4 } })]),
    ]);
    await system.whenIdle();
    expect(handled).toEqual([1, 2, 3, 4]);
  });

  it("does not count if another OS process has brought an event of its instance first, which is handled first", async () => {
    const handled: unknown[] = [];
    let foreign: (() => void) | undefined;
    const { system, path } = await open(({ event }) => {
      handled.push((event.payload as { from: string }).from);
      if ((event.payload as { from: string }).from === "own") foreign?.();
    });
    await system.dispatch(placed("o-1"));
    await system.whenIdle();
    const other = second(path);
    foreign = () => {
      foreign = undefined;
      other.transact(() => {
        const at = { occurredAt: Date.now(), acceptedAt: Date.now(), correlationId: null, causationId: null };
        const position = other.events.append({
          eventId: "foreign",
          type: "PaymentReceived",
          aggregateId: "o-1",
          payload: '{"from":"foreign"}',
          ...at,
        })!;
        const entry = { kind: "event", processId: null, generation: 0, starts: false } as const;
        other.mailbox.put({ process: "order/order-lifecycle", aggregateId: "o-1", position, ...entry });
      });
    };
    // The first takes the position that is taken from under it, the second the one behind.
    const others = system.dispatch(paid("warm-up", { payload: { from: "others" } }));
    await expect(system.dispatch(paid("o-1", { payload: { from: "own" } }))).resolves.toMatchObject({ outcome: "accepted" });
    await others;
    await system.whenIdle();
    expect(handled.filter((from) => from !== "others")).toEqual(["own", "foreign", "own"]);
    expect((await kindsOf(system, "o-1")).filter((kind) => kind === "handled PaymentReceived")).toHaveLength(2);
  });

  it("does not count if its event could not be stored, and whoever dispatched the event is told", async () => {
    const { noted, wrapStore } = watch();
    let calls = 0;
    const { system, executed } = await open(
      async ({ commands }) => {
        calls += 1;
        await commands["ship"]!({ aggregateId: "o-1" });
      },
      { wrapStore },
    );
    await system.dispatch(placed("o-1"));
    await system.whenIdle();
    noted.refuse = () => new ProcessError("STORE_UNAVAILABLE", "the disk is full");
    await expect(system.dispatch(paid("o-1"))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    noted.refuse = undefined;
    await system.whenIdle();
    expect([calls, executed]).toEqual([1, []]);
    expect(await kindsOf(system, "o-1")).toEqual(["started OrderPlaced", "handled OrderPlaced"]);
    await system.dispatch(paid("o-1"));
    await system.whenIdle();
    expect(executed).toEqual(["o-1"]);
  });

  it("does not keep its event from being accepted if the store refuses what the step writes", async () => {
    let refusals = 2;
    const { system, executed } = await open(async ({ commands }) => void (await commands["ship"]!({ aggregateId: "o-1" })), {
      wrapStore: (store) => ({
        ...store,
        commands: {
          ...store.commands,
          add: (command) => {
            if (refusals === 0) return store.commands.add(command);
            refusals -= 1;
            throw new RangeError("string or blob too big");
          },
        },
      }),
    });
    await system.dispatch(placed("o-1"));
    await expect(system.dispatch(paid("o-1"))).resolves.toMatchObject({ outcome: "accepted" });
    await system.whenIdle();
    await expect.poll(() => executed).toEqual(["o-1"]);
  });

  it("is cut off by a stop, and its event, which was accepted, is handled after the next start", async () => {
    const gate = createGate();
    let calls = 0;
    const { system } = await open(async ({ signal }) => {
      calls += 1;
      if (calls > 1) return;
      await Promise.race([gate.opened, new Promise((resolve) => signal.addEventListener("abort", resolve))]);
    });
    await system.dispatch(placed("o-1"));
    await system.dispatch(paid("o-1"));
    await system.stop({ timeout: 0 });
    await system.start();
    await system.whenIdle();
    expect(calls).toBe(2);
    expect((await kindsOf(system, "o-1")).at(-1)).toBe("handled PaymentReceived");
  });
});

describe("a step begins after its event is stored", () => {
  it("if its handler has not been outlived since the start, or if a worker has died before", async () => {
    const path = createDatabasePath();
    const stored: boolean[] = [];
    let other: Store | undefined;
    const start = async (owner: string) => {
      const assembly = await assembleSystem(
        {
          definitions: [defineLifecycle({ OrderPlaced: ({ event }) => void stored.push(other!.events.has(event.eventId)) })],
          store: { path },
          logger: silentLogger,
        },
        { owner },
      );
      onTestFinished(() => assembly.system.stop({ timeout: 0 }));
      await assembly.system.start();
      other ??= second(path);
      return assembly;
    };
    const first = await start("one");
    const placeEach = async (system: ProcessSystem, ids: readonly string[]) => {
      for (const id of ids) {
        await system.dispatch(placed(id));
        await system.whenIdle();
      }
    };
    await placeEach(first.system, ["o-1", "o-2"]);
    expect(stored).toEqual([true, false]);
    first.halt();
    // Nobody waits for the lease of the dead to expire.
    const database = new SqliteDatabase(path);
    database.exec("UPDATE perdure_lease SET expires_at = 1");
    database.close();
    const next = await start("two");
    await placeEach(next.system, ["o-3", "o-4"]);
    expect(stored).toEqual([true, false, true, true]);
  });

  it("if whoever dispatches the event has given it an id, by which it can be repeated after a crash with the same idempotency key", async () => {
    const { noted, wrapStore } = watch();
    const { system } = await open(() => {}, { wrapStore });
    await system.dispatch(placed("o-1"));
    await system.whenIdle();
    noted.mailbox = 0;
    await system.dispatch(paid("o-1", { eventId: "e-1" }));
    await system.whenIdle();
    expect(noted.mailbox).toBe(1);
  });

  it("if it comes alone and something else is committed in that turn anyway", async () => {
    const { noted, wrapStore } = watch();
    const { system } = await open(({ event, commands }) => commands["ship"]!({ aggregateId: event.aggregateId }), { wrapStore });
    await system.dispatch(placed("o-1"));
    await system.whenIdle();
    await system.dispatch(paid("o-1"));
    noted.mailbox = 0;
    noted.transactions = 0;
    // The command that the payment has dispatched is settled in the commit that accepts this event.
    await system.dispatch(placed("o-2"));
    expect(noted).toMatchObject({ mailbox: 1, transactions: 1 });
    await system.whenIdle();
    expect(await kindsOf(system, "o-2")).toEqual(["started OrderPlaced", "handled OrderPlaced"]);
  });

  it("if somebody stands around each attempt", async () => {
    const { noted, wrapStore } = watch();
    const { system } = await open(() => {}, { wrapStore, around: [async (_, next) => void (await next())] });
    noted.mailbox = 0;
    await system.dispatch(placed("o-1"));
    await system.dispatch(paid("o-1"));
    await system.whenIdle();
    expect(noted.mailbox).toBe(2);
  });
});
