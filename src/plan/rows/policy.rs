//! A table's own policy as SQL conditions over `t`: `empty`, `delete`, `retain`.

use crate::catalog::{BaseType, Catalog, Oid, Table, TableKind};
use crate::mask::args::Period;
use crate::plan::Check;
use crate::plan::clock::Clock;
use crate::plan::expression::{Expression, Scope};
use crate::rules::{Delete, Relation, Retain, Subset, TableRule};
use crate::words::diagnostic::{Diagnostic, FilePlace, Place, Spanned, nearest};
use crate::words::name::{Name, literal};
use std::collections::BTreeMap;

/// What the rules say of the rows of every table.
pub struct Policies<'a> {
    /// The source's catalog.
    pub catalog: &'a Catalog,
    /// The snapshot's time, in the rules' time zone.
    pub clock: Clock,
    /// By the oid of the root of a partition or inheritance tree; a table that is not here keeps all its rows.
    pub tables: BTreeMap<Oid, Policy<'a>>,
    /// The greatest share of a table's rows that others' policies may take.
    pub orphaned_at_most: f64,
    /// References that only the rules know.
    pub relations: &'a [Relation],
    /// Where the rows come from, if not all of them come.
    pub subset: Option<&'a Subset>,
    /// Tables, by the roots of their trees, of subjects that a clone must not hold, and how many of them.
    pub forget: Vec<(Oid, u64)>,
    /// The masking key and the mapping version: what is drawn is drawn by them.
    pub domains: crate::mask::Domains,
}

/// What the rules say of the rows of one table.
#[derive(Debug, Clone, Default)]
pub struct Policy<'a> {
    /// Its rule.
    pub rule: Option<&'a TableRule>,
    /// It arrives without rows (`empty`, `unlisted_tables: empty`): the reason, in a word or two.
    pub empty: Option<&'static str>,
    /// It is not created at all (`unlisted_tables: skip`).
    pub absent: bool,
}

/// What a table's own policy does to its rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Own {
    /// It has none of our rows: not created, or not ours to copy.
    pub absent: bool,
    /// All rows are removed, for this reason; they are not read.
    pub empty: Option<&'static str>,
    /// Only these rows are ours (configuration of an extension).
    pub ours: Option<String>,
    /// `delete`: a row for which this is TRUE is removed.
    pub delete: Option<String>,
    /// `retain`.
    pub age: Option<Age>,
}

/// Two conditions, exactly one of which is TRUE for each row; both in the form that excludes partitions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Age {
    /// Young enough.
    pub kept: String,
    /// Too old.
    pub expired: String,
    /// It is counted from the newest row.
    pub newest: Option<Newest>,
}

/// An age that is counted from the newest row: what a planner cannot know, and statistics can.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Newest {
    /// The oldest time that stays, as it stands in the conditions.
    pub since: String,
    /// Gives the same as a literal, from the statistics of tables `s.schemaname, s.tablename`; NULL where there are none.
    pub known: String,
}

impl Own {
    /// TRUE for the rows that the table's own policy keeps; `None`: all.
    pub fn kept(&self) -> Vec<String> {
        let delete = self.delete.iter().map(|delete| format!("({delete}) IS NOT TRUE"));
        let age = self.age.iter().map(|age| format!("({})", age.kept));
        self.ours().into_iter().chain(age).chain(delete).collect()
    }

    /// TRUE for the rows that the table's own policy removes; `None`: it removes none.
    pub fn removed(&self) -> Option<String> {
        let delete = self.delete.iter().map(|delete| format!("({delete}) IS TRUE"));
        let age = self.age.iter().map(|age| format!("({})", age.expired));
        let any: Vec<String> = delete.chain(age).collect();
        let removed = (!any.is_empty()).then(|| format!("({})", any.join(" OR ")))?;
        Some(self.ours().into_iter().chain([removed]).collect::<Vec<_>>().join(" AND "))
    }

    /// TRUE for rows that `delete` removes, FALSE for others.
    pub fn deleted(&self) -> String {
        self.delete.as_ref().map_or_else(|| "false".to_owned(), |delete| format!("(({delete}) IS TRUE)"))
    }

    /// TRUE for rows that `retain` alone removes.
    pub fn expired(&self) -> String {
        let Some(age) = &self.age else { return "false".to_owned() };
        format!("({} IS NOT TRUE AND ({}))", self.deleted(), age.expired)
    }

    /// The scope of an extension's table, as a condition.
    pub fn ours(&self) -> Option<String> {
        self.ours.as_ref().map(|ours| format!("({ours})"))
    }
}

