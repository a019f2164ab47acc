//! The writer of events: one task that commits many events in one transaction.
//!
//! A caller hands over an event and waits for the answer, which comes once the event is on the disk.
//! The queue is bounded, so that a database that is slow makes callers hear of it.

use std::slice;

use may_train::{Event, Fact, Subject, Timestamp};
use sqlx::{Any, Transaction};
use tokio::sync::{mpsc, oneshot};

use super::{Store, StoreError};

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It is stored, with its transaction time.
    New(Event),
    /// It was stored before, by the same id and with the same content.
    Again,
    /// Another event has its id.
    OtherContent,
    /// Its subject was erased: nothing about them is stored any more.
    Erased,
}

/// An event on its way to the disk.
struct Wanted {
    id: String,
    event: Event,
    answer: oneshot::Sender<Result<Written, StoreError>>,
}

/// The way to the writer.
#[derive(Clone)]
pub struct Writer(mpsc::Sender<Wanted>);

/// How many events wait at most, and how many share a transaction.
const QUEUE: usize = 1024;
const BATCH: usize = 256;

impl Writer {
    /// Starts the task. It ends once every `Writer` is dropped and the queue is empty.
    #[must_use]
    pub fn start(store: Store) -> (Self, tokio::task::JoinHandle<()>) {
        let (sender, mut queue) = mpsc::channel(QUEUE);
        let task = tokio::spawn(async move {
            let mut batch = Vec::with_capacity(BATCH);
            while queue.recv_many(&mut batch, BATCH).await > 0 {
                write(&store, &mut batch).await;
            }
        });
        (Self(sender), task)
    }

    /// Stores an event under an id, and returns once it is on the disk.
    ///
    /// The transaction time of the event is replaced by the present: a platform learns an event
    /// when it stores it.
    ///
    /// # Errors
    ///
    /// Fails at once if the queue is full, and if the database does not answer. Then the event may
    /// be stored or not: send it again, with the same id.
    pub async fn write(&self, id: String, event: Event) -> Result<Written, StoreError> {
        let (answer, answered) = oneshot::channel();
        let wanted = Wanted { id, event, answer };
        self.0.try_send(wanted).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => StoreError::Full,
            mpsc::error::TrySendError::Closed(_) => StoreError::Stopped,
        })?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }
}

/// Writes the batch in one transaction, and answers.
async fn write(store: &Store, batch: &mut Vec<Wanted>) {
    let mut answers = Vec::with_capacity(batch.len());
    let result = write_all(store, batch, &mut answers).await;
    for (number, wanted) in batch.drain(..).enumerate() {
        let written = match &result {
            Ok(()) => answers.get(number).cloned().ok_or(StoreError::Stopped),
            Err(error) => Err(sqlx::Error::Protocol(error.to_string()).into()),
        };
        // Who asked may have gone; the event stays.
        let _ = wanted.answer.send(written);
    }
}

async fn write_all(
    store: &Store,
    batch: &[Wanted],
    answers: &mut Vec<Written>,
) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    let now = store.now(&mut transaction).await?;
    for Wanted { id, event, .. } in batch {
        answers.push(insert(&mut transaction, id, event, Some(now)).await?);
    }
    Ok(transaction.commit().await?)
}

impl Store {
    /// Stores subjects with the transaction times that they have: the history of a platform that
    /// starts to use this service. All or none are stored. Of an erased subject, the erasure alone
    /// is stored.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer.
    pub async fn import(
        &self,
        subjects: impl IntoIterator<Item = Subject>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        for subject in subjects {
            let events = subject.events();
            let erasure = events.iter().find(|event| matches!(event.fact(), Fact::Erasure));
            for (number, event) in erasure.map_or(&events[..], slice::from_ref).iter().enumerate() {
                insert(&mut transaction, &format!("{}-{number}", subject.id()), event, None)
                    .await?;
            }
            if erasure.is_some() {
                let text = "INSERT INTO erasures (subject, event) VALUES ($1, $2)";
                let query = sqlx::query(text).bind(subject.id().as_str());
                query.bind(format!("{}-0", subject.id())).execute(&mut *transaction).await?;
            }
        }
        Ok(transaction.commit().await?)
    }
}

/// Inserts an event, unless its id is taken or its subject was erased.
pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    id: &str,
    event: &Event,
    recorded: Option<Timestamp>,
) -> Result<Written, StoreError> {
    // The digest is of what the caller sent: it must not change when the event is sent again.
    let sent = serde_json::to_vec(event).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let digest = blake3::hash(&sent).to_hex();
    let event = event.clone().with_recorded(recorded.unwrap_or_else(|| event.recorded()));
    let body = serde_json::to_string(&event).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let text = "INSERT INTO events (id, subject, recorded, digest, body) \
                SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS TEXT) \
                WHERE NOT EXISTS (SELECT 1 FROM erasures WHERE erasures.subject = CAST($2 AS TEXT)) \
                ON CONFLICT (id) DO NOTHING";
    let query = sqlx::query(text).bind(id).bind(event.subject().as_str());
    let query = query.bind(event.recorded().as_micros()).bind(digest.as_str()).bind(body);
    if query.execute(&mut **transaction).await?.rows_affected() == 1 {
        return Ok(Written::New(event));
    }
    let text = "SELECT digest FROM events WHERE id = $1";
    let held: Option<String> =
        sqlx::query_scalar(text).bind(id).fetch_optional(&mut **transaction).await?;
    Ok(match held.as_deref() {
        None | Some("") => Written::Erased,
        Some(held) if held == digest.as_str() => Written::Again,
        Some(_) => Written::OtherContent,
    })
}
