//! What an environment owns itself: `carry` held against both catalogs.

use super::bind::{roots, unknown_column, unknown_table};
use super::clock::Clock;
use super::expression::{Expression, Scope};
use super::{Check, Input};
use crate::catalog::Table;
use crate::pg::carry::{Carry, What};
use crate::rules::{CarryRule, CarryWhat};
use crate::words::diagnostic::{Diagnostic, Place, Spanned};
use crate::words::name::Name;

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
    if present.is_some_and(|facts| !facts.tables.contains(name)) {
        if source.is_none() {
            found.push(unknown_table(input.source, name, &rule.table.place));
            return None;
        }
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
    })
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
