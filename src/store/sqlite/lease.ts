import type { Database } from "./driver/database.ts";
import type { Lease, LeaseRecord } from "../lease.ts";
import { findForeignVersion } from "./foreign-version.ts";

export function createLease(database: Database): Lease {
  const read = database.prepare<[], LeaseRecord>(
    "SELECT owner, epoch, expires_at AS expiresAt, duration_ms AS durationMs FROM perdure_lease WHERE id = 1",
  );
  const write = database.prepare<[LeaseRecord]>(`
    INSERT INTO perdure_lease (id, owner, epoch, expires_at, duration_ms) VALUES (1, @owner, @epoch, @expiresAt, @durationMs)
    ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, epoch = excluded.epoch, expires_at = excluded.expires_at,
      duration_ms = excluded.duration_ms`);
  const prolong = database.prepare<[number, number]>("UPDATE perdure_lease SET expires_at = ? WHERE id = 1 AND epoch = ?");

  const foreign = findForeignVersion(database);
  return {
    // A worker reads it in every transaction.
    read: foreign.remember(() => read.get()),
    write: (lease) => {
      foreign.forget();
      write.run(lease);
    },
    prolong: (epoch, expiresAt) => {
      foreign.forget();
      return prolong.run(expiresAt, epoch).changes > 0;
    },
  };
}
