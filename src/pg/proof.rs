//! What a proof asks of a clone, and of the one before it.

use super::fault::Fault;
use super::session::Target;
use crate::words::diagnostic::Place;
use crate::words::error::Result;
use crate::words::name::{Name, TableName};

impl Target {
    /// How many rows the table and those below it have; `None` if there is no such table.
    pub async fn rows(&self, table: &TableName) -> Result<Option<u64>> {
        let failed =
            |error| Fault::rows(error).into_error("verify", Place::from(table), "cannot count the rows of the clone");
        let forced = "SELECT c.relforcerowsecurity FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1)";
        let Some(forced) = self.client().query_opt(forced, &[&table.sql()]).await.map_err(failed)? else {
            return Ok(None);
        };
        let lift = format!("; ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", table.sql());
        let begin = format!("BEGIN{}", if forced.get(0) { &lift } else { "" });
        self.execute(&begin, table, "cannot count the rows of the clone").await?;
        let sql = format!("SELECT pg_catalog.count(*) FROM {}", table.sql());
        let row = self.client().query_one(&sql, &[]).await.map_err(failed)?;
        self.execute("ROLLBACK", table, "cannot count the rows of the clone").await?;
        Ok(Some(row.get::<_, i64>(0) as u64))
    }

    /// True if there is a table of that name with rows.
    pub async fn has_rows(&self, table: &TableName) -> Result<bool> {
        // Whoever may not read the old clone cannot compare with it.
        let readable = "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c \
                        WHERE c.oid = pg_catalog.to_regclass($1) AND pg_catalog.has_table_privilege(c.oid, 'SELECT') \
                          AND NOT pg_catalog.row_security_active(c.oid))";
        let failed = |error| {
            Fault::rows(error).into_error("verify", Place::from(table), "cannot look into the last published clone")
        };
        if !self.client().query_one(readable, &[&table.sql()]).await.map_err(failed)?.get::<_, bool>(0) {
            return Ok(false);
        }
        let sql = format!("SELECT EXISTS (SELECT FROM {})", table.sql());
        Ok(self.client().query_one(&sql, &[]).await.map_err(failed)?.get(0))
    }

    /// True if a column holds a value that a rising sequence has yet to give.
    pub async fn outruns(&self, table: &TableName, column: &Name, sequence: &TableName) -> Result<bool> {
        let sql = format!(
            "SELECT coalesce(pg_catalog.max({})::numeric > (SELECT last_value FROM {}), false) FROM ONLY {}",
            column.sql(),
            sequence.sql(),
            table.sql()
        );
        let row = self.client().query_one(&sql, &[]).await.map_err(|error| {
            Fault::rows(error).into_error(
                "verify",
                Place::from(sequence),
                "cannot compare the sequence with its column",
            )
        })?;
        Ok(row.get(0))
    }
}
