//! A plan for people and for scripts: table by table, column by column, with the line that decided it.

use super::diagnostics::counted;
use super::progress::{number, size};
use super::report::Report;
use crate::plan::{Action, ColumnPlan, Decision, Plan, Rows, TablePlan};
use crate::rules::Rules;
use crate::transfer::record::{Counts, From, To};
use crate::words::diagnostic::Place;
use crate::words::name::{Name, TableName, printable};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Rows of each table by what becomes of them, where `--exact` counted them.
pub type Counted = HashMap<TableName, Counts>;

/// Decisions of a line of its own, whose words say nothing new.
const OWN: [&str; 6] = ["keep", "mask", "empty", "delete", "delete: all", "retain"];

/// Characters before the column of places.
const WIDTH: usize = 76;

/// The plan as text.
///
/// Of the two, the first holds what was counted, the second what else is expected.
pub fn text(plan: &Plan, numbers: (&Counted, &Counted), rules: &Rules, report: &Report) -> String {
    let mut text = head(plan, report);
    let selected = |table: &TablePlan| matches!(table.rows, Rows::Selected(_) | Rows::Chosen(_));
    if numbers.0.is_empty() && plan.tables().iter().any(selected) {
        text.push_str("  which of them come is estimated from the source's statistics; --exact counts\n");
    }
    for group in groups(plan, rules) {
        let rows = group.rows(numbers);
        line(&mut text, &format!("\n{} · {rows}", group.names()), &group.tables[0].decided_by);
        text.push_str(&group.body);
    }
    foot(&mut text, plan);
    text
}

/// Tables that one line decided, with the same columns and the same fate: the partitions of a table, `empty: "job_*"`.
struct Group<'a> {
    tables: Vec<&'a TablePlan>,
    body: String,
}

fn groups<'a>(plan: &'a Plan, rules: &Rules) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut known: HashMap<(String, String, String), usize> = HashMap::new();
    for table in plan.tables() {
        let body = body(table, rules);
        let key = (table.decided_by.place.to_string(), table.decided_by.words.clone(), body.clone());
        match known.get(&key) {
            Some(at) => groups[*at].tables.push(table),
            None => {
                known.insert(key, groups.len());
                groups.push(Group { tables: vec![table], body });
            }
        }
    }
    groups
}

impl Group<'_> {
    fn names(&self) -> String {
        let mut names: Vec<String> = self.tables.iter().map(|table| table.name.to_string()).collect();
        names.sort();
        match names.len() {
            0..=3 => names.join(", "),
            more => format!("{} … {} ({more} tables)", names[0], names[more - 1]),
        }
    }

    fn rows(&self, (counted, expected): (&Counted, &Counted)) -> String {
        let sum = |of: fn(&TablePlan) -> u64| self.tables.iter().map(|table| of(table)).sum::<u64>();
        let exact = !counted.is_empty();
        let mut counts = Counts::default();
        for one in self.tables.iter().filter_map(|table| if exact { counted } else { expected }.get(&table.name)) {
            counts.add(one);
        }
        let exempt = match counts.exempt {
            exempt if exempt > 0 => format!(", {} of them exempt", number(exempt)),
            _ => String::new(),
        };
        let rows =
            rows(&self.tables[0].rows, sum(|table| table.estimated_rows), sum(|table| table.bytes), &counts, exact);
        format!("{rows}{exempt}")
    }
}

/// What is said of a table below its name.
fn body(table: &TablePlan, rules: &Rules) -> String {
    let mut text = String::new();
    policies(&mut text, table, rules);
    if let Some(exempt) = &table.exempt {
        line(&mut text, &format!("  exempt               {}", printable(&exempt.reason)), &exempt.decided_by);
    }
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
    text
}

/// The lines that hold rows back, as they were written.
fn policies(text: &mut String, table: &TablePlan, rules: &Rules) {
    if !matches!(table.rows, Rows::Selected(_) | Rows::Chosen(_)) {
        return;
    }
    let rule = rules.tables.iter().find(|rule| Some(&rule.name.place) == table.decided_by.place.file());
    let Some(rule) = rule else { return };
    let written = [
        ("delete", rule.delete.as_ref().map(|policy| &policy.place)),
        ("retain", rule.retain.as_ref().map(|policy| &policy.place)),
    ];
    for (word, place) in written {
        let Some(place) = place else { continue };
        let policy = place.file.text.get(place.span.clone()).unwrap_or_default();
        let policy = policy.split_whitespace().collect::<Vec<_>>().join(" ");
        let decision = Decision { words: word.to_owned(), place: place.into() };
        line(text, &format!("  rows: {word:<14} {}", printable(&policy)), &decision);
    }
}

