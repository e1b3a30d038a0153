import { createProcessSystem } from "perdure";
import { describe, expect, onTestFinished, test as it, vi } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { silentLogger } from "../support/silent-logger.ts";

const LIMIT_MS = 100;
const HOUR_MS = 3_600_000;

/** A system by the machine's clock whose handlers hang, and what sets that clock back. */
async function open() {
  const signals: AbortSignal[] = [];
  const hang = ({ signal }: { readonly signal: AbortSignal }) => {
    signals.push(signal);
    return new Promise<void>(() => {});
  };
  const system = await createProcessSystem({
    definitions: [defineLifecycle({ OrderPlaced: hang })],
    store: { path: ":memory:" },
    processes: { handlerTimeout: LIMIT_MS, retry: { maxRetries: 0 } },
    logger: silentLogger,
  });
  await system.start();
  onTestFinished(() => system.stop());
  const now = Date.now.bind(Date);
  const setBack = () => {
    const spy = vi.spyOn(Date, "now").mockImplementation(() => now() - HOUR_MS);
    onTestFinished(() => spy.mockRestore());
  };
  const place = (aggregateId: string) => system.dispatch({ type: "OrderPlaced", aggregateId });
  return { system, signals, setBack, place };
}

describe("a machine's clock that is set back while a handler hangs", () => {
  it("leaves the handler its time limit, and those that begin afterwards theirs", async () => {
    const { system, signals, setBack, place } = await open();
    await place("before");
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    setBack();
    await place("after");
    await vi.waitFor(async () => expect(await system.processes.find({ status: "failed" })).toHaveLength(2), { timeout: 20 * LIMIT_MS });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it("does not lengthen how long waitFor waits", async () => {
    const { system, setBack, place } = await open();
    await place("o-1");
    const wanted = system.processes.waitFor(
      { process: "order/order-lifecycle", aggregateId: "o-1" },
      { status: "completed", timeout: LIMIT_MS },
    );
    setBack();
    await expect(wanted).rejects.toMatchObject({ code: "WAIT_TIMEOUT" });
  });
});
