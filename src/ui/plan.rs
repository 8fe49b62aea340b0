//! A plan for people and for scripts: table by table, column by column, with the line that decided it.

use super::diagnostics::counted;
use super::progress::{number, size};
use super::report::Report;
use crate::plan::{Action, ColumnPlan, Decision, Plan, Rows, TablePlan};
use crate::transfer::record::{Counts, From, To};
use crate::words::diagnostic::Place;
use crate::words::name::{Name, TableName};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Rows of each table by what becomes of them, where `--exact` counted them.
pub type Counted = HashMap<TableName, Counts>;

/// Characters before the column of places.
const WIDTH: usize = 76;

/// The plan as text.
pub fn text(plan: &Plan, counted: &Counted, report: &Report) -> String {
    let mut text = head(plan, report);
    for table in plan.tables() {
        let rows = rows(table, counted.get(&table.name));
        line(&mut text, &format!("\n{} · {rows}", table.name), &table.decided_by);
        for (columns, decision) in kept(table) {
            lines(&mut text, "keep", &columns, &decision);
        }
        for column in table.columns.iter().filter(|column| !matches!(column.action, Action::Keep)) {
            let what = format!("  {:<20} {}", column.name.to_string(), action(column));
            line(&mut text, &what, &column.decided_by);
        }
        if !table.generated.is_empty() {
            let names: Vec<&Name> = table.generated.iter().collect();
            lines(&mut text, "generated", &names, &Decision { words: String::new(), place: Place::Run });
        }
    }
    foot(&mut text, plan);
    text
}

/// The plan's members of the report; `tables` takes the place of the report's own.
pub fn json(plan: &Plan, counted: &Counted) -> Map<String, Value> {
    let roles: Map<String, Value> = plan
        .roles()
        .iter()
        .map(|(role, becomes)| (role.as_str().to_owned(), json!(becomes.as_ref().map(Name::as_str))))
        .collect();
    let mut members = Map::new();
    members.insert("tables".into(), plan.tables().iter().map(|table| table_json(table, counted)).collect());
    members.insert("skipped".into(), plan.skipped().iter().map(ToString::to_string).collect());
    members.insert("roles".into(), Value::Object(roles));
    members.insert("target_bytes".into(), json!(plan.target_bytes()));
    members
}

fn head(plan: &Plan, report: &Report) -> String {
    let mut text = String::new();
    let record = &report.record;
    let from =
        record.from.as_ref().map_or_else(String::new, |From { environment, database, server_version, .. }| {
            format!("{environment} (database {}, PostgreSQL {server_version})", Name::from(database.as_str()))
        });
    let to = record.to.as_ref().map_or_else(String::new, |To { environment, database, server_version, .. }| {
        format!("{environment} (database {}, PostgreSQL {server_version})", Name::from(database.as_str()))
    });
    let _ = writeln!(text, "{to}\n  becomes a masked clone of {from}");
    if let Some(rules) = &report.rules {
        let key = report.key.as_ref().map_or("none yet: a refresh needs one", |key| &key.id);
        let _ = writeln!(text, "  rules {}, mapping {}, key {key}", rules.file, rules.mapping);
    }
    let rows = plan.tables().iter().map(|table| table.estimated_rows).sum();
    let tables = counted(plan.tables().len(), "table");
    let bytes = size(plan.target_bytes());
    let _ = writeln!(text, "  {tables}, about {} rows before policies; space needed about {bytes}", number(rows));
    text
}

fn foot(text: &mut String, plan: &Plan) {
    let mut section = |heading: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = writeln!(text, "\n{heading}\n  {}", lines.join("\n  "));
        }
    };
    section("not created", plan.skipped().iter().map(ToString::to_string).collect());
    let role = |(role, becomes): (&Name, &Option<Name>)| match becomes {
        Some(same) if same == role => None,
        Some(other) => Some(format!("{role} → {other}")),
        None => Some(format!("{role} is dropped")),
    };
    section("roles", plan.roles().iter().filter_map(role).collect());
    let left = plan.left_out().iter();
    let left = left.map(|one| format!("{} {}: {}", one.kind, crate::words::name::printable(&one.name), one.why));
    section("left out of the clone", left.collect());
}

fn rows(table: &TablePlan, counts: Option<&Counts>) -> String {
    let size = size(table.bytes);
    let estimated = number(table.estimated_rows);
    match (&table.rows, counts) {
        (Rows::None(why), _) => format!("no rows: {why}"),
        (Rows::All, None) => format!("all of about {estimated} rows, {size}"),
        (Rows::Selected(_), None) => format!("rows that the policies leave of about {estimated}, {size}"),
        (Rows::All, Some(counts)) => format!("all {} rows, {size}", number(counts.copied)),
        (Rows::Selected(_), Some(counts)) => {
            let parts = [(counts.deleted, "deleted"), (counts.expired, "expired"), (counts.orphaned, "orphaned")];
            let parts: Vec<String> = parts
                .into_iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, word)| format!(", {} {word}", number(count)))
                .collect();
            format!("{} of {} rows{}", number(counts.copied), number(counts.source), parts.concat())
        }
    }
}

