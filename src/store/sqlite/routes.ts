import type { Database } from "./driver/database.ts";
import type { Routes } from "../routes.ts";

interface RouteRow {
  readonly type: string;
  readonly process: string;
  readonly starts: number;
  readonly correlated: number;
  readonly keepMs: number | null;
  readonly version: number;
  readonly policy: number;
  readonly delayMs: number | null;
}

export function createRoutes(database: Database): Routes {
  const clear = database.prepare("DELETE FROM perdure_routes");
  const add = database.prepare<[string, string, number, number, number | null, number, number, number | null]>(
    "INSERT INTO perdure_routes (type, process, starts, correlated, keep_ms, version, policy, delay_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const read = database.prepare<[], RouteRow>(
    "SELECT type, process, starts, correlated, keep_ms AS keepMs, version, policy, delay_ms AS delayMs FROM perdure_routes ORDER BY type, process",
  );

  return {
    replace: (routes) => {
      clear.run();
      for (const { type, process, starts, correlated, keepMs, version, policy, delayMs } of routes) {
        add.run(
          type,
          process,
          starts ? 1 : 0,
          correlated === true ? 1 : 0,
          keepMs ?? null,
          version,
          policy === true ? 1 : 0,
          delayMs ?? null,
        );
      }
    },
    read: () =>
      read.all().map(({ type, process, starts, correlated, keepMs, version, policy, delayMs }) => ({
        type,
        process,
        starts: starts === 1,
        version,
        ...(correlated === 1 && { correlated: true as const }),
        ...(keepMs !== null && { keepMs }),
        ...(policy === 1 && { policy: true as const }),
        ...(delayMs !== null && { delayMs }),
      })),
  };
}
