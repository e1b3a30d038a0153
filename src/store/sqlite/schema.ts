/**
 * The steps from one version of the file to the next: the file's `user_version` counts how many it has had. A step that
 * has been published is never edited.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE events (
    position       INTEGER PRIMARY KEY,
    event_id       TEXT NOT NULL UNIQUE,
    type           TEXT NOT NULL,
    aggregate_id   TEXT NOT NULL,
    payload        TEXT NOT NULL,
    occurred_at    INTEGER NOT NULL,
    accepted_at    INTEGER NOT NULL,
    correlation_id TEXT,
    causation_id   TEXT
  ) STRICT;

  CREATE TABLE mailbox (
    process         TEXT NOT NULL,
    aggregate_id    TEXT NOT NULL,
    position        INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    process_id      TEXT,
    attempts        INTEGER NOT NULL DEFAULT 0,
    not_before      INTEGER,
    first_failed_at INTEGER,
    generation      INTEGER NOT NULL,
    drained         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (process, aggregate_id, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX mailbox_by_position ON mailbox (position);
  CREATE INDEX mailbox_retries ON mailbox (not_before) WHERE not_before IS NOT NULL;

  CREATE TABLE instances (
    number       INTEGER PRIMARY KEY,
    process_id   TEXT NOT NULL UNIQUE,
    process      TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    status       TEXT NOT NULL,
    started_at   INTEGER NOT NULL,
    ended_at     INTEGER,
    updated_at   INTEGER NOT NULL,
    due_at       INTEGER,
    revision     INTEGER NOT NULL,
    fingerprint  TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX instances_open ON instances (process, aggregate_id) WHERE ended_at IS NULL;
  CREATE INDEX instances_due ON instances (due_at, process_id) WHERE status = 'started' AND due_at IS NOT NULL;
  CREATE INDEX instances_ended ON instances (ended_at) WHERE ended_at IS NOT NULL;
  CREATE INDEX instances_by_status ON instances (status, process);
  CREATE INDEX instances_by_aggregate ON instances (aggregate_id);

  CREATE TABLE commands (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    command_id      TEXT NOT NULL,
    type            TEXT NOT NULL,
    aggregate_id    TEXT NOT NULL,
    payload         TEXT NOT NULL,
    process         TEXT NOT NULL,
    process_id      TEXT NOT NULL,
    instance_aggregate_id TEXT NOT NULL,
    correlation_id  TEXT NOT NULL,
    causation_id    TEXT NOT NULL,
    dispatched_at   INTEGER NOT NULL,
    due_at          INTEGER NOT NULL,
    run_at          INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    not_before      INTEGER,
    first_failed_at INTEGER,
    generation      INTEGER NOT NULL DEFAULT 0,
    origin          TEXT NOT NULL,
    parked          INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX commands_by_instance ON commands (process_id, due_at, seq);
  CREATE INDEX commands_due ON commands (run_at, seq) WHERE parked = 0;

  CREATE TABLE dead_letters (
    number          INTEGER PRIMARY KEY,
    dead_letter_id  TEXT NOT NULL UNIQUE,
    process         TEXT NOT NULL,
    aggregate_id    TEXT NOT NULL,
    process_id      TEXT NOT NULL,
    kind            TEXT NOT NULL,
    handler         TEXT NOT NULL,
    subject         TEXT NOT NULL,
    generation      INTEGER NOT NULL,
    blocks          INTEGER NOT NULL,
    error           TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    first_failed_at INTEGER NOT NULL,
    last_failed_at  INTEGER NOT NULL,
    status          TEXT NOT NULL,
    settled_at      INTEGER,
    reason          TEXT,
    handed_over     INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX dead_letters_by_instance ON dead_letters (process_id);
  CREATE INDEX dead_letters_by_status ON dead_letters (status, number);
  CREATE INDEX dead_letters_to_hand_over ON dead_letters (number) WHERE handed_over = 0;

  CREATE TABLE journal (
    seq        INTEGER PRIMARY KEY,
    process_id TEXT NOT NULL,
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    data       TEXT NOT NULL
  ) STRICT;
  CREATE INDEX journal_by_instance ON journal (process_id);

  CREATE TABLE lease (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    owner       TEXT NOT NULL,
    epoch       INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE requests (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    body         TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    answer       TEXT
  ) STRICT;
  CREATE INDEX requests_open ON requests (id) WHERE answer IS NULL;

  CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO counters (name, value) VALUES ('accepted', 0);
  `,
  // The mailbox begins with the aggregate, so that its key also serves those who know the event alone; instances are listed by
  // status from an index and counted without one.
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
  // A command that has been tried keeps its turn until it is settled, whatever falls due before it meanwhile. What the worker routes, and
  // whether those who accepted an event meant it to begin an instance, for times in which their definitions are other ones.
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
  // Attempts that a worker marked before they began.
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
];

/** Marks the file as Perdure's in its header (the `application_id` pragma): "PRDR" in ASCII. */
export const APPLICATION_ID = 0x50524452;
