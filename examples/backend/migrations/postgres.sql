-- PostgreSQL. `migrations/sqlite.sql` says the same for SQLite, with comments.

CREATE TABLE events (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    recorded BIGINT NOT NULL,
    digest TEXT NOT NULL,
    body TEXT
);
CREATE INDEX events_of_subject ON events (subject);
CREATE TABLE erasures (subject TEXT PRIMARY KEY, event TEXT NOT NULL);
CREATE TABLE suppressions (
    token TEXT NOT NULL,
    purpose TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (token, purpose, since)
);
CREATE TABLE signals (event TEXT PRIMARY KEY, subject TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX signals_of_subject ON signals (subject);
CREATE TABLE policies (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, recorded BIGINT NOT NULL, toml TEXT NOT NULL
);
CREATE TABLE runs (number BIGINT PRIMARY KEY, id TEXT NOT NULL UNIQUE, line TEXT NOT NULL);
CREATE TABLE records (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE record_subjects (subject TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (subject, record));

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% never change and are never deleted', TG_TABLE_NAME; END $$;

CREATE FUNCTION refuse_unless_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.body IS NULL AND NEW.digest = ''
        AND (NEW.seq, NEW.id, NEW.subject, NEW.recorded) = (OLD.seq, OLD.id, OLD.subject, OLD.recorded)
        AND EXISTS (SELECT 1 FROM erasures WHERE erasures.subject = OLD.subject AND erasures.event <> OLD.id)
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'events do not change, save that an erasure removes their content';
END $$;

CREATE TRIGGER events_do_not_change BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased();
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER events_are_not_cut BEFORE TRUNCATE ON events EXECUTE FUNCTION refuse();
CREATE TRIGGER erasures_stay BEFORE UPDATE OR DELETE ON erasures FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER erasures_are_not_cut BEFORE TRUNCATE ON erasures EXECUTE FUNCTION refuse();
CREATE TRIGGER policies_stay BEFORE UPDATE OR DELETE ON policies FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER policies_are_not_cut BEFORE TRUNCATE ON policies EXECUTE FUNCTION refuse();
CREATE TRIGGER runs_stay BEFORE UPDATE OR DELETE ON runs FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER runs_are_not_cut BEFORE TRUNCATE ON runs EXECUTE FUNCTION refuse();

-- Tells the other instances that there is something to read. It says nothing about whom.
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('may_train', ''); RETURN NULL; END $$;
CREATE TRIGGER events_are_told AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION tell();
CREATE TRIGGER policies_are_told AFTER INSERT ON policies FOR EACH STATEMENT EXECUTE FUNCTION tell();
CREATE TRIGGER runs_are_told AFTER INSERT ON runs FOR EACH STATEMENT EXECUTE FUNCTION tell();
