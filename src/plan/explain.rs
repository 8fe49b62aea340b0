//! Which line decided a column, and what will happen to it.

use super::{Action, ColumnPlan, Decision, Plan, Rows, TablePlan};
use crate::words::name::ColumnName;

/// What happens to a column, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// `keep`, `mask`, `erase`, `constant`, `generated`, `emptied`.
    pub action: &'static str,
    /// The mask's name.
    pub mask: Option<String>,
    /// The mask's domain.
    pub domain: Option<String>,
    /// The column that the mask is drawn from.
    pub by: Option<String>,
    /// True if the column is read at the source.
    pub read: bool,
    /// The line that decided.
    pub decided_by: Decision,
}

/// Explains a column; `None` if the plan has no such column.
pub fn explain(plan: &Plan, column: &ColumnName) -> Option<Explained> {
    let table = plan.tables().iter().find(|table| table.name == column.table)?;
    if let Rows::None(_) = table.rows {
        return Some(Explained::new("emptied", false, &table.decided_by));
    }
    match table.columns.iter().find(|plan| plan.name == column.column) {
        Some(plan) => Some(of(plan)),
        None => generated(table, column),
    }
}

fn generated(table: &TablePlan, column: &ColumnName) -> Option<Explained> {
    let decision = Decision { words: "the target computes it".to_owned(), place: Default::default() };
    table.generated.contains(&column.column).then(|| Explained::new("generated", false, &decision))
}

fn of(plan: &ColumnPlan) -> Explained {
    let explained = Explained::new(plan.action.word(), plan.is_read(), &plan.decided_by);
    match &plan.action {
        Action::Mask(used) => Explained {
            mask: Some(used.rule.spec.name.to_owned()),
            domain: Some(used.rule.domain.clone()),
            by: used.by.as_ref().map(|(_, name, _)| name.to_string()),
            ..explained
        },
        Action::Sql { .. } => Explained { mask: Some("sql".to_owned()), ..explained },
        _ => explained,
    }
}

impl Explained {
    fn new(action: &'static str, read: bool, decided_by: &Decision) -> Self {
        Explained { action, mask: None, domain: None, by: None, read, decided_by: decided_by.clone() }
    }
}

impl Action {
    /// The report's word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Action::Keep => "keep",
            Action::Erase => "erase",
            Action::Constant(_) => "constant",
            Action::Sql { .. } | Action::Mask(_) => "mask",
        }
    }
}

impl ColumnPlan {
    /// True if its values leave the source, or are looked at there.
    pub fn is_read(&self) -> bool {
        !matches!(self.action, Action::Erase | Action::Constant(_))
    }
}
