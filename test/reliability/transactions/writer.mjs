// Another program, which knows nothing of Perdure but its table: it writes orders with their events by SQL, until it is killed or all are written.
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { say, takeOrders } from "../../support/worker-side.mjs";

takeOrders(({ path, orders }) => {
  const run = async () => {
    const database = new Database(path);
    database.pragma("busy_timeout = 5000");
    const place = database.transaction((id) => {
      const { changes } = database.prepare("INSERT OR IGNORE INTO orders VALUES (?)").run(id);
      if (changes > 0) database.prepare("INSERT INTO perdure_inbox (type, aggregate_id, payload) VALUES ('OrderPlaced', ?, '{}')").run(id);
      if (id.startsWith("no-")) throw new Error("this order is not placed");
    });
    say({ at: "up" });
    for (let n = 0; n < orders; n += 1) {
      try {
        place.immediate(`no-sql-${n}`);
      } catch {
        // As it is meant to be.
      }
      place.immediate(`sql-${n}`);
      await sleep(1);
    }
    database.close();
    say({ at: "done" });
    process.disconnect();
  };
  run().catch((error) => {
    say({ at: "error", message: error.stack });
    process.exit(1);
  });
});
