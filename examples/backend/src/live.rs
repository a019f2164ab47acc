//! What decides: the registry, the policies and the ledger, in memory.
//!
//! They are projections of the store. They are built at the start, and [`Live::follow`] keeps them
//! up. An instance applies what it has written itself at once, before it acknowledges it, and once
//! more when it reads it from the store: a registry takes events in any order and any number of
//! times.
//!
//! **Locks.** A decision takes about a microsecond, so a plain `RwLock` around the registry is
//! enough, and no lock is held across an `await`. Whatever takes longer works on a
//! [copy](Live::copy), so that no opt-out has to wait for a training run.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use may_train::ledger::{Ledger, SealedRun};
use may_train::{Event, Fact, Policy, Registry, Timestamp};
use sqlx::postgres::PgListener;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use crate::store::{Store, StoreError};

/// The policies, registry and ledger of an instance.
pub struct Live {
    store: Store,
    registry: RwLock<Registry>,
    policies: RwLock<Vec<StoredPolicy>>,
    ledger: RwLock<Ledger>,
    /// How far the store was read. Whoever reads it holds the lock.
    read: Mutex<ReadUpTo>,
}

/// A policy and its number in the store.
#[derive(Clone)]
pub struct StoredPolicy {
    /// The number.
    pub seq: i64,
    /// The policy.
    pub policy: Arc<Policy>,
}

/// The last numbers that were read.
#[derive(Default)]
struct ReadUpTo {
    event: i64,
    run: i64,
}

/// How many events are read at a time.
const PAGE: i64 = 10_000;
/// How often SQLite is asked, and PostgreSQL if it tells nothing.
const POLL: Duration = Duration::from_millis(200);

impl Live {
    /// Reads everything that the store holds.
    ///
    /// # Errors
    ///
    /// Fails if the store does not answer or holds what cannot be read. A registry that lacks an
    /// opt-out must not decide.
    pub async fn build(store: Store) -> Result<Arc<Self>, StoreError> {
        let live = Arc::new(Self {
            store,
            registry: RwLock::new(Registry::new()),
            policies: RwLock::new(Vec::new()),
            ledger: RwLock::new(Ledger::new()),
            read: Mutex::new(ReadUpTo::default()),
        });
        live.catch_up().await?;
        // The first digest hashes every subject; later ones hash what has changed.
        let of_all = Arc::clone(&live);
        let hashed = tokio::task::spawn_blocking(move || of_all.registry().digest()).await;
        hashed.map_err(|_| StoreError::Stopped)?;
        Ok(live)
    }

    /// Returns the registry to read. Do not hold it across an `await`.
    pub fn registry(&self) -> RwLockReadGuard<'_, Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a copy of the registry, for what takes long.
    #[must_use]
    pub fn copy(&self) -> Registry {
        self.registry().clone()
    }

