import type { Database } from "better-sqlite3";
import type { Routes } from "../routes.ts";

interface RouteRow {
  readonly type: string;
  readonly process: string;
  readonly starts: number;
}

export function createRoutes(database: Database): Routes {
  const clear = database.prepare("DELETE FROM perdure_routes");
  const add = database.prepare<[string, string, number]>("INSERT INTO perdure_routes (type, process, starts) VALUES (?, ?, ?)");
  const read = database.prepare<[], RouteRow>("SELECT type, process, starts FROM perdure_routes ORDER BY type, process");

  return {
    replace: (routes) => {
      clear.run();
      for (const { type, process, starts } of routes) add.run(type, process, starts ? 1 : 0);
    },
    read: () => read.all().map((row) => ({ ...row, starts: row.starts === 1 })),
  };
}
