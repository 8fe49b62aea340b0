//! Columns that a migration is still to bring (`pending:`).

use super::Input;
use crate::rules::{Pending, TableRule};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::ColumnName;
use jiff::Timestamp;
use jiff::civil::Date;

/// True if a column may be absent, as far as rules are concerned: whether it is too late is said once, by `check`.
pub fn awaits(input: &Input<'_>, column: &ColumnName) -> bool {
    input.rules.pending.iter().any(|pending| pending.column.value == *column)
}

/// True if a rule speaks of nothing but pending columns: its table may be absent too.
pub fn awaits_table(input: &Input<'_>, rule: &TableRule) -> bool {
    let mut named = named(rule).peekable();
    named.peek().is_some() && named.all(|column| awaits(input, &column))
}

/// Reports lines whose day is over, and lines that no rule needs.
pub fn check(input: &Input<'_>, found: &mut Vec<Diagnostic>) {
    let today = today(input);
    for Pending { column, until } in &input.rules.pending {
        let place = Place::ObjectInFile(column.value.to_string(), column.place.clone());
        let over = today.is_some_and(|today| today > *until);
        let diagnostic = match (is_there(input, &column.value), over) {
            (true, true) => Diagnostic::warning("pending-over", place, "the column is there, it is pending no longer")
                .help("take the line out"),
            (false, true) => {
                let message = format!("the column was to be there by {until}, and the source has none");
                Diagnostic::error("pending-over", place, message)
                    .help("move `until` to when its migration comes, or take its rules and this line out")
            }
            (false, false) if !input.rules.tables.iter().any(|rule| named(rule).any(|name| name == column.value)) => {
                Diagnostic::error(
                    "rule-unbound",
                    place,
                    "the source has no such column, and no rule of `tables` names it",
                )
                .help("name it under `keep` or `mask` of its table, or take the line out")
            }
            _ => continue,
        };
        found.push(diagnostic);
    }
}

fn named(rule: &TableRule) -> impl Iterator<Item = ColumnName> {
    let columns = rule.keep.iter().chain(rule.mask.iter().map(|(column, _)| column));
    columns.map(|column| rule.name.value.column(&column.value))
}

/// A rule stands at the root of a tree and may name the columns of any part.
fn is_there(input: &Input<'_>, column: &ColumnName) -> bool {
    let mut parts = input.source.tables.iter().filter(|table| input.source.root(table).name == column.table);
    parts.any(|table| table.column(&column.column).is_some())
}

/// The snapshot's day; a time that cannot be read is reported elsewhere.
fn today(input: &Input<'_>) -> Option<Date> {
    let at: Timestamp = input.source.database.snapshot_at.parse().ok()?;
    Some(at.in_tz(&input.rules.time_zone).ok()?.date())
}
