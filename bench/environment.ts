import { arch, cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";

/** What the figures depend on. */
export interface Environment {
  readonly node: string;
  readonly sqlite: string;
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  /** Transactions of one small row each, durable before the next: what one synchronisation with the disk costs. */
  readonly bareTransactionsPerSecond: number;
}

const BARE_TRANSACTIONS = 1_000;

export function describeEnvironment(folder: string): Environment {
  const database = new SqliteDatabase(join(folder, "bare.db"));
  try {
    return {
      node: process.version,
      sqlite: database.prepare<[], string>("SELECT sqlite_version()").pluck().get()!,
      system: `${platform()} ${release()} ${arch()}`,
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 1e9),
      bareTransactionsPerSecond: Math.round(measureBareTransactions(database)),
    };
  } finally {
    database.close();
  }
}

function measureBareTransactions(database: SqliteDatabase.Database): number {
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec("CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT)");
  const insert = database.prepare<[string]>("INSERT INTO bare (text) VALUES (?)");
  const startedAt = performance.now();
  for (let index = 0; index < BARE_TRANSACTIONS; index += 1) insert.run(`row ${index}`);
  return (BARE_TRANSACTIONS / (performance.now() - startedAt)) * 1000;
}
