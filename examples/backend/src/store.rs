//! The store: append-only tables of events, policies and sealed runs, in SQLite or PostgreSQL.
//!
//! Both databases run the same statements, through sqlx's `Any`. Only `migrations` and the functions
//! [`Store::begin`] and [`Store::now`] tell them apart. The tables hold texts and integers alone.
//!
//! **Order.** A reader asks for the events after the last number that it has read. This finds every
//! event only if numbers are committed in their order. SQLite has one writer at a time. On
//! PostgreSQL, each transaction that writes takes one advisory lock first ([`Store::begin`]), before
//! it is given a number. [`writer`] writes many events in one transaction, so the lock costs little.

pub mod erasure;
pub mod records;
pub mod runs;
pub mod signals;
pub mod writer;

use std::borrow::Cow;
use std::time::Duration;

use may_train::{Event, Subject, SubjectId, Timestamp};
use sqlx::any::{AnyPoolOptions, AnyRow};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Any, AnyPool, Executor, Row, Transaction};

use crate::clock;

/// The error of a store that cannot be reached, or that holds what cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or did not answer.
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables could not be made.
    #[error("the migrations: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A row is not what this service writes. The message names the row and no content.
    #[error("row {0} of {1} cannot be read")]
    Row(i64, &'static str),
    /// The service is stopping.
    #[error("the writer has stopped")]
    Stopped,
    /// More is waiting to be written than the queue holds.
    #[error("the queue of the writer is full")]
    Full,
}

/// The store.
#[derive(Clone)]
pub struct Store {
    pool: AnyPool,
    is_postgres: bool,
}

/// A row of `events`.
pub struct StoredEvent {
    /// The number, which grows in the order of commits.
    pub seq: i64,
    /// The id that the sender gave it.
    pub id: String,
    /// The subject.
    pub subject: SubjectId,
    /// The event; `None` once its subject was erased.
    pub event: Option<Event>,
}

/// How long a statement waits for another writer, and a request for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

impl Store {
    /// Connects, and makes the tables if they are missing.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer, or was made by another version.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let is_postgres = url.starts_with("postgres");
        let options = AnyPoolOptions::new()
            .max_connections(if is_postgres { 16 } else { 8 })
            .acquire_timeout(PATIENCE)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if !is_postgres {
                        // Readers do not wait for the writer; what is committed is on the disk.
                        connection.execute("PRAGMA journal_mode = WAL").await?;
                        connection.execute("PRAGMA synchronous = FULL").await?;
                    }
                    Ok(())
                })
            });
        let pool = options.connect(url).await?;
        migrations(is_postgres).run(&pool).await?;
        Ok(Self { pool, is_postgres })
    }

    /// Whether the database is PostgreSQL, which tells of changes.
    #[must_use]
    pub const fn is_postgres(&self) -> bool {
        self.is_postgres
    }

    /// Begins a transaction that writes. It holds the lock that keeps numbers in order.
    async fn begin(&self) -> Result<Transaction<'static, Any>, StoreError> {
        if !self.is_postgres {
            return Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?);
        }
        let mut transaction = self.pool.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock(1836411252)").execute(&mut *transaction).await?;
        Ok(transaction)
    }

    /// Returns the present within a transaction that writes. Every instance has the same clock: that
    /// of PostgreSQL, or of the one machine that a file of SQLite is on.
    async fn now(
        &self,
        transaction: &mut Transaction<'static, Any>,
    ) -> Result<Timestamp, StoreError> {
        if !self.is_postgres {
            return Ok(clock::now());
        }
        let text = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";
        let micros: i64 = sqlx::query_scalar(text).fetch_one(&mut **transaction).await?;
        Timestamp::from_micros(micros).map_err(|_| StoreError::Row(0, "the clock"))
    }

    /// Returns the present, and the number of the last event. Every event that was recorded by then
    /// has a number up to this one, because both are read where no other writer can be.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer.
    pub async fn known_by_now(&self) -> Result<(Timestamp, i64), StoreError> {
        let mut transaction = self.begin().await?;
        let last = "SELECT COALESCE(MAX(seq), 0) FROM events";
        let seq: i64 = sqlx::query_scalar(last).fetch_one(&mut *transaction).await?;
        let now = self.now(&mut transaction).await?;
        transaction.commit().await?;
        Ok((now, seq))
    }

    /// Returns the events after a number, the oldest first, and at most `limit`.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer, or if an event cannot be read.
    pub async fn events_after(&self, seq: i64, limit: i64) -> Result<Vec<StoredEvent>, StoreError> {
        let text = "SELECT seq, id, subject, body FROM events WHERE seq > $1 ORDER BY seq LIMIT $2";
        let rows = sqlx::query(text).bind(seq).bind(limit).fetch_all(&self.pool).await?;
        rows.iter().map(event_of).collect()
    }

    /// Returns the events about a subject, the oldest first.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer, or if an event cannot be read.
    pub async fn events_of(&self, subject: &SubjectId) -> Result<Vec<StoredEvent>, StoreError> {
        let text = "SELECT seq, id, subject, body FROM events WHERE subject = $1 ORDER BY seq";
        let rows = sqlx::query(text).bind(subject.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(event_of).collect()
    }

    /// Returns the policies after a number, each with its number.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer.
    pub async fn policies_after(&self, seq: i64) -> Result<Vec<(i64, String)>, StoreError> {
        let text = "SELECT seq, toml FROM policies WHERE seq > $1 ORDER BY seq";
        let rows = sqlx::query(text).bind(seq).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Appends a policy, if `after` is still the number of the last one. Returns whether it was.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer.
    pub async fn append_policy(&self, toml: &str, after: i64) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let now = self.now(&mut transaction).await?;
        let text = "INSERT INTO policies (recorded, toml) SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT) \
                    WHERE (SELECT COALESCE(MAX(seq), 0) FROM policies) = $3";
        let query = sqlx::query(text).bind(now.as_micros()).bind(toml).bind(after);
        let done = query.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Closes every connection, after what they are doing.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Reads a row of `events`.
fn event_of(row: &AnyRow) -> Result<StoredEvent, StoreError> {
    let seq: i64 = row.try_get(0)?;
    let unreadable = || StoreError::Row(seq, "events");
    let subject: String = row.try_get(2)?;
    let body: Option<String> = row.try_get(3)?;
    let event =
        body.map(|body| serde_json::from_str(&body).map_err(|_| unreadable())).transpose()?;
    let subject = subject.parse().map_err(|_| unreadable())?;
    Ok(StoredEvent { seq, id: row.try_get(1)?, subject, event })
}

/// Returns the subject that the events make; an erased one has its erasure alone.
#[must_use]
pub fn subject_of(id: &SubjectId, events: &[StoredEvent]) -> Option<Subject> {
    let mut registry = may_train::Registry::new();
    events
        .iter()
        .filter_map(|stored| stored.event.as_ref())
        .for_each(|event| registry.apply(event));
    registry.remove(id)
}

/// Returns the steps that make the tables. Add a step; never change one.
fn migrations(is_postgres: bool) -> Migrator {
    let first = if is_postgres {
        include_str!("../migrations/postgres.sql")
    } else {
        include_str!("../migrations/sqlite.sql")
    };
    let step = |version, name: &'static str, sql| {
        let kind = MigrationType::Simple;
        Migration::new(version, Cow::Borrowed(name), kind, Cow::Borrowed(sql), false)
    };
    Migrator { migrations: Cow::Owned(vec![step(1, "tables", first)]), ..Migrator::DEFAULT }
}
