//! What filling tables needs to know beside their shape.

use super::Oid;
use super::read::{get, query};
use crate::pg::fault::Fault;
use std::collections::HashMap;
use tokio_postgres::Client;

/// What filling tables needs to know beside their shape.
#[derive(Debug, Clone, Default)]
pub struct SeedFacts {
    /// Per table.
    pub tables: HashMap<Oid, TableFacts>,
    /// Per sequence.
    pub sequences: HashMap<Oid, SequenceFacts>,
}

/// A table, as somebody who fills it sees it.
#[derive(Debug, Clone, Default)]
pub struct TableFacts {
    /// May we INSERT.
    pub insertable: bool,
    /// Is our user its owner, or a member of it.
    pub owned: bool,
    /// FORCE ROW LEVEL SECURITY.
    pub forced: bool,
    /// Enabled triggers on INSERT, by name.
    pub triggers: Vec<String>,
    /// The constraint of each leaf partition that stores rows here, as SQL.
    pub bounds: Vec<String>,
}

/// A sequence, as somebody who restarts it sees it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SequenceFacts {
    /// Its first value.
    pub start: i64,
    /// Its step.
    pub increment: i64,
    /// Is our user its owner, or a member of it.
    pub owned: bool,
}

/// Reads the facts; the session's `search_path` is empty.
pub async fn seed_facts(client: &Client) -> Result<SeedFacts, Fault> {
    let (tables, sequences) = tokio::try_join!(
        query(client, include_str!("seeding.sql")),
        query(client, include_str!("seeding_sequences.sql")),
    )?;
    let mut facts = SeedFacts::default();
    for row in &tables {
        let table = TableFacts {
            insertable: get(row, "insertable")?,
            owned: get(row, "owned")?,
            forced: get(row, "forced")?,
            triggers: get(row, "triggers")?,
            bounds: get(row, "bounds")?,
        };
        facts.tables.insert(get(row, "table")?, table);
    }
    for row in &sequences {
        let sequence =
            SequenceFacts { start: get(row, "start")?, increment: get(row, "increment")?, owned: get(row, "owned")? };
        facts.sequences.insert(get(row, "oid")?, sequence);
    }
    Ok(facts)
}
