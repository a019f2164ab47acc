//! Sealed runs: the lines of the ledger.

use sqlx::Row;

use super::{Store, StoreError};

impl Store {
    /// Returns the lines after a number, the oldest first.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer.
    pub async fn runs_after(&self, number: i64) -> Result<Vec<String>, StoreError> {
        let text = "SELECT line FROM runs WHERE number > $1 ORDER BY number";
        let rows = sqlx::query(text).bind(number).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Appends a line, if no other instance has appended one of that number or that id. Returns
    /// whether it did.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer.
    pub async fn append_run(&self, number: i64, id: &str, line: &str) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let text = "INSERT INTO runs (number, id, line) \
                    SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT) \
                    WHERE NOT EXISTS (SELECT 1 FROM runs WHERE number >= $1 OR id = CAST($2 AS TEXT))";
        let query = sqlx::query(text).bind(number).bind(id).bind(line);
        let done = query.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}
