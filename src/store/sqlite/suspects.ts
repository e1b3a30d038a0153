import type { Database } from "./driver/database.ts";
import type { SuspectKey, SuspectRecord, Suspects } from "../suspects.ts";

export function createSuspects(database: Database): Suspects {
  const put = database.prepare<[SuspectRecord]>(`
    INSERT INTO perdure_suspects (kind, id, number, state, deaths) VALUES (@kind, @id, @number, @state, @deaths)
    ON CONFLICT (kind, id, number) DO UPDATE SET state = excluded.state, deaths = excluded.deaths`);
  const remove = database.prepare<[SuspectKey]>("DELETE FROM perdure_suspects WHERE kind = @kind AND id = @id AND number = @number");
  const all = database.prepare<[], SuspectRecord>("SELECT kind, id, number, state, deaths FROM perdure_suspects ORDER BY kind, id, number");

  return {
    put: (record) => {
      put.run(record);
    },
    remove: (key) => {
      remove.run(key);
    },
    all: () => all.all(),
  };
}
