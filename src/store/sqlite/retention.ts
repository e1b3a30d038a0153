import { statSync } from "node:fs";
import type { Database } from "./driver/database.ts";
import { LANE_SEPARATOR, UNOWNED } from "../../definition/model/lane.ts";
import type { Retention } from "../retention.ts";
import { type Counted, countInstance } from "./instance-counts.ts";
import type { ContextIndexWriter, Remembering } from "./context-index.ts";
import { findOpenFiles } from "./open-files.ts";
import type { Tally } from "./tally.ts";

/** What `size` counts. Each has its own table. */
const COUNTED = ["events", "mailbox", "instances", "commands", "command_ids", "dead_letters", "journal", "requests", "inbox"];

// An instance may be removed when nothing names it that is still to be done, or that an operator still has to decide.
const SETTLED = `i.ended_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM perdure_commands c WHERE c.process_id = i.process_id)
  AND NOT EXISTS (SELECT 1 FROM perdure_dead_letters d WHERE d.process_id = i.process_id AND d.status = 'open')
  AND NOT EXISTS (SELECT 1 FROM perdure_mailbox m WHERE m.process = i.process AND m.aggregate_id = i.aggregate_id)`;

// Between these lie the lanes of commands from outside, whatever their aggregate is: "!" follows the separator.
const OUTSIDE = { from: `${UNOWNED}${LANE_SEPARATOR}`, to: `${UNOWNED}!` };

interface JournalCursor {
  readonly endedAt: number;
  readonly number: number;
}

const beginning: JournalCursor = { endedAt: Number.MIN_SAFE_INTEGER, number: 0 };

