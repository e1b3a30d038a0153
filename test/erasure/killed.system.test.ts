import { fileURLToPath } from "node:url";
import SqliteDatabase from "better-sqlite3";
import { defineProcess, type ProcessSystem } from "perdure";
import { expect, test as it } from "vitest";
import { startNode } from "../support/os-process.ts";
import { openTestSystem } from "../support/order-process.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { countSecrets, SECRET } from "./customers.ts";

const eraser = fileURLToPath(new URL("eraser.mjs", import.meta.url));

const order = defineProcess({
  aggregate: "order",
  name: "lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
  context: { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value: value as { readonly note?: string } }) } },
  on: { OrderPlaced: ({ event }) => event.payload as { readonly note: string } },
});

const ids = Array.from({ length: 60 }, (_, number) => `o-${number}`);
const KILLS = 2;

it(`an aggregate is erased as a whole or not at all, over ${KILLS} kills`, { timeout: 60_000 }, async () => {
  const path = createDatabasePath();
  const test = await openTestSystem({ definitions: [order], store: { path } });
  for (const type of ["OrderPlaced", "OrderFulfilled"])
    await test.dispatch(ids.map((aggregateId) => ({ type, aggregateId, payload: { note: SECRET } })));
  await test.stop();

  let left: readonly string[] = ids;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const running = startNode([eraser, path, ...left]);
    // It is somewhere in the erasure of this one, or in the next.
    await running.line("stdout", new RegExp(`^${left[5]!}$`));
    await running.kill();
    const erased = readErased(path);
    expect(erased.length).toBeGreaterThan(ids.length - left.length);
    left = ids.filter((id) => !erased.includes(id));
  }
  expect(left.length).toBeGreaterThan(0);
  await startNode([eraser, path, ...left]).ended;
  expect(readErased(path)).toHaveLength(ids.length);

  const again = await openTestSystem({ definitions: [order], store: { path } });
  await vacuum(again.system);
  await again.stop();
  expect(countSecrets(path)).toBe(0);
});

const vacuum = (system: ProcessSystem) => system.processes.erase({ aggregateId: "o-0", vacuum: true });

/** The aggregates that are erased. What is left of each other one is all that there was. */
function readErased(path: string): readonly string[] {
  const database = new SqliteDatabase(path, { readonly: true });
  try {
    expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
    // Two payloads, a context, and the entry of the journal that has it.
    const rows = database
      .prepare<[object], { id: string; secrets: number; erasures: number }>(
        `SELECT i.aggregate_id AS id,
          (SELECT count(*) FROM perdure_events e WHERE e.aggregate_id = i.aggregate_id AND instr(e.payload, @secret) > 0)
            + coalesce(instr(i.context, @secret) > 0, 0)
            + (SELECT count(*) FROM perdure_journal j WHERE j.process_id = i.process_id AND instr(j.data, @secret) > 0) AS secrets,
          (SELECT count(*) FROM perdure_journal j WHERE j.process_id = i.process_id AND j.kind = 'erased') AS erasures
        FROM perdure_instances i`,
      )
      .all({ secret: SECRET });
    expect(rows.filter(({ secrets, erasures }) => !(secrets === 4 && erasures === 0) && !(secrets === 0 && erasures === 1))).toEqual([]);
    return rows.filter(({ secrets }) => secrets === 0).map(({ id }) => id);
  } finally {
    database.close();
  }
}
