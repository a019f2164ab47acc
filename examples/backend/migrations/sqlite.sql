-- SQLite. `migrations/postgres.sql` says the same for PostgreSQL.

-- What was learned about people, in the order in which it was learned. `body` is the event as JSON; null once its
-- subject was erased. `digest` tells an event that is sent twice from another one under its id.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    recorded BIGINT NOT NULL,
    digest TEXT NOT NULL,
    body TEXT
);
CREATE INDEX events_of_subject ON events (subject);

-- Who was erased. Nothing more is stored about them.
CREATE TABLE erasures (subject TEXT PRIMARY KEY, event TEXT NOT NULL);

-- The opt-outs of the erased, by the token of an identifier that outlives the account.
CREATE TABLE suppressions (
    token TEXT NOT NULL,
    purpose TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (token, purpose, since)
);

-- The signal behind an event: where it was found, its text, and when it was seen, as JSON.
CREATE TABLE signals (event TEXT PRIMARY KEY, subject TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX signals_of_subject ON signals (subject);

-- The policies, each a TOML document; the last one holds.
CREATE TABLE policies (seq INTEGER PRIMARY KEY AUTOINCREMENT, recorded BIGINT NOT NULL, toml TEXT NOT NULL);

-- The ledger: one line of `ledger::LedgerEntry` a row.
CREATE TABLE runs (number BIGINT PRIMARY KEY, id TEXT NOT NULL UNIQUE, line TEXT NOT NULL);

-- Stands for the platform's own table of posts: the only one that changes.
CREATE TABLE records (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE record_subjects (subject TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (subject, record));

CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TRIGGER events_do_not_change BEFORE UPDATE ON events
WHEN NOT (
    NEW.body IS NULL AND NEW.digest = ''
    AND NEW.seq = OLD.seq AND NEW.id = OLD.id AND NEW.subject = OLD.subject AND NEW.recorded = OLD.recorded
    AND EXISTS (SELECT 1 FROM erasures WHERE erasures.subject = OLD.subject AND erasures.event <> OLD.id)
)
BEGIN SELECT RAISE(ABORT, 'events do not change, save that an erasure removes their content'); END;
-- `INSERT OR REPLACE` would delete without asking the trigger above.
CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id OR seq = NEW.seq)
BEGIN SELECT RAISE(IGNORE); END;

CREATE TRIGGER erasures_are_not_deleted BEFORE DELETE ON erasures
BEGIN SELECT RAISE(ABORT, 'erasures are never deleted'); END;
CREATE TRIGGER erasures_do_not_change BEFORE UPDATE ON erasures
BEGIN SELECT RAISE(ABORT, 'erasures do not change'); END;

CREATE TRIGGER policies_are_not_deleted BEFORE DELETE ON policies
BEGIN SELECT RAISE(ABORT, 'policies are never deleted'); END;
CREATE TRIGGER policies_do_not_change BEFORE UPDATE ON policies
BEGIN SELECT RAISE(ABORT, 'policies do not change'); END;
CREATE TRIGGER policies_are_not_replaced BEFORE INSERT ON policies
WHEN EXISTS (SELECT 1 FROM policies WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'policies do not change'); END;

CREATE TRIGGER runs_are_not_deleted BEFORE DELETE ON runs
BEGIN SELECT RAISE(ABORT, 'sealed runs are never deleted'); END;
CREATE TRIGGER runs_do_not_change BEFORE UPDATE ON runs
BEGIN SELECT RAISE(ABORT, 'sealed runs do not change'); END;
CREATE TRIGGER runs_are_not_replaced BEFORE INSERT ON runs
WHEN EXISTS (SELECT 1 FROM runs WHERE number = NEW.number OR id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'sealed runs do not change'); END;
