//! What an environment owns itself: `carry` held against both catalogs.

use super::bind::{roots, unknown_column, unknown_table};
use super::clock::Clock;
use super::expression::{Expression, Scope};
use super::{Check, Input, rows};
use crate::catalog::Table;
use crate::pg::carry::{Carry, Keys, What};
use crate::rules::{CarryRule, CarryWhat};
use crate::words::diagnostic::{Diagnostic, Place, Spanned};
use crate::words::name::{Name, TableName};
use std::collections::HashSet;

/// What is carried; every rule that cannot be followed is found.
pub fn carry(input: &Input<'_>, clock: &Clock, probes: &mut Vec<Check>, found: &mut Vec<Diagnostic>) -> Vec<Carry> {
    let rules = input.to.carry.iter();
    rules.filter_map(|rule| one(rule, input, clock, probes, found)).collect()
}

fn one(
    rule: &CarryRule,
    input: &Input<'_>,
    clock: &Clock,
    probes: &mut Vec<Check>,
    found: &mut Vec<Diagnostic>,
) -> Option<Carry> {
    let name = &rule.table.value;
    let place = Place::ObjectInFile(name.to_string(), rule.table.place.clone());
    let source = input.source.table(name);
    let present = input.target.filter(|facts| facts.inspected);
    // A hook may make it.
    if source.is_none() && input.to.after.is_empty() {
        found.push(unknown_table(input.source, name, &rule.table.place));
        return None;
    }
    if present.is_some_and(|facts| !facts.tables.contains(name)) {
        let message = "the present target has no such table: nothing is carried of it";
        found.push(Diagnostic::warning("carry-nothing", place.clone(), message));
    }
    let what = match (&rule.what, source) {
        (CarryWhat::All, _) => What::Rows(None),
        // A hook may make the table; what is said of its rows can only be proven when it does.
        (_, None) => {
            found.push(unknown_table(input.source, name, &rule.table.place));
            return None;
        }
        (CarryWhat::Where(text), Some(table)) => {
            let scope = Scope { catalog: input.source, table, clock, place: &text.place };
            match Expression::parse(&text.value, &scope) {
                Ok(expression) => {
                    probes.extend(expression.probes(&name.sql(), &scope));
                    What::Rows(Some(expression.sql))
                }
                Err(faults) => {
                    found.extend(faults);
                    return None;
                }
            }
        }
        (CarryWhat::Columns { columns, key }, Some(table)) => self::columns(columns, key, table, input, found)?,
    };
    if let Some(root) = source.map(|table| roots(input.source, table)[0]).filter(|root| root.name != *name) {
        let message = format!("it is a part of {}", root.name);
        found.push(Diagnostic::error("rule-misplaced", place, message).help("carry the whole table"));
        return None;
    }
    Some(Carry {
        table: name.clone(),
        place,
        what,
        conflict: rule.conflict,
        refuse_missing_parent: rule.refuse_missing_parent,
        forgotten: Vec::new(),
    })
}

/// Carried rows must not bring subjects back that are forgotten: they are left out, and rows whose foreign keys need them
/// with them; what cannot be told so is found.
pub fn forget(
    carried: &mut [Carry],
    input: &Input<'_>,
    kept: impl Fn(&Table, &Name) -> bool,
    found: &mut Vec<Diagnostic>,
) {
    let catalog = input.source;
    for carry in carried.iter_mut().filter(|carry| matches!(carry.what, What::Rows(_))) {
        let Some(table) = catalog.table(&carry.table) else { continue };
        for forget in input.wanted.forget.iter().filter(|forget| forget.table == carry.table) {
            let key = rows::key(table);
            if key.iter().all(|name| kept(table, name)) {
                let (from, on) = rows::keyed(table, &key);
                carry.forgotten.push(Keys { from, on, texts: forget.columns(&key) });
                continue;
            }
            let message = "subjects of it are forgotten, and its key is masked: carried rows could be theirs";
            found.push(
                Diagnostic::error("carry-forget", carry.place.clone(), message)
                    .help("take it out of `carry` while subjects are forgotten"),
            );
        }
        let from = input.rules.relations.iter().filter(|relation| relation.from.value == carry.table);
        let led: Vec<&TableName> = from.map(|relation| &relation.to.value).collect();
        if let Some(forget) = input.wanted.forget.iter().find(|forget| leads(input, led.clone(), &forget.table)) {
            let message = format!(
                "`relations` lead from it to {}, subjects of which are forgotten: carried rows could be theirs",
                forget.table
            );
            found.push(
                Diagnostic::error("carry-forget", carry.place.clone(), message)
                    .help("take it out of `carry` while subjects are forgotten, or give it a foreign key"),
            );
        }
    }
}

/// Is a table one of these, or does one of them refer to it, at any depth.
fn leads<'a>(input: &Input<'a>, mut open: Vec<&'a TableName>, to: &TableName) -> bool {
    let catalog = input.source;
    let mut seen = HashSet::new();
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if !seen.insert(name) {
            continue;
        }
        let relations = input.rules.relations.iter().filter(|relation| relation.from.value == *name);
        open.extend(relations.map(|relation| &relation.to.value));
        let oid = catalog.table(name).map(|table| table.oid);
        let keys = catalog.foreign_keys.iter().filter(|key| Some(key.table) == oid);
        open.extend(keys.filter_map(|key| catalog.by_oid(key.references)).map(|table| &table.name));
    }
    false
}

fn columns(
    columns: &[Spanned<Name>],
    key: &[Spanned<Name>],
    table: &Table,
    input: &Input<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<What> {
    let number = |name: &Name| table.columns.iter().find(|column| column.name == *name).map(|column| column.number);
    let known = || table.columns.iter().map(|column| &column.name);
    // A hook may add a column, but never the key.
    let named = key.iter().chain(columns.iter().filter(|_| input.to.after.is_empty()));
    let unknown: Vec<_> = named.filter(|name| number(&name.value).is_none()).collect();
    found.extend(unknown.iter().map(|name| unknown_column(&table.name, name, known())));
    if !unknown.is_empty() {
        return None;
    }
    let mut numbers: Vec<i16> = key.iter().filter_map(|name| number(&name.value)).collect();
    numbers.sort_unstable();
    let unique = table.unique_indexes.iter().any(|index| {
        let mut columns = index.columns.clone();
        columns.sort_unstable();
        columns == numbers
    });
    if !unique {
        let place = Place::ObjectInFile(table.name.to_string(), key[0].place.clone());
        let message = "the key of carried columns is no unique key of the table";
        found.push(
            Diagnostic::error("carry-key", place, message).help("name the columns of a primary key or unique index"),
        );
        return None;
    }
    let names = |names: &[Spanned<Name>]| names.iter().map(|name| name.value.clone()).collect();
    Some(What::Columns { columns: names(columns), key: names(key) })
}
