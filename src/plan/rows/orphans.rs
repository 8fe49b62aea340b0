//! `orphans:` bound to foreign keys, and what `set_null` may reset.

use super::graph::{Edge, Unit};
use super::policy::Policies;
use super::relations::Soft;
use crate::catalog::{Catalog, ForeignKey, Oid, Table};
use crate::rules::{Orphan, TableRule};
use crate::words::diagnostic::{Diagnostic, Place, Spanned};
use crate::words::name::{ColumnName, Name};
use std::collections::HashMap;

/// The answer for every foreign key that a line of its parent's rule speaks of, or every line that speaks of none.
pub(super) fn answers(policies: &Policies<'_>, soft: &[Soft]) -> Result<HashMap<Oid, Orphan>, Vec<Diagnostic>> {
    let catalog = policies.catalog;
    let (mut answers, mut faults) = (HashMap::new(), Vec::new());
    let mut into: HashMap<Oid, Vec<&ForeignKey>> = HashMap::new();
    for key in catalog.foreign_keys.iter().chain(soft.iter().map(|soft| &soft.key)) {
        if let Some(parent) = catalog.by_oid(key.references) {
            into.entry(catalog.root(parent).oid).or_default().push(key);
        }
    }
    for (root, rule) in policies.tables.iter().filter_map(|(root, policy)| Some((root, policy.rule?))) {
        let keys = into.get(root).map_or(&[][..], Vec::as_slice);
        if let Some(default) = &rule.orphans.default {
            let answer = |key: &&ForeignKey| (key.oid, default.value);
            answers.extend(keys.iter().map(answer));
        }
        for (reference, action) in &rule.orphans.references {
            let matching: Vec<&&ForeignKey> =
                keys.iter().filter(|key| is_named(catalog, key, &reference.value)).collect();
            if matching.is_empty() {
                faults.push(nothing(catalog, rule, reference, keys));
            }
            let answer = |key: &&ForeignKey| (key.oid, *action);
            answers.extend(matching.into_iter().map(answer));
        }
    }
    if faults.is_empty() { Ok(answers) } else { Err(faults) }
}

/// Does `table.column` name this key: by the table where it stands, or the root of that table's tree.
pub(super) fn is_named(catalog: &Catalog, key: &ForeignKey, name: &ColumnName) -> bool {
    let Some(table) = catalog.by_oid(key.table) else { return false };
    let mut named = table.name == name.table || catalog.root(table).name == name.table;
    let mut up = table;
    while let Some(parent) = up.parents.first().and_then(|oid| catalog.by_oid(*oid)) {
        named |= parent.name == name.table;
        up = parent;
    }
    let column = table.column(&name.column).map(|column| column.number);
    named && column.is_some_and(|number| key.columns.contains(&number))
}

fn nothing(catalog: &Catalog, rule: &TableRule, name: &Spanned<ColumnName>, keys: &[&ForeignKey]) -> Diagnostic {
    let place = Place::ObjectInFile(rule.name.value.to_string(), name.place.clone());
    let message = format!("`orphans` speaks of {}, which does not refer to {}", name.value, rule.name.value);
    let known: Vec<String> = keys.iter().filter_map(|key| reference(catalog, key)).collect();
    let help =
        if known.is_empty() { "nothing refers to it".to_owned() } else { format!("what does: {}", known.join(", ")) };
    Diagnostic::error("orphans-no-reference", place, message).help(help)
}

/// A reference as the rules file has it: the referencing table and its first column.
pub(super) fn reference(catalog: &Catalog, key: &ForeignKey) -> Option<String> {
    let table = catalog.by_oid(key.table)?;
    Some(table.name.column(&table.by_number(*key.columns.first()?)?.name).to_string())
}

/// Finds what each `set_null` resets, or why it cannot.
pub(super) fn reset(
    policies: &Policies<'_>,
    units: &[Unit<'_>],
    edges: &mut [Edge<'_>],
) -> Result<(), Vec<Diagnostic>> {
    let mut faults = Vec::new();
    for edge in edges.iter_mut().filter(|edge| edge.action == Orphan::SetNull) {
        let whole = edge.pairs.iter().all(|pair| pair.value == format!("t.{}", pair.child.sql()));
        let columns =
            if whole { resettable(policies.catalog, edge.key) } else { Err("the reference is a part of a document") };
        match columns {
            Ok(columns) => edge.reset = columns,
            Err(why) => {
                let parent = units[edge.parent].table;
                let name = reference(policies.catalog, edge.key).unwrap_or_else(|| edge.key.name.to_string());
                let rule = policies.tables.get(&policies.catalog.root(parent).oid).and_then(|policy| policy.rule);
                let line = rule.and_then(|rule| {
                    let own = rule
                        .orphans
                        .references
                        .iter()
                        .find(|(known, _)| is_named(policies.catalog, edge.key, &known.value));
                    own.map(|(known, _)| &known.place).or(rule.orphans.default.as_ref().map(|default| &default.place))
                });
                let place = match line {
                    Some(line) => Place::ObjectInFile(name.clone(), line.clone()),
                    None => Place::Object(name.clone()),
                };
                faults.push(
                    Diagnostic::error("orphans-set-null", place, format!("{name} cannot be set to NULL: {why}"))
                        .help(format!("write `{name}: cascade` (its rows are left out too) or `{name}: refuse`")),
                );
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The columns that become NULL: all under MATCH FULL, else those that can, if possible none that another key uses.
fn resettable(catalog: &Catalog, key: &ForeignKey) -> Result<Vec<Name>, &'static str> {
    let Some(table) = catalog.by_oid(key.table) else { return Err("its table is not in the catalog") };
    let fixed = partition_columns(catalog, table);
    let columns = || key.columns.iter().filter_map(|number| table.by_number(*number));
    let free: Vec<_> =
        columns().filter(|column| !column.not_null && !column.generated && !fixed.contains(&column.name)).collect();
    if free.is_empty() || (key.match_full && free.len() < key.columns.len()) {
        return Err(match columns().next() {
            _ if columns().any(|column| column.not_null) => "a column of it is NOT NULL",
            _ if columns().any(|column| column.generated) => "a column of it is generated",
            _ => "a column of it is in the partition key",
        });
    }
    let shared = |number: i16| {
        catalog
            .foreign_keys
            .iter()
            .any(|other| other.oid != key.oid && other.table == key.table && other.columns.contains(&number))
    };
    let alone: Vec<_> = free.iter().filter(|column| !shared(column.number)).collect();
    let chosen: Vec<_> =
        if key.match_full || alone.is_empty() { free.clone() } else { alone.into_iter().copied().collect() };
    let breaks = |other: &ForeignKey| {
        let hit = other.columns.iter().filter(|number| chosen.iter().any(|column| column.number == **number)).count();
        other.oid != key.oid && other.table == key.table && other.match_full && hit > 0 && hit < other.columns.len()
    };
    if catalog.foreign_keys.iter().any(breaks) {
        return Err("another key of the table is MATCH FULL and shares some of its columns");
    }
    Ok(chosen.into_iter().map(|column| column.name.clone()).collect())
}

/// The columns that decide in which partition a row lies.
fn partition_columns(catalog: &Catalog, table: &Table) -> Vec<Name> {
    let mut names = Vec::new();
    let mut at = Some(table);
    while let Some(table) = at {
        names.extend(
            table.partition_key.iter().filter_map(|number| table.by_number(*number)).map(|column| column.name.clone()),
        );
        at = table.parents.first().filter(|_| table.partition).and_then(|oid| catalog.by_oid(*oid));
    }
    names
}
