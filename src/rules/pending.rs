//! `pending:`, columns that a migration is still to bring: their rules may match nothing until then.

use super::fault::{Faults, shown};
use super::keys::PENDING;
use super::node::Node;
use crate::words::diagnostic::Spanned;
use crate::words::name::ColumnName;
use jiff::civil::Date;
use std::collections::HashMap;

/// A column that is to come.
#[derive(Debug, Clone)]
pub struct Pending {
    /// The column.
    pub column: Spanned<ColumnName>,
    /// The last day on which it may be absent.
    pub until: Date,
}

/// Reads `pending:`.
pub fn pending(node: &Node, faults: &mut Faults) -> Vec<Pending> {
    let wanted = "a list, as in `[ { column: users.email_v2, until: 2026-12-31 } ]`";
    let items = faults.items(node, "`pending`", wanted).unwrap_or_default();
    let all: Vec<Pending> = items.iter().filter_map(|item| one(item, faults)).collect();
    let mut seen = HashMap::new();
    for Pending { column, .. } in &all {
        if let Some(first) = seen.insert(&column.value, &column.place.span) {
            faults.twice("duplicate-column", &format!("column {}", column.value), first, &column.place.span);
        }
    }
    all
}

fn one(node: &Node, faults: &mut Faults) -> Option<Pending> {
    let fields = faults.fields(node, "a line of `pending`", &[PENDING])?;
    let column = fields.get("column").and_then(|node| {
        let scalar = faults.scalar(node, "`column`", "a column with its table, as in users.email_v2")?;
        match ColumnName::parse(&scalar.text) {
            Ok(column) => Some(Spanned::new(column, faults.place(&scalar.span))),
            Err(reason) => {
                let message = format!("{} is not the name of a column: {reason}", shown(&scalar.text));
                faults.add("bad-name", &scalar.span, message, "write its table too, as in users.email_v2");
                None
            }
        }
    });
    let until = fields.get("until").and_then(|node| {
        faults.read(node, "`until`", "a day, as in 2026-12-31", |scalar| {
            let is_day =
                scalar.text.len() == 10 && scalar.text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            is_day.then(|| scalar.text.parse().ok()).flatten()
        })
    });
    Some(Pending { column: column?, until: until? })
}
