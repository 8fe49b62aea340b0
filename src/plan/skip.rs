//! Tables that are not created (`unlisted_tables: skip`): nothing that is created may need them.

use super::Input;
use super::bind::{Bindings, Bound};
use crate::catalog::{Oid, TableKind};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::printable;
use std::collections::BTreeMap;

/// The most things that a message names.
const NAMED: usize = 3;

/// Finds skipped tables that something needs.
pub fn check(input: &Input<'_>, bindings: &Bindings<'_>, found: &mut Vec<Diagnostic>) {
    let catalog = input.source;
    let skipped = |oid: Oid| bindings.get(oid).is_some_and(Bound::is_skipped);
    let mut needed: BTreeMap<Oid, Vec<String>> = BTreeMap::new();
    for (table, dependent) in catalog.dependents.iter().filter(|(table, _)| skipped(*table)) {
        needed.entry(*table).or_default().push(printable(dependent));
    }
    for key in catalog.foreign_keys.iter().filter(|key| skipped(key.references) && !skipped(key.table)) {
        if let Some(from) = catalog.by_oid(key.table) {
            needed.entry(key.references).or_default().push(format!("the key {} of {}", key.name, from.name));
        }
    }
    for child in catalog.tables.iter().filter(|child| child.kind != TableKind::MaterializedView && !skipped(child.oid))
    {
        for parent in child.parents.iter().filter(|parent| skipped(**parent)) {
            needed.entry(*parent).or_default().push(format!("its child {}", child.name));
        }
    }
    for (oid, by) in needed {
        // What needs a table of an extension needs the extension.
        let Some(table) = catalog.by_oid(oid).filter(|table| table.extension.is_none()) else { continue };
        let message = format!("`unlisted_tables: skip` would leave it out, and these need it: {}", few(&by));
        found.push(
            Diagnostic::error("skipped-needed", Place::from(&table.name), message)
                .help("put it into empty: to create it without rows, or give it a rule under tables:"),
        );
    }
}

/// The first of what needs a thing, and how many more there are.
pub fn few(by: &[String]) -> String {
    let named = by.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if by.len() > NAMED { format!("{named} and {} more", by.len() - NAMED) } else { named }
}
