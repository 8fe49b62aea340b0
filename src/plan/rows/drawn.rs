//! Rows that are drawn from a table: samples, roots of a subset, subjects to forget.

use super::choose::{Draw, Take, all, state_of};
use super::graph::Graph;
use super::policy::Policies;
use super::removed::{Removed, from};
use crate::catalog::{BaseType, Column, Table, TypeKind};
use crate::mask::Domain;
use crate::plan::Check;
use crate::plan::bind::unknown_column;
use crate::plan::expression::{Expression, Scope};
use crate::rules::{Amount, Root, Sample};
use crate::words::diagnostic::{Diagnostic, FilePlace, Place, Spanned};
use crate::words::name::{Name, TableName};

/// Writes the draws of tables.
pub(super) struct Writer<'w, 'a> {
    pub graph: &'w Graph<'a>,
    pub policies: &'w Policies<'a>,
    pub probes: &'w mut Vec<Check>,
    pub checks: &'w mut Vec<Check>,
}

/// What a draw looks at.
struct Key {
    /// The identity that is drawn, in words that are part of the pseudo-random function's domain.
    identity: String,
    columns: Vec<Name>,
}

impl Writer<'_, '_> {
    /// `sample:` of a unit.
    pub fn sample(&self, at: usize) -> Result<Option<Draw>, Vec<Diagnostic>> {
        let Some(sample) = self.graph.units[at].sample else { return Ok(None) };
        let Spanned { value: Sample { amount, by, like, newest_by }, place } = sample;
        let table = self.graph.units[at].table;
        let one = |fault| vec![fault];
        if let (Some(newest_by), Amount::Rows(rows)) = (newest_by, amount) {
            let column = column(table, newest_by).map_err(one)?;
            return Ok(Some(self.newest(at, column, *rows)));
        }
        let key = match by {
            Some(by) => self.by(table, by, like.as_ref().map(|like| &like.value)).map_err(one)?,
            None => self.key_of(table, place, "sample").map_err(one)?,
        };
        Ok(Some(self.draw(at, Some(*amount), key, None)))
    }

    /// The roots of a unit.
    pub fn roots(&mut self, at: usize) -> Result<Vec<Draw>, Vec<Diagnostic>> {
        let (mut draws, mut faults) = (Vec::new(), Vec::new());
        for root in &self.graph.units[at].roots {
            match self.root(at, root) {
                Ok(draw) => draws.push(draw),
                Err(more) => faults.extend(more),
            }
        }
        if faults.is_empty() { Ok(draws) } else { Err(faults) }
    }

    fn root(&mut self, at: usize, root: &Root) -> Result<Draw, Vec<Diagnostic>> {
        let (unit, policies) = (&self.graph.units[at], self.policies);
        let mut condition = None;
        if let Some(Spanned { value, place }) = &root.condition {
            let scope = Scope { catalog: policies.catalog, table: unit.root, clock: &policies.clock, place };
            let expression = Expression::parse(value, &scope)?;
            self.probes.extend(expression.probes(&from(unit.table), &scope));
            self.checks.extend(self.contradiction(at, &expression.sql, place));
            condition = Some(expression.sql);
        }
        let key = match root.amount {
            None => Key { identity: String::new(), columns: Vec::new() },
            Some(_) => self.key_of(unit.table, &root.table.place, "root").map_err(|fault| vec![fault])?,
        };
        Ok(self.draw(at, root.amount, key, condition.as_deref()))
    }

    /// A root of which `delete` leaves nothing contradicts it.
    fn contradiction(&self, at: usize, condition: &str, place: &FilePlace) -> Option<Check> {
        let unit = &self.graph.units[at];
        unit.own.delete.as_ref()?;
        let sql = format!(
            "SELECT CASE WHEN pg_catalog.count(*) > 0 AND pg_catalog.count(*) FILTER (WHERE NOT {}) = 0 THEN 1 ELSE 0 END::int8 \
             FROM {} AS t WHERE ({condition}) IS TRUE",
            unit.own.deleted(),
            from(unit.table)
        );
        let place = Place::ObjectInFile(unit.table.name.to_string(), place.clone());
        let message = "the subset begins at rows that the table's `delete` removes, all of them";
        let help = "change one of the two conditions";
        Some(Check::new(sql, Diagnostic::error("root-removed", place, message).help(help)))
    }

