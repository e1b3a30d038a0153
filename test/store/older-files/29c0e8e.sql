-- Written by commit 29c0e8e, with make.ts.
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
CREATE TABLE journal (
    seq        INTEGER PRIMARY KEY,
    process_id TEXT NOT NULL,
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    data       TEXT NOT NULL
  ) STRICT;
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
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
CREATE TABLE "mailbox" (
    aggregate_id    TEXT NOT NULL,
    process         TEXT NOT NULL,
    position        INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    process_id      TEXT,
    attempts        INTEGER NOT NULL DEFAULT 0,
    not_before      INTEGER,
    first_failed_at INTEGER,
    generation      INTEGER NOT NULL,
    drained         INTEGER NOT NULL DEFAULT 0, starts INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (aggregate_id, process, position)
  ) STRICT, WITHOUT ROWID;
CREATE TABLE routes (
    type    TEXT NOT NULL,
    process TEXT NOT NULL,
    starts  INTEGER NOT NULL,
    PRIMARY KEY (type, process)
  ) STRICT, WITHOUT ROWID;
CREATE TABLE suspects (
    kind   TEXT NOT NULL,
    id     TEXT NOT NULL,
    number INTEGER NOT NULL,
    state  TEXT NOT NULL,
    deaths INTEGER NOT NULL,
    PRIMARY KEY (kind, id, number)
  ) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX instances_open ON instances (process, aggregate_id) WHERE ended_at IS NULL;
