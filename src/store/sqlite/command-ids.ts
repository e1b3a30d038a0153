import type { Database } from "./driver/database.ts";
import type { CommandIdRecord, CommandIds } from "../command-ids.ts";

export function createCommandIds(database: Database): CommandIds {
  const add = database.prepare<[string, number, number]>(
    "INSERT INTO perdure_command_ids (command_id, due_at, accepted_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const get = database.prepare<[string], CommandIdRecord>(
    "SELECT command_id AS commandId, due_at AS dueAt, accepted_at AS acceptedAt FROM perdure_command_ids WHERE command_id = ?",
  );
  return {
    add: ({ commandId, dueAt, acceptedAt }) => add.run(commandId, dueAt, acceptedAt).changes > 0,
    get: (commandId) => get.get(commandId),
  };
}
