//! Which line decided a column, and what will happen to it: also where the plan as a whole is refused.

use super::bind::{Bindings, Fate};
use super::columns::{self, What};
use super::{Action, ColumnPlan, Decision, Input, references};
use crate::catalog::{Column, Table};
use crate::mask::{Acts, MaskRef};
use crate::words::diagnostic::Place;

/// What happens to a column, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// `keep`, `mask`, `erase`, `constant`, `generated`, `emptied`, `skipped`, `undecided`.
    pub action: &'static str,
    /// The mask as the rules use it.
    pub mask: Option<MaskRef>,
    /// True if the column is read at the source.
    pub read: bool,
    /// The line that decided.
    pub decided_by: Decision,
}

/// Explains a column of the source.
pub fn explain(input: &Input<'_>, table: &Table, column: &Column) -> Explained {
    // What is wrong elsewhere is the plan's to tell.
    let mut found = Vec::new();
    let bindings = Bindings::bind(input, &mut found);
    let of_table = |action, decision: &Decision| Explained::new(action, None, false, decision.clone());
    let nobody = |words: &str| Decision { words: words.to_owned(), place: Place::Run };
    match bindings.get(table.oid).map(|bound| &bound.fate) {
        Some(Fate::Empty(_, decision)) => return of_table("emptied", decision),
        Some(Fate::Skipped(decision)) => return of_table("skipped", decision),
        Some(Fate::Extension) => {
            return of_table("generated", &nobody("the extension that owns the table makes its rows"));
        }
        None => return of_table("generated", &nobody("the materialised view is filled from the clone's own tables")),
        Some(Fate::Ruled | Fate::Copied(_) | Fate::Undecided) => {}
    }
    if column.generated {
        return of_table("generated", &nobody("the target computes it"));
    }
    let verdicts = columns::decide(input, &bindings, &references::references(input), &mut found);
    let Some(verdict) = verdicts.get(table.oid, column.number) else {
        return of_table("undecided", &nobody("no rule speaks of its table"));
    };
    let decision = verdict.decision.clone();
    match &verdict.what {
        What::Keep => Explained::new("keep", None, true, decision),
        What::Erase => Explained::new("erase", None, false, decision),
        What::Undecided => Explained::new("undecided", None, false, decision),
        What::Mask(mask) => Explained::masked(mask, decision),
    }
}

impl Explained {
    fn new(action: &'static str, mask: Option<&MaskRef>, read: bool, decided_by: Decision) -> Self {
        Explained { action, mask: mask.cloned(), read, decided_by }
    }

    fn masked(mask: &MaskRef, decision: Decision) -> Self {
        let action = match mask.spec.acts {
            Acts::Constant => "constant",
            Acts::Erase => "erase",
            Acts::Field | Acts::Default | Acts::Resample | Acts::Shuffle | Acts::Sql => "mask",
        };
        Explained::new(action, Some(mask), mask.spec.reads, decision)
    }
}

impl Action {
    /// The report's word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Action::Keep => "keep",
            Action::Erase => "erase",
            Action::Constant(_) => "constant",
            Action::Sql { .. } | Action::Shuffle(_) | Action::Mask(_) => "mask",
        }
    }
}

impl ColumnPlan {
    /// True if its values leave the source, or are looked at there.
    pub fn is_read(&self) -> bool {
        !matches!(self.action, Action::Erase | Action::Constant(_))
    }
}
