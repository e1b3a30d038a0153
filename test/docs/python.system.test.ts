import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { expect, test } from "vitest";
import { createProcessSystem } from "perdure";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { startProcess } from "../support/os-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { readBlocks, readPages } from "./markdown.ts";

const programs = readPages()
  .flatMap(readBlocks)
  .filter(({ language }) => language === "python");

test("a program in Python in the documentation writes an event that the worker takes", async ({ skip }) => {
  // Where there is none, the shell says so.
  const { code: found } = await startProcess("sh", ["-c", "python3 -c 'import sqlite3'"]).ended;
  skip(found !== 0, "there is no Python with sqlite3 here");
  expect(programs).toHaveLength(1);
  const folder = createTemporaryFolder();
  const path = join(folder, "shop.db");
  const database = new SqliteDatabase(path);
  database.exec("CREATE TABLE orders (id TEXT PRIMARY KEY, cents INTEGER NOT NULL)");
  database.close();
  const seen: unknown[] = [];
  const definitions = [defineLifecycle({ OrderPlaced: ({ event }) => void seen.push([event.aggregateId, event.payload]) })];
  await using system = await createProcessSystem({ definitions, store: { path } });
  await system.start();
  const { code, stderr } = await startProcess("python3", ["-c", programs[0]!.code], { cwd: folder }).ended;
  expect([code, stderr]).toEqual([0, ""]);
  await system.whenIdle();
  expect(seen).toEqual([["o-1", { cents: 4200 }]]);
});
