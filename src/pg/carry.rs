//! What a database owns itself survives its refresh: rows, or single columns, of the present one in the one that was built.
//!
//! All in one transaction of the built database, in which triggers of users stay still.

use super::fault::Fault;
use super::session::{Source, Target};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::{Name, TableName};
use futures_util::{SinkExt, StreamExt};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// What is carried of one table.
#[derive(Debug, Clone)]
pub struct Carry {
    /// The table.
    pub table: TableName,
    /// Where the rule stands.
    pub place: Place,
    /// Rows or columns.
    pub what: What,
    /// What becomes of a carried row whose key a row of the clone has.
    pub conflict: Conflict,
    /// A carried row without its parent ends the run; else it is left out.
    pub refuse_missing_parent: bool,
    /// Rows that are not carried, whatever else is said: subjects that are forgotten.
    pub forgotten: Vec<Keys>,
}

/// Rows of a table by the texts of their keys.
#[derive(Clone)]
pub struct Keys {
    /// Gives them as `u`, from as many text arrays as the key has columns.
    pub from: String,
    /// TRUE for a row of the table and its key in `u`.
    pub on: String,
    /// The texts, column by column.
    pub texts: Vec<Vec<String>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} keys", self.texts.first().map_or(0, Vec::len))
    }
}

/// Rows or columns.
#[derive(Debug, Clone)]
pub enum What {
    /// Whole rows: all, or those for which an expression over `t` is true.
    Rows(Option<String>),
    /// Some columns of the clone's own rows, found by a key.
    Columns {
        /// Whose values are carried.
        columns: Vec<Name>,
        /// The columns of a unique key.
        key: Vec<Name>,
    },
}

/// What becomes of a carried row whose key a row of the clone has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Conflict {
    /// The run ends.
    #[default]
    Refuse,
    /// It takes that row's place.
    Carried,
    /// It is left out.
    Clone,
}

/// What was carried of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The table.
    pub table: TableName,
    /// Rows that were added, or whose columns were set.
    pub rows: u64,
    /// Rows that were left out for want of a parent.
    pub without_parent: u64,
    /// Rows that met another with their key.
    pub conflicts: u64,
    /// Rows that were left out because they are subjects that are forgotten.
    pub forgotten: u64,
    /// Columns of the present table that the built one does not have.
    pub lost: Vec<Name>,
}

/// A table at work.
struct Carried<'c> {
    rule: &'c Carry,
    /// The temporary table that holds its rows.
    rows: String,
    columns: Vec<Name>,
    outcome: Outcome,
}

/// A foreign key from or to a carried table.
struct Reference {
    child: String,
    parent: String,
    drop: String,
    add: String,
    columns: Vec<String>,
    parent_columns: Vec<String>,
    given: String,
    equal: String,
}

/// Carries everything; nothing is changed if that fails.
pub async fn carry(rules: &[Carry], from: &Source, to: &Target) -> Result<Vec<Outcome>> {
    to.execute("BEGIN", Place::Run, "cannot begin to carry").await?;
    let mut carried = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        carried.extend(fetch(rule, format!("pg_temp.carried_{at}"), from, to).await?);
    }
    let tables: Vec<String> = carried.iter().map(|one| one.rule.table.sql()).collect();
    let rows = to.client().query(include_str!("carry_references.sql"), &[&tables]).await;
    let rows = rows.map_err(|error| fault(error, &Place::Run, "cannot read the foreign keys of carried tables"))?;
    let references: Vec<Reference> = rows.iter().map(reference).collect();
    let names = names(to, &tables).await?;
    for one in &mut carried {
        one.meet(to, false).await?;
    }
    while leave_out(&mut carried, &names, &references, to).await? > 0 {}
    let mut replacing = Vec::new();
    for (one, name) in carried.iter_mut().zip(&names) {
        if one.meet(to, true).await? {
            replacing.push(name);
        }
    }
    let parts = |reference: &&Reference| {
        replacing.contains(&&reference.parent) || names.contains(&reference.parent) && names.contains(&reference.child)
    };
    let apart: Vec<&Reference> = references.iter().filter(parts).collect();
    for reference in &apart {
        to.execute(&reference.drop, Place::Run, "cannot take a foreign key of a carried table away").await?;
    }
    for one in &mut carried {
        one.put(to).await?;
    }
    for reference in &apart {
        let place = Place::Object(reference.child.clone());
        to.build(&reference.add, place, "what was carried breaks a foreign key").await?;
    }
    to.build("COMMIT", Place::Run, "cannot keep what was carried").await?;
    Ok(carried.into_iter().map(|one| one.outcome).collect())
}

