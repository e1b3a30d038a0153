import { join } from "node:path";
import { createProcessSystem, defineProcess, openDeadLetters, type ProcessSystem } from "perdure";
import { expect, onTestFinished, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** A worker, and a client beside it, of a process that cannot correlate as long as `isBroken`; its dead letters have a file of their own. */
async function openBoth() {
  const folder = createTemporaryFolder();
  const dlq = join(folder, "letters.db");
  const state = { isBroken: true };
  const handled: string[] = [];
  const definition = defineProcess({
    aggregate: "order",
    name: "shipping",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderDelivered"],
    timeout: "7d",
    correlate: {
      PaymentSettled: () => {
        if (state.isBroken) throw new Error("no order");
        return "o-1";
      },
    },
    on: { PaymentSettled: ({ event, process }) => void handled.push(`${event.aggregateId} by ${process.aggregateId}`) },
  });
  const open = async (role: "worker" | "client"): Promise<ProcessSystem> => {
    const system = await createProcessSystem({
      definitions: [definition],
      role,
      store: { path: join(folder, "perdure.db") },
      logger: silentLogger,
      processes: { dlq: { type: "sqlite", path: dlq } },
    });
    onTestFinished(() => system.stop({ timeout: 0 }));
    await system.start();
    return system;
  };
  const systems = { worker: await open("worker"), client: await open("client") };
  const box = openDeadLetters(dlq);
  onTestFinished(() => box.close());
  await systems.worker.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  return { ...systems, box, state, handled };
}

const settled = { type: "PaymentSettled", aggregateId: "pay-1" };

it.each(["worker", "client"] as const)(
  "a correlation letter of the %s's comes into the letters' own file, and is retried from there",
  async (role) => {
    const given = await openBoth();
    await given[role].dispatch(settled);
    const [letter] = await until(
      () => given.box.list(),
      (letters) => letters.length === 1,
    );
    expect(letter).toMatchObject({ kind: "correlation", processId: "", process: "order/shipping", aggregateId: "pay-1" });
    expect(letter).toEqual((await given.worker.deadLetters.list())[0]);
    // One that fails again is settled as well, and leaves another.
    await given.box.retry(letter!.id);
    const [again] = await until(
      () => given.box.list(),
      (letters) => letters.length === 1 && letters[0]!.id !== letter!.id,
    );
    given.state.isBroken = false;
    await given.box.retry(again!.id);
    await until(
      async () => (await given.box.list()).length,
      (count) => count === 0,
    );
    await given.worker.whenIdle();
    expect(given.handled).toEqual(["pay-1 by o-1"]);
  },
);

it("a correlation letter is discarded from the letters' own file, with the reason", async () => {
  const { worker, box } = await openBoth();
  await worker.dispatch(settled);
  const [letter] = await until(
    () => box.list(),
    (letters) => letters.length === 1,
  );
  await box.discard(letter!.id, { reason: "known" });
  expect(await worker.deadLetters.get(letter!.id)).toMatchObject({ status: "discarded", reason: "known" });
  await until(
    () => box.get(letter!.id),
    (found) => found!.status === "discarded" && found!.reason === "known",
  );
});

it("a worker's overview counts the correlation letter of a client", async () => {
  const { worker, client } = await openBoth();
  await client.dispatch(settled);
  await until(
    () => worker.overview.getSnapshot().context.deadLetters,
    (count) => count === 1,
  );
});
