//! `carry:` and `sequences:` of an environment: what it owns itself.

use super::decode::Fields;
use super::fault::Faults;
use super::keys::{CARRY, SEQUENCES};
use super::node::{Entry, Node};
use super::words::MissingParent;
use crate::pg::carry::Conflict;
use crate::words::diagnostic::{FilePlace, Spanned};
use crate::words::name::{Name, TableName};

/// What is carried of one table.
#[derive(Debug, Clone)]
pub struct CarryRule {
    /// The table.
    pub table: Spanned<TableName>,
    /// Rows or columns.
    pub what: CarryWhat,
    /// What becomes of a carried row whose key a row of the clone has.
    pub conflict: Conflict,
    /// A carried row without its parent ends the run; else it is left out.
    pub refuse_missing_parent: bool,
}

/// Rows or columns.
#[derive(Debug, Clone)]
pub enum CarryWhat {
    /// `all`.
    All,
    /// `where:`, an SQL expression.
    Where(Spanned<String>),
    /// `columns:` by `key:`.
    Columns {
        /// The columns.
        columns: Vec<Spanned<Name>>,
        /// The columns of the key.
        key: Vec<Spanned<Name>>,
    },
}

/// Reads `carry:`.
pub fn carry(node: &Node, faults: &mut Faults) -> Vec<CarryRule> {
    let entries = faults.entries(node, "`carry`").unwrap_or_default();
    let rules: Vec<CarryRule> = entries.iter().filter_map(|entry| rule(entry, faults)).collect();
    let mut seen: Vec<(&TableName, &FilePlace)> = Vec::new();
    for rule in &rules {
        if let Some((_, first)) = seen.iter().find(|(table, _)| **table == rule.table.value) {
            faults.twice("duplicate-key", &format!("table {}", rule.table.value), &first.span, &rule.table.place.span);
        }
        seen.push((&rule.table.value, &rule.table.place));
    }
    rules
}

fn rule(entry: &Entry, faults: &mut Faults) -> Option<CarryRule> {
    const FORMS: &str = "write `all`, `{ where: \"…\" }` or `{ columns: [a, b], key: c }`";
    let table = faults.table(&entry.key);
    if let Node::Scalar(scalar) = &entry.value {
        if scalar.text != "all" {
            faults.add("unknown-word", &scalar.span, "what is carried of a table is not said", FORMS);
            return None;
        }
        let (what, conflict) = (CarryWhat::All, Conflict::default());
        return Some(CarryRule { table: table?, what, conflict, refuse_missing_parent: false });
    }
    let fields = faults.fields(&entry.value, "what is carried of a table", &[CARRY])?;
    let what = match (fields.get("where"), fields.get("columns")) {
        (Some(condition), None) => faults.text(condition, "`where`").map(CarryWhat::Where),
        (None, Some(_)) => columns(&fields, faults),
        _ => {
            faults.add("missing-key", &entry.value.span(), "what is carried of a table is not said", FORMS);
            None
        }
    };
    let conflict = fields.get("conflict").map_or(Some(Conflict::default()), |node| faults.word(node, "`conflict`"));
    let missing = fields.get("missing_parent").map(|node| faults.word(node, "`missing_parent`"));
    Some(CarryRule {
        table: table?,
        what: what?,
        conflict: conflict?,
        refuse_missing_parent: missing == Some(Some(MissingParent::Refuse)),
    })
}

fn columns(fields: &Fields<'_>, faults: &mut Faults) -> Option<CarryWhat> {
    let names = |name: &str, faults: &mut Faults| match fields.get(name)? {
        Node::List(items, _) => {
            Some(items.iter().filter_map(|item| faults.name_node(item, "a column")).collect::<Vec<_>>())
        }
        one => faults.name_node(one, "a column").map(|one| vec![one]),
    };
    let (columns, key) = (names("columns", faults)?, names("key", faults));
    match key.filter(|key| !key.is_empty() && !columns.is_empty()) {
        Some(key) => Some(CarryWhat::Columns { columns, key }),
        None => {
            faults.add(
                "missing-key",
                fields.span(),
                "carried columns need a `key` that finds their rows",
                "as in `{ columns: [enabled], key: name }`",
            );
            None
        }
    }
}

/// Reads `sequences:`, where new rows begin.
pub fn sequences(node: &Node, faults: &mut Faults) -> Option<i64> {
    let fields = faults.fields(node, "`sequences`", &[SEQUENCES])?;
    fields.get("start").and_then(|node| faults.integer(node, "`start`", 1..=i64::MAX))
}