CREATE INDEX instances_due ON instances (due_at, process_id) WHERE status = 'started' AND due_at IS NOT NULL;
CREATE INDEX instances_ended ON instances (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX instances_by_aggregate ON instances (aggregate_id);
CREATE INDEX commands_due ON commands (run_at, seq) WHERE parked = 0;
CREATE INDEX dead_letters_by_instance ON dead_letters (process_id);
CREATE INDEX dead_letters_by_status ON dead_letters (status, number);
CREATE INDEX dead_letters_to_hand_over ON dead_letters (number) WHERE handed_over = 0;
CREATE INDEX journal_by_instance ON journal (process_id);
CREATE INDEX requests_open ON requests (id) WHERE answer IS NULL;
CREATE INDEX mailbox_retries ON mailbox (not_before) WHERE not_before IS NOT NULL;
CREATE INDEX instances_by_status ON instances (status, number);
CREATE INDEX commands_by_instance ON commands (process_id, attempts = 0, due_at, seq);
INSERT INTO events VALUES (1, 'o-late-placed', 'OrderPlaced', 'o-late', '{}', 1767054600000, 1767225600000, NULL, NULL);
INSERT INTO events VALUES (2, 'o-open-placed', 'OrderPlaced', 'o-open', '{}', 1767225600000, 1767225600000, NULL, NULL);
INSERT INTO events VALUES (3, 'o-done-placed', 'OrderPlaced', 'o-done', '{}', 1767225600000, 1767225600000, NULL, NULL);
INSERT INTO events VALUES (4, 'o-parked-placed', 'OrderPlaced', 'o-parked', '{}', 1767225600000, 1767225600000, NULL, NULL);
INSERT INTO events VALUES (5, 'o-dropped-placed', 'OrderPlaced', 'o-dropped', '{}', 1767225600000, 1767225600000, NULL, NULL);
INSERT INTO events VALUES (6, 'o-again-placed', 'OrderPlaced', 'o-again', '{}', 1767225600000, 1767225600000, NULL, NULL);
INSERT INTO events VALUES (7, 'o-waiting-placed', 'OrderPlaced', 'o-waiting', '{}', 1767225600000, 1767225600000, NULL, NULL);
INSERT INTO events VALUES (8, 'o-done-fulfilled', 'OrderFulfilled', 'o-done', '{}', 1767225600000, 1767225600000, NULL, NULL);
INSERT INTO events VALUES (9, 'o-parked-paid', 'PaymentReceived', 'o-parked', '{}', 1767225600000, 1767225600000, NULL, NULL);
INSERT INTO events VALUES (10, '11d380ba-6135-897f-a564-3aca8f30c098', 'OrderLifecycleFailed', 'o-parked', '{"processId":"019b76da-a800-8004-acbf-c2631d994a07","startedAt":1767225600000,"timeout":"48h","failedEvent":{"eventId":"o-parked-paid","type":"PaymentReceived","aggregateId":"o-parked","payload":{},"occurredAt":1767225600000},"error":{"name":"Error","message":"PaymentReceived o-parked is broken","stack":"Error: PaymentReceived o-parked is broken"},"attempts":3,"deadLetterId":"00000000-0000-7000-8000-000000000001"}', 1767225602000, 1767225602000, 'o-parked-paid', 'o-parked-paid');
INSERT INTO events VALUES (11, 'o-parked-fulfilled', 'OrderFulfilled', 'o-parked', '{}', 1767225603000, 1767225603000, NULL, NULL);
INSERT INTO events VALUES (12, 'o-dropped-paid', 'PaymentReceived', 'o-dropped', '{}', 1767225603000, 1767225603000, NULL, NULL);
INSERT INTO events VALUES (13, '5589b584-a655-8b0c-ad87-883a966ea11d', 'OrderLifecycleFailed', 'o-dropped', '{"processId":"019b76da-a800-8005-aea7-5905d4fde2ef","startedAt":1767225600000,"timeout":"48h","failedEvent":{"eventId":"o-dropped-paid","type":"PaymentReceived","aggregateId":"o-dropped","payload":{},"occurredAt":1767225603000},"error":{"name":"Error","message":"PaymentReceived o-dropped is broken","stack":"Error: PaymentReceived o-dropped is broken"},"attempts":3,"deadLetterId":"00000000-0000-7000-8000-000000000002"}', 1767225605000, 1767225605000, 'o-dropped-paid', 'o-dropped-paid');
INSERT INTO events VALUES (14, 'o-dropped-fulfilled', 'OrderFulfilled', 'o-dropped', '{}', 1767225606000, 1767225606000, NULL, NULL);
INSERT INTO events VALUES (15, 'o-again-paid', 'PaymentReceived', 'o-again', '{}', 1767225606000, 1767225606000, NULL, NULL);
INSERT INTO events VALUES (16, '11d35cbc-48c6-8a3b-a781-0a7333db0b34', 'OrderLifecycleFailed', 'o-again', '{"processId":"019b76da-a800-8006-a6ea-d3e5fb2d3939","startedAt":1767225600000,"timeout":"48h","failedEvent":{"eventId":"o-again-paid","type":"PaymentReceived","aggregateId":"o-again","payload":{},"occurredAt":1767225606000},"error":{"name":"Error","message":"PaymentReceived o-again is broken","stack":"Error: PaymentReceived o-again is broken"},"attempts":3,"deadLetterId":"00000000-0000-7000-8000-000000000003"}', 1767225608000, 1767225608000, 'o-again-paid', 'o-again-paid');
INSERT INTO events VALUES (17, 'o-again-fulfilled', 'OrderFulfilled', 'o-again', '{}', 1767225609000, 1767225609000, NULL, NULL);
INSERT INTO events VALUES (18, '1d4e54bf-c77e-8028-af9d-e2ec6571a647', 'OrderLifecycleTimedOut', 'o-late', '{"processId":"019b76da-a800-8001-a1b5-89a713a57b62","startedAt":1767054600000,"timeout":"48h"}', 1767227400000, 1767227400000, NULL, NULL);
INSERT INTO events VALUES (19, 'o-unmailed-placed', 'OrderPlaced', 'o-unmailed', '{}', 1767229199500, 1767229199500, NULL, NULL);
INSERT INTO events VALUES (20, 'b1db6cdc-81eb-8bba-a814-92d4ded6e150', 'OrderLifecycleFailed', 'o-unmailed', '{"processId":"019b7711-948c-8013-a259-cde03ff6b434","startedAt":1767229199500,"timeout":"48h","failedCommand":{"commandId":"b3ae804e-2f7f-8b2b-a0a4-355c0956a9df","type":"sendWelcomeEmail","aggregateId":"o-unmailed","payload":{},"dueAt":1767229199500},"error":{"name":"Error","message":"sendWelcomeEmail fails, because the test says so","stack":"Error: sendWelcomeEmail fails, because the test says so"},"attempts":3,"deadLetterId":"00000000-0000-7000-8000-000000000004"}', 1767229201500, 1767229201500, 'o-unmailed-placed', 'b3ae804e-2f7f-8b2b-a0a4-355c0956a9df');
INSERT INTO events VALUES (21, 'o-mailed-late-placed', 'OrderPlaced', 'o-mailed-late', '{}', 1767229201500, 1767229201500, NULL, NULL);
INSERT INTO events VALUES (22, 'o-waiting-paid', 'PaymentReceived', 'o-waiting', '{}', 1767229201500, 1767229201500, NULL, NULL);
INSERT INTO events VALUES (23, 'o-waiting-fulfilled', 'OrderFulfilled', 'o-waiting', '{}', 1767229201500, 1767229201500, NULL, NULL);
INSERT INTO events VALUES (24, 'o-accepted-placed', 'OrderPlaced', 'o-accepted', '{}', 1767229202500, 1795969786188, NULL, NULL);
INSERT INTO events VALUES (25, 'o-accepted-paid', 'PaymentReceived', 'o-accepted', '{}', 1767229202500, 1795969786188, NULL, NULL);
INSERT INTO instances VALUES (1, '019b76da-a800-8001-a1b5-89a713a57b62', 'order/order-lifecycle', 'o-late', 'timed_out', 1767054600000, 1767227400000, 1767227400000, NULL, 3, '523d1ae8e9767f21');
INSERT INTO instances VALUES (2, '019b76da-a800-8002-a80e-c118dbc1eb8a', 'order/order-lifecycle', 'o-open', 'started', 1767225600000, NULL, 1767225600000, 1767398400000, 1, '523d1ae8e9767f21');
INSERT INTO instances VALUES (3, '019b76da-a800-8003-a9df-691311e1e88b', 'order/order-lifecycle', 'o-done', 'completed', 1767225600000, 1767225600000, 1767225600000, NULL, 2, '523d1ae8e9767f21');
INSERT INTO instances VALUES (4, '019b76da-a800-8004-acbf-c2631d994a07', 'order/order-lifecycle', 'o-parked', 'failed', 1767225600000, NULL, 1767225602000, 1767398400000, 5, '523d1ae8e9767f21');
INSERT INTO instances VALUES (5, '019b76da-a800-8005-aea7-5905d4fde2ef', 'order/order-lifecycle', 'o-dropped', 'failed', 1767225600000, 1767225609000, 1767225609000, NULL, 6, '523d1ae8e9767f21');
INSERT INTO instances VALUES (6, '019b76da-a800-8006-a6ea-d3e5fb2d3939', 'order/order-lifecycle', 'o-again', 'started', 1767225600000, NULL, 1767229202500, 1767398400000, 7, '523d1ae8e9767f21');
INSERT INTO instances VALUES (7, '019b76da-a800-8007-aeea-bb6f0d8ce123', 'order/order-lifecycle', 'o-waiting', 'started', 1767225600000, NULL, 1767229202500, 1767398400000, 3, '523d1ae8e9767f21');
INSERT INTO instances VALUES (8, '019b7711-948c-8013-a259-cde03ff6b434', 'order/order-lifecycle', 'o-unmailed', 'failed', 1767229199500, NULL, 1767229201500, 1767401999500, 3, '523d1ae8e9767f21');
INSERT INTO instances VALUES (9, '019b7711-9c5c-8015-a18c-75635f278a5f', 'order/order-lifecycle', 'o-mailed-late', 'started', 1767229201500, NULL, 1767229201500, 1767402001500, 1, '523d1ae8e9767f21');
INSERT INTO commands VALUES (4, '1e16a07d-f3c1-8fae-ae8a-a044a4890f80', 'sendReminder', 'o-open', '{}', 'order/order-lifecycle', '019b76da-a800-8002-a80e-c118dbc1eb8a', 'o-open', 'o-open-placed', 'o-open-placed', 1767225600000, 1767312000000, 1767312000000, 0, NULL, NULL, 0, 'event', 0);
INSERT INTO commands VALUES (6, '952acf82-4d2d-8b18-adfa-46a377f196c7', 'sendReminder', 'o-done', '{}', 'order/order-lifecycle', '019b76da-a800-8003-a9df-691311e1e88b', 'o-done', 'o-done-placed', 'o-done-placed', 1767225600000, 1767312000000, 1767312000000, 0, NULL, NULL, 0, 'event', 0);
INSERT INTO commands VALUES (8, 'b108b125-62be-8bc1-a3b2-7bb2b9d6b16c', 'sendReminder', 'o-parked', '{}', 'order/order-lifecycle', '019b76da-a800-8004-acbf-c2631d994a07', 'o-parked', 'o-parked-placed', 'o-parked-placed', 1767225600000, 1767312000000, 1767312000000, 0, NULL, NULL, 0, 'event', 0);
INSERT INTO commands VALUES (10, '6d8fda9c-95ec-8757-a078-7f272c2661c1', 'sendReminder', 'o-dropped', '{}', 'order/order-lifecycle', '019b76da-a800-8005-aea7-5905d4fde2ef', 'o-dropped', 'o-dropped-placed', 'o-dropped-placed', 1767225600000, 1767312000000, 1767312000000, 0, NULL, NULL, 0, 'event', 0);
INSERT INTO commands VALUES (12, 'dfdbb1da-e658-890e-a47e-49633713b8f7', 'sendReminder', 'o-again', '{}', 'order/order-lifecycle', '019b76da-a800-8006-a6ea-d3e5fb2d3939', 'o-again', 'o-again-placed', 'o-again-placed', 1767225600000, 1767312000000, 1767312000000, 0, NULL, NULL, 0, 'event', 0);
INSERT INTO commands VALUES (14, '5dfa022e-8002-8c9e-a360-22939c5db5bb', 'sendReminder', 'o-waiting', '{}', 'order/order-lifecycle', '019b76da-a800-8007-aeea-bb6f0d8ce123', 'o-waiting', 'o-waiting-placed', 'o-waiting-placed', 1767225600000, 1767312000000, 1767312000000, 0, NULL, NULL, 0, 'event', 0);
INSERT INTO commands VALUES (18, '3b86cd5d-b7bb-841a-aaef-49943bcdf5f5', 'sendReminder', 'o-unmailed', '{}', 'order/order-lifecycle', '019b7711-948c-8013-a259-cde03ff6b434', 'o-unmailed', 'o-unmailed-placed', 'o-unmailed-placed', 1767229199500, 1767315599500, 1767315599500, 0, NULL, NULL, 0, 'event', 1);
INSERT INTO commands VALUES (19, '39c8a1cb-db54-8050-a17a-133827441a41', 'sendWelcomeEmail', 'o-mailed-late', '{}', 'order/order-lifecycle', '019b7711-9c5c-8015-a18c-75635f278a5f', 'o-mailed-late', 'o-mailed-late-placed', 'o-mailed-late-placed', 1767229201500, 1767229201500, 1767229203500, 2, 1767229203500, 1767229201500, 0, 'event', 0);
INSERT INTO commands VALUES (20, '5fc2d4bc-21fb-83ae-a36b-fac488f7eba2', 'sendReminder', 'o-mailed-late', '{}', 'order/order-lifecycle', '019b7711-9c5c-8015-a18c-75635f278a5f', 'o-mailed-late', 'o-mailed-late-placed', 'o-mailed-late-placed', 1767229201500, 1767315601500, 1767315601500, 0, NULL, NULL, 0, 'event', 0);
INSERT INTO dead_letters VALUES (1, '00000000-0000-7000-8000-000000000001', 'order/order-lifecycle', 'o-parked', '019b76da-a800-8004-acbf-c2631d994a07', 'event', 'on-payment-received', '{"position":9,"eventId":"o-parked-paid","type":"PaymentReceived","aggregateId":"o-parked","payload":"{}","occurredAt":1767225600000,"acceptedAt":1767225600000,"correlationId":null,"causationId":null}', 0, 1, '{"name":"Error","message":"PaymentReceived o-parked is broken","stack":"Error: PaymentReceived o-parked is broken"}', 3, 1767225600000, 1767225602000, 'open', NULL, NULL, 0);
INSERT INTO dead_letters VALUES (2, '00000000-0000-7000-8000-000000000002', 'order/order-lifecycle', 'o-dropped', '019b76da-a800-8005-aea7-5905d4fde2ef', 'event', 'on-payment-received', '{"position":12,"eventId":"o-dropped-paid","type":"PaymentReceived","aggregateId":"o-dropped","payload":"{}","occurredAt":1767225603000,"acceptedAt":1767225603000,"correlationId":null,"causationId":null}', 0, 1, '{"name":"Error","message":"PaymentReceived o-dropped is broken","stack":"Error: PaymentReceived o-dropped is broken"}', 3, 1767225603000, 1767225605000, 'discarded', 1767225609000, 'not paid twice', 0);
INSERT INTO dead_letters VALUES (3, '00000000-0000-7000-8000-000000000003', 'order/order-lifecycle', 'o-again', '019b76da-a800-8006-a6ea-d3e5fb2d3939', 'event', 'on-payment-received', '{"position":15,"eventId":"o-again-paid","type":"PaymentReceived","aggregateId":"o-again","payload":"{}","occurredAt":1767225606000,"acceptedAt":1767225606000,"correlationId":null,"causationId":null}', 0, 1, '{"name":"Error","message":"PaymentReceived o-again is broken","stack":"Error: PaymentReceived o-again is broken"}', 3, 1767225606000, 1767225608000, 'retried', 1767229202500, NULL, 0);
INSERT INTO dead_letters VALUES (4, '00000000-0000-7000-8000-000000000004', 'order/order-lifecycle', 'o-unmailed', '019b7711-948c-8013-a259-cde03ff6b434', 'command', 'sendWelcomeEmail', '{"seq":17,"commandId":"b3ae804e-2f7f-8b2b-a0a4-355c0956a9df","type":"sendWelcomeEmail","aggregateId":"o-unmailed","payload":"{}","process":"order/order-lifecycle","processId":"019b7711-948c-8013-a259-cde03ff6b434","instanceAggregateId":"o-unmailed","correlationId":"o-unmailed-placed","causationId":"o-unmailed-placed","dispatchedAt":1767229199500,"dueAt":1767229199500,"attempts":2,"notBefore":1767229201500,"firstFailedAt":1767229199500,"generation":0,"origin":"event"}', 0, 1, '{"name":"Error","message":"sendWelcomeEmail fails, because the test says so","stack":"Error: sendWelcomeEmail fails, because the test says so"}', 3, 1767229199500, 1767229201500, 'open', NULL, NULL, 0);
INSERT INTO journal VALUES (1, '019b76da-a800-8001-a1b5-89a713a57b62', 1767225600000, 'started', '{"status":"started","event":{"eventId":"o-late-placed","type":"OrderPlaced"},"dueAt":1767227400000}');
INSERT INTO journal VALUES (2, '019b76da-a800-8001-a1b5-89a713a57b62', 1767225600000, 'handled', '{"event":{"eventId":"o-late-placed","type":"OrderPlaced"},"handler":"on-order-placed","status":"started","attempt":1,"commands":[{"commandId":"83b79ad7-bf75-8fb2-a48b-4981ff0dd050","type":"sendWelcomeEmail","dueAt":1767054600000},{"commandId":"a014277e-62b6-892f-ad26-8a60b2679a2b","type":"sendReminder","dueAt":1767141000000}]}');
INSERT INTO journal VALUES (3, '019b76da-a800-8001-a1b5-89a713a57b62', 1767225600000, 'command_handled', '{"command":{"commandId":"83b79ad7-bf75-8fb2-a48b-4981ff0dd050","type":"sendWelcomeEmail"},"attempt":1,"dueAt":1767054600000}');
INSERT INTO journal VALUES (4, '019b76da-a800-8001-a1b5-89a713a57b62', 1767225600000, 'command_handled', '{"command":{"commandId":"a014277e-62b6-892f-ad26-8a60b2679a2b","type":"sendReminder"},"attempt":1,"dueAt":1767141000000}');
INSERT INTO journal VALUES (5, '019b76da-a800-8002-a80e-c118dbc1eb8a', 1767225600000, 'started', '{"status":"started","event":{"eventId":"o-open-placed","type":"OrderPlaced"},"dueAt":1767398400000}');
INSERT INTO journal VALUES (6, '019b76da-a800-8002-a80e-c118dbc1eb8a', 1767225600000, 'handled', '{"event":{"eventId":"o-open-placed","type":"OrderPlaced"},"handler":"on-order-placed","status":"started","attempt":1,"commands":[{"commandId":"8a874022-10f6-8daf-a4f3-c4edafc9f6ce","type":"sendWelcomeEmail","dueAt":1767225600000},{"commandId":"1e16a07d-f3c1-8fae-ae8a-a044a4890f80","type":"sendReminder","dueAt":1767312000000}]}');
INSERT INTO journal VALUES (7, '019b76da-a800-8002-a80e-c118dbc1eb8a', 1767225600000, 'command_handled', '{"command":{"commandId":"8a874022-10f6-8daf-a4f3-c4edafc9f6ce","type":"sendWelcomeEmail"},"attempt":1,"dueAt":1767225600000}');
INSERT INTO journal VALUES (8, '019b76da-a800-8003-a9df-691311e1e88b', 1767225600000, 'started', '{"status":"started","event":{"eventId":"o-done-placed","type":"OrderPlaced"},"dueAt":1767398400000}');
INSERT INTO journal VALUES (9, '019b76da-a800-8003-a9df-691311e1e88b', 1767225600000, 'handled', '{"event":{"eventId":"o-done-placed","type":"OrderPlaced"},"handler":"on-order-placed","status":"started","attempt":1,"commands":[{"commandId":"6910ff5f-7a54-866d-a187-4eddef0fc14c","type":"sendWelcomeEmail","dueAt":1767225600000},{"commandId":"952acf82-4d2d-8b18-adfa-46a377f196c7","type":"sendReminder","dueAt":1767312000000}]}');
INSERT INTO journal VALUES (10, '019b76da-a800-8003-a9df-691311e1e88b', 1767225600000, 'command_handled', '{"command":{"commandId":"6910ff5f-7a54-866d-a187-4eddef0fc14c","type":"sendWelcomeEmail"},"attempt":1,"dueAt":1767225600000}');
INSERT INTO journal VALUES (11, '019b76da-a800-8004-acbf-c2631d994a07', 1767225600000, 'started', '{"status":"started","event":{"eventId":"o-parked-placed","type":"OrderPlaced"},"dueAt":1767398400000}');
INSERT INTO journal VALUES (12, '019b76da-a800-8004-acbf-c2631d994a07', 1767225600000, 'handled', '{"event":{"eventId":"o-parked-placed","type":"OrderPlaced"},"handler":"on-order-placed","status":"started","attempt":1,"commands":[{"commandId":"9eea93b2-4c08-84c6-a6bb-edf6c22489cc","type":"sendWelcomeEmail","dueAt":1767225600000},{"commandId":"b108b125-62be-8bc1-a3b2-7bb2b9d6b16c","type":"sendReminder","dueAt":1767312000000}]}');
INSERT INTO journal VALUES (13, '019b76da-a800-8004-acbf-c2631d994a07', 1767225600000, 'command_handled', '{"command":{"commandId":"9eea93b2-4c08-84c6-a6bb-edf6c22489cc","type":"sendWelcomeEmail"},"attempt":1,"dueAt":1767225600000}');
INSERT INTO journal VALUES (14, '019b76da-a800-8005-aea7-5905d4fde2ef', 1767225600000, 'started', '{"status":"started","event":{"eventId":"o-dropped-placed","type":"OrderPlaced"},"dueAt":1767398400000}');
INSERT INTO journal VALUES (15, '019b76da-a800-8005-aea7-5905d4fde2ef', 1767225600000, 'handled', '{"event":{"eventId":"o-dropped-placed","type":"OrderPlaced"},"handler":"on-order-placed","status":"started","attempt":1,"commands":[{"commandId":"30d6c1e5-0e8a-8035-a03b-2b89ae328489","type":"sendWelcomeEmail","dueAt":1767225600000},{"commandId":"6d8fda9c-95ec-8757-a078-7f272c2661c1","type":"sendReminder","dueAt":1767312000000}]}');
INSERT INTO journal VALUES (16, '019b76da-a800-8005-aea7-5905d4fde2ef', 1767225600000, 'command_handled', '{"command":{"commandId":"30d6c1e5-0e8a-8035-a03b-2b89ae328489","type":"sendWelcomeEmail"},"attempt":1,"dueAt":1767225600000}');
INSERT INTO journal VALUES (17, '019b76da-a800-8006-a6ea-d3e5fb2d3939', 1767225600000, 'started', '{"status":"started","event":{"eventId":"o-again-placed","type":"OrderPlaced"},"dueAt":1767398400000}');
INSERT INTO journal VALUES (18, '019b76da-a800-8006-a6ea-d3e5fb2d3939', 1767225600000, 'handled', '{"event":{"eventId":"o-again-placed","type":"OrderPlaced"},"handler":"on-order-placed","status":"started","attempt":1,"commands":[{"commandId":"b783e9e4-1583-8eef-a485-0acedb01dc68","type":"sendWelcomeEmail","dueAt":1767225600000},{"commandId":"dfdbb1da-e658-890e-a47e-49633713b8f7","type":"sendReminder","dueAt":1767312000000}]}');
INSERT INTO journal VALUES (19, '019b76da-a800-8006-a6ea-d3e5fb2d3939', 1767225600000, 'command_handled', '{"command":{"commandId":"b783e9e4-1583-8eef-a485-0acedb01dc68","type":"sendWelcomeEmail"},"attempt":1,"dueAt":1767225600000}');
INSERT INTO journal VALUES (20, '019b76da-a800-8007-aeea-bb6f0d8ce123', 1767225600000, 'started', '{"status":"started","event":{"eventId":"o-waiting-placed","type":"OrderPlaced"},"dueAt":1767398400000}');
INSERT INTO journal VALUES (21, '019b76da-a800-8007-aeea-bb6f0d8ce123', 1767225600000, 'handled', '{"event":{"eventId":"o-waiting-placed","type":"OrderPlaced"},"handler":"on-order-placed","status":"started","attempt":1,"commands":[{"commandId":"c6b13bec-e9eb-891a-aaa5-c78e0e547747","type":"sendWelcomeEmail","dueAt":1767225600000},{"commandId":"5dfa022e-8002-8c9e-a360-22939c5db5bb","type":"sendReminder","dueAt":1767312000000}]}');
INSERT INTO journal VALUES (22, '019b76da-a800-8007-aeea-bb6f0d8ce123', 1767225600000, 'command_handled', '{"command":{"commandId":"c6b13bec-e9eb-891a-aaa5-c78e0e547747","type":"sendWelcomeEmail"},"attempt":1,"dueAt":1767225600000}');
INSERT INTO journal VALUES (23, '019b76da-a800-8003-a9df-691311e1e88b', 1767225600000, 'completed', '{"event":{"eventId":"o-done-fulfilled","type":"OrderFulfilled"},"handler":"on-order-fulfilled","status":"completed","attempt":1,"commands":[{"commandId":"91793afc-3d3b-89f0-a0e1-d2dd793cb242","type":"sendReceipt","dueAt":1767225600000}]}');
INSERT INTO journal VALUES (24, '019b76da-a800-8003-a9df-691311e1e88b', 1767225600000, 'command_handled', '{"command":{"commandId":"91793afc-3d3b-89f0-a0e1-d2dd793cb242","type":"sendReceipt"},"attempt":1,"dueAt":1767225600000}');
INSERT INTO journal VALUES (25, '019b76da-a800-8004-acbf-c2631d994a07', 1767225600000, 'attempt_failed', '{"event":{"eventId":"o-parked-paid","type":"PaymentReceived"},"handler":"on-payment-received","status":"started","attempt":1,"error":{"name":"Error","message":"PaymentReceived o-parked is broken","stack":"Error: PaymentReceived o-parked is broken"},"retryAt":1767225601000}');
INSERT INTO journal VALUES (26, '019b76da-a800-8004-acbf-c2631d994a07', 1767225601000, 'attempt_failed', '{"event":{"eventId":"o-parked-paid","type":"PaymentReceived"},"handler":"on-payment-received","status":"started","attempt":2,"error":{"name":"Error","message":"PaymentReceived o-parked is broken","stack":"Error: PaymentReceived o-parked is broken"},"retryAt":1767225602000}');
INSERT INTO journal VALUES (27, '019b76da-a800-8004-acbf-c2631d994a07', 1767225602000, 'failed', '{"event":{"eventId":"o-parked-paid","type":"PaymentReceived"},"handler":"on-payment-received","status":"failed","attempt":3,"error":{"name":"Error","message":"PaymentReceived o-parked is broken","stack":"Error: PaymentReceived o-parked is broken"},"deadLetterId":"00000000-0000-7000-8000-000000000001"}');
INSERT INTO journal VALUES (28, '019b76da-a800-8004-acbf-c2631d994a07', 1767225602000, 'handled', '{"event":{"eventId":"11d380ba-6135-897f-a564-3aca8f30c098","type":"OrderLifecycleFailed"},"handler":"on-order-lifecycle-failed","status":"failed","attempt":1}');
INSERT INTO journal VALUES (29, '019b76da-a800-8005-aea7-5905d4fde2ef', 1767225603000, 'attempt_failed', '{"event":{"eventId":"o-dropped-paid","type":"PaymentReceived"},"handler":"on-payment-received","status":"started","attempt":1,"error":{"name":"Error","message":"PaymentReceived o-dropped is broken","stack":"Error: PaymentReceived o-dropped is broken"},"retryAt":1767225604000}');
INSERT INTO journal VALUES (30, '019b76da-a800-8005-aea7-5905d4fde2ef', 1767225604000, 'attempt_failed', '{"event":{"eventId":"o-dropped-paid","type":"PaymentReceived"},"handler":"on-payment-received","status":"started","attempt":2,"error":{"name":"Error","message":"PaymentReceived o-dropped is broken","stack":"Error: PaymentReceived o-dropped is broken"},"retryAt":1767225605000}');
INSERT INTO journal VALUES (31, '019b76da-a800-8005-aea7-5905d4fde2ef', 1767225605000, 'failed', '{"event":{"eventId":"o-dropped-paid","type":"PaymentReceived"},"handler":"on-payment-received","status":"failed","attempt":3,"error":{"name":"Error","message":"PaymentReceived o-dropped is broken","stack":"Error: PaymentReceived o-dropped is broken"},"deadLetterId":"00000000-0000-7000-8000-000000000002"}');
INSERT INTO journal VALUES (32, '019b76da-a800-8005-aea7-5905d4fde2ef', 1767225605000, 'handled', '{"event":{"eventId":"5589b584-a655-8b0c-ad87-883a966ea11d","type":"OrderLifecycleFailed"},"handler":"on-order-lifecycle-failed","status":"failed","attempt":1}');
INSERT INTO journal VALUES (33, '019b76da-a800-8006-a6ea-d3e5fb2d3939', 1767225606000, 'attempt_failed', '{"event":{"eventId":"o-again-paid","type":"PaymentReceived"},"handler":"on-payment-received","status":"started","attempt":1,"error":{"name":"Error","message":"PaymentReceived o-again is broken","stack":"Error: PaymentReceived o-again is broken"},"retryAt":1767225607000}');
INSERT INTO journal VALUES (34, '019b76da-a800-8006-a6ea-d3e5fb2d3939', 1767225607000, 'attempt_failed', '{"event":{"eventId":"o-again-paid","type":"PaymentReceived"},"handler":"on-payment-received","status":"started","attempt":2,"error":{"name":"Error","message":"PaymentReceived o-again is broken","stack":"Error: PaymentReceived o-again is broken"},"retryAt":1767225608000}');
INSERT INTO journal VALUES (35, '019b76da-a800-8006-a6ea-d3e5fb2d3939', 1767225608000, 'failed', '{"event":{"eventId":"o-again-paid","type":"PaymentReceived"},"handler":"on-payment-received","status":"failed","attempt":3,"error":{"name":"Error","message":"PaymentReceived o-again is broken","stack":"Error: PaymentReceived o-again is broken"},"deadLetterId":"00000000-0000-7000-8000-000000000003"}');
INSERT INTO journal VALUES (36, '019b76da-a800-8006-a6ea-d3e5fb2d3939', 1767225608000, 'handled', '{"event":{"eventId":"11d35cbc-48c6-8a3b-a781-0a7333db0b34","type":"OrderLifecycleFailed"},"handler":"on-order-lifecycle-failed","status":"failed","attempt":1}');
INSERT INTO journal VALUES (37, '019b76da-a800-8005-aea7-5905d4fde2ef', 1767225609000, 'discarded', '{"handler":"on-payment-received","deadLetterId":"00000000-0000-7000-8000-000000000002","status":"failed","reason":"not paid twice","dropped":[{"id":"o-dropped-fulfilled","type":"OrderFulfilled"}]}');
INSERT INTO journal VALUES (38, '019b76da-a800-8001-a1b5-89a713a57b62', 1767227400000, 'timed_out', '{"status":"timed_out","dueAt":1767227400000}');
INSERT INTO journal VALUES (39, '019b76da-a800-8001-a1b5-89a713a57b62', 1767227400000, 'handled', '{"event":{"eventId":"1d4e54bf-c77e-8028-af9d-e2ec6571a647","type":"OrderLifecycleTimedOut"},"handler":"on-order-lifecycle-timed-out","status":"timed_out","attempt":1,"commands":[{"commandId":"2bddd42f-abcf-883d-ade2-ca90c248b2de","type":"cancelOrder","dueAt":1767227400000}]}');
INSERT INTO journal VALUES (40, '019b76da-a800-8001-a1b5-89a713a57b62', 1767227400000, 'command_handled', '{"command":{"commandId":"2bddd42f-abcf-883d-ade2-ca90c248b2de","type":"cancelOrder"},"attempt":1,"dueAt":1767227400000}');
INSERT INTO journal VALUES (41, '019b7711-948c-8013-a259-cde03ff6b434', 1767229199500, 'started', '{"status":"started","event":{"eventId":"o-unmailed-placed","type":"OrderPlaced"},"dueAt":1767401999500}');
INSERT INTO journal VALUES (42, '019b7711-948c-8013-a259-cde03ff6b434', 1767229199500, 'handled', '{"event":{"eventId":"o-unmailed-placed","type":"OrderPlaced"},"handler":"on-order-placed","status":"started","attempt":1,"commands":[{"commandId":"b3ae804e-2f7f-8b2b-a0a4-355c0956a9df","type":"sendWelcomeEmail","dueAt":1767229199500},{"commandId":"3b86cd5d-b7bb-841a-aaef-49943bcdf5f5","type":"sendReminder","dueAt":1767315599500}]}');
INSERT INTO journal VALUES (43, '019b7711-948c-8013-a259-cde03ff6b434', 1767229199500, 'command_attempt_failed', '{"command":{"commandId":"b3ae804e-2f7f-8b2b-a0a4-355c0956a9df","type":"sendWelcomeEmail"},"attempt":1,"error":{"name":"Error","message":"sendWelcomeEmail fails, because the test says so","stack":"Error: sendWelcomeEmail fails, because the test says so"},"retryAt":1767229200500}');
INSERT INTO journal VALUES (44, '019b7711-948c-8013-a259-cde03ff6b434', 1767229200500, 'command_attempt_failed', '{"command":{"commandId":"b3ae804e-2f7f-8b2b-a0a4-355c0956a9df","type":"sendWelcomeEmail"},"attempt":2,"error":{"name":"Error","message":"sendWelcomeEmail fails, because the test says so","stack":"Error: sendWelcomeEmail fails, because the test says so"},"retryAt":1767229201500}');
INSERT INTO journal VALUES (45, '019b7711-948c-8013-a259-cde03ff6b434', 1767229201500, 'command_failed', '{"command":{"commandId":"b3ae804e-2f7f-8b2b-a0a4-355c0956a9df","type":"sendWelcomeEmail"},"attempt":3,"error":{"name":"Error","message":"sendWelcomeEmail fails, because the test says so","stack":"Error: sendWelcomeEmail fails, because the test says so"},"deadLetterId":"00000000-0000-7000-8000-000000000004"}');
INSERT INTO journal VALUES (46, '019b7711-948c-8013-a259-cde03ff6b434', 1767229201500, 'failed', '{"status":"failed","command":{"commandId":"b3ae804e-2f7f-8b2b-a0a4-355c0956a9df","type":"sendWelcomeEmail"},"attempt":3,"error":{"name":"Error","message":"sendWelcomeEmail fails, because the test says so","stack":"Error: sendWelcomeEmail fails, because the test says so"},"deadLetterId":"00000000-0000-7000-8000-000000000004"}');
INSERT INTO journal VALUES (47, '019b7711-948c-8013-a259-cde03ff6b434', 1767229201500, 'handled', '{"event":{"eventId":"b1db6cdc-81eb-8bba-a814-92d4ded6e150","type":"OrderLifecycleFailed"},"handler":"on-order-lifecycle-failed","status":"failed","attempt":1}');
INSERT INTO journal VALUES (48, '019b7711-9c5c-8015-a18c-75635f278a5f', 1767229201500, 'started', '{"status":"started","event":{"eventId":"o-mailed-late-placed","type":"OrderPlaced"},"dueAt":1767402001500}');
INSERT INTO journal VALUES (49, '019b7711-9c5c-8015-a18c-75635f278a5f', 1767229201500, 'handled', '{"event":{"eventId":"o-mailed-late-placed","type":"OrderPlaced"},"handler":"on-order-placed","status":"started","attempt":1,"commands":[{"commandId":"39c8a1cb-db54-8050-a17a-133827441a41","type":"sendWelcomeEmail","dueAt":1767229201500},{"commandId":"5fc2d4bc-21fb-83ae-a36b-fac488f7eba2","type":"sendReminder","dueAt":1767315601500}]}');
INSERT INTO journal VALUES (50, '019b7711-9c5c-8015-a18c-75635f278a5f', 1767229201500, 'command_attempt_failed', '{"command":{"commandId":"39c8a1cb-db54-8050-a17a-133827441a41","type":"sendWelcomeEmail"},"attempt":1,"error":{"name":"Error","message":"sendWelcomeEmail fails, because the test says so","stack":"Error: sendWelcomeEmail fails, because the test says so"},"retryAt":1767229202500}');
INSERT INTO journal VALUES (51, '019b76da-a800-8007-aeea-bb6f0d8ce123', 1767229201500, 'attempt_failed', '{"event":{"eventId":"o-waiting-paid","type":"PaymentReceived"},"handler":"on-payment-received","status":"started","attempt":1,"error":{"name":"Error","message":"PaymentReceived o-waiting is broken","stack":"Error: PaymentReceived o-waiting is broken"},"retryAt":1767229202500}');
INSERT INTO journal VALUES (52, '019b7711-9c5c-8015-a18c-75635f278a5f', 1767229202500, 'command_attempt_failed', '{"command":{"commandId":"39c8a1cb-db54-8050-a17a-133827441a41","type":"sendWelcomeEmail"},"attempt":2,"error":{"name":"Error","message":"sendWelcomeEmail fails, because the test says so","stack":"Error: sendWelcomeEmail fails, because the test says so"},"retryAt":1767229203500}');
INSERT INTO journal VALUES (53, '019b76da-a800-8007-aeea-bb6f0d8ce123', 1767229202500, 'attempt_failed', '{"event":{"eventId":"o-waiting-paid","type":"PaymentReceived"},"handler":"on-payment-received","status":"started","attempt":2,"error":{"name":"Error","message":"PaymentReceived o-waiting is broken","stack":"Error: PaymentReceived o-waiting is broken"},"retryAt":1767229203500}');
INSERT INTO journal VALUES (54, '019b76da-a800-8006-a6ea-d3e5fb2d3939', 1767229202500, 'resumed', '{"handler":"on-payment-received","deadLetterId":"00000000-0000-7000-8000-000000000003","status":"started"}');
INSERT INTO journal VALUES (55, '019b76da-a800-8006-a6ea-d3e5fb2d3939', 1767229202500, 'attempt_failed', '{"event":{"eventId":"o-again-paid","type":"PaymentReceived"},"handler":"on-payment-received","status":"started","attempt":1,"error":{"name":"Error","message":"PaymentReceived o-again is broken","stack":"Error: PaymentReceived o-again is broken"},"retryAt":1767229203500}');
INSERT INTO lease VALUES (1, 'elsewhere:7:w', 1, 0, 10000);
INSERT INTO requests VALUES (1, '{"kind":"wake","mailboxes":[{"process":"order/order-lifecycle","aggregateId":"o-accepted"},{"process":"order/order-lifecycle","aggregateId":"o-accepted"}],"accepted":2}', 1795969786189, NULL);
INSERT INTO counters VALUES ('accepted', 20);
INSERT INTO counters VALUES ('instances
order/order-lifecycle
completed
ended
523d1ae8e9767f21', 1);
INSERT INTO counters VALUES ('instances
order/order-lifecycle
failed
ended
523d1ae8e9767f21', 1);
INSERT INTO counters VALUES ('instances
order/order-lifecycle
failed
open
523d1ae8e9767f21', 2);
INSERT INTO counters VALUES ('instances
order/order-lifecycle
started
open
523d1ae8e9767f21', 4);
INSERT INTO counters VALUES ('instances
order/order-lifecycle
timed_out
ended
523d1ae8e9767f21', 1);
INSERT INTO mailbox VALUES ('o-accepted', 'order/order-lifecycle', 24, 'event', NULL, 0, NULL, NULL, 0, 0, 1);
INSERT INTO mailbox VALUES ('o-accepted', 'order/order-lifecycle', 25, 'event', NULL, 0, NULL, NULL, 0, 0, 0);
INSERT INTO mailbox VALUES ('o-again', 'order/order-lifecycle', 15, 'event', NULL, 1, 1767229203500, 1767229202500, 1, 0, 0);
INSERT INTO mailbox VALUES ('o-again', 'order/order-lifecycle', 17, 'event', NULL, 0, NULL, NULL, 0, 1, 0);
INSERT INTO mailbox VALUES ('o-parked', 'order/order-lifecycle', 11, 'event', NULL, 0, NULL, NULL, 0, 0, 0);
INSERT INTO mailbox VALUES ('o-waiting', 'order/order-lifecycle', 22, 'event', NULL, 2, 1767229203500, 1767229201500, 0, 0, 0);
INSERT INTO mailbox VALUES ('o-waiting', 'order/order-lifecycle', 23, 'event', NULL, 0, NULL, NULL, 0, 0, 0);
INSERT INTO routes VALUES ('OrderFulfilled', 'order/order-lifecycle', 0);
INSERT INTO routes VALUES ('OrderPlaced', 'order/order-lifecycle', 1);
INSERT INTO routes VALUES ('PaymentReceived', 'order/order-lifecycle', 0);
INSERT INTO sqlite_sequence VALUES ('commands', 20);
INSERT INTO sqlite_sequence VALUES ('requests', 1);
PRAGMA application_id = 1347568722;
PRAGMA user_version = 4;
