import { upgrades } from "./upgrades.ts";

/** The version of `schema`. Files begin with version 1, and each upgrade makes the next one of it. */
export const SCHEMA_VERSION = upgrades.length + 1;

/**
 * The tables of a new file. Every name begins with `perdure_`, because the file may have other tables beside them. Whoever changes
 * something here adds the upgrade that makes the same change in an older file. A test compares the schemas that both ways lead to.
 */
export const schema = `
  CREATE TABLE perdure_meta (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    application   TEXT NOT NULL,
    version       INTEGER NOT NULL,
    unkeyed_up_to INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE perdure_events (
    position       INTEGER PRIMARY KEY,
    event_id       TEXT NOT NULL UNIQUE,
    type           TEXT NOT NULL,
    aggregate_id   TEXT NOT NULL,
    payload        TEXT NOT NULL,
    occurred_at    INTEGER NOT NULL,
    accepted_at    INTEGER NOT NULL,
    correlation_id TEXT,
    causation_id   TEXT,
    traceparent    TEXT
  ) STRICT;

  CREATE TABLE perdure_mailbox (
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
    starts          INTEGER NOT NULL DEFAULT 0,
    kept_until      INTEGER,
    correlated      INTEGER,
    payload         TEXT,
    PRIMARY KEY (aggregate_id, process, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX perdure_mailbox_retries ON perdure_mailbox (not_before) WHERE not_before IS NOT NULL;
  CREATE INDEX perdure_mailbox_kept ON perdure_mailbox (kept_until) WHERE kept_until IS NOT NULL;
  CREATE INDEX perdure_mailbox_correlated ON perdure_mailbox (position) WHERE correlated IS NOT NULL;

  CREATE TABLE perdure_instances (
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
    fingerprint  TEXT NOT NULL,
    context      TEXT,
    outcome      TEXT,
    version      INTEGER NOT NULL DEFAULT 1,
    state        TEXT,
    chart        TEXT,
    suspended    TEXT,
    discard_at   INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX perdure_instances_open ON perdure_instances (process, aggregate_id) WHERE ended_at IS NULL;
  CREATE INDEX perdure_instances_due ON perdure_instances (due_at, process_id)
    WHERE status = 'started' AND due_at IS NOT NULL AND suspended IS NULL;
  CREATE INDEX perdure_instances_ended ON perdure_instances (ended_at) WHERE ended_at IS NOT NULL;
  CREATE INDEX perdure_instances_by_status ON perdure_instances (process, status, number);
  CREATE INDEX perdure_instances_by_aggregate ON perdure_instances (aggregate_id);
  CREATE INDEX perdure_instances_by_outcome ON perdure_instances (outcome, number) WHERE outcome IS NOT NULL;
  CREATE INDEX perdure_instances_versions ON perdure_instances (process, version) WHERE version > 1;
  CREATE INDEX perdure_instances_by_state ON perdure_instances (process, state, number) WHERE state IS NOT NULL;
  CREATE INDEX perdure_instances_suspended ON perdure_instances (number) WHERE suspended IS NOT NULL;
  CREATE INDEX perdure_instances_discarded ON perdure_instances (discard_at, process_id) WHERE discard_at IS NOT NULL AND suspended IS NULL;

  CREATE TABLE perdure_timers (
    id           TEXT PRIMARY KEY,
    process_id   TEXT NOT NULL,
    process      TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    due_at       INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX perdure_timers_due ON perdure_timers (due_at, id);

  CREATE TABLE perdure_commands (
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
    parked          INTEGER NOT NULL DEFAULT 0,
    invocation      TEXT,
    lane            TEXT,
    key             TEXT,
    traceparent     TEXT
  ) STRICT;
  CREATE INDEX perdure_commands_by_instance ON perdure_commands (process_id, due_at);
  CREATE INDEX perdure_commands_tried ON perdure_commands (process_id, due_at) WHERE attempts > 0;
  CREATE INDEX perdure_commands_own_lanes ON perdure_commands (process_id, command_id) WHERE lane IS NOT NULL;
  CREATE INDEX perdure_commands_due ON perdure_commands (run_at, seq) WHERE parked = 0;

  CREATE TABLE perdure_command_ids (
    command_id  TEXT PRIMARY KEY,
    due_at      INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX perdure_command_ids_accepted ON perdure_command_ids (accepted_at);

  CREATE TABLE perdure_dead_letters (
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
    handed_over     INTEGER NOT NULL DEFAULT 0,
    settled_by      TEXT,
    retried_with    TEXT
  ) STRICT;
  CREATE INDEX perdure_dead_letters_by_instance ON perdure_dead_letters (process_id);
  CREATE INDEX perdure_dead_letters_by_status ON perdure_dead_letters (status, number);
  CREATE INDEX perdure_dead_letters_to_hand_over ON perdure_dead_letters (number) WHERE handed_over = 0;

  CREATE TABLE perdure_journal (
    seq        INTEGER PRIMARY KEY,
    process_id TEXT NOT NULL,
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    data       TEXT NOT NULL
  ) STRICT;
  CREATE INDEX perdure_journal_by_instance ON perdure_journal (process_id);

  CREATE TABLE perdure_lease (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    owner       TEXT NOT NULL,
    epoch       INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE perdure_suspects (
    kind   TEXT NOT NULL,
    id     TEXT NOT NULL,
    number INTEGER NOT NULL,
    state  TEXT NOT NULL,
    deaths INTEGER NOT NULL,
    PRIMARY KEY (kind, id, number)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE perdure_requests (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    body         TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    answer       TEXT,
    target       TEXT
  ) STRICT;
  CREATE INDEX perdure_requests_open ON perdure_requests (id) WHERE answer IS NULL;
  CREATE INDEX perdure_requests_by_target ON perdure_requests (target) WHERE answer IS NULL AND target IS NOT NULL;

  CREATE TABLE perdure_routes (
    type    TEXT NOT NULL,
    process TEXT NOT NULL,
    starts  INTEGER NOT NULL,
    correlated INTEGER NOT NULL DEFAULT 0,
    keep_ms INTEGER,
    version INTEGER NOT NULL DEFAULT 1,
    policy  INTEGER NOT NULL DEFAULT 0,
    delay_ms INTEGER,
    PRIMARY KEY (type, process)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE perdure_counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO perdure_counters (name, value) VALUES ('accepted', 0);

  -- Anybody may write here, so that the columns take whatever comes: what is wrong with it is said by whoever reads it.
  CREATE TABLE perdure_inbox (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id       TEXT DEFAULT (lower(hex(randomblob(16)))),
    type           TEXT,
    aggregate_id   TEXT,
    payload        TEXT,
    occurred_at,
    correlation_id TEXT,
    causation_id   TEXT,
    traceparent    TEXT,
    routes         TEXT
  );

  CREATE TABLE perdure_context_keys (
    process TEXT NOT NULL,
    key     TEXT NOT NULL,
    state   TEXT NOT NULL,
    reached INTEGER NOT NULL,
    initial TEXT,
    PRIMARY KEY (process, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE perdure_context_index (
    process TEXT NOT NULL,
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    number  INTEGER NOT NULL,
    PRIMARY KEY (process, key, value, number)
  ) STRICT, WITHOUT ROWID;

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
`;
