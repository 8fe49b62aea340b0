//! One selection per table, and the checks that come before the first row.

use super::graph::{Edge, Graph, Reach};
use super::removed::{Removed, from, from_child, within};
use crate::catalog::{Oid, Table, TableKind};
use crate::plan::{Check, Rows, Selection};
use crate::rules::Orphan;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::Name;
use std::collections::BTreeMap;

/// Which rows come of every table that has rows of its own.
pub(super) fn tables(graph: &Graph<'_>) -> BTreeMap<Oid, Rows> {
    let mut tables = BTreeMap::new();
    for (at, unit) in graph.units.iter().enumerate() {
        for leaf in &unit.leaves {
            let rows = match (leaf.kind, unit.own.empty) {
                _ if unit.own.absent => Rows::None("not created"),
                (TableKind::Foreign, _) => Rows::None("foreign table"),
                (_, Some(why)) => Rows::None(why),
                _ => leaf_rows(graph, at, leaf),
            };
            tables.insert(leaf.oid, rows);
        }
    }
    tables
}

/// Partitions of tables with `retain`, each with the SELECT of the rows that are young enough.
pub(super) fn aged(graph: &Graph<'_>) -> Vec<(Oid, String)> {
    let read = graph.units.iter().filter(|unit| unit.own.empty.is_none() && !unit.own.absent);
    let aged = read.filter_map(|unit| unit.own.age.as_ref().map(|age| (unit, age)));
    let parts =
        aged.flat_map(|(unit, age)| unit.leaves.iter().filter(|leaf| leaf.partition).map(move |leaf| (leaf, age)));
    let select = |leaf: &Table, kept: &str| format!("SELECT FROM ONLY {} AS t WHERE {kept}", leaf.name.sql());
    parts
        .filter(|(leaf, _)| leaf.kind == TableKind::Plain)
        .map(|(leaf, age)| (leaf.oid, select(leaf, &age.kept)))
        .collect()
}

fn leaf_rows(graph: &Graph<'_>, unit: usize, leaf: &Table) -> Rows {
    let mut removed = Removed::new(graph);
    let kept = removed.kept(unit, Some(leaf.oid));
    let nulls = nulls(graph, &mut removed, unit, Some(leaf.oid));
    let (own, chosen) = (&graph.units[unit].own, graph.units[unit].chosen);
    if graph.units[unit].reach == Reach::Whole || (!chosen && kept.is_empty() && nulls.replaced.is_empty()) {
        return Rows::All;
    }
    let ours = own.ours().map_or_else(String::new, |ours| format!(" WHERE {ours}"));
    let selection = Selection {
        with: removed.with(),
        joins: nulls.joins,
        condition: all(&kept),
        replaced: nulls.replaced,
        count: format!(
            "SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE {}), pg_catalog.count(*) FILTER (WHERE {}) \
             FROM ONLY {} AS t{ours}",
            own.deleted(),
            own.expired(),
            leaf.name.sql()
        ),
    };
    if chosen { Rows::Chosen(selection) } else { Rows::Selected(selection) }
}

/// What `set_null` does to the rows of a table.
struct Nulls {
    joins: String,
    replaced: Vec<(Name, String)>,
}

fn nulls(graph: &Graph<'_>, removed: &mut Removed<'_, '_>, unit: usize, leaf: Option<Oid>) -> Nulls {
    let mut joins = String::new();
    let mut conditions: Vec<(&Name, Vec<String>)> = Vec::new();
    for (at, edge) in graph.edges_into(unit, Orphan::SetNull) {
        let Some(within) = within(edge, leaf) else { continue };
        let (join, hit) = removed.join(at, edge);
        joins.push_str(&join);
        for column in &edge.reset {
            let hit = format!("({hit}{within})");
            match conditions.iter_mut().find(|(known, _)| *known == column) {
                Some((_, hits)) => hits.push(hit),
                None => conditions.push((column, vec![hit])),
            }
        }
    }
    let replaced = conditions
        .into_iter()
        .map(|(name, hits)| {
            let expression = format!("CASE WHEN {} THEN NULL ELSE t.{} END", hits.join(" OR "), name.sql());
            (name.clone(), expression)
        })
        .collect();
    Nulls { joins, replaced }
}

/// Everything that rows may refuse.
pub(super) fn checks(graph: &Graph<'_>, orphaned_at_most: f64) -> Vec<Check> {
    let mut checks = Vec::new();
    for unit in 0..graph.units.len() {
        if graph.units[unit].own.empty.is_some() {
            continue;
        }
        if !graph.units[unit].chosen {
            checks.extend(graph.edges_into(unit, Orphan::Refuse).map(|(_, edge)| refused(graph, edge)));
        }
        checks.extend(broken(graph, unit));
        if orphaned_at_most < 1.0 && !graph.units[unit].chosen {
            checks.extend(orphaned(graph, unit, orphaned_at_most));
        }
    }
    checks
}

/// Rows that stay and refer to a row that does not.
fn refused(graph: &Graph<'_>, edge: &Edge<'_>) -> Check {
    let mut removed = Removed::new(graph);
    let mut conditions = removed.kept(edge.child, None);
    conditions.push(removed.refers(edge, ""));
    let sql = format!(
        "{}SELECT pg_catalog.count(*) FROM {} AS t WHERE {}",
        removed.with(),
        from_child(graph, edge),
        all(&conditions)
    );
    Check::new(sql, refused_words(graph, edge))
}

