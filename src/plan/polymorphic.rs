//! Pairs of columns that look like references by type and number, of which no relation says where they lead.

use super::bind::{Bindings, Fate};
use super::columns::{Verdicts, What};
use super::{Check, Input};
use crate::catalog::{BaseType, Column, Table};
use crate::rules::Through;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::{Name, literal};
use std::collections::BTreeSet;

/// Warns of them where that matters: rows are chosen along references, or a key is masked and they would hold the real one.
///
/// The catalog cannot tell whether they are references; the rows can. The checks refuse those that name a table.
pub fn undeclared(
    input: &Input<'_>,
    bindings: &Bindings<'_>,
    verdicts: &Verdicts,
    found: &mut Vec<Diagnostic>,
) -> Vec<Check> {
    let (mut checks, words) = (Vec::new(), words(input, verdicts));
    if words.is_empty() {
        return checks;
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
            let place = Place::from(&table.name.column(&id.name));
            let message =
                format!("it looks like a reference to the table that {} names, and no relation says so", kind.name);
            let help = format!(
                "for each kind of row write under `relations:` {{ from: {{ table: {}, columns: [{}] }}, to: …, when: \"{} = …\" }}",
                table.name, id.name, kind.name
            );
            found.push(Diagnostic::warning("polymorphic", place.clone(), message).help(help.clone()));
            let message = format!("it is a reference to the tables that {} names, and no relation says so", kind.name);
            let help = format!("{help}; `when: \"false\"` says that it is none");
            checks.push(Check::new(
                names(table, kind, id, &words),
                Diagnostic::error("polymorphic", place, message).help(help),
            ));
        }
    }
    checks
}

/// How rows name the tables to which such a pair must not lead unseen: all where rows are chosen, else those of masked keys.
fn words(input: &Input<'_>, verdicts: &Verdicts) -> BTreeSet<String> {
    let chooses = input.rules.subset.is_some() || !input.wanted.forget.is_empty();
    let masked = |table: &Table| {
        let primary = table.unique_indexes.iter().filter(|index| index.primary);
        let mut columns = primary.flat_map(|index| &index.columns);
        columns
            .any(|number| verdicts.get(table.oid, *number).is_some_and(|verdict| matches!(verdict.what, What::Mask(_))))
    };
    let tables = input.source.tables.iter().filter(|table| chooses || masked(table));
    tables.flat_map(|table| singulars(table.name.name.as_str())).collect()
}

/// A table's name and its singular, in small letters without underscores: as `OrderItem` is written for `order_items`.
fn singulars(table: &str) -> Vec<String> {
    let name = table.to_lowercase().replace('_', "");
    let endings = [("ies", "y"), ("es", ""), ("s", "")];
    let singulars = endings.iter().filter_map(|(plural, one)| Some(format!("{}{one}", name.strip_suffix(plural)?)));
    singulars.chain([name.clone()]).collect()
}

/// Counts the kinds of rows that name a table; what stands before the last part of a name (`Shop::`, `App\Models\`) is left out.
fn names(table: &Table, kind: &Column, id: &Column, words: &BTreeSet<String>) -> String {
    let words: Vec<String> = words.iter().map(|word| literal(word)).collect();
    format!(
        "SELECT pg_catalog.count(*) FROM (SELECT DISTINCT t.{}::pg_catalog.text AS kind FROM {} AS t WHERE t.{} IS NOT NULL) AS kinds \
         WHERE pg_catalog.replace(pg_catalog.lower(pg_catalog.regexp_replace(kind, '^.*[^[:alnum:]_]', '')), '_', '') IN ({})",
        kind.name.sql(),
        table.name.sql(),
        id.name.sql(),
        words.join(", ")
    )
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

#[cfg(test)]
mod tests {
    use super::singulars;

    #[test]
    fn a_table_is_named_by_its_singular() {
        for (table, word) in
            [("order_items", "orderitem"), ("companies", "company"), ("Boxes", "box"), ("staff", "staff")]
        {
            assert!(singulars(table).contains(&word.to_owned()), "{table}");
        }
    }
}
