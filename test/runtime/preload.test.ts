import { createProcessSystem, type ProcessSystem } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

const waiting = ["waiting-1", "waiting-2"];
const ended = ["ended-1", "ended-2"];
const open = ["open-1", "open-2"];
// So many that none of a list begins ahead.
const unknown = Array.from({ length: 16 }, (_, index) => `unknown-${index + 1}`);
const all = [...waiting, ...ended, ...open, ...unknown];
const of = (type: string, aggregateIds: readonly string[]) => aggregateIds.map((aggregateId) => ({ type, aggregateId }));

/** A worker on the file. Its handler of a payment fails where the payment is `waiting`. */
async function work(path: string): Promise<{ readonly system: ProcessSystem; readonly noted: string[] }> {
  const noted: string[] = [];
  const definition = defineLifecycle({
    OrderPlaced: () => {},
    PaymentReceived: ({ event }) => {
      if (waiting.includes(event.aggregateId)) throw new Error("not yet");
    },
    OrderNoted: ({ event }) => void noted.push(event.aggregateId),
  });
  const system = await createProcessSystem({
    definitions: [definition],
    store: { path },
    processes: { retry: { initialDelay: "1h" } },
    logger: silentLogger,
  });
  onTestFinished(() => system.stop({ timeout: 0 }));
  await system.start();
  return { system, noted };
}

// What a worker that has just begun does not remember is looked up for many events at once.
describe.each([
  ["in one list", (system: ProcessSystem, type: string) => system.dispatch(of(type, all))],
  ["in calls side by side", (system: ProcessSystem, type: string) => Promise.all(of(type, all).map((event) => system.dispatch(event)))],
])("a worker that has just begun, and is given many events %s", (_, dispatch) => {
  it("finds what is open, what has ended, and what waits behind a retry", async () => {
    const path = createDatabasePath();
    const before = await work(path);
    await before.system.dispatch(of("OrderPlaced", [...waiting, ...ended, ...open]));
    await before.system.dispatch([...of("PaymentReceived", waiting), ...of("OrderFulfilled", ended)]);
    await before.system.whenIdle();
    await before.system.stop();

    const { system, noted } = await work(path);
    // It trusts its memory once it has written.
    await system.dispatch(of("OrderPlaced", ["first"]));
    await dispatch(system, "OrderNoted");
    await system.whenIdle();
    expect(noted.toSorted()).toEqual(open);
    // The payments, and behind each of them what came now.
    expect((await system.lag()).waiting).toBe(4);

    await dispatch(system, "OrderPlaced");
    await system.whenIdle();
    const started = await system.processes.find({ status: "started", limit: 100 });
    expect(started.map(({ aggregateId }) => aggregateId).toSorted()).toEqual([...all, "first"].toSorted());
    await dispatch(system, "OrderNoted");
    await system.whenIdle();
    expect(noted.slice(open.length).toSorted()).toEqual([...ended, ...open, ...unknown].toSorted());
    expect(await system.processes.find({ limit: 100 })).toHaveLength(all.length + ended.length + 1);
  });
});
