import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, NonRetryableError, type ProcessSystemOptions } from "perdure";
import { expect, onTestFinished, test as it } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { until } from "../support/patience.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

it("a client that asks again for the same letter, which nobody has carried out, leaves one request", async () => {
  const path = createDatabasePath();
  let isBroken = true;
  const definition = defineLifecycle({
    OrderPlaced: () => {
      if (isBroken) throw new NonRetryableError("no");
    },
  });
  const open = async (options: Partial<ProcessSystemOptions> = {}) => {
    const system = await createProcessSystem({ definitions: [definition], store: { path }, logger: silentLogger, ...options });
    onTestFinished(() => system.stop({ timeout: 0 }));
    await system.start();
    return system;
  };
  const former = await open();
  await former.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  await former.whenIdle();
  const [letter] = await former.deadLetters.list();
  await former.stop();

  const database = new SqliteDatabase(path);
  onTestFinished(() => void database.close());
  const count = () => database.prepare<[], number>("SELECT count(*) FROM perdure_requests").pluck().get()!;
  for (let time = 0; time < 3; time += 1) {
    const client = await open({ role: "client" });
    const asked = client.deadLetters.retry(letter!.id).catch((error: unknown) => error);
    await until(
      () =>
        database
          .prepare<[number], number>("SELECT count(*) FROM perdure_requests WHERE requested_at > ?")
          .pluck()
          .get(Date.now() - 25_000)!,
      (found) => found === 1,
    );
    await client.stop();
    expect(await asked).toMatchObject({ code: "SYSTEM_STOPPED" });
    expect(count()).toBe(1);
    // As if a minute had passed, after which nobody waits for the answer any more.
    database.exec("UPDATE perdure_requests SET requested_at = requested_at - 60000");
  }

  isBroken = false;
  const worker = await open();
  await until(
    () => worker.deadLetters.get(letter!.id),
    (found) => found!.status === "retried",
  );
  await worker.whenIdle();
  expect((await worker.processes.find()).map(({ status }) => status)).toEqual(["started"]);
});
