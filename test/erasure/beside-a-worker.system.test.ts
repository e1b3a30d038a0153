import { join } from "node:path";
import { createProcessSystem, defineProcess, openDeadLetters, type ProcessSystemOptions } from "perdure";
import { expect, onTestFinished, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { SECRET } from "./customers.ts";

it("a client erases beside the worker, which hands the erased letters over to their file", async () => {
  const folder = createTemporaryFolder();
  const path = join(folder, "letters.db");
  const options: ProcessSystemOptions = {
    definitions: [
      defineProcess({
        aggregate: "order",
        name: "lifecycle",
        startedBy: ["OrderPlaced"],
        completedBy: [],
        timeout: "7d",
        on: {
          OrderPlaced: () => {
            throw new Error(`no mail to ${SECRET}`);
          },
        },
      }),
    ],
    store: { path: join(folder, "perdure.db") },
    logger: silentLogger,
  };
  const open = async (more: object) => {
    const system = await createProcessSystem({ ...options, ...more });
    onTestFinished(() => system.stop());
    await system.start();
    return system;
  };
  const worker = await open({ processes: { retry: { maxRetries: 0 }, dlq: { type: "sqlite", path } } });
  const client = await open({ role: "client" });
  const box = openDeadLetters(path);
  onTestFinished(() => box.close());

  await client.dispatch({ type: "OrderPlaced", aggregateId: "o-1", payload: { email: SECRET } });
  const [letter] = await until(
    () => box.list(),
    (letters) => letters.length === 1,
  );
  await client.deadLetters.discard(letter!.id, { reason: SECRET });
  const erased = await client.processes.erase({ aggregateId: "o-1", by: "ada" });
  expect(erased).toMatchObject({ instances: 1, events: 1, deadLetters: 1 });
  const inFile = await until(
    () => box.get(letter!.id),
    (found) => found?.error.message === "erased",
  );
  expect(inFile).toMatchObject({ status: "discarded", event: { payload: {} } });
  expect(JSON.stringify([inFile, await worker.deadLetters.list({ status: "any" })])).not.toContain(SECRET);

  // The worker goes on, and knows the event.
  expect(await worker.dispatch({ type: "OrderPlaced", aggregateId: "o-1" })).toMatchObject({ outcome: "accepted" });
  await until(
    () => worker.processes.find({ aggregateId: "o-1" }),
    (found) => found.length === 2,
  );
});
