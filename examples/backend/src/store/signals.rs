//! The signals that became events: where each was found, its text, and when it was seen.

use may_train::SubjectId;
use may_train::signals::Signal;
use sqlx::Row;

use super::{Store, StoreError};

impl Store {
    /// Stores the signal behind an event. A second one for the same event changes nothing.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer.
    pub async fn put_signal(
        &self,
        event: &str,
        subject: &SubjectId,
        signal: &Signal,
    ) -> Result<(), StoreError> {
        let body = serde_json::to_string(signal);
        let body = body.map_err(|error| sqlx::Error::Encode(error.into()))?;
        let text = "INSERT INTO signals (event, subject, body) VALUES ($1, $2, $3) \
                    ON CONFLICT (event) DO NOTHING";
        let query = sqlx::query(text).bind(event).bind(subject.as_str()).bind(body);
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// Returns the signals behind a subject's events, as JSON, the oldest first.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer.
    pub async fn signals_of(&self, subject: &SubjectId) -> Result<Vec<String>, StoreError> {
        let text = "SELECT signals.body FROM signals JOIN events ON events.id = signals.event \
                    WHERE signals.subject = $1 ORDER BY events.seq";
        let rows = sqlx::query(text).bind(subject.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}
