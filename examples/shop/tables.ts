import type { Database } from "better-sqlite3";

/** Makes the shop's own tables, in the file that Perdure's tables are in as well. */
export function makeTables(database: Database): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS stock (item TEXT PRIMARY KEY, cents INTEGER NOT NULL, available INTEGER NOT NULL CHECK (available >= 0)) STRICT;
    INSERT INTO stock VALUES ('chair', 4900, 3), ('lamp', 1900, 1) ON CONFLICT DO NOTHING;

    CREATE TABLE IF NOT EXISTS orders (
      number INTEGER PRIMARY KEY,
      item   TEXT NOT NULL REFERENCES stock,
      cents  INTEGER NOT NULL,
      email  TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('placed', 'paid', 'shipped', 'cancelled', 'expired'))
    ) STRICT;

    -- Nothing but the transaction keeps an order from having two.
    CREATE TABLE IF NOT EXISTS shipments (order_number INTEGER NOT NULL REFERENCES orders, shipped_at TEXT NOT NULL) STRICT;

    CREATE TABLE IF NOT EXISTS reports (until TEXT NOT NULL, orders INTEGER NOT NULL, cents INTEGER NOT NULL) STRICT;
  `);
}
