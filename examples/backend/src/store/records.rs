//! Records: what this service knows of the platform's posts. In real life, your own table.

use may_train::{Record, SubjectId};
use sqlx::Row;

use super::{Store, StoreError};

impl Store {
    /// Stores records; a record of the same id is replaced. All or none are stored.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer.
    pub async fn put_records(&self, records: &[Record]) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        for record in records {
            let id = record.id().as_str();
            let body = serde_json::to_string(record);
            let body = body.map_err(|error| sqlx::Error::Encode(error.into()))?;
            let text = "INSERT INTO records (id, body) VALUES ($1, $2) \
                        ON CONFLICT (id) DO UPDATE SET body = excluded.body";
            sqlx::query(text).bind(id).bind(body).execute(&mut *transaction).await?;
            let text = "DELETE FROM record_subjects WHERE record = $1";
            sqlx::query(text).bind(id).execute(&mut *transaction).await?;
            for subject in record.subjects() {
                let text = "INSERT INTO record_subjects (subject, record) VALUES ($1, $2)";
                let query = sqlx::query(text).bind(subject.as_str()).bind(id);
                query.execute(&mut *transaction).await?;
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Returns the records of a subject.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer.
    pub async fn records_of(&self, subject: &SubjectId) -> Result<Vec<Record>, StoreError> {
        let text = "SELECT body FROM records JOIN record_subjects ON record = id \
                    WHERE subject = $1 ORDER BY id";
        let rows = sqlx::query(text).bind(subject.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(record_of).collect()
    }

    /// Returns the records after an id, in the order of the ids, and at most `limit`.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer.
    pub async fn records_after(&self, id: &str, limit: i64) -> Result<Vec<Record>, StoreError> {
        let text = "SELECT body FROM records WHERE id > $1 ORDER BY id LIMIT $2";
        let rows = sqlx::query(text).bind(id).bind(limit).fetch_all(&self.pool).await?;
        rows.iter().map(record_of).collect()
    }
}

fn record_of(row: &sqlx::any::AnyRow) -> Result<Record, StoreError> {
    let body: String = row.try_get(0)?;
    serde_json::from_str(&body).map_err(|_| StoreError::Row(0, "records"))
}
