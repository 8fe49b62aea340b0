//! What `standin explain` says of a column.

use super::plan::decision;
use super::report;
use crate::catalog::Column;
use crate::mask::MaskRef;
use crate::plan::explain::Explained;
use crate::words::diagnostic::Diagnostic;
use crate::words::name::{ColumnName, printable};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A few lines for people.
pub fn text(name: &ColumnName, column: &Column, explained: &Explained) -> String {
    let mut text = format!("{name} ({})\n", printable(&column.type_sql));
    let mut fact = |what: &str, fact: &str| {
        let _ = writeln!(text, "  {what:<12}{fact}");
    };
    fact("what", &what(explained));
    let decided = &explained.decided_by;
    match decided.place.file() {
        Some(place) => fact("decided by", &printable(&format!("{}, at {place}", decided.words))),
        None => fact("decided by", &printable(&decided.words)),
    }
    fact("read", if explained.read { "yes, at the source" } else { "no: it is not in the SELECT" });
    if let Some(mask) = &explained.mask {
        fact("mask", mask.spec.summary);
        fact("output", mask.spec.output);
    }
    text
}

/// The same for scripts.
pub fn json(name: &ColumnName, column: &Column, explained: &Explained, said: &[Diagnostic]) -> Value {
    let mask = explained.mask.as_ref();
    json!({
        "column": name.to_string(),
        "type": column.type_sql,
        "action": explained.action,
        "mask": mask.map(|mask| mask.spec.name),
        "domain": mask.map(|mask| &mask.domain),
        "by": mask.and_then(|mask| mask.by.as_ref()).map(|by| by.as_str()),
        "read": explained.read,
        "decided_by": decision(&explained.decided_by),
        "diagnostics": said.iter().map(report::diagnostic).collect::<Value>(),
    })
}

fn what(explained: &Explained) -> String {
    match (explained.action, &explained.mask) {
        ("keep", _) => "copied as it is".to_owned(),
        ("erase", _) => "NULL takes its place".to_owned(),
        ("emptied", _) => "its table arrives without rows".to_owned(),
        ("skipped", _) => "its table is not created".to_owned(),
        ("generated", _) => "computed in the clone".to_owned(),
        ("undecided", _) => "nothing: a refresh is refused until a rule decides it".to_owned(),
        (_, Some(mask)) => masked(mask),
        (action, None) => action.to_owned(),
    }
}

fn masked(mask: &MaskRef) -> String {
    let by = mask.by.as_ref().map_or_else(String::new, |by| format!(", drawn from {by}"));
    match mask.domain == mask.spec.name {
        true => format!("masked with `{}`{by}", mask.spec.name),
        false => format!("masked with `{}` in the domain `{}`{by}", mask.spec.name, printable(&mask.domain)),
    }
}
