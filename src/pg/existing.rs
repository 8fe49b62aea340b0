//! `into: existing`: the rows of a built database take the place of those of the present one, in one transaction of one
//! session.
//!
//! Old rows are deleted, not truncated: a reader whose snapshot is older than the COMMIT then sees all of the old rows, and
//! never an empty table.

use super::fault::Fault;
use super::session::Target;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::{Name, TableName, literal};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// How long readers of the present database wait behind our wish for its tables, how often it is renewed, and when.
const LOCK_WAIT: &str = "2s";
const LOCK_TRIES: usize = 40;
const LOCK_PAUSE: Duration = Duration::from_secs(1);

/// Rows on their way from the built database into the present one.
pub struct Existing<'e> {
    /// Tables whose rows are replaced; of partitioned ones the topmost.
    pub tables: &'e [TableName],
    /// Sequences that no column owns are set too.
    pub whole: bool,
    /// The built database.
    pub built: &'e Target,
    /// The present one.
    pub live: &'e Target,
}

/// The columns of a table: name, type, computed.
struct Columns {
    all: Vec<(Name, String, bool)>,
    plain: bool,
}

impl Existing<'_> {
    /// Replaces all rows and proves them; [`Existing::commit`] must follow, or the session ends and nothing was changed.
    pub async fn replace(&self) -> Result<()> {
        self.lock().await?;
        let names: Vec<String> = self.tables.iter().map(TableName::sql).collect();
        let tables = self.relations(&names).await?;
        let before = self.list(include_str!("existing_state.sql"), &[&tables]).await?;
        let references = self.ask(self.live, include_str!("existing_references.sql"), &[&tables]).await?;
        let quiet = self.ask(self.live, include_str!("existing_quiet.sql"), &[&tables]).await?;
        for reference in &references {
            self.live.execute(reference.get(2), object(reference), "cannot take a foreign key away").await?;
        }
        for row in &quiet {
            self.live.execute(row.get(0), Place::Run, "cannot keep a trigger still").await?;
        }
        // What was built is dropped afterwards: its row security may go.
        for row in self.ask(self.built, include_str!("existing_quiet.sql"), &[&tables]).await? {
            self.built.execute(row.get(0), Place::Run, "cannot read what was built").await?;
        }
        for table in self.tables {
            self.table(table).await?;
        }
        // A trigger cannot be switched while checks of the same table are still to come.
        self.live.build("SET CONSTRAINTS ALL IMMEDIATE", Place::Run, "the new rows break a constraint").await?;
        for row in &quiet {
            self.live.execute(row.get(1), Place::Run, "cannot bring a trigger back").await?;
        }
        self.sequences(&tables).await?;
        for reference in &references {
            self.live.build(reference.get(3), object(reference), "the new rows break a foreign key").await?;
        }
        for view in self.list(include_str!("existing_views.sql"), &[&tables]).await? {
            self.live.build(&view, Place::Run, "cannot fill a materialised view again").await?;
        }
        if self.list(include_str!("existing_state.sql"), &[&tables]).await? == before {
            return Ok(());
        }
        let message = "triggers, rules, row security or foreign keys are not what they were before";
        Err(Error::Findings(vec![Diagnostic::error("existing-differs", Place::Run, message)]))
    }

    /// Makes the new rows the present ones, together with the database's comment.
    pub async fn commit(&self, database: &str, comment: &str) -> Result<()> {
        let sql = format!("COMMENT ON DATABASE {} IS {}; COMMIT", Name::from(database).sql(), literal(comment));
        self.live.execute(&sql, Place::from(&Name::from(database)), "cannot keep the new rows").await
    }

    /// Frees the room of old rows and gathers statistics.
    pub async fn tidy(&self) -> Result<()> {
        for table in self.tables {
            let sql = format!("VACUUM (ANALYZE) {}", table.sql());
            self.live.build(&sql, table, "cannot free the room of the old rows").await?;
        }
        Ok(())
    }

    /// Begins, and locks the tables and the other ends of their foreign keys; gives way and tries again where others hold them.
    async fn lock(&self) -> Result<()> {
        let names: Vec<String> = self.tables.iter().map(TableName::sql).collect();
        for tries in 1.. {
            let relations = self.relations(&names).await?;
            let references = self.ask(self.live, include_str!("existing_references.sql"), &[&relations]).await?;
            let ends = references.iter().flat_map(|row| [row.get(0), row.get(1)]);
            let mut locked: Vec<String> = relations.into_iter().chain(ends).collect();
            locked.sort();
            locked.dedup();
            let locked: Vec<String> = locked.iter().map(|name| format!("ONLY {name}")).collect();
            let sql = format!(
                "BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = '{LOCK_WAIT}'; \
                 LOCK TABLE {} IN ACCESS EXCLUSIVE MODE; SET LOCAL lock_timeout = '10s'",
                locked.join(", ")
            );
            let Err(fault) = self.live.client().batch_execute(&sql).await.map_err(Fault::schema) else { break };
            if tries == LOCK_TRIES || !(fault.is("55P03") || fault.is("40P01")) {
                return Err(fault.into_error("existing-lock", Place::Run, "cannot lock the present tables"));
            }
            self.live.execute("ROLLBACK", Place::Run, "cannot give way").await?;
            tokio::time::sleep(LOCK_PAUSE).await;
        }
        Ok(())
    }

    /// Deletes the rows of a table, brings the built ones, and counts.
    async fn table(&self, table: &TableName) -> Result<()> {
        let (from, to) = (columns(self.built, table).await?, columns(self.live, table).await?);
        let columns = from.shared(&to, table)?;
        let (from, to) = (from.name(table), to.name(table));
        self.live.build(&format!("DELETE FROM {to}"), table, "cannot delete the old rows").await?;
        let reading =
            |error| Fault::rows(error).into_error("existing-read", Place::from(table), "cannot read what was built");
        let writing = |error| {
            Fault::rows(error).into_error("existing-write", Place::from(table), "the present table refused rows")
        };
        let read = format!("COPY (SELECT {columns} FROM {from}) TO STDOUT");
        let mut out = std::pin::pin!(self.built.client().copy_out(&read).await.map_err(reading)?);
        let list = if columns.is_empty() { String::new() } else { format!(" ({columns})") };
        let write = format!("COPY {}{list} FROM STDIN", table.sql());
        let mut sink = std::pin::pin!(self.live.client().copy_in::<_, bytes::Bytes>(&write).await.map_err(writing)?);
        while let Some(piece) = out.next().await {
            if sink.send(piece.map_err(reading)?).await.is_err() {
                // The server's own words come from `finish`.
                break;
            }
        }
        let stored = sink.finish().await.map_err(writing)?;
        let (sent, present) = (count(self.built, &from, table).await?, count(self.live, &to, table).await?);
        if stored == sent && present == sent {
            return Ok(());
        }
        let message = format!("{sent} rows were built, the present table stored {stored} and has {present}");
        Err(Error::Findings(vec![Diagnostic::error("count-differs", table, message)]))
    }

    /// Lets sequences go on where those of the built database stand, never behind the column that they number.
    async fn sequences(&self, tables: &[String]) -> Result<()> {
        let known = self.ask(self.live, include_str!("existing_sequences.sql"), &[&tables, &self.whole]).await?;
        for row in &known {
            let (name, least, most, step): (String, i64, i64, i64) = (row.get(0), row.get(1), row.get(2), row.get(3));
            let exists =
                "SELECT EXISTS (SELECT FROM pg_catalog.pg_sequence WHERE seqrelid = pg_catalog.to_regclass($1))";
            let is_built: bool = self.ask(self.built, exists, &[&name]).await?[0].get(0);
            let owner: Option<String> = row.get(4);
            if !is_built && owner.is_none() {
                continue;
            }
            let at = if is_built { self.built } else { self.live };
            let value = self.ask(at, &format!("SELECT last_value, is_called FROM {name}"), &[]).await?;
            let next = |last: i64| last.saturating_add(step);
            let mut start = if value[0].get(1) { next(value[0].get(0)) } else { value[0].get(0) };
            if let (Some(owner), Some(column), true) = (owner, row.get::<_, Option<String>>(5), step > 0) {
                let largest = format!("SELECT pg_catalog.max({column})::bigint FROM {owner}");
                let largest: Option<i64> = self.ask(self.live, &largest, &[]).await?[0].get(0);
                start = start.max(largest.filter(|largest| *largest < most).map_or(start, next));
            }
            let sql = format!("ALTER SEQUENCE {name} RESTART WITH {}", start.clamp(least, most));
            self.live.execute(&sql, Place::Object(name), "cannot set the sequence").await?;
        }
        Ok(())
    }

    /// The present database's tables of these names, with their partitions.
    async fn relations(&self, names: &[String]) -> Result<Vec<String>> {
        self.list(include_str!("existing_relations.sql"), &[&names]).await
    }

    /// The first column of what the present database answers.
    async fn list(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<String>> {
        Ok(self.ask(self.live, sql, values).await?.iter().map(|row| row.get(0)).collect())
    }

    async fn ask(&self, at: &Target, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        let rows = at.client().query(sql, values).await;
        rows.map_err(|error| {
            Fault::rows(error).into_error("existing", Place::Run, "cannot read the present database's catalog")
        })
    }
}

