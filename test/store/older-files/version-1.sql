-- The schema of version 1, which no commit of today's history writes any more, with its marks in the header.
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

PRAGMA application_id = 1347568722;
PRAGMA user_version = 1;
