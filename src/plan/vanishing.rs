//! What only the present target has: a swap takes it away, so somebody should hear of it before a newer migration is missed.

use super::TargetFacts;
use crate::rules::Environment;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::{Name, TableName, printable};
use std::collections::BTreeMap;

/// More things than these are only counted.
const NAMED: usize = 20;

/// The warning of tables and columns that the clone does not have; `has` says which columns it has of a table.
pub fn vanishing<'c>(
    to: &Environment,
    facts: &TargetFacts,
    has: impl Fn(&TableName) -> Option<Vec<&'c Name>>,
) -> Option<Diagnostic> {
    let mut names = Vec::new();
    let alone: BTreeMap<_, _> = facts.present.iter().filter(|(_, present)| present.alone).collect();
    for (table, present) in alone {
        let Some(columns) = has(table) else {
            names.push(table.to_string());
            continue;
        };
        let gone = present.columns.iter().filter(|column| !columns.contains(&&column.name));
        names.extend(gone.map(|column| table.column(&column.name).to_string()));
    }
    let others = names.len().saturating_sub(NAMED);
    let listed = names.iter().take(NAMED).map(|name| printable(name)).collect::<Vec<_>>().join(", ");
    let more = if others > 0 { format!(" and {others} others") } else { String::new() };
    let place = Place::ObjectInFile(to.name.value.clone(), to.name.place.clone());
    let message = format!("only the present database has {listed}{more}: they go with it");
    let help = "let a hook under `after:` apply staging's newer migrations, and `carry` what it owns";
    (!names.is_empty()).then(|| Diagnostic::warning("only-here", place, message).help(help))
}
