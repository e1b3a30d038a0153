/** The rows that Perdure keeps too, but for its mailbox, its lease and its dead letters. */
export const ceilingSchema = `
  CREATE TABLE events (
    position     INTEGER PRIMARY KEY,
    event_id     TEXT NOT NULL UNIQUE,
    type         TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    payload      TEXT NOT NULL,
    occurred_at  INTEGER NOT NULL,
    accepted_at  INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE instances (
    number       INTEGER PRIMARY KEY,
    process_id   TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    status       TEXT NOT NULL,
    started_at   INTEGER NOT NULL,
    ended_at     INTEGER,
    due_at       INTEGER,
    revision     INTEGER NOT NULL,
    context      TEXT
  ) STRICT;
  CREATE UNIQUE INDEX instances_open ON instances (aggregate_id) WHERE ended_at IS NULL;
  CREATE INDEX instances_due ON instances (due_at) WHERE status = 'started';

  CREATE TABLE commands (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    command_id   TEXT NOT NULL,
    type         TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    payload      TEXT NOT NULL,
    instance     INTEGER NOT NULL,
    due_at       INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX commands_due ON commands (due_at);

  CREATE TABLE journal (
    seq      INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    data     TEXT NOT NULL
  ) STRICT;
  CREATE INDEX journal_by_instance ON journal (instance);
`;
