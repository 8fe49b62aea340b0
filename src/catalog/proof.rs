//! What a clone must have as its source has it: constraints, indexes, triggers, row security.

use crate::pg::fault::Fault;
use crate::words::name::TableName;
use std::collections::BTreeMap;
use tokio_postgres::Client;

/// One thing that belongs to a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    /// Its table.
    pub table: TableName,
    /// `constraint`, `index`, `trigger`, `row security`.
    pub kind: String,
    /// Its name; none for row security.
    pub name: String,
}

/// The state of a partitioned table's index that not all partitions have.
pub const NOT_VALID: &str = "not valid";

/// Every such thing of a database, with its state as a text that is equal in equal states.
pub async fn things(client: &Client) -> Result<BTreeMap<Thing, String>, Fault> {
    let rows = client.query(include_str!("proof.sql"), &[]).await.map_err(Fault::schema)?;
    Ok(rows
        .iter()
        .map(|row| {
            let table = TableName::new(row.get::<_, String>(1), row.get::<_, String>(2));
            (Thing { table, kind: row.get(0), name: row.get(3) }, row.get(4))
        })
        .collect())
}
