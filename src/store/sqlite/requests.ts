import type { Database } from "./driver/database.ts";
import { nameTarget } from "../intervention.ts";
import type { RequestAnswer, RequestBody, RequestRecord, Requests } from "../requests.ts";

export function createRequests(database: Database): Requests {
  const add = database.prepare<[string, number, string | null]>(
    "INSERT INTO perdure_requests (body, requested_at, target) VALUES (?, ?, ?)",
  );
  const takeOver = database
    .prepare<[number, string, string, number], number>(
      `UPDATE perdure_requests SET requested_at = ? WHERE id = (
        SELECT id FROM perdure_requests WHERE target = ? AND answer IS NULL AND body = ? AND requested_at <= ? ORDER BY id LIMIT 1)
      RETURNING id`,
    )
    .pluck();
  const open = database.prepare<[number], { id: number; requestedAt: number; body: string }>(
    "SELECT id, requested_at AS requestedAt, body FROM perdure_requests WHERE answer IS NULL ORDER BY id LIMIT ?",
  );
  const answer = database.prepare<[string, number]>("UPDATE perdure_requests SET answer = ? WHERE id = ?");
  const readAnswer = database.prepare<[number], string | null>("SELECT answer FROM perdure_requests WHERE id = ?").pluck();
  const remove = database.prepare<[number]>("DELETE FROM perdure_requests WHERE id = ?");
  const removeWakes = database.prepare<[]>("DELETE FROM perdure_requests WHERE answer IS NULL AND body ->> '$.kind' = 'wake'");
  const prune = database.prepare<[number]>("DELETE FROM perdure_requests WHERE answer IS NOT NULL AND requested_at < ?");

  const insert = (body: RequestBody, requestedAt: number) =>
    Number(add.run(JSON.stringify(body), requestedAt, body.kind === "wake" ? null : nameTarget(body)).lastInsertRowid);

  return {
    add: insert,
    ask: (body, requestedAt, before) =>
      takeOver.get(requestedAt, nameTarget(body), JSON.stringify(body), before) ?? insert(body, requestedAt),
    open: (limit) => open.all(limit).map(({ body, ...row }): RequestRecord => ({ ...row, body: JSON.parse(body) as RequestBody })),
    answer: (id, given) => {
      answer.run(JSON.stringify(given), id);
    },
    readAnswer: (id) => {
      const text = readAnswer.get(id);
      return text === undefined || text === null ? undefined : (JSON.parse(text) as RequestAnswer);
    },
    remove: (id) => {
      remove.run(id);
    },
    removeWakes: () => {
      removeWakes.run();
    },
    prune: (moment) => {
      prune.run(moment);
    },
  };
}
