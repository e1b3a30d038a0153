import { fileURLToPath } from "node:url";
import SqliteDatabase from "better-sqlite3";
import { expect, test } from "vitest";
import { createGate } from "../../support/gate.ts";
import { startNode } from "../../support/os-process.ts";
import { within } from "../../support/patience.ts";
import { createDatabasePath } from "../../support/temporary-folder.ts";
import { createSeeded } from "../crash/seeded.ts";
import { checkEnd, checkShop } from "./check-shop.ts";

const kills = Number(process.env["PERDURE_KILLS"] ?? 5);
const seed = Number(process.env["PERDURE_SEED"] ?? Date.now() % 1_000_000);

const ORDERS = Math.max(60, kills * 4);
// A life takes seconds; a machine that others use as well may be slow.
const STUCK_MS = 300_000;

interface Message {
  readonly at: "up" | "done" | "error" | "log";
  readonly message?: string;
}

/** One life of a program: it is killed `afterMs` from when it is up, or ends by itself. Returns whether it had done everything. */
async function live(script: string, orders: object, afterMs: number | undefined): Promise<boolean> {
  const child = startNode<Message>([fileURLToPath(new URL(script, import.meta.url))], { talks: true });
  const said: Message[] = [];
  const up = createGate();
  child.listen((message) => {
    said.push(message);
    if (message.at === "up") up.open();
  });
  child.send(orders);
  if (afterMs !== undefined) {
    await within(Promise.race([up.opened, child.ended]), "a life to be up", STUCK_MS);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    child.signal("SIGKILL");
  }
  await within(child.ended, "a life to end", STUCK_MS).finally(() => child.kill());
  const problem = said.find(({ at }) => at === "error" || at === "log");
  if (problem !== undefined) throw new Error(`${script}: ${problem.message}`);
  return said.some(({ at }) => at === "done");
}

function look<Found>(path: string, find: (database: SqliteDatabase.Database) => Found): Found {
  const database = new SqliteDatabase(path);
  try {
    return find(database);
  } finally {
    database.close();
  }
}

test(`orders, effects, journal and inbox agree to the row over ${kills} kills of two programs`, { timeout: 0 }, async () => {
  const path = createDatabasePath();
  const { between, chance } = createSeeded(seed);
  let killed = 0;
  const noteKill = () => {
    killed += 1;
    if (killed % 100 === 0) console.log(`seed ${seed}: ${killed} kills`);
  };
  let isOver = false;
  // The other program writes as long as the shop works, and is killed as often as not.
  const writing = (async () => {
    while (!isOver) {
      if (look(path, (database) => database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'perdure_inbox'").get()) === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      const isDone = await live("writer.mjs", { path, orders: ORDERS }, killed < kills && chance(0.7) ? between(0, 300) : undefined);
      if (isDone) return;
      noteKill();
    }
  })();
  writing.catch(() => {});
  try {
    while (killed < kills) {
      if (!(await live("shop.mjs", { path, orders: ORDERS }, between(0, 100 * 2 ** between(0, 3))))) noteKill();
      expect(look(path, checkShop), `seed ${seed}`).toEqual([]);
    }
    await writing;
    expect(await live("shop.mjs", { path, orders: ORDERS }, undefined)).toBe(true);
  } finally {
    isOver = true;
    await writing.catch(() => {});
  }
  const said = look(path, (database) => [...checkShop(database), ...checkEnd(database, 2 * ORDERS)]);
  expect(said, `seed ${seed}`).toEqual([]);
});

test("the checker finds an effect that is committed by itself, before its command is settled", { timeout: 0 }, async () => {
  const path = createDatabasePath();
  const orders = { path, orders: 5, planted: "o-3" };
  expect(await live("shop.mjs", orders, undefined)).toBe(false);
  const early = look(path, checkShop);
  expect(early.join("\n")).toContain("an effect is without the settlement of its command: o-3");
  expect(early.join("\n")).toContain("a command is to be done whose effect is there");
  await live("shop.mjs", { ...orders, planted: "none" }, undefined);
  const late = look(path, checkShop).join("\n");
  expect(late).toContain("a command has more than one effect: o-3");
});