/// The plan's members of the report; `tables` takes the place of the report's own.
pub fn json(plan: &Plan, numbers: (&Counted, &Counted)) -> Map<String, Value> {
    let roles: Map<String, Value> = plan
        .roles()
        .iter()
        .map(|(role, becomes)| (role.as_str().to_owned(), json!(becomes.as_ref().map(Name::as_str))))
        .collect();
    let mut members = Map::new();
    members.insert("tables".into(), plan.tables().iter().map(|table| table_json(table, numbers)).collect());
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
    let left = left.map(|one| format!("{} {}: {}", one.kind, printable(&one.name), one.why));
    section("left out of the clone", left.collect());
}

fn rows(rows: &Rows, estimated: u64, bytes: u64, counts: &Counts, exact: bool) -> String {
    let (estimated, size) = (number(estimated), size(bytes));
    match (rows, exact) {
        (Rows::None(why), _) => format!("no rows: {why}"),
        (Rows::All, false) => format!("all of about {estimated} rows, {size}"),
        (Rows::Selected(_) | Rows::Chosen(_), false) => {
            format!("about {} of {estimated} rows, {size}{}", number(counts.copied), left(counts))
        }
        (Rows::All, true) => format!("all {} rows, {size}", number(counts.copied)),
        (Rows::Selected(_) | Rows::Chosen(_), true) => {
            format!("{} of {} rows{}", number(counts.copied), number(counts.source), left(counts))
        }
    }
}

/// What does not come.
fn left(counts: &Counts) -> String {
    let parts = [
        (counts.deleted, "deleted"),
        (counts.expired, "expired"),
        (counts.sampled, "sampled"),
        (counts.unreached, "unreached"),
        (counts.orphaned, "orphaned"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    parts.map(|(count, word)| format!(", {} {word}", number(count))).collect()
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
        Action::Constant(text) => format!("constant {}", Value::String(printable(text))),
        Action::Sql { mask, .. } => format!("{mask}, computed at the source"),
        Action::Shuffle(_) => "shuffle, moved at the source".to_owned(),
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

/// A line with the decision at its end: the place, and the words where they say more than the line's beginning.
fn line(text: &mut String, what: &str, decision: &Decision) {
    let words = Some(&*decision.words).filter(|words| !OWN.contains(words) && !words.starts_with("tables: "));
    let place = decision.place.file().map(ToString::to_string);
    let decided = place.as_deref().into_iter().chain(words).collect::<Vec<_>>().join(" ");
    let width = WIDTH.saturating_sub(what.trim_start_matches('\n').chars().count());
    let _ = writeln!(text, "{}", format!("{what}{:width$}  {}", "", printable(&decided)).trim_end());
}

fn table_json(table: &TablePlan, (counted, expected): (&Counted, &Counted)) -> Value {
    let mut rows = json!({ "estimated": table.estimated_rows });
    rows["come"] = match table.rows {
        Rows::All => json!("all"),
        Rows::None(_) => json!("none"),
        Rows::Selected(_) | Rows::Chosen(_) => json!("selected"),
    };
    let fates = |counts: &Counts| {
        json!({
            "source": counts.source,
            "copied": counts.copied,
            "deleted": counts.deleted,
            "expired": counts.expired,
            "sampled": counts.sampled,
            "unreached": counts.unreached,
            "orphaned": counts.orphaned,
        })
    };
    if let Some(counts) = expected.get(&table.name) {
        rows["estimate"] = fates(counts);
    }
    if let Some(counts) = counted.get(&table.name)
        && let (Value::Object(rows), Value::Object(fates)) = (&mut rows, fates(counts))
    {
        rows.extend(fates);
        rows.insert("exempt".into(), json!(counts.exempt));
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
        Action::Sql { mask, .. } => ("mask", Some((*mask, *mask))),
        Action::Shuffle(shuffle) => ("mask", Some(("shuffle", shuffle.domain.as_str()))),
        Action::Mask(mask) => ("mask", Some((mask.rule.spec.name, mask.rule.domain.as_str()))),
    };
    let mut value = json!({ "action": word });
    if let Some((mask, domain)) = mask {
        value["mask"] = json!(mask);
        value["domain"] = json!(domain);
    }
    if let Action::Mask(mask) = &column.action
        && let Some((_, by, _)) = &mask.by
    {
        value["by"] = json!(by.as_str());
    }
    value["read"] = json!(!matches!(table.rows, Rows::None(_)) && !matches!(word, "erase" | "constant"));
    value["decided_by"] = decision(&column.decided_by);
    value
}

/// A decision as reports have it.
pub fn decision(decision: &Decision) -> Value {
    json!({ "words": decision.words, "place": decision.place.file().map(ToString::to_string) })
}
