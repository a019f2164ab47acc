//! Erasures: the content of a person's events goes, and their opt-outs stay under a token.

use may_train::ledger::{SuppressionList, Token, TokenKey};
use may_train::{Event, Fact, Subject, SubjectId};
use serde_json::{Value, json};
use sqlx::Row;

use super::writer::{Written, insert};
use super::{Store, StoreError, event_of, subject_of};

impl Store {
    /// Erases a subject, and returns the event that says so. A second erasure changes nothing.
    ///
    /// `identifier` outlives the account, such as an e-mail address: the opt-outs in force are kept
    /// under its token. The identifier itself is not stored.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer. Then nothing is erased.
    pub async fn erase(
        &self,
        subject: &SubjectId,
        identifier: Option<&str>,
        key: &TokenKey,
    ) -> Result<Event, StoreError> {
        let mut transaction = self.begin().await?;
        let now = self.now(&mut transaction).await?;
        let erasure = Event::new(subject.clone(), now, Fact::Erasure);
        let text = "SELECT seq, id, subject, body FROM events WHERE subject = $1 ORDER BY seq";
        let rows = sqlx::query(text).bind(subject.as_str()).fetch_all(&mut *transaction).await?;
        let events: Vec<_> = rows.iter().map(event_of).collect::<Result<_, _>>()?;
        let id = format!("erasure-{}", key.token(subject.as_str()));
        match insert(&mut transaction, &id, &erasure, Some(now)).await? {
            Written::New(_) => {}
            Written::Again | Written::OtherContent | Written::Erased => {
                let first = events.into_iter().rev().find_map(|stored| stored.event);
                return Ok(first.unwrap_or(erasure));
            }
        }
        if let (Some(identifier), Some(known)) = (identifier, subject_of(subject, &events)) {
            let mut list = SuppressionList::new();
            list.remember(key.token(identifier), &known, now);
            for (token, purpose, since) in rows_of(&list) {
                let text = "INSERT INTO suppressions (token, purpose, since) VALUES ($1, $2, $3) \
                            ON CONFLICT DO NOTHING";
                let query = sqlx::query(text).bind(token).bind(purpose).bind(since);
                query.execute(&mut *transaction).await?;
            }
        }
        let text = "INSERT INTO erasures (subject, event) VALUES ($1, $2)";
        let query = sqlx::query(text).bind(subject.as_str()).bind(&id);
        query.execute(&mut *transaction).await?;
        let text = "UPDATE events SET body = NULL, digest = '' WHERE subject = $1 AND id <> $2";
        let query = sqlx::query(text).bind(subject.as_str()).bind(&id);
        query.execute(&mut *transaction).await?;
        let text = "DELETE FROM signals WHERE subject = $1";
        sqlx::query(text).bind(subject.as_str()).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(erasure)
    }

    /// Returns a new account with the opt-outs that an erased account of the same identifier had.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer.
    pub async fn with_suppressed(
        &self,
        token: Token,
        subject: Subject,
    ) -> Result<Subject, StoreError> {
        let text = "SELECT purpose, since FROM suppressions WHERE token = $1";
        let rows = sqlx::query(text).bind(token.to_string()).fetch_all(&self.pool).await?;
        let rows: Vec<Value> = rows
            .iter()
            .map(|row| {
                let (purpose, since): (String, String) = (row.try_get(0)?, row.try_get(1)?);
                Ok(json!({"token": token.to_string(), "purpose": purpose, "since": since}))
            })
            .collect::<Result<_, sqlx::Error>>()?;
        let list: SuppressionList =
            serde_json::from_value(rows.into()).map_err(|_| StoreError::Row(0, "suppressions"))?;
        Ok(list.apply(token, subject))
    }
}

/// Returns the entries of a list, as its JSON has them.
fn rows_of(list: &SuppressionList) -> Vec<(String, String, String)> {
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    match serde_json::to_value(list) {
        Ok(Value::Array(entries)) => entries
            .iter()
            .map(|entry| (text(entry, "token"), text(entry, "purpose"), text(entry, "since")))
            .collect(),
        Ok(_) | Err(_) => Vec::new(),
    }
}
