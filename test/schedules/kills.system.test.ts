import { fileURLToPath } from "node:url";
import SqliteDatabase from "better-sqlite3";
import { expect, test as it } from "vitest";
import { startNode } from "../support/os-process.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

/** `PERDURE_KILLS` asks for the long form. */
const isLong = process.env["PERDURE_KILLS"] !== undefined;
const kills = isLong ? 100 : 4;
const MINUTE = 60_000;

type Message = { readonly at: "handled"; readonly handled: number };

it(
  "each minute of a schedule gives its event once, while workers that compete for it are killed",
  { timeout: isLong ? 900_000 : 120_000 },
  async () => {
    const path = createDatabasePath();
    const begun = Date.now();
    const begin = () => {
      const worker = startNode<Message>([fileURLToPath(new URL("worker.mjs", import.meta.url))], { talks: true });
      worker.send({ path, begun });
      return worker;
    };
    const until = (worker: ReturnType<typeof begin>, count: number) =>
      worker.message(({ handled }) => handled >= count, `it had handled ${count}`);
    let standby = begin();
    for (let kill = 0; kill < kills; kill += 1) {
      const worker = standby;
      // The next one is begun only when this one works, because either could take the lease.
      await until(worker, 1);
      standby = begin();
      // Kills come at different places of a minute, because each worker is let handle another number of events.
      await until(worker, 3 + ((kill * 7) % 5));
      expect((await worker.kill()).signal).toBe("SIGKILL");
    }
    await until(standby, 8);
    standby.send({ kind: "stop" });
    await standby.ended;

    const database = new SqliteDatabase(path, { readonly: true });
    const momentsOf = (name: string) =>
      database
        .prepare<[string], string>("SELECT event_id FROM perdure_events WHERE aggregate_id = ? ORDER BY position")
        .pluck()
        .all(name)
        .map((id) => Date.parse(id.split("@")[1]!));
    const handledOf = (name: string) =>
      database
        .prepare<[string], number>(
          `SELECT count(*) FROM perdure_journal j JOIN perdure_instances i USING (process_id)
           WHERE i.aggregate_id = ? AND j.kind IN ('started', 'handled') AND j.data ->> '$.handler' IS NOT NULL`,
        )
        .pluck()
        .get(name)!;
    const each = momentsOf("each");
    const latest = momentsOf("latest");
    // None is lost, none comes twice, and they come in order.
    expect(each.map((moment, at) => moment - each[0]! - at * MINUTE)).toEqual(each.map(() => 0));
    expect(each.length).toBeGreaterThan(kills * 3);
    // Where only the last counts, there is no moment that the other did not have, and none twice.
    expect(latest).toEqual([...new Set(latest)].toSorted((a, b) => a - b));
    expect(latest.filter((moment) => !each.includes(moment))).toEqual([]);
    expect(latest.length).toBeLessThan(each.length);
    const waiting = database.prepare<[], number>("SELECT count(*) FROM perdure_mailbox").pluck().get()!;
    expect(handledOf("each") + handledOf("latest") + waiting).toBe(each.length + latest.length);
    database.close();
  },
);
