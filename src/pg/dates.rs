//! Moves dates of whole tables by whole days: in one transaction, without waking the tables' own triggers.

use super::fault::Fault;
use super::session::Target;
use super::types::Oid;
use crate::words::diagnostic::Place;
use crate::words::error::Result;
use crate::words::name::{Name, TableName};

/// Days that no table's dates span: a detour for columns that are unique, whose neighbours' dates are still in the way.
const DETOUR: i64 = 1_000_000;

/// A table whose dates move.
#[derive(Debug, Clone)]
pub struct Moving {
    /// Its oid.
    pub oid: Oid,
    /// Its name.
    pub table: TableName,
    /// Its rows alone, or also those of its partitions.
    pub only: bool,
    /// The columns, and what a day is to each.
    pub columns: Vec<(Name, Day)>,
}

/// What a day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// A whole number added to a date.
    Number,
    /// An interval of 24 hours: the order of two moments stays, whatever their time zone does in between.
    Hours,
}

impl Moving {
    fn target(&self) -> String {
        format!("{}{}", if self.only { "ONLY " } else { "" }, self.table.sql())
    }

    fn update(&self, days: i64) -> String {
        let moved = |(name, day): &(Name, Day)| match day {
            Day::Number => format!("{0} = {0} + {days}", name.sql()),
            Day::Hours => format!("{0} = {0} + interval '24 hours' * {days}", name.sql()),
        };
        let columns: Vec<String> = self.columns.iter().map(moved).collect();
        format!("UPDATE {} SET {}", self.target(), columns.join(", "))
    }
}

impl Target {
    /// The days from the newest of all these dates to today, in the session's time zone; none if it is not past.
    pub async fn days_behind(&self, tables: &[Moving]) -> Result<i64> {
        let columns = tables.iter().flat_map(|table| table.columns.iter().map(move |(name, _)| (table, name)));
        let selects: Vec<String> = columns
            .map(|(table, name)| {
                let (name, table) = (name.sql(), table.target());
                format!("SELECT pg_catalog.max({name}) FILTER (WHERE pg_catalog.isfinite({name}))::pg_catalog.date FROM {table}")
            })
            .collect();
        let sql = format!(
            "SELECT greatest(0, coalesce(pg_catalog.now()::pg_catalog.date - pg_catalog.max(newest), 0)) FROM ({}) AS dates(newest)",
            selects.join(" UNION ALL ")
        );
        let row =
            self.client().query_one(&sql, &[]).await.map_err(|error| {
                Fault::rows(error).into_error("shift-dates", Place::Run, "cannot find the newest date")
            })?;
        Ok(i64::from(row.get::<_, i32>(0)))
    }

    /// Moves the dates; a constraint that would not hold then is a refusal, and nothing was moved.
    pub async fn move_dates(&self, tables: &[Moving], days: i64) -> Result<()> {
        let done = self.move_all(tables, days).await;
        if done.is_err() {
            let _ = self.client().batch_execute("ROLLBACK").await;
        }
        done
    }

    async fn move_all(&self, tables: &[Moving], days: i64) -> Result<()> {
        let doing = "cannot keep the tables' triggers quiet while dates are moved";
        let oids: Vec<Oid> = tables.iter().map(|table| table.oid).collect();
        self.execute("BEGIN; SET CONSTRAINTS ALL DEFERRED", Place::Run, doing).await?;
        let rows = self.client().query(include_str!("triggers.sql"), &[&oids]).await;
        let rows = rows.map_err(|error| Fault::schema(error).into_error("shift-dates", Place::Run, doing))?;
        let all = |at| rows.iter().map(|row| row.get::<_, String>(at)).collect::<Vec<_>>().join("; ");
        self.execute(&all(0), Place::Run, doing).await?;
        for table in tables {
            self.move_table(table, days).await?;
        }
        let checked = self.client().batch_execute("SET CONSTRAINTS ALL IMMEDIATE").await;
        checked.map_err(|error| refusal(Fault::rows(error), Place::Run, days))?;
        self.execute(&all(1), Place::Run, doing).await?;
        self.execute("COMMIT", Place::Run, "cannot keep the dates that were moved").await?;
        for table in tables {
            self.analyze(&table.table).await?;
        }
        Ok(())
    }

    async fn move_table(&self, table: &Moving, days: i64) -> Result<()> {
        let client = self.client();
        let direct = client.batch_execute(&format!("SAVEPOINT dates; {}", table.update(days))).await;
        let Err(error) = direct else { return Ok(()) };
        let fault = Fault::rows(error);
        if !(fault.is("23505") || fault.is("23P01")) {
            return Err(refusal(fault, Place::from(&table.table), days));
        }
        let detour = format!("ROLLBACK TO SAVEPOINT dates; {}; {}", table.update(DETOUR), table.update(days - DETOUR));
        let moved = client.batch_execute(&detour).await;
        moved.map_err(|error| refusal(Fault::rows(error), Place::from(&table.table), days))
    }
}

fn refusal(fault: Fault, place: Place, days: i64) -> crate::words::error::Error {
    fault
        .into_refusal("shift-dates", place, &format!("its dates cannot be moved by {days} days"))
        .with_help("list the columns that a constraint compares together, or leave this table's out of shift_dates")
}