/// Lets rising sequences begin no lower than `start`; returns those that cannot go so high.
pub async fn start_sequences(to: &Target, start: i64) -> Result<Vec<TableName>> {
    let sql = "SELECT n.nspname::text, c.relname::text, s.seqmax >= $1 FROM pg_catalog.pg_sequence s \
               JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE s.seqincrement > 0 ORDER BY 1, 2";
    let rows = to.client().query(sql, &[&start]).await;
    let rows = rows.map_err(|error| fault(error, &Place::Run, "cannot read the clone's sequences"))?;
    let mut small = Vec::new();
    for row in rows {
        let name = TableName::new(row.get::<_, String>(0), row.get::<_, String>(1));
        if !row.get::<_, bool>(2) {
            small.push(name);
            continue;
        }
        let sequence = name.sql();
        let sql = format!(
            "SELECT pg_catalog.setval({}, {start}, false) FROM {sequence} WHERE last_value < {start}",
            crate::words::name::literal(&sequence)
        );
        to.execute(&sql, &name, "cannot set the sequence").await?;
    }
    Ok(small)
}

/// Brings the rows of one table into a temporary one; `None` if the present database has no such table.
async fn fetch<'c>(rule: &'c Carry, rows: String, from: &Source, to: &Target) -> Result<Option<Carried<'c>>> {
    let (there, here) = (columns(from.client(), rule).await?, columns(to.client(), rule).await?);
    if there.is_empty() {
        return Ok(None);
    }
    let has = |names: &[Name], name: &Name| names.contains(name);
    let wanted: Vec<Name> = match &rule.what {
        What::Rows(_) => there.clone(),
        What::Columns { columns, key } => key.iter().chain(columns).cloned().collect(),
    };
    let (columns, lost): (Vec<Name>, Vec<Name>) =
        wanted.into_iter().partition(|name| has(&there, name) && has(&here, name));
    if columns.is_empty() || matches!(rule.what, What::Columns { .. }) && !lost.is_empty() {
        let list: Vec<String> = lost.iter().map(ToString::to_string).collect();
        let message = format!("{} cannot be carried: not in both databases: {}", rule.table, list.join(", "));
        return Err(Error::failed(
            Diagnostic::error("carry", rule.place.clone(), message)
                .help("correct `carry`, or add what is missing in a hook"),
        ));
    }
    let (list, table) = (list(&columns), rule.table.sql());
    let temporary = rows.replace("pg_temp.", "");
    let create = format!("CREATE TEMP TABLE {temporary} ON COMMIT DROP AS SELECT {list} FROM {table} WITH NO DATA");
    to.execute(&create, rule.place.clone(), "cannot make room for carried rows").await?;
    let condition = match &rule.what {
        What::Rows(Some(condition)) => format!(" WHERE ({condition})"),
        _ => String::new(),
    };
    let alone = kind(from, rule).await? == "r";
    let only = if alone { "ONLY " } else { "" };
    let read = format!("COPY (SELECT {list} FROM {only}{table} AS t{condition}) TO STDOUT");
    let reading = |error| fault(error, &rule.place, "cannot read what is to be carried");
    let writing = |error| fault(error, &rule.place, "cannot bring over what is to be carried");
    let mut out = std::pin::pin!(from.client().copy_out(&read).await.map_err(reading)?);
    let sink = to.client().copy_in::<_, bytes::Bytes>(&format!("COPY {rows} ({list}) FROM STDIN")).await;
    let mut sink = std::pin::pin!(sink.map_err(writing)?);
    while let Some(piece) = out.next().await {
        sink.send(piece.map_err(reading)?).await.map_err(writing)?;
    }
    sink.finish().await.map_err(writing)?;
    to.execute(&format!("ANALYZE {rows}"), rule.place.clone(), "cannot analyse carried rows").await?;
    let mut outcome =
        Outcome { table: rule.table.clone(), rows: 0, without_parent: 0, conflicts: 0, forgotten: 0, lost };
    for keys in &rule.forgotten {
        let sql = format!("DELETE FROM {rows} t USING {} WHERE {}", keys.from, keys.on);
        let parameters = keys.texts.iter().map(|texts| texts as &(dyn ToSql + Sync)).collect::<Vec<_>>();
        let done = to.client().execute(&sql, &parameters).await;
        outcome.forgotten +=
            done.map_err(|error| fault(error, &rule.place, "cannot leave forgotten subjects out of what is carried"))?;
    }
    Ok(Some(Carried { rule, rows, columns, outcome }))
}

