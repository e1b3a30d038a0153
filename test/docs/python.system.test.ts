import { spawnSync } from "node:child_process";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { expect, test } from "vitest";
import { createProcessSystem } from "perdure";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { readBlocks, readPages } from "./markdown.ts";

const hasPython = spawnSync("python3", ["-c", "import sqlite3"]).status === 0;
const programs = readPages()
  .flatMap(readBlocks)
  .filter(({ language }) => language === "python");

test.skipIf(!hasPython)("a program in Python in the documentation writes an event that the worker takes", async () => {
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
  const { status, stderr } = spawnSync("python3", ["-c", programs[0]!.code], { cwd: folder, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  await system.whenIdle();
  expect(seen).toEqual([["o-1", { cents: 4200 }]]);
});