/// What is said of rows that stay and refer to a row that does not.
pub(super) fn refused_words(graph: &Graph<'_>, edge: &Edge<'_>) -> Diagnostic {
    let (parent, child) = (&graph.units[edge.parent], &graph.units[edge.child]);
    let column = edge.pairs.first().map(|pair| child.table.name.column(pair.child).to_string()).unwrap_or_default();
    let place = match &parent.place {
        Some(line) => Place::ObjectInFile(column.clone(), line.clone()),
        None => Place::Object(column.clone()),
    };
    let message = format!("rows that stay refer through {column} to rows of {} that do not", parent.table.name);
    let null = if edge.key.not_null { "" } else { ", or `set_null` (they lose the reference)" };
    let help = format!(
        "say what becomes of them: under `{}:` write `orphans: {{ {column}: cascade }}` (they are left out too){null}",
        parent.root.name
    );
    Diagnostic::error("orphans-refused", place, message).help(help)
}

/// CHECK constraints that a `set_null` would break.
fn broken(graph: &Graph<'_>, unit: usize) -> Vec<Check> {
    let table = graph.units[unit].table;
    let mut removed = Removed::new(graph);
    let nulls = nulls(graph, &mut removed, unit, None);
    let uses = |check: &&crate::catalog::Check| {
        let names = check.columns.iter().filter_map(|number| table.by_number(*number));
        check.validated && names.into_iter().any(|column| nulls.replaced.iter().any(|(name, _)| *name == column.name))
    };
    let concerned: Vec<_> = table.checks.iter().filter(uses).collect();
    if concerned.is_empty() {
        return Vec::new();
    }
    let kept = removed.kept(unit, None);
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let replaced = nulls.replaced.iter().find(|(name, _)| *name == column.name);
            replaced.map_or_else(
                || format!("t.{}", column.name.sql()),
                |(name, expression)| format!("{expression} AS {}", name.sql()),
            )
        })
        .collect();
    let check = |check: &&crate::catalog::Check| {
        let sql = format!(
            "{}SELECT pg_catalog.count(*) FROM (SELECT {} FROM {} AS t{} WHERE {}) AS t WHERE ({}) IS FALSE",
            removed.with(),
            columns.join(", "),
            from(table),
            nulls.joins,
            all(&kept),
            check.expression
        );
        let message = format!("rows that `set_null` resets would break the constraint {}", check.name);
        let place = Place::Object(table.name.to_string());
        Check::new(sql, Diagnostic::error("orphans-check", place, message).help("use `cascade` for that reference"))
    };
    concerned.iter().map(check).collect()
}

/// A table that loses too much through others.
fn orphaned(graph: &Graph<'_>, unit: usize, at_most: f64) -> Option<Check> {
    let own = &graph.units[unit].own;
    let table = graph.units[unit].table;
    let mut removed = Removed::new(graph);
    let kept = removed.kept(unit, None);
    if kept.len() == own.kept().len() {
        return None;
    }
    let ours = own.ours().map_or_else(String::new, |ours| format!(" WHERE {ours}"));
    // The whole table is counted where that can make a difference, and partitions that `retain` excludes only then.
    let sql = format!(
        "{}SELECT CASE WHEN s.own - k.kept <= s.own * {at_most}::pg_catalog.float8 THEN 0 \
         WHEN s.own - k.kept > (SELECT pg_catalog.count(*) FROM {table} AS t{ours}) * {at_most}::pg_catalog.float8 THEN s.own - k.kept \
         ELSE 0 END FROM (SELECT pg_catalog.count(*) AS own FROM {table} AS t WHERE {own}) AS s, \
         (SELECT pg_catalog.count(*) AS kept FROM {table} AS t WHERE {kept}) AS k",
        removed.with(),
        table = from(table),
        own = all(&own.kept()),
        kept = all(&kept)
    );
    Some(Check::new(sql, orphaned_words(graph, unit, at_most)))
}

/// What is said of a table that loses too much through others.
pub(super) fn orphaned_words(graph: &Graph<'_>, unit: usize, at_most: f64) -> Diagnostic {
    let table = graph.units[unit].table;
    let message = format!(
        "{} would lose more than {} % of its rows through the policies of other tables",
        table.name,
        at_most * 100.0
    );
    let cascades = graph.edges.iter().filter(|edge| edge.child == unit && edge.action == Orphan::Cascade);
    let why: Vec<String> = cascades
        .filter_map(|edge| {
            let column = edge.pairs.first()?.child;
            Some(format!("{} → {}", column, graph.units[edge.parent].table.name))
        })
        .collect();
    let help = format!(
        "rows go with what they refer to ({}): set `orphans` there, or raise `policy: orphaned_at_most`",
        why.join(", ")
    );
    let place = Place::Object(table.name.to_string());
    Diagnostic::error("orphaned-at-most", place, message).help(help)
}

fn all(conditions: &[String]) -> String {
    if conditions.is_empty() { "true".into() } else { conditions.join(" AND ") }
}
