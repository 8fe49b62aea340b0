//! `into: existing`: the tables whose rows are replaced in the present database, and what stands against it.

use super::bind::{Bindings, Fate};
use super::{Input, TargetFacts, migrations};
use crate::catalog::target::Present;
use crate::catalog::{Catalog, Oid, Table, TableKind};
use crate::rules::LargeObjects;
use crate::words::diagnostic::{Diagnostic, Place, nearest};
use crate::words::name::TableName;
use std::collections::BTreeSet;

/// Bytes that a present table takes in a second, about.
const BYTES_A_SECOND: u64 = 20 << 20;

/// The tables whose rows are replaced, topmost of partitioned ones; every reason against it is found.
pub fn replaced(
    input: &Input<'_>,
    facts: &TargetFacts,
    bindings: &Bindings<'_>,
    found: &mut Vec<Diagnostic>,
) -> Vec<Oid> {
    let catalog = input.source;
    let place = || Place::ObjectInFile(input.to.name.value.clone(), input.to.name.place.clone());
    if facts.oid.is_none() {
        found.push(
            Diagnostic::error("existing-absent", place(), "into: existing needs a database that is there already")
                .help("create it and let its migrations run, or use `into: swap`"),
        );
        return Vec::new();
    }
    if input.rules.policy.large_objects == LargeObjects::Keep && catalog.large_objects > 0 {
        found.push(
            Diagnostic::error("existing-large-objects", place(), "into: existing does not replace large objects")
                .help("write policy: { large_objects: skip }, or use `into: swap`"),
        );
    }
    let mut tables: Vec<&Table> = catalog.tables.iter().filter(|table| is_replaced(table, bindings)).collect();
    if !input.wanted.only.is_empty() {
        let only = tied(catalog, named(input, &tables, found));
        tables.retain(|table| only.contains(&table.oid));
    }
    for table in &tables {
        match facts.present.get(&table.name) {
            Some(present) => check(input, table, present, found),
            None if !input.to.after.is_empty() => {}
            None => found.push(
                Diagnostic::error("existing-table", &table.name, "the present database does not have this table")
                    .help("let its migrations run first"),
            ),
        }
    }
    if tables.is_empty() {
        found.push(Diagnostic::error("existing-nothing", place(), "there is no table whose rows would be replaced"));
        return Vec::new();
    }
    let bytes: u64 = tables.iter().map(|table| below(catalog, table)).sum();
    let message = format!(
        "{} tables of the present database will be locked for about {} s, while their rows are replaced in one transaction",
        tables.len(),
        1 + bytes / BYTES_A_SECOND
    );
    let names: Vec<String> = tables.iter().map(|table| table.name.to_string()).collect();
    found.push(
        Diagnostic::warning("existing-locks", place(), message)
            .help(format!("ACCESS EXCLUSIVE: who reads or writes them waits: {}", names.join(", "))),
    );
    tables.iter().map(|table| table.oid).collect()
}

/// The table that stands for this one: itself, or the topmost one that it is a partition of.
pub fn topmost<'c>(catalog: &'c Catalog, table: &'c Table) -> &'c Table {
    let mut top = table;
    while let Some(parent) = top.parents.first().filter(|_| top.partition).and_then(|oid| catalog.by_oid(*oid)) {
        top = parent;
    }
    top
}

/// Migration tools' and extensions' tables belong to the present database, foreign ones have no rows here.
fn is_replaced(table: &Table, bindings: &Bindings<'_>) -> bool {
    let is_table = matches!(table.kind, TableKind::Plain | TableKind::Partitioned) && !table.partition;
    let fate = bindings.get(table.oid).map(|bound| &bound.fate);
    let comes = fate.is_some_and(|fate| !matches!(fate, Fate::Extension | Fate::Skipped(_) | Fate::Undecided));
    is_table && comes && table.extension.is_none() && migrations::tool(table).is_none()
}

/// Bytes of a table with all its partitions.
fn below(catalog: &Catalog, table: &Table) -> u64 {
    let parts = catalog.tables.iter().filter(|part| topmost(catalog, part).oid == table.oid);
    parts.map(|part| part.heap_bytes + part.index_bytes).sum()
}

/// The tables of `--only`.
fn named(input: &Input<'_>, tables: &[&Table], found: &mut Vec<Diagnostic>) -> BTreeSet<Oid> {
    let mut only = BTreeSet::new();
    for name in &input.wanted.only {
        if let Some(table) = tables.iter().find(|table| table.name == *name) {
            only.insert(table.oid);
            continue;
        }
        let known: Vec<String> = tables.iter().map(|table| table.name.to_string()).collect();
        let help = match nearest(&name.to_string(), known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name tables whose rows a refresh would replace".to_owned(),
        };
        let message = "--only names a table whose rows are not replaced";
        found.push(Diagnostic::error("only-unknown", name, message).help(help));
    }
    only
}

/// These tables, and all that foreign keys tie to them, however far.
fn tied(catalog: &Catalog, mut tables: BTreeSet<Oid>) -> BTreeSet<Oid> {
    let top = |oid| catalog.by_oid(oid).map(|table| topmost(catalog, table).oid);
    let ties: Vec<(Oid, Oid)> =
        catalog.foreign_keys.iter().filter_map(|key| top(key.table).zip(top(key.references))).collect();
    loop {
        let before = tables.len();
        for (child, parent) in &ties {
            if tables.contains(child) || tables.contains(parent) {
                tables.extend([*child, *parent]);
            }
        }
        if tables.len() == before {
            return tables;
        }
    }
}

/// Finds why the rows of a table cannot go into the present one; a hook may still change the columns of what is built.
fn check(input: &Input<'_>, table: &Table, present: &Present, found: &mut Vec<Diagnostic>) {
    let mut refuse = |code, message: &str, help: &str| {
        found.push(Diagnostic::error(code, &table.name, message).help(help));
    };
    if !present.is_table || present.foreign {
        let message = "in the present database it is a view, or has foreign tables below it";
        return refuse("existing-kind", message, "leave it out with `unlisted_tables: skip`, or use `into: swap`");
    }
    if !present.owned {
        refuse(
            "existing-owner",
            "the target's role does not own the present table, and could not take its foreign keys and triggers away",
            "grant it membership in the table's owner",
        );
    }
    if !input.to.after.is_empty() {
        return;
    }
    for column in table.stored_columns() {
        let place = || Place::from(&table.name.column(&column.name));
        let help = "let the migrations of both sides agree, or migrate what is built in a hook under `after:`";
        match present.columns.iter().find(|present| present.name == column.name) {
            None => {
                let message = "the present table does not have this column";
                found.push(Diagnostic::error("existing-column", place(), message).help(help));
            }
            Some(present) if !present.generated && present.type_sql != column.type_sql => {
                let message =
                    format!("it is {} at the source, and {} in the present table", column.type_sql, present.type_sql);
                found.push(Diagnostic::error("existing-column", place(), message).help(help));
            }
            Some(_) => {}
        }
    }
    let alone = present.columns.iter().filter(|column| table.column(&column.name).is_none());
    for column in alone.filter(|column| !column.filled && !column.generated) {
        let message = "the present table alone has this column, and it has no default and takes no NULL";
        let help = "give it a default, or fill it in a hook under `after:`";
        found.push(Diagnostic::error("existing-column", &table.name.column(&column.name), message).help(help));
    }
}

/// The names of tables, for the run.
pub fn names(catalog: &Catalog, tables: &[Oid]) -> Vec<TableName> {
    tables.iter().filter_map(|oid| catalog.by_oid(*oid)).map(|table| table.name.clone()).collect()
}
