import { join } from "node:path";
import { type CommandHandlerArgs, createProcessSystem, type ProcessSystem, type ProcessSystemOptions } from "perdure";
import { expect, onTestFinished, test as it } from "vitest";
import { Project } from "../cli/perdure.ts";
import { runHere } from "../cli/run-here.ts";
import SqliteDatabase from "better-sqlite3";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { createGate } from "../support/gate.ts";
import { until } from "../support/patience.ts";
import { pause } from "../support/pause.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

const placed = (count: number) => Array.from({ length: count }, () => ({ type: "OrderPlaced", aggregateId: crypto.randomUUID() }));
const slow = { type: "OrderPlaced", aggregateId: "slow" };

/** A worker on one file, and a client beside it. Of `work`, one an hour begins. The handler of `slow` waits at the gate. */
async function openBoth(path = createDatabasePath()) {
  const ran: string[] = [];
  const gate = createGate();
  const definition = defineLifecycle({
    OrderPlaced: async ({ event, commands }) => {
      if (event.aggregateId === slow.aggregateId) await gate.opened;
      else await commands["work"]!({ aggregateId: event.aggregateId });
    },
  });
  const open = async (options: Partial<ProcessSystemOptions>): Promise<ProcessSystem> => {
    const work = {
      handler: ({ command }: CommandHandlerArgs) => void ran.push(command.aggregateId),
      limits: { rate: "1/1h" },
    };
    const system = await createProcessSystem({
      definitions: [definition],
      commands: { work },
      store: { path },
      logger: silentLogger,
      ...options,
    });
    onTestFinished(() => system.stop({ timeout: 0 }));
    await system.start();
    return system;
  };
  return { path, ran, gate, worker: await open({}), client: await open({ role: "client" }), open };
}

it("a client's whenIdle does not wait for a limit of the worker's, and its lag tells what does", async () => {
  const { ran, client } = await openBoth();
  await client.dispatch(placed(3));
  await client.whenIdle();
  expect(ran).toHaveLength(1);
  const waits = { awaitingLimit: { work: 2 }, overdueCommands: 0, overdueTimers: 0, pendingCommands: 2 };
  expect(await client.lag()).toMatchObject(waits);
  // A report of before does not stand for what has been accepted since.
  await client.dispatch(placed(1));
  await client.whenIdle();
  expect(await client.processes.find({ status: "started" })).toHaveLength(4);
  expect(await client.lag()).toMatchObject({ ...waits, awaitingLimit: { work: 3 }, pendingCommands: 3 });
});

it("a client's whenIdle waits for what does not wait for a limit", async () => {
  const { gate, client } = await openBoth();
  await client.dispatch([...placed(3), slow]);
  let isIdle = false;
  const idle = client.whenIdle().then(() => void (isIdle = true));
  await until(
    () => client.lag(),
    ({ awaitingLimit }) => awaitingLimit["work"] === 2,
  );
  // Longer than from one look of a client to the next.
  await pause(150);
  expect(isIdle).toBe(false);
  gate.open();
  await idle;
  expect(await client.processes.find({ aggregateId: slow.aggregateId })).toMatchObject([{ status: "started" }]);
});

it("a report of before an event was accepted does not make a client idle, even if as much is due as then", async () => {
  const { path, gate, client } = await openBoth();
  await client.dispatch(placed(3));
  await client.whenIdle();
  const database = new SqliteDatabase(path);
  onTestFinished(() => void database.close());
  database.exec("DELETE FROM perdure_commands WHERE seq = (SELECT max(seq) FROM perdure_commands)");
  await client.dispatch(slow);
  const idle = client.whenIdle();
  gate.open();
  await idle;
  expect(await client.processes.find({ aggregateId: slow.aggregateId })).toMatchObject([{ status: "started" }]);
});

it("what waited for a limit is overdue once its worker has stopped, and the next worker counts anew", async () => {
  const { ran, worker, client, open } = await openBoth();
  await client.dispatch(placed(3));
  await client.whenIdle();
  await worker.stop();
  expect(await client.lag()).toMatchObject({ awaitingLimit: {}, overdueCommands: 2, overdueTimers: 2 });
  await open({});
  await client.whenIdle();
  expect(ran).toHaveLength(2);
  expect(await client.lag()).toMatchObject({ awaitingLimit: { work: 1 }, overdueCommands: 0 });
});

it("perdure stats and perdure doctor tell what waits for a limit, and do not count it as overdue", async () => {
  const project = new Project();
  const { client } = await openBoth(join(project.folder, "shop.db"));
  await client.dispatch(placed(3));
  await client.whenIdle();
  const { stdout: stats } = await runHere(project, ["stats"]);
  expect(stats).toContain("commands  2 pending, 0 overdue\nlimits    2 of work wait for a limit\n");
  expect(stats).toContain("0 timers overdue");
  expect((await runHere(project, ["doctor"])).stdout).toContain("0 timers overdue, 2 commands waiting for a limit");
});