    fn draw(&self, at: usize, amount: Option<Amount>, key: Key, condition: Option<&str>) -> Draw {
        let unit = &self.graph.units[at];
        let mut removed = Removed::new(self.graph);
        let outside = removed.outside(at, None);
        let condition = condition.map(|condition| format!("(({condition}) IS TRUE)"));
        let conditions: Vec<String> = unit.own.kept().into_iter().chain(condition.clone()).collect();
        let texts: String = key.columns.iter().map(|name| format!(", {}", text(unit.table, name))).collect();
        let sql = format!(
            "{}SELECT t.tableoid, t.ctid, {}{texts} FROM {} AS t WHERE {}",
            removed.with(),
            state_of(&outside),
            from(unit.table),
            all(&conditions)
        );
        let domain = || self.policies.domains.named(&key.identity);
        let (take, much) = match amount {
            None => (Take::All, String::new()),
            Some(Amount::Share(share)) => (Take::Share(domain(), share), format!("sample {} %", share * 100.0)),
            Some(Amount::Rows(rows)) => (Take::Rows(domain(), rows), format!("{rows} rows")),
        };
        let words = match (&condition, much.is_empty()) {
            (Some(_), true) => "where".to_owned(),
            (Some(_), false) => format!("where, {much}"),
            (None, _) => much,
        };
        Draw { sql, condition, width: key.columns.len(), take, words }
    }

    fn newest(&self, at: usize, by: &Name, rows: u64) -> Draw {
        let unit = &self.graph.units[at];
        let mut removed = Removed::new(self.graph);
        let outside = removed.outside(at, None);
        let ties: String = key(unit.table).iter().map(|name| format!("t.{} DESC, ", name.sql())).collect();
        let sql = format!(
            "{}SELECT t.tableoid, t.ctid, {} FROM {} AS t WHERE {} ORDER BY t.{} DESC NULLS LAST, {ties}t.tableoid, t.ctid LIMIT {rows}",
            removed.with(),
            state_of(&outside),
            from(unit.table),
            all(&unit.own.kept()),
            by.sql()
        );
        Draw { sql, condition: None, width: 0, take: Take::All, words: format!("the newest {rows} rows") }
    }

    /// What `by:` draws: the identity of the column that `as:` names, or that the column refers to, or its own.
    fn by(
        &self,
        table: &Table,
        by: &Spanned<Name>,
        like: Option<&crate::words::name::ColumnName>,
    ) -> Result<Key, Diagnostic> {
        let catalog = self.policies.catalog;
        let name = column(table, by)?.clone();
        let number = table.column(&name).map(|column| column.number);
        let identity = match like {
            Some(like) => {
                let known = catalog.table(&like.table).is_some_and(|table| table.column(&like.column).is_some());
                if !known {
                    let place = Place::ObjectInFile(like.to_string(), by.place.clone());
                    let message = "`as` names no column of the source";
                    return Err(Diagnostic::error("column-unknown", place, message));
                }
                like.to_string()
            }
            None => catalog
                .foreign_keys
                .iter()
                .filter(|key| {
                    key.table == table.oid && key.columns.len() == 1 && number == key.columns.first().copied()
                })
                .find_map(|key| {
                    let to = catalog.by_oid(key.references)?;
                    Some(to.name.column(&to.by_number(*key.referenced_columns.first()?)?.name).to_string())
                })
                .unwrap_or_else(|| table.name.column(&name).to_string()),
        };
        Ok(Key { identity, columns: vec![name] })
    }

