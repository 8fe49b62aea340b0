//! Names in a parsed query: folded as PostgreSQL folds them, and what a FROM defines.

use sqlparser::ast::{Ident, ObjectName, Query, SetExpr, TableFactor, TableWithJoins};
use std::collections::BTreeSet;

/// What a query's own FROM and WITH define.
#[derive(Default)]
pub(super) struct Names {
    /// Tables and functions, by alias where there is one.
    pub tables: BTreeSet<String>,
    /// Common table expressions.
    pub ctes: BTreeSet<String>,
}

/// What a query defines for its parts.
pub(super) fn names(query: &Query) -> Names {
    let ctes = query.with.iter().flat_map(|with| &with.cte_tables).map(|cte| folded(&cte.alias.name)).collect();
    let mut names = Names { tables: BTreeSet::new(), ctes };
    from_names(&query.body, &mut names.tables);
    names
}

/// An identifier as PostgreSQL understands it: folded unless it is quoted.
pub(super) fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

/// The parts of a name, if they are plain identifiers.
pub(super) fn idents(name: &ObjectName) -> Option<Vec<&Ident>> {
    name.0.iter().map(|part| part.as_ident()).collect()
}

/// What the FROM of a query's own SELECTs defines.
fn from_names(body: &SetExpr, names: &mut BTreeSet<String>) {
    match body {
        SetExpr::Select(select) => select.from.iter().for_each(|from| join_names(from, names)),
        SetExpr::SetOperation { left, right, .. } => {
            from_names(left, names);
            from_names(right, names);
        }
        _ => {}
    }
}

fn join_names(from: &TableWithJoins, names: &mut BTreeSet<String>) {
    for factor in std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)) {
        match factor {
            TableFactor::Table { alias: None, name, .. } | TableFactor::Function { alias: None, name, .. } => {
                names.extend(idents(name).and_then(|parts| parts.last().map(|last| folded(last))));
            }
            TableFactor::Table { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::Derived { alias, .. }
            | TableFactor::UNNEST { alias, .. } => names.extend(alias.iter().map(|alias| folded(&alias.name))),
            TableFactor::NestedJoin { table_with_joins, alias: None } => join_names(table_with_joins, names),
            TableFactor::NestedJoin { alias, .. } => names.extend(alias.iter().map(|alias| folded(&alias.name))),
            _ => {}
        }
    }
}

/// Does it read, and nothing else.
pub(super) fn only_reads(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_none(),
        SetExpr::Values(_) | SetExpr::Query(_) => true,
        SetExpr::SetOperation { left, right, .. } => only_reads(left) && only_reads(right),
        _ => false,
    }
}