impl Carried<'_> {
    /// Looks for rows of the clone with the key of a carried one: before parents are looked for where the clone's row
    /// stays, after it where the carried one replaces it. True if rows of the clone were removed.
    async fn meet(&mut self, to: &Target, replace: bool) -> Result<bool> {
        let conflict = self.rule.conflict;
        if matches!(self.rule.what, What::Columns { .. }) || (conflict == Conflict::Carried) != replace {
            return Ok(false);
        }
        let (rows, table, place) = (&self.rows, self.rule.table.sql(), &self.rule.place);
        let keys = self.keys(to).await?;
        if keys.is_empty() {
            return Ok(false);
        }
        let meets: Vec<String> =
            keys.iter().map(|(_, equal)| format!("EXISTS (SELECT FROM {table} t WHERE {equal})")).collect();
        let meets = meets.join(" OR ");
        let count = format!("SELECT pg_catalog.count(*) FROM {rows} c WHERE {meets}");
        let counted = to.client().query_one(&count, &[]).await;
        let count: i64 =
            counted.map_err(|error| fault(error, place, "cannot compare carried rows with the clone's"))?.get(0);
        self.outcome.conflicts = count as u64;
        match conflict {
            _ if count == 0 => Ok(false),
            Conflict::Refuse => {
                let message = format!("{count} carried rows have a key that rows of the clone have too");
                Err(Error::failed(Diagnostic::error("carry-conflict", place.clone(), message).help(
                    "say which wins with `conflict: carried` or `conflict: clone`; `sequences: { start: 1000000000 }` keeps new rows apart",
                )))
            }
            Conflict::Clone => {
                let sql = format!("DELETE FROM {rows} c WHERE {meets}");
                to.build(&sql, place.clone(), "cannot leave carried rows out").await.map(|()| false)
            }
            Conflict::Carried => Ok(true),
        }
    }

    /// The unique keys of the clone's table that carried rows have all columns of, and when two rows have the same.
    async fn keys(&self, to: &Target) -> Result<Vec<(Vec<Name>, String)>> {
        let keys = to.client().query(include_str!("carry_keys.sql"), &[&self.rule.table.sql()]).await;
        let keys = keys.map_err(|error| fault(error, &self.rule.place, "cannot read the keys of the clone's table"))?;
        let key = |row: &Row| {
            let columns: Vec<Name> = row.get::<_, Vec<String>>(0).into_iter().map(Name::from).collect();
            columns.iter().all(|name| self.columns.contains(name)).then(|| (columns, row.get(1)))
        };
        Ok(keys.iter().filter_map(key).collect())
    }

    /// Adds the rows, or sets the columns, while triggers and forced row security are still; sequences move past them.
    async fn put(&mut self, to: &Target) -> Result<()> {
        let (rows, table, place) = (&self.rows, self.rule.table.sql(), &self.rule.place);
        let quiet = to.client().query(include_str!("carry_quiet.sql"), &[&table]).await;
        let quiet = quiet.map_err(|error| fault(error, place, "cannot read the triggers of the clone's table"))?;
        for row in &quiet {
            to.execute(row.get(0), place.clone(), "cannot keep a trigger still").await?;
        }
        let columns = list(&self.columns);
        let sql = match &self.rule.what {
            What::Rows(_) => {
                if self.rule.conflict == Conflict::Carried && self.outcome.conflicts > 0 {
                    for (_, equal) in self.keys(to).await? {
                        let sql = format!("DELETE FROM {table} t USING {rows} c WHERE {equal}");
                        to.build(&sql, place.clone(), "cannot replace the clone's rows").await?;
                    }
                }
                format!("INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {rows}")
            }
            What::Columns { columns, key } => {
                let keys = self.keys(to).await?;
                let equal = keys
                    .into_iter()
                    .find(|(one, _)| one.len() == key.len() && key.iter().all(|name| one.contains(name)));
                let Some((_, equal)) = equal else {
                    return Err(Error::failed(Diagnostic::error(
                        "carry",
                        place.clone(),
                        "the key is not unique in the clone",
                    )));
                };
                let set: Vec<String> = columns.iter().map(|name| format!("{0} = c.{0}", name.sql())).collect();
                format!("UPDATE {table} t SET {} FROM {rows} c WHERE {equal}", set.join(", "))
            }
        };
        let done = to.client().execute(&sql, &[]).await;
        self.outcome.rows = done.map_err(|error| fault(error, place, "the clone does not take carried rows"))?;
        // A trigger cannot be switched while checks of the same table are still to come.
        to.build("SET CONSTRAINTS ALL IMMEDIATE", place.clone(), "what was carried breaks a constraint").await?;
        for row in &quiet {
            to.execute(row.get(1), place.clone(), "cannot bring a trigger back").await?;
        }
        let moves = to.client().query(include_str!("carry_sequences.sql"), &[&table]).await;
        for row in &moves.map_err(|error| fault(error, place, "cannot read the sequences of the clone's table"))? {
            to.execute(row.get(0), place.clone(), "cannot move a sequence past carried rows").await?;
        }
        Ok(())
    }
}