/// Kept columns, those of one decision together; names have a line each, patterns and `keep: rest` one for all.
fn kept(table: &TablePlan) -> Vec<(Vec<&Name>, Decision)> {
    let mut groups: Vec<(Vec<&Name>, Decision)> = Vec::new();
    for column in table.columns.iter().filter(|column| matches!(column.action, Action::Keep)) {
        match groups.iter_mut().find(|(_, decision)| decision.words == column.decided_by.words) {
            Some((names, _)) => names.push(&column.name),
            None => groups.push((vec![&column.name], column.decided_by.clone())),
        }
    }
    groups
}

/// What happens to a column, in words.
pub fn action(column: &ColumnPlan) -> String {
    match &column.action {
        Action::Keep => "keep".to_owned(),
        Action::Erase => "erase".to_owned(),
        Action::Constant(text) => format!("constant {}", Value::String(crate::words::name::printable(text))),
        Action::Sql { .. } => "sql, computed at the source".to_owned(),
        Action::Mask(mask) => {
            let (spec, domain) = (mask.rule.spec.name, &mask.rule.domain);
            let through = if domain == spec { String::new() } else { format!(" by {spec}") };
            let by = mask.by.as_ref().map_or_else(String::new, |(_, name, _)| format!(", drawn from {name}"));
            format!("mask {domain}{through}{by}")
        }
    }
}

/// Names under a word, broken into lines; the first has the place.
fn lines(text: &mut String, word: &str, names: &[&Name], decision: &Decision) {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut rows = vec![String::new()];
    for (at, name) in names.iter().enumerate() {
        let comma = if at + 1 < names.len() { "," } else { "" };
        let row = rows.last_mut().expect("there is a row from the start");
        if !row.is_empty() && row.chars().count() + name.chars().count() + 2 > WIDTH - 24 {
            rows.push(format!("{name}{comma}"));
            continue;
        }
        let space = if row.is_empty() { "" } else { " " };
        let _ = write!(row, "{space}{name}{comma}");
    }
    for (at, row) in rows.iter().enumerate() {
        match at {
            0 => line(text, &format!("  {word:<20} {row}"), decision),
            _ => {
                let _ = writeln!(text, "  {:<20} {row}", "");
            }
        }
    }
}

/// A line with the decision at its end: the place, else the words.
fn line(text: &mut String, what: &str, decision: &Decision) {
    let decided = match decision.place.file() {
        Some(place) => place.to_string(),
        None => decision.words.clone(),
    };
    let width = WIDTH.saturating_sub(what.trim_start_matches('\n').chars().count());
    let _ =
        writeln!(text, "{}", format!("{what}{:width$}  {}", "", crate::words::name::printable(&decided)).trim_end());
}

fn table_json(table: &TablePlan, counted: &Counted) -> Value {
    let mut rows = json!({ "estimated": table.estimated_rows });
    rows["come"] = match table.rows {
        Rows::All => json!("all"),
        Rows::None(_) => json!("none"),
        Rows::Selected(_) => json!("selected"),
    };
    if let Some(counts) = counted.get(&table.name) {
        for (name, count) in [
            ("source", counts.source),
            ("copied", counts.copied),
            ("deleted", counts.deleted),
            ("expired", counts.expired),
            ("orphaned", counts.orphaned),
        ] {
            rows[name] = json!(count);
        }
    }
    let columns = table.columns.iter().map(|column| (column.name.as_str().to_owned(), column_json(table, column)));
    let generated = table.generated.iter().map(|name| (name.as_str().to_owned(), json!({ "action": "generated" })));
    json!({
        "table": table.name.to_string(),
        "rows": rows,
        "decided_by": decision(&table.decided_by),
        "columns": Value::Object(columns.chain(generated).collect()),
        "bytes": table.bytes,
    })
}

fn column_json(table: &TablePlan, column: &ColumnPlan) -> Value {
    let (word, mask) = match &column.action {
        Action::Keep => ("keep", None),
        Action::Erase => ("erase", None),
        Action::Constant(_) => ("constant", None),
        Action::Sql { .. } => ("mask", Some(("sql", "sql"))),
        Action::Mask(mask) => ("mask", Some((mask.rule.spec.name, mask.rule.domain.as_str()))),
    };
    let mut value = json!({ "action": word });
    if let Some((mask, domain)) = mask {
        value["mask"] = json!(mask);
        value["domain"] = json!(domain);
    }
    if let Action::Mask(mask) = &column.action {
        if let Some((_, by, _)) = &mask.by {
            value["by"] = json!(by.as_str());
        }
    }
    value["read"] = json!(!matches!(table.rows, Rows::None(_)) && !matches!(word, "erase" | "constant"));
    value["decided_by"] = decision(&column.decided_by);
    value
}

/// A decision as reports have it.
pub fn decision(decision: &Decision) -> Value {
    json!({ "words": decision.words, "place": decision.place.file().map(ToString::to_string) })
}
