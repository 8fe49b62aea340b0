//! `shift_dates:` × catalog → the tables and columns that move, or every reason why they cannot.

use crate::catalog::{BaseType, Catalog, Column, Table, TableKind};
use crate::pg::dates::{Day, Moving};
use crate::rules::ShiftDates;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::{ColumnName, TableName};
use std::collections::BTreeMap;

/// Finds what moves.
pub fn shift(rule: &ShiftDates, catalog: &Catalog) -> Result<Vec<Moving>, Vec<Diagnostic>> {
    let keys = keys(catalog);
    let mut moving: Vec<Moving> = Vec::new();
    let mut found = Vec::new();
    let mut bound = vec![false; rule.columns.len()];
    for table in catalog.tables.iter().filter(|table| has_rows(table)) {
        let mut columns = Vec::new();
        for column in table.columns.iter().filter(|column| !column.generated) {
            let name = table.name.column(&column.name);
            let Some(at) = rule.columns.iter().position(|pattern| pattern.matches(&name)) else { continue };
            let pattern = &rule.columns[at];
            let place = || Place::ObjectInFile(name.to_string(), pattern.text.place.clone());
            match day(column) {
                Some(day) => {
                    bound[at] = true;
                    if let Some(key) = keys.get(&name) {
                        let message = format!("the column is part of the foreign key {key}, and keys stay as they are");
                        let help = "list the other columns by name";
                        found.push(Diagnostic::error("shift-dates", place(), message).help(help));
                    }
                    columns.push((column.name.clone(), day));
                }
                None if pattern.is_exact() => {
                    bound[at] = true;
                    let message = format!("the column is {}, not a date or a timestamp", column.type_sql);
                    found.push(Diagnostic::error("shift-dates", place(), message).help("take it out of shift_dates"));
                }
                None => {}
            }
        }
        if !columns.is_empty() {
            if table.kind == TableKind::Partitioned && catalog.has_foreign_descendant(table) {
                let message = "a partition is a foreign table, whose rows are others'";
                let place = Place::ObjectInFile(table.name.to_string(), rule.place.clone());
                found.push(
                    Diagnostic::error("shift-dates", place, message).help("list the other tables' columns by name"),
                );
            }
            let only = table.kind == TableKind::Plain;
            moving.push(Moving { oid: table.oid, table: table.name.clone(), only, columns });
        }
    }
    for (pattern, _) in rule.columns.iter().zip(bound).filter(|(_, bound)| !bound) {
        let message = format!("`{}` matches no column of dates or timestamps", pattern.text.value);
        found.push(Diagnostic::error("shift-dates", &pattern.text.place, message).help("correct it, or take it out"));
    }
    if found.is_empty() { Ok(moving) } else { Err(found) }
}

/// A partition's rows move with its root.
fn has_rows(table: &Table) -> bool {
    matches!(table.kind, TableKind::Plain | TableKind::Partitioned) && !table.partition && table.extension.is_none()
}

fn day(column: &Column) -> Option<Day> {
    match column.ty.base_type()? {
        BaseType::Date => Some(Day::Number),
        BaseType::Timestamp | BaseType::Timestamptz => Some(Day::Hours),
        _ => None,
    }
}

/// The columns of foreign keys, on both sides and at the root of partitions, with a key's name.
fn keys(catalog: &Catalog) -> BTreeMap<ColumnName, String> {
    let mut keys = BTreeMap::new();
    for key in &catalog.foreign_keys {
        for (oid, columns) in [(key.table, &key.columns), (key.references, &key.referenced_columns)] {
            let Some(table) = catalog.by_oid(oid) else { continue };
            let root: &TableName = if table.partition { &catalog.root(table).name } else { &table.name };
            for column in columns.iter().filter_map(|number| table.by_number(*number)) {
                keys.insert(root.column(&column.name), key.name.to_string());
            }
        }
    }
    keys
}