export function createRetention(database: Database, tally: Tally, contextIndex: Pick<ContextIndexWriter, "remove">): Retention {
  // Positions grow with the time of acceptance, so old events lie together at the beginning. The last event stays, because SQLite
  // would give its position to the next event.
  const pruneEvents = database.prepare<[number, number]>(`
    DELETE FROM perdure_events WHERE position IN (
      SELECT e.position FROM perdure_events e
      WHERE e.position < coalesce(
          (SELECT position FROM perdure_events WHERE accepted_at >= ? ORDER BY position LIMIT 1), (SELECT max(position) FROM perdure_events))
        AND NOT EXISTS (SELECT 1 FROM perdure_mailbox m WHERE m.aggregate_id = e.aggregate_id AND m.position = e.position)
        AND NOT EXISTS (
          SELECT 1 FROM perdure_mailbox k INDEXED BY perdure_mailbox_correlated WHERE k.correlated IS NOT NULL AND k.position = e.position)
        AND e.position NOT IN (
          SELECT coalesce(json_extract(d.subject, '$.position'), 0) FROM perdure_dead_letters d WHERE d.status = 'open' AND d.kind <> 'command')
      ORDER BY e.position LIMIT ?)`);
  const journalsToPrune = database.prepare<[number, number, number, number], JournalCursor & { processId: string }>(`
    SELECT i.process_id AS processId, i.ended_at AS endedAt, i.number FROM perdure_instances i INDEXED BY perdure_instances_ended
    WHERE (i.ended_at, i.number) > (?, ?) AND i.ended_at < ? AND ${SETTLED}
      AND EXISTS (SELECT 1 FROM perdure_journal j WHERE j.process_id = i.process_id)
    ORDER BY i.ended_at, i.number LIMIT ?`);
  // How far this pass has come, so that not each of its steps looks at the instances without a journal.
  let journalsPrunedTo = beginning;
  const endedInstances = database.prepare<[number, number], Counted & Remembering>(`
    SELECT i.process_id AS processId, i.process, i.status, i.ended_at AS endedAt, i.fingerprint, i.context
    FROM perdure_instances i INDEXED BY perdure_instances_ended WHERE i.ended_at < ? AND ${SETTLED} ORDER BY i.ended_at LIMIT ?`);
  const prepareRemoval = (name: string) => database.prepare<[string]>(`DELETE FROM perdure_${name} WHERE process_id = ?`);
  const removeJournal = prepareRemoval("journal");
  const removeAll = [removeJournal, prepareRemoval("dead_letters"), prepareRemoval("instances")];

  // A command from outside that waits although it was due so long ago is overdue, or has been tried, or an operator has to decide about it. Each is
  // rare and has an index.
  const pruneCommandIds = database.prepare<[{ deduplication: number; limit: number } & typeof OUTSIDE]>(`
    DELETE FROM perdure_command_ids WHERE command_id IN (
      SELECT command_id FROM perdure_command_ids INDEXED BY perdure_command_ids_accepted
      WHERE accepted_at < @deduplication AND due_at < @deduplication
        AND command_id NOT IN (
          SELECT c.command_id FROM perdure_commands c INDEXED BY perdure_commands_due WHERE c.parked = 0 AND c.run_at < @deduplication)
        AND command_id NOT IN (
          SELECT t.command_id FROM perdure_commands t INDEXED BY perdure_commands_tried
          WHERE t.attempts > 0 AND t.process_id >= @from AND t.process_id < @to)
        AND command_id NOT IN (
          SELECT coalesce(json_extract(d.subject, '$.commandId'), '') FROM perdure_dead_letters d INDEXED BY perdure_dead_letters_by_status
          WHERE d.status = 'open' AND d.kind = 'command' AND d.process = '')
      ORDER BY accepted_at LIMIT @limit)`);

  // A letter of `correlate`, of a policy or of a command from outside belongs to no instance with which it could be removed.
  const removeUnowned = database.prepare<[number, number]>(`
    DELETE FROM perdure_dead_letters WHERE number IN (
      SELECT number FROM perdure_dead_letters WHERE process_id = '' AND status <> 'open' AND settled_at < ? LIMIT ?)`);

  // SQLite would give the number of the last journal entry to the next entry. A row of no instance keeps it until there is a later entry.
  const lastSeq = database.prepare<[], number | null>("SELECT max(seq) FROM perdure_journal").pluck();
  const keepNumber = database.prepare<[number]>(
    "INSERT INTO perdure_journal (seq, process_id, at, kind, data) VALUES (?, '', 0, 'pruned', '{}')",
  );
  const letNumbersGo = database.prepare<[]>(
    "DELETE FROM perdure_journal WHERE process_id = '' AND seq < (SELECT max(seq) FROM perdure_journal)",
  );

  const pruneSchedules = database.prepare<[number]>("DELETE FROM perdure_schedules WHERE removed_at < ?");

  return {
    prune: ({ deduplication, journal, ended }, limit) => {
      const last = lastSeq.get();
      const events = pruneEvents.run(deduplication, limit).changes;
      const commandIds = pruneCommandIds.run({ deduplication, limit, ...OUTSIDE }).changes;
      const instances = endedInstances.all(ended, limit);
      for (const instance of instances) {
        contextIndex.remove(instance);
        for (const remove of removeAll) remove.run(instance.processId);
        countInstance(tally, instance, -1);
      }
      const letters = removeUnowned.run(ended, limit).changes;
      const journals = journalsToPrune.all(journalsPrunedTo.endedAt, journalsPrunedTo.number, journal, limit);
      for (const { processId } of journals) removeJournal.run(processId);
      if (typeof last === "number" && lastSeq.get() !== last) keepNumber.run(last);
      letNumbersGo.run();
      // As long as the identities of its events are known, a schedule that was removed can come back and give none twice.
      pruneSchedules.run(deduplication);
      // The next pass begins anew, because what was not settled in this pass may be settled by then.
      journalsPrunedTo = journals.at(-1) ?? beginning;
      return events + commandIds + instances.length + letters + journals.length;
    },
    size: () => ({
      bytes: measureBytes(database),
      rows: Object.fromEntries(
        COUNTED.map((name) => [name, database.prepare<[], number>(`SELECT count(*) FROM perdure_${name}`).pluck().get()!]),
      ),
    }),
  };
}

function measureBytes(database: Database): number {
  const { path } = findOpenFiles(database);
  if (path !== undefined) {
    return ["", "-wal"].reduce((sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0), 0);
  }
  return (database.pragma("page_count", { simple: true }) as number) * (database.pragma("page_size", { simple: true }) as number);
}
