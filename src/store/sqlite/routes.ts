import type { Database } from "better-sqlite3";
import type { Routes } from "../routes.ts";

interface RouteRow {
  readonly type: string;
  readonly process: string;
  readonly starts: number;
  readonly version: number;
}

export function createRoutes(database: Database): Routes {
  const clear = database.prepare("DELETE FROM perdure_routes");
  const add = database.prepare<[string, string, number, number]>(
    "INSERT INTO perdure_routes (type, process, starts, version) VALUES (?, ?, ?, ?)",
  );
  const read = database.prepare<[], RouteRow>("SELECT type, process, starts, version FROM perdure_routes ORDER BY type, process");

  return {
    replace: (routes) => {
      clear.run();
      for (const { type, process, starts, version } of routes) add.run(type, process, starts ? 1 : 0, version);
    },
    read: () => read.all().map((row) => ({ ...row, starts: row.starts === 1 })),
  };
}