    /// Returns the ledger to read. Do not hold it across an `await`.
    pub fn ledger(&self) -> RwLockReadGuard<'_, Ledger> {
        self.ledger.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the policies, the oldest first.
    #[must_use]
    pub fn policies(&self) -> Vec<StoredPolicy> {
        self.policies.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the policy that holds; `None` before the first.
    #[must_use]
    pub fn policy(&self) -> Option<StoredPolicy> {
        self.policies.read().unwrap_or_else(PoisonError::into_inner).last().cloned()
    }

    /// Applies an event that is in the store.
    pub fn apply(&self, event: &Event) {
        apply(&mut self.write_registry(), event);
    }

    fn write_registry(&self) -> RwLockWriteGuard<'_, Registry> {
        self.registry.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what the store has in addition. Returns the number of the last event.
    ///
    /// # Errors
    ///
    /// Fails if the store does not answer or holds what cannot be read.
    pub async fn catch_up(&self) -> Result<i64, StoreError> {
        let mut read = self.read.lock().await;
        loop {
            let events = self.store.events_after(read.event, PAGE).await?;
            let Some(last) = events.last() else { break };
            let seq = last.seq;
            {
                let mut registry = self.write_registry();
                events
                    .iter()
                    .filter_map(|e| e.event.as_ref())
                    .for_each(|e| apply(&mut registry, e));
            }
            read.event = seq;
        }
        let known = self.policy().map_or(0, |policy| policy.seq);
        for (seq, toml) in self.store.policies_after(known).await? {
            let policy = Policy::from_toml(&toml).map_err(|_| StoreError::Row(seq, "policies"))?;
            let mut policies = self.policies.write().unwrap_or_else(PoisonError::into_inner);
            policies.push(StoredPolicy { seq, policy: Arc::new(policy) });
        }
        for line in self.store.runs_after(read.run).await? {
            let mut ledger = self.ledger.write().unwrap_or_else(PoisonError::into_inner);
            let unreadable = |_| StoreError::Row(read.run + 1, "runs");
            ledger.append_line(line.as_bytes()).map_err(unreadable)?;
            read.run += 1;
        }
        Ok(read.event)
    }

    /// Returns the present, as an instant of knowledge: every event that was recorded by then has
    /// been applied.
    ///
    /// # Errors
    ///
    /// Fails if the store does not answer.
    pub async fn known_now(&self) -> Result<Timestamp, StoreError> {
        let (now, last) = self.store.known_by_now().await?;
        while self.catch_up().await? < last {
            sleep(Duration::from_millis(1)).await;
        }
        Ok(now)
    }

    /// Appends a sealed run to the ledger of all instances.
    ///
    /// # Errors
    ///
    /// Fails with the crate's words if the ledger cannot take the run, and with the store's error.
    pub async fn seal(&self, run: &SealedRun) -> Result<Result<(), String>, StoreError> {
        loop {
            self.catch_up().await?;
            let (number, line) = match self.ledger().next_entry(run.clone()) {
                Err(error) => return Ok(Err(error.to_string())),
                Ok(entry) => {
                    let mut line = Vec::new();
                    entry.write_line(&mut line).map_err(sqlx::Error::Io)?;
                    (entry.number(), String::from_utf8(line).unwrap_or_default())
                }
            };
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            if self.store.append_run(number, run.id().as_str(), line.trim_end()).await? {
                self.catch_up().await?;
                return Ok(Ok(()));
            }
        }
    }

    /// Keeps up with the store, until the task is stopped. PostgreSQL tells of changes; SQLite is
    /// asked. If the store fails, the instance tries again, and `is_fresh` says no meanwhile.
    pub async fn follow(self: Arc<Self>, url: String, is_fresh: impl Fn(bool)) {
        let mut listener = None;
        loop {
            let caught_up = self.catch_up().await;
            if let Err(error) = &caught_up {
                tracing::error!(%error, "cannot keep up with the store");
            }
            is_fresh(caught_up.is_ok());
            if !self.store.is_postgres() {
                sleep(POLL).await;
                continue;
            }
            if listener.is_none() {
                listener = listen(&url).await;
            }
            match &mut listener {
                // A message may be lost with its connection: so ask now and then, too.
                Some(told) => match timeout(POLL * 5, told.try_recv()).await {
                    Ok(Ok(Some(_))) | Err(_) => {}
                    Ok(Ok(None) | Err(_)) => listener = None,
                },
                None => sleep(POLL).await,
            }
        }
    }
}

/// Applies an event. An erasure leaves nothing but itself, as it does in the store.
fn apply(registry: &mut Registry, event: &Event) {
    if matches!(event.fact(), Fact::Erasure) {
        registry.remove(event.subject());
    }
    registry.apply(event);
}

/// Connects the listener; `None` if it cannot.
async fn listen(url: &str) -> Option<PgListener> {
    let mut listener = PgListener::connect(url).await.ok()?;
    listener.listen("may_train").await.ok()?;
    Some(listener)
}