/// Leaves out carried rows whose parent is neither in the clone nor carried; returns how many, for those below them.
async fn leave_out(
    carried: &mut [Carried<'_>],
    names: &[String],
    references: &[Reference],
    to: &Target,
) -> Result<u64> {
    let mut left_out = 0;
    for at in 0..carried.len() {
        for reference in references.iter().filter(|reference| reference.child == names[at]) {
            let has = |one: &Carried<'_>, columns: &[String]| {
                columns.iter().all(|column| one.columns.iter().any(|name| name.as_str() == column))
            };
            if !has(&carried[at], &reference.columns) {
                continue;
            }
            let mut sql = format!(
                "DELETE FROM {} c WHERE {} AND NOT EXISTS (SELECT FROM {} p WHERE {})",
                carried[at].rows, reference.given, reference.parent, reference.equal
            );
            for (parent, name) in carried.iter().zip(names) {
                let whole = matches!(parent.rule.what, What::Rows(_)) && has(parent, &reference.parent_columns);
                if *name == reference.parent && whole {
                    sql.push_str(&format!(" AND NOT EXISTS (SELECT FROM {} p WHERE {})", parent.rows, reference.equal));
                }
            }
            let one = &mut carried[at];
            let done = to.client().execute(&sql, &[]).await;
            let done =
                done.map_err(|error| fault(error, &one.rule.place, "cannot look for the parents of carried rows"))?;
            if done > 0 && one.rule.refuse_missing_parent {
                let message =
                    format!("{done} carried rows refer to rows of {} that are not in the clone", reference.parent);
                return Err(Error::failed(
                    Diagnostic::error("carry-parent", one.rule.place.clone(), message)
                        .help("carry those too, or leave such rows out with `missing_parent: drop`"),
                ));
            }
            one.outcome.without_parent += done;
            left_out += done;
        }
    }
    Ok(left_out)
}

/// The columns of a table that can be written; none if there is no such table.
async fn columns(client: &tokio_postgres::Client, rule: &Carry) -> Result<Vec<Name>> {
    let sql = "SELECT a.attname::text FROM pg_catalog.pg_attribute a \
               WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum";
    let rows = client.query(sql, &[&rule.table.sql()]).await;
    let rows = rows.map_err(|error| fault(error, &rule.place, "cannot read the columns of a carried table"))?;
    Ok(rows.iter().map(|row| Name::from(row.get::<_, String>(0))).collect())
}

async fn kind(from: &Source, rule: &Carry) -> Result<String> {
    let sql = "SELECT c.relkind::text FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1)";
    let row = from.client().query_one(sql, &[&rule.table.sql()]).await;
    Ok(row.map_err(|error| fault(error, &rule.place, "cannot read the kind of a carried table"))?.get(0))
}

/// Tables as the server writes their names.
async fn names(to: &Target, tables: &[String]) -> Result<Vec<String>> {
    let sql = "SELECT pg_catalog.to_regclass(t)::text FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY u(t, at) ORDER BY at";
    let rows = to.client().query(sql, &[&tables]).await;
    let rows = rows.map_err(|error| fault(error, &Place::Run, "cannot find the clone's tables"))?;
    Ok(rows.iter().map(|row| row.get::<_, Option<String>>(0).unwrap_or_default()).collect())
}

fn reference(row: &Row) -> Reference {
    Reference {
        child: row.get("child"),
        parent: row.get("parent"),
        drop: row.get("drop"),
        add: row.get("add"),
        columns: row.get("columns"),
        parent_columns: row.get("parent_columns"),
        given: row.get("given"),
        equal: row.get("equal"),
    }
}

fn list(columns: &[Name]) -> String {
    columns.iter().map(|name| name.sql()).collect::<Vec<_>>().join(", ")
}

fn fault(error: tokio_postgres::Error, place: &Place, doing: &str) -> Error {
    Fault::rows(error).into_error("carry", place.clone(), doing)
}