/// Reads a table's policy; `root` is the root of its tree, where the rule stands, and `from` all of its readable rows.
pub(super) fn own(
    policies: &Policies<'_>,
    table: &Table,
    root: &Table,
    from: &str,
    probes: &mut Vec<Check>,
) -> Result<Own, Vec<Diagnostic>> {
    let mut own = Own::default();
    match (&table.kind, &table.extension) {
        (TableKind::Foreign, _) => own.empty = Some("foreign table"),
        (_, Some(extension)) => match &extension.configuration {
            None => own.absent = true,
            Some(_) => own.ours = extension.scope(),
        },
        _ => {}
    }
    let Some(policy) = policies.tables.get(&root.oid) else { return Ok(own) };
    own.absent |= policy.absent;
    own.empty = own.empty.or(policy.empty);
    let Some(rule) = policy.rule else { return Ok(own) };
    let mut faults = idle(policy, rule, root);
    match &rule.delete {
        Some(Spanned { value: Delete::All, .. }) => own.empty = own.empty.or(Some("delete: all")),
        Some(Spanned { value: Delete::Where(text), place }) => {
            let scope = Scope { catalog: policies.catalog, table: root, clock: &policies.clock, place };
            match Expression::parse(text, &scope) {
                Ok(expression) => {
                    if table.oid == root.oid {
                        probes.extend(expression.probes(from, &scope));
                    }
                    own.delete = Some(expression.sql);
                }
                Err(more) => faults.extend(more),
            }
        }
        None => {}
    }
    if let Some(retain) = &rule.retain {
        match age(retain, root, from, &policies.clock) {
            Ok(age) => own.age = Some(age),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(own) } else { Err(faults) }
}

/// Lines that decide nothing, because no row of the table comes anyway.
fn idle(policy: &Policy<'_>, rule: &TableRule, root: &Table) -> Vec<Diagnostic> {
    let why = match (policy.empty, &rule.delete) {
        (Some("empty"), _) => "empty",
        (_, Some(Spanned { value: Delete::All, .. })) => "delete: all",
        _ => return Vec::new(),
    };
    let delete = rule.delete.as_ref().filter(|_| why == "empty").map(|line| ("delete", &line.place));
    let retain = rule.retain.as_ref().map(|line| ("retain", &line.place));
    let sample = rule.sample.as_ref().map(|line| ("sample", &line.place));
    let fault = |(word, place): (&str, &FilePlace)| {
        let message = format!("the table arrives without rows (`{why}`), so its `{word}` decides nothing");
        let place = Place::ObjectInFile(root.name.to_string(), place.clone());
        Diagnostic::error("policy-idle", place, message).help("take one of the two lines out")
    };
    [delete, retain, sample].into_iter().flatten().map(fault).collect()
}

/// `retain:` as two conditions.
fn age(retain: &Spanned<Retain>, root: &Table, from: &str, clock: &Clock) -> Result<Age, Diagnostic> {
    let rule = &retain.value;
    let place = |place: &crate::words::diagnostic::FilePlace| Place::ObjectInFile(root.name.to_string(), place.clone());
    let Some(column) = root.column(&rule.by.value) else {
        let fault = format!("{} has no column {}, by which `retain` would tell a row's age", root.name, rule.by.value);
        let fault = Diagnostic::error("unknown-column", place(&rule.by.place), fault);
        return Err(match nearest(rule.by.value.as_str(), root.columns.iter().map(|column| column.name.as_str())) {
            Some(name) => fault.help(format!("did you mean {name}?")),
            None => fault,
        });
    };
    let by = format!("t.{}", column.name.sql());
    let ty =
        column.ty.base_type().filter(|ty| matches!(ty, BaseType::Date | BaseType::Timestamp | BaseType::Timestamptz));
    let Some(ty) = ty else {
        let fault = format!("`retain` needs a date or timestamp; {} is {}", column.name, column.type_sql);
        return Err(Diagnostic::error("retain-type", place(&rule.by.place), fault));
    };
    let newest = rule.from_newest.then(|| newest(&column.name, ty, from, rule.last));
    let since = if let Some(newest) = &newest {
        newest.since.clone()
    } else {
        let since = clock
            .before(rule.last)
            .map_err(|error| Diagnostic::error("retain-period", place(&retain.place), error.to_string()))?;
        match ty {
            BaseType::Timestamptz => since.timestamptz(),
            BaseType::Timestamp => since.timestamp(),
            _ if since.is_midnight() => since.date(),
            _ => since.next_date(),
        }
    };
    let (kept, expired) = match rule.drop_nulls {
        true => (format!("{by} >= {since}"), format!("{by} < {since} OR {by} IS NULL")),
        false => (format!("{by} IS NULL OR {by} >= {since}"), format!("{by} < {since}")),
    };
    Ok(Age { kept, expired, newest })
}

/// The oldest time that stays when age is counted from the newest finite one.
fn newest(column: &Name, ty: BaseType, from: &str, last: Period) -> Newest {
    let Period { months, days, seconds } = last;
    let last = format!("'{months} months {days} days {seconds} seconds'::pg_catalog.interval");
    let ty = match ty {
        BaseType::Timestamptz => "pg_catalog.timestamptz",
        BaseType::Timestamp => "pg_catalog.timestamp",
        _ => "pg_catalog.date",
    };
    let name = column.sql();
    Newest {
        since: format!(
            "coalesce((SELECT pg_catalog.max(n.{name}) FROM {from} AS n WHERE pg_catalog.isfinite(n.{name})) - {last}, '-infinity')"
        ),
        known: format!(
            "SELECT pg_catalog.quote_literal((pg_catalog.max(v.at) - {last})::{ty}) FROM pg_catalog.pg_stats AS s, \
             LATERAL pg_catalog.unnest(s.histogram_bounds::pg_catalog.text::{ty}[] || s.most_common_vals::pg_catalog.text::{ty}[]) AS v(at) \
             WHERE pg_catalog.isfinite(v.at) AND s.attname = {}",
            literal(column.as_str())
        ),
    }
}
