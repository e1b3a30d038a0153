import type { Database } from "better-sqlite3";

interface Write {
  readonly run: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Writes whatever waits at the end of the event loop's turn in one transaction; promises resolve after it. */
export function createGroupCommit(database: Database): <Result>(write: () => Result) => Promise<Result> {
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  let queue: Write[] = [];

  const flush = () => {
    const group = queue;
    queue = [];
    try {
      begin.run();
      const results = group.map(({ run }) => run());
      commit.run();
      for (const [index, { resolve }] of group.entries()) resolve(results[index]);
    } catch (error) {
      if (database.inTransaction) database.exec("ROLLBACK");
      for (const { reject } of group) reject(error);
    }
  };

  return (write) =>
    new Promise((resolve, reject) => {
      // A promise's resolve takes what the write returns.
      queue.push({ run: write, resolve: resolve as (result: unknown) => void, reject });
      if (queue.length === 1) setImmediate(flush);
    });
}