    /// The key of a table's rows, or what else tells them apart.
    fn key_of(&self, table: &Table, place: &FilePlace, what: &str) -> Result<Key, Diagnostic> {
        let mut columns = key(table);
        if columns.is_empty() {
            let plain = |column: &&Column| !column.generated && column.ty.is_harmless();
            columns = table.columns.iter().filter(plain).map(|column| column.name.clone()).collect();
        }
        if columns.is_empty() {
            let place = Place::ObjectInFile(table.name.to_string(), place.clone());
            let message = format!("a {what} is drawn by the table's key, and {} has none", table.name);
            let help = "give the table a primary key, or draw it `by:` a column or by `newest_by:`";
            return Err(Diagnostic::error("sample-no-key", place, message).help(help));
        }
        let identity = match columns.as_slice() {
            [one] => table.name.column(one).to_string(),
            several => format!("{} ({})", table.name, several.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")),
        };
        Ok(Key { identity, columns })
    }
}

/// The primary key's columns, else those of a unique index over columns that are NOT NULL, else none.
pub fn key(table: &Table) -> Vec<Name> {
    let whole = |numbers: &[i16]| {
        let columns: Option<Vec<&Column>> = numbers.iter().map(|number| table.by_number(*number)).collect();
        columns.filter(|columns| columns.iter().all(|column| column.not_null))
    };
    let unique = || {
        table.unique_indexes.iter().filter(|index| {
            !index.exclusion && !index.has_expressions && index.predicate.is_none() && !index.columns.is_empty()
        })
    };
    let found = unique().find(|index| index.primary).into_iter().chain(unique());
    let found = found.into_iter().find_map(|index| whole(&index.columns));
    found.unwrap_or_default().into_iter().map(|column| column.name.clone()).collect()
}

/// Finds the rows of a unit by the texts of their primary keys, with their states.
pub(super) fn subjects(graph: &Graph<'_>, at: usize) -> Result<String, Vec<Diagnostic>> {
    let unit = &graph.units[at];
    let table = unit.table;
    let key = key(table);
    if key.is_empty() {
        let message = "subjects are named by their table's primary key, and it has none";
        return Err(vec![Diagnostic::error("forget-no-key", Place::from(&table.name), message)]);
    }
    let (keys, on) = keyed(table, &key);
    let mut removed = Removed::new(graph);
    let state = unit.state(&removed.outside(at, None));
    let (with, from) = (removed.with(), from(table));
    Ok(format!("{with}SELECT t.tableoid, t.ctid, u.standin_n, {state} FROM {keys} JOIN {from} AS t ON {on}"))
}

/// Keys `u` in as many text arrays as there are columns, numbered `standin_n`; and the condition that a row `t` has one of them.
pub fn keyed(table: &Table, key: &[Name]) -> (String, String) {
    let ty = |name: &Name| table.column(name).map(type_name).unwrap_or_default();
    let is = |name: &Name| table.column(name).map(equals).unwrap_or_default();
    let arrays: Vec<String> =
        (1..=key.len()).map(|at| format!("pg_catalog.unnest(${at}::pg_catalog.text[])")).collect();
    let names: Vec<String> = (0..key.len()).map(|at| format!("standin_a{at}")).collect();
    let on: Vec<String> = key
        .iter()
        .enumerate()
        .map(|(at, name)| format!("t.{} {} u.standin_a{at}::{}", name.sql(), is(name), ty(name)))
        .collect();
    let keys = format!("ROWS FROM ({}) WITH ORDINALITY AS u({}, standin_n)", arrays.join(", "), names.join(", "));
    (keys, on.join(" AND "))
}

/// The text of a column, the same for values that are equal: by it rows are drawn.
fn text(table: &Table, name: &Name) -> String {
    let column = format!("t.{}", name.sql());
    match table.column(name).and_then(|column| column.ty.base_type()) {
        Some(BaseType::Numeric) => format!("pg_catalog.trim_scale({column})::pg_catalog.text"),
        Some(BaseType::Citext) => format!("pg_catalog.lower({column}::pg_catalog.text)"),
        _ => format!("{column}::pg_catalog.text"),
    }
}

/// The type without its length: a cast must not cut a key.
fn type_name(column: &Column) -> String {
    let TableName { schema, name } = &column.ty.base().name;
    format!("{}.{}", schema.sql(), name.sql())
}

/// The type's own operator: that of an extension's type is in no schema that a session of ours looks into by itself.
pub(super) fn equals(column: &Column) -> String {
    let base = column.ty.base();
    let schema = match base.kind {
        TypeKind::Base(BaseType::Citext | BaseType::Hstore | BaseType::Ltree) | TypeKind::Unknown => {
            base.name.schema.sql()
        }
        _ => "pg_catalog".to_owned(),
    };
    format!("OPERATOR({schema}.=)")
}

fn column<'t>(table: &'t Table, name: &Spanned<Name>) -> Result<&'t Name, Diagnostic> {
    match table.column(&name.value) {
        Some(column) => Ok(&column.name),
        None => Err(unknown_column(&table.name, name, table.columns.iter().map(|column| &column.name))),
    }
}

impl Take {
    /// The number that is drawn for a row's key: below a share of all numbers, the row is taken.
    pub fn draw(domain: &Domain, key: &[Option<&str>]) -> u64 {
        let mut input = Vec::new();
        for text in key {
            let text = text.unwrap_or("\0NULL");
            input.extend_from_slice(&(text.len() as u64).to_le_bytes());
            input.extend_from_slice(text.as_bytes());
        }
        let bits = domain.draw(&input);
        u64::from_le_bytes(bits[..8].try_into().expect("32 bytes hold 8"))
    }

    /// True if a drawn number belongs to a share.
    pub fn within(number: u64, share: f64) -> bool {
        share >= 1.0 || (number as f64) < share * 18_446_744_073_709_551_616.0
    }
}