impl Columns {
    /// The columns that both have, as a list; refused where rows would lose a value, or change it.
    fn shared(&self, present: &Columns, table: &TableName) -> Result<String> {
        let known = |name: &Name| present.all.iter().find(|(other, ..)| other == name);
        let fault = |name: &Name, message: String| {
            Err(Error::failed(
                Diagnostic::error("existing-column", &table.column(name), message)
                    .help("let staging's migrations and production's agree, or migrate what was built in a hook"),
            ))
        };
        let mut shared = Vec::new();
        for (name, ty, computed) in &self.all {
            match known(name) {
                Some((_, _, true)) => {}
                Some((_, other, _)) if other != ty => {
                    return fault(name, format!("it is {ty} in what was built, and {other} in the present table"));
                }
                Some(_) => shared.push(name.sql()),
                None if *computed => {}
                None => return fault(name, "the present table does not have this column".to_owned()),
            }
        }
        Ok(shared.join(", "))
    }

    /// The table as statements name it: without its children, if it has rows of its own.
    fn name(&self, table: &TableName) -> String {
        if self.plain { format!("ONLY {}", table.sql()) } else { table.sql() }
    }
}

/// The ends of a foreign key.
fn object(reference: &Row) -> Place {
    Place::Object(format!("{}, foreign key to {}", reference.get::<_, &str>(0), reference.get::<_, &str>(1)))
}

async fn columns(at: &Target, table: &TableName) -> Result<Columns> {
    let rows = at.client().query(include_str!("existing_columns.sql"), &[&table.sql()]).await;
    let rows = rows
        .map_err(|error| Fault::schema(error).into_error("existing", Place::from(table), "cannot read its columns"))?;
    let Some(first) = rows.first() else {
        let message = "both databases must have this table, and one does not have it any more";
        return Err(Error::failed(Diagnostic::error("existing-table", table, message)));
    };
    let column = |row: &Row| Some((Name::from(row.get::<_, Option<String>>(0)?), row.get(1), row.get(2)));
    Ok(Columns { all: rows.iter().filter_map(column).collect(), plain: first.get(3) })
}

async fn count(at: &Target, name: &str, table: &TableName) -> Result<u64> {
    let row = at.client().query_one(&format!("SELECT pg_catalog.count(*) FROM {name}"), &[]).await;
    let row =
        row.map_err(|error| Fault::rows(error).into_error("existing", Place::from(table), "cannot count its rows"))?;
    Ok(row.get::<_, i64>(0) as u64)
}
