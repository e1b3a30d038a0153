import type { Database } from "./driver/database.ts";
import type { Instances } from "../instances.ts";

/** What is asked of the versions of instances. Those above the first have an index of their own, which `version > 1` lets SQLite take. */
export function createInstanceVersions(database: Database): Pick<Instances, "newestVersion" | "countNewer"> {
  const newestVersion = database
    .prepare<[string], number | null>("SELECT max(version) FROM perdure_instances WHERE process = ? AND version > 1")
    .pluck();
  const countNewer = database
    .prepare<[string, number], number>(
      "SELECT count(*) FROM perdure_instances WHERE process = ? AND version > 1 AND version > ? AND ended_at IS NULL",
    )
    .pluck();
  return {
    newestVersion: (process) => newestVersion.get(process) ?? 1,
    countNewer: (process, version) => countNewer.get(process, version)!,
  };
}
