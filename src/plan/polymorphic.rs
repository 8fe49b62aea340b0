//! Pairs of columns that look like references by type and number, of which no relation says where they lead.

use super::Input;
use super::bind::{Bindings, Fate};
use super::columns::{Verdicts, What};
use crate::catalog::{BaseType, Column, Table};
use crate::rules::Through;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::Name;

/// Warns of them where that matters: rows are chosen along references, or a key is masked and they would hold the real one.
pub fn undeclared(input: &Input<'_>, bindings: &Bindings<'_>, verdicts: &Verdicts, found: &mut Vec<Diagnostic>) {
    let chooses = input.rules.subset.is_some() || !input.wanted.forget.is_empty();
    if !chooses && !masks_keys(input, verdicts) {
        return;
    }
    for table in input.source.tables.iter().filter(|table| table.parents.is_empty()) {
        if !bindings.get(table.oid).is_some_and(|bound| matches!(bound.fate, Fate::Ruled | Fate::Copied(_))) {
            continue;
        }
        for (kind, id) in pairs(table) {
            let kept = verdicts.get(table.oid, id.number).is_some_and(|verdict| matches!(verdict.what, What::Keep));
            if !kept || refers(input, table, id) {
                continue;
            }
            let message =
                format!("it looks like a reference to the table that {} names, and no relation says so", kind.name);
            let help = format!(
                "for each kind of row write under `relations:` {{ from: {{ table: {}, columns: [{}] }}, to: …, when: \"{} = …\" }}",
                table.name, id.name, kind.name
            );
            found.push(
                Diagnostic::warning("polymorphic", Place::from(&table.name.column(&id.name)), message).help(help),
            );
        }
    }
}

/// Is any key masked to which such a pair might lead.
fn masks_keys(input: &Input<'_>, verdicts: &Verdicts) -> bool {
    let masked = |table: &Table, number: &i16| {
        verdicts.get(table.oid, *number).is_some_and(|verdict| matches!(verdict.what, What::Mask(_)))
    };
    input.source.tables.iter().any(|table| {
        let primary = table.unique_indexes.iter().filter(|index| index.primary);
        primary.flat_map(|index| &index.columns).any(|number| masked(table, number))
    })
}

/// Columns `x_type` and `x_id` of a table.
fn pairs(table: &Table) -> impl Iterator<Item = (&Column, &Column)> {
    table.columns.iter().filter_map(|kind| {
        let stem = kind.name.as_str().strip_suffix("_type")?;
        let id = table.column(&Name::from(format!("{stem}_id").as_str()))?;
        let names = matches!(kind.ty.base_type(), Some(BaseType::Text | BaseType::Varchar | BaseType::Bpchar) | None);
        names.then_some((kind, id))
    })
}

/// Does a foreign key or a relation say where the column leads.
fn refers(input: &Input<'_>, table: &Table, id: &Column) -> bool {
    let known = |relation: &crate::rules::Relation| match &relation.through {
        Through::Columns(columns) => columns.iter().any(|column| column.value == id.name),
        Through::Path(..) => false,
    };
    let declared = |relation: &&crate::rules::Relation| {
        input.source.table(&relation.from.value).is_some_and(|from| input.source.root(from).oid == table.oid)
    };
    input.source.foreign_keys.iter().any(|key| key.table == table.oid && key.columns.contains(&id.number))
        || input.rules.relations.iter().filter(declared).any(known)
}
