import SqliteDatabase from "better-sqlite3";
import { createProcessSystem } from "perdure";
import { expect, onTestFinished, test as it } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { pause } from "../support/pause.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

// A worker keeps in memory what it has written. Somebody with a SQLite shell may take a row away below it.
it.for([
  ["a command, while its handler runs", { transaction: false, inHandler: true }],
  ["a command, before its handler runs", { transaction: false, inHandler: false }],
  ["a transactional command, before its handler runs", { transaction: true, inHandler: false }],
] as const)("a worker gets on after somebody has removed the row of %s", async ([, { transaction, inHandler }]) => {
  const path = createDatabasePath();
  const removeFirst = () => {
    const database = new SqliteDatabase(path);
    database.exec(`DELETE FROM perdure_commands WHERE payload LIKE '%first%'`);
    database.close();
  };
  const ran: unknown[] = [];
  const handler = ({ command: { payload } }: { readonly command: { readonly payload: { readonly name?: unknown } } }) => {
    ran.push(payload.name);
    if (inHandler && payload.name === "first") removeFirst();
  };
  const definition = defineLifecycle({
    OrderPlaced: ({ commands }) => commands["work"]!({ aggregateId: "a", name: "first", delay: "300ms" }),
    OrderNoted: ({ commands }) => commands["work"]!({ aggregateId: "a", name: "second" }),
  });
  const system = await createProcessSystem({
    definitions: [definition],
    commands: { work: transaction ? { transaction: true, handler } : { handler } },
    store: { path },
    logger: silentLogger,
  });
  onTestFinished(() => system.stop({ timeout: 0 }));
  await system.start();
  await system.dispatch({ type: "OrderPlaced", aggregateId: "a" });
  await expect.poll(async () => (await system.lag()).pendingCommands).toBe(1);
  if (!inHandler) removeFirst();
  // Until the command would have been due.
  await pause(400);
  await system.dispatch({ type: "OrderNoted", aggregateId: "a" });
  await expect.poll(() => ran.at(-1)).toBe("second");
  await system.whenIdle();
  expect(ran.filter((name) => name === "first").length).toBeLessThanOrEqual(1);
  expect(await system.lag()).toMatchObject({ pendingCommands: 0, running: 0 });
});
