/**
 * The steps that bring a file of an older version to this version's schema. The first step is for files of version 1. A step that has been
 * published is never edited, because a file that has had the step does not get it again.
 */
export const upgrades: readonly string[] = [
  // The mailbox's key begins with the aggregate, so that it also serves look-ups that know the event alone. An index lists instances by
  // status, and counters count them.
  `
  CREATE TABLE mailbox_2 (
    aggregate_id    TEXT NOT NULL,
    process         TEXT NOT NULL,
    position        INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    process_id      TEXT,
    attempts        INTEGER NOT NULL DEFAULT 0,
    not_before      INTEGER,
    first_failed_at INTEGER,
    generation      INTEGER NOT NULL,
    drained         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (aggregate_id, process, position)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO mailbox_2 SELECT aggregate_id, process, position, kind, process_id, attempts, not_before, first_failed_at, generation, drained
    FROM mailbox;
  DROP TABLE mailbox;
  ALTER TABLE mailbox_2 RENAME TO mailbox;
  CREATE INDEX mailbox_retries ON mailbox (not_before) WHERE not_before IS NOT NULL;

  DROP INDEX instances_by_status;
  CREATE INDEX instances_by_status ON instances (status, number);
  INSERT INTO counters (name, value)
    SELECT 'instances' || char(10) || process || char(10) || status || char(10) || iif(ended_at IS NULL, 'open', 'ended') || char(10) || fingerprint,
      count(*)
    FROM instances GROUP BY process, status, ended_at IS NULL, fingerprint;
  `,
  // A command that has been tried keeps its turn until it is settled, whatever falls due before it meanwhile. The routes of the worker are
  // stored, and whether whoever accepted an event meant it to begin an instance, because their definitions may differ.
  `
  DROP INDEX commands_by_instance;
  CREATE INDEX commands_by_instance ON commands (process_id, attempts = 0, due_at, seq);

  CREATE TABLE routes (
    type    TEXT NOT NULL,
    process TEXT NOT NULL,
    starts  INTEGER NOT NULL,
    PRIMARY KEY (type, process)
  ) STRICT, WITHOUT ROWID;
  ALTER TABLE mailbox ADD COLUMN starts INTEGER NOT NULL DEFAULT 0;
  `,
  // The suspects are attempts that a worker marked before they began.
  `
  CREATE TABLE suspects (
    kind   TEXT NOT NULL,
    id     TEXT NOT NULL,
    number INTEGER NOT NULL,
    state  TEXT NOT NULL,
    deaths INTEGER NOT NULL,
    PRIMARY KEY (kind, id, number)
  ) STRICT, WITHOUT ROWID;
  `,
  // The tables get names with a prefix, because the file may be shared with others. The data stays where it is, while the indexes are made
  // anew, because SQLite cannot rename an index. Lanes find the commands that have been tried by an index of those alone.
  `
  DROP INDEX mailbox_retries;
  DROP INDEX instances_open;
  DROP INDEX instances_due;
  DROP INDEX instances_ended;
  DROP INDEX instances_by_status;
  DROP INDEX instances_by_aggregate;
  DROP INDEX commands_by_instance;
  DROP INDEX commands_due;
  DROP INDEX dead_letters_by_instance;
  DROP INDEX dead_letters_by_status;
  DROP INDEX dead_letters_to_hand_over;
  DROP INDEX journal_by_instance;
  DROP INDEX requests_open;

  ALTER TABLE events RENAME TO perdure_events;
  ALTER TABLE mailbox RENAME TO perdure_mailbox;
  ALTER TABLE instances RENAME TO perdure_instances;
  ALTER TABLE commands RENAME TO perdure_commands;
  ALTER TABLE dead_letters RENAME TO perdure_dead_letters;
  ALTER TABLE journal RENAME TO perdure_journal;
  ALTER TABLE lease RENAME TO perdure_lease;
  ALTER TABLE suspects RENAME TO perdure_suspects;
  ALTER TABLE requests RENAME TO perdure_requests;
  ALTER TABLE routes RENAME TO perdure_routes;
  ALTER TABLE counters RENAME TO perdure_counters;

  CREATE INDEX perdure_mailbox_retries ON perdure_mailbox (not_before) WHERE not_before IS NOT NULL;
  CREATE UNIQUE INDEX perdure_instances_open ON perdure_instances (process, aggregate_id) WHERE ended_at IS NULL;
  CREATE INDEX perdure_instances_due ON perdure_instances (due_at, process_id) WHERE status = 'started' AND due_at IS NOT NULL;
  CREATE INDEX perdure_instances_ended ON perdure_instances (ended_at) WHERE ended_at IS NOT NULL;
  CREATE INDEX perdure_instances_by_status ON perdure_instances (status, number);
  CREATE INDEX perdure_instances_by_aggregate ON perdure_instances (aggregate_id);
  CREATE INDEX perdure_commands_by_instance ON perdure_commands (process_id, due_at);
  CREATE INDEX perdure_commands_tried ON perdure_commands (process_id, due_at) WHERE attempts > 0;
  CREATE INDEX perdure_commands_due ON perdure_commands (run_at, seq) WHERE parked = 0;
  CREATE INDEX perdure_dead_letters_by_instance ON perdure_dead_letters (process_id);
  CREATE INDEX perdure_dead_letters_by_status ON perdure_dead_letters (status, number);
  CREATE INDEX perdure_dead_letters_to_hand_over ON perdure_dead_letters (number) WHERE handed_over = 0;
  CREATE INDEX perdure_journal_by_instance ON perdure_journal (process_id);
  CREATE INDEX perdure_requests_open ON perdure_requests (id) WHERE answer IS NULL;

  CREATE TABLE perdure_meta (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    application   TEXT NOT NULL,
    version       INTEGER NOT NULL,
    unkeyed_up_to INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  -- What was accepted until now keeps its identities, which do not hold the aggregate.
  INSERT INTO perdure_meta (id, application, version, unkeyed_up_to) SELECT 1, 'perdure', 5, coalesce(max(position), 0) FROM perdure_events;
  `,
  // What an instance remembers, how it was completed, and by which values of its context it is found.
  `
  ALTER TABLE perdure_instances ADD COLUMN context TEXT;
  ALTER TABLE perdure_instances ADD COLUMN outcome TEXT;
  CREATE INDEX perdure_instances_by_outcome ON perdure_instances (outcome, number) WHERE outcome IS NOT NULL;

  CREATE TABLE perdure_context_keys (
    process TEXT NOT NULL,
    key     TEXT NOT NULL,
    state   TEXT NOT NULL,
    reached INTEGER NOT NULL,
    PRIMARY KEY (process, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE perdure_context_index (
    process TEXT NOT NULL,
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    number  INTEGER NOT NULL,
    PRIMARY KEY (process, key, value, number)
  ) STRICT, WITHOUT ROWID;
  -- What waits under another key than its event's aggregate, and what waits for an instance that has not begun.
  ALTER TABLE perdure_mailbox ADD COLUMN kept_until INTEGER;
  ALTER TABLE perdure_mailbox ADD COLUMN correlated INTEGER;
  CREATE INDEX perdure_mailbox_kept ON perdure_mailbox (kept_until) WHERE kept_until IS NOT NULL;
  CREATE INDEX perdure_mailbox_correlated ON perdure_mailbox (position) WHERE correlated IS NOT NULL;
  ALTER TABLE perdure_routes ADD COLUMN correlated INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE perdure_routes ADD COLUMN keep_ms INTEGER;
  -- Of which version of its process an instance is, and the worker's definitions are.
  ALTER TABLE perdure_instances ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
  CREATE INDEX perdure_instances_versions ON perdure_instances (process, version) WHERE version > 1;
  ALTER TABLE perdure_routes ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
  `,
  // What an instance keeps of the chart of its process, whose timers are also rows, so that those that are due are found.
  `
  ALTER TABLE perdure_instances ADD COLUMN state TEXT;
  ALTER TABLE perdure_instances ADD COLUMN chart TEXT;
  CREATE INDEX perdure_instances_by_state ON perdure_instances (process, state, number) WHERE state IS NOT NULL;

  CREATE TABLE perdure_timers (
    id           TEXT PRIMARY KEY,
    process_id   TEXT NOT NULL,
    process      TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    due_at       INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX perdure_timers_due ON perdure_timers (due_at, id);
  ALTER TABLE perdure_commands ADD COLUMN invocation TEXT;
  -- By which value an instance without a context is found.
  ALTER TABLE perdure_context_keys ADD COLUMN initial TEXT;
  -- Which dead letter a request is for, so that one is found that is open for it already.
  ALTER TABLE perdure_requests ADD COLUMN dead_letter_id TEXT;
  UPDATE perdure_requests SET dead_letter_id = body ->> '$.deadLetterId';
  CREATE INDEX perdure_requests_by_letter ON perdure_requests (dead_letter_id) WHERE answer IS NULL AND dead_letter_id IS NOT NULL;
  `,
  // What operators ask may be for a dead letter, an instance or a command.
  `
  DROP INDEX perdure_requests_by_letter;
  ALTER TABLE perdure_requests RENAME COLUMN dead_letter_id TO target;
  CREATE INDEX perdure_requests_by_target ON perdure_requests (target) WHERE answer IS NULL AND target IS NOT NULL;
  -- Who has settled a dead letter.
  ALTER TABLE perdure_dead_letters ADD COLUMN settled_by TEXT;
  -- Commands have lanes of their own without a chart that invokes them, and names by which their instance takes them back.
  ALTER TABLE perdure_commands ADD COLUMN lane TEXT;
  ALTER TABLE perdure_commands ADD COLUMN key TEXT;
  UPDATE perdure_commands SET lane = 'own' WHERE invocation IS NOT NULL;
  CREATE INDEX perdure_commands_own_lanes ON perdure_commands (process_id, command_id) WHERE lane IS NOT NULL;

  -- What a worker has taken of schedules.
  CREATE TABLE perdure_schedules (
    schedule    TEXT PRIMARY KEY,
    cron        TEXT NOT NULL,
    time_zone   TEXT NOT NULL,
    missed      TEXT NOT NULL,
    taken_up_to INTEGER NOT NULL,
    due_at      INTEGER,
    removed_at  INTEGER,
    last_at     INTEGER,
    failed_at   INTEGER,
    problem     TEXT
  ) STRICT, WITHOUT ROWID;
  -- The payload that a letter was retried with, and the one that an entry has in place of its event's.
  ALTER TABLE perdure_dead_letters ADD COLUMN retried_with TEXT;
  ALTER TABLE perdure_mailbox ADD COLUMN payload TEXT;
  -- Commands from outside are recognised by their ids. The routes of the worker name policies, too.
  CREATE TABLE perdure_command_ids (
    command_id  TEXT PRIMARY KEY,
    due_at      INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX perdure_command_ids_accepted ON perdure_command_ids (accepted_at);
  ALTER TABLE perdure_routes ADD COLUMN policy INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE perdure_routes ADD COLUMN delay_ms INTEGER;
  -- Events that programs have written in transactions of their own.
  CREATE TABLE perdure_inbox (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id       TEXT DEFAULT (lower(hex(randomblob(16)))),
    type           TEXT,
    aggregate_id   TEXT,
    payload        TEXT,
    occurred_at,
    correlation_id TEXT,
    causation_id   TEXT
  );
  -- Instances that operators have told to wait, and failed ones that are discarded at a moment. What is suspended is not due.
  ALTER TABLE perdure_instances ADD COLUMN suspended TEXT;
  ALTER TABLE perdure_instances ADD COLUMN discard_at INTEGER;
  DROP INDEX perdure_instances_due;
  CREATE INDEX perdure_instances_due ON perdure_instances (due_at, process_id)
    WHERE status = 'started' AND due_at IS NOT NULL AND suspended IS NULL;
  CREATE INDEX perdure_instances_suspended ON perdure_instances (number) WHERE suspended IS NOT NULL;
  CREATE INDEX perdure_instances_discarded ON perdure_instances (discard_at, process_id) WHERE discard_at IS NOT NULL AND suspended IS NULL;
  `,
  // The spans in which events were accepted and commands were dispatched. Instances are found by process and status.
  `
  ALTER TABLE perdure_events ADD COLUMN traceparent TEXT;
  ALTER TABLE perdure_commands ADD COLUMN traceparent TEXT;
  ALTER TABLE perdure_inbox ADD COLUMN traceparent TEXT;
  DROP INDEX perdure_instances_by_status;
  CREATE INDEX perdure_instances_by_status ON perdure_instances (process, status, number);
  `,
  // Where the definitions of whoever has enqueued an event send it, because those of the worker may be older.
  `
  ALTER TABLE perdure_inbox ADD COLUMN routes TEXT;
  `,
];

/** The last version whose tables have no prefix. A file of this version or an older one says what it is in its header alone. */
export const LAST_WITHOUT_PREFIX = 4;
