import type { Database } from "./driver/database.ts";
import type { Counters } from "../counters.ts";

// The rows of a report in `perdure_counters`. They are replaced, and never added up, so they are kept out of the tally.
const WAITING = "awaiting limit\n";
const REST_DUE = "at rest but for limits\ndue";
const REST_ACCEPTED = "at rest but for limits\naccepted";

export function createLimitReports(database: Database): Pick<Counters, "reportLimits" | "limitReport"> {
  const clear = database.prepare<[]>(
    "DELETE FROM perdure_counters WHERE name LIKE 'awaiting limit%' OR name LIKE 'at rest but for limits%'",
  );
  const add = database.prepare<[string, number]>("INSERT INTO perdure_counters (name, value) VALUES (?, ?)");
  const read = database.prepare<[], { readonly name: string; readonly value: number }>(
    "SELECT name, value FROM perdure_counters WHERE name LIKE 'awaiting limit%' OR name LIKE 'at rest but for limits%' ORDER BY name",
  );

  return {
    reportLimits: (report) => {
      clear.run();
      if (report === undefined) return;
      for (const [type, count] of report.waiting) add.run(WAITING + type, count);
      if (report.rest === undefined) return;
      add.run(REST_DUE, report.rest.due);
      add.run(REST_ACCEPTED, report.rest.accepted);
    },
    limitReport: () => {
      const rows = new Map(read.all().map(({ name, value }) => [name, value]));
      if (rows.size === 0) return undefined;
      const waiting = new Map(
        [...rows].filter(([name]) => name.startsWith(WAITING)).map(([name, count]) => [name.slice(WAITING.length), count]),
      );
      const [due, accepted] = [rows.get(REST_DUE), rows.get(REST_ACCEPTED)];
      return { waiting, ...(due !== undefined && accepted !== undefined && { rest: { due, accepted } }) };
    },
  };
}
