//! `plan --why TABLE`: through which references rows come, and what becomes of the others.

use super::plan::Counted;
use super::progress::number;
use crate::plan::{Plan, Rows};
use crate::transfer::choose::Choices;
use crate::transfer::record::Counts;
use crate::words::diagnostic::{Diagnostic, Place, nearest};
use crate::words::error::{Error, Result};
use crate::words::name::TableName;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What is known of one table.
pub struct Reason {
    table: TableName,
    /// Why rows come, and how many for the first time.
    come: Vec<(String, u64)>,
    counts: Counts,
}

/// The reasons of some tables; a partitioned table speaks for its parts.
pub fn reasons(plan: &Plan, counted: &Counted, choices: &Choices, tables: &[TableName]) -> Result<Vec<Reason>> {
    let (mut reasons, mut faults) = (Vec::new(), Vec::new());
    for table in tables {
        match reason(plan, counted, choices, table) {
            Some(reason) => reasons.push(reason),
            None => {
                let fault = Diagnostic::error("table-unknown", Place::from(table), "the plan has no such table");
                let known: Vec<String> = plan.tables().iter().map(|table| table.name.to_string()).collect();
                let near = nearest(&table.to_string(), known.iter().map(String::as_str));
                faults.push(match near {
                    Some(near) => fault.help(format!("did you mean {near}?")),
                    None => fault,
                });
            }
        }
    }
    if faults.is_empty() { Ok(reasons) } else { Err(Error::Refused(faults)) }
}

fn reason(plan: &Plan, counted: &Counted, choices: &Choices, table: &TableName) -> Option<Reason> {
    let whole = plan.expected().iter().find(|one| one.table == *table);
    let parts: Vec<_> = plan
        .tables()
        .iter()
        .filter(|part| part.name == *table || whole.is_some_and(|whole| whole.leaves.contains(&part.oid)))
        .collect();
    let first = parts.first()?;
    let mut counts = Counts::default();
    parts.iter().filter_map(|part| counted.get(&part.name)).for_each(|one| counts.add(one));
    let mut come = Vec::<(String, u64)>::new();
    for (why, rows) in choices.why.get(table).into_iter().flatten() {
        match come.iter_mut().find(|(known, _)| known == why) {
            Some((_, sum)) => *sum += rows,
            None => come.push((why.clone(), *rows)),
        }
    }
    if come.is_empty() {
        let words = match &first.rows {
            Rows::None(why) => format!("none: {why}"),
            Rows::All if plan.is_reached(table) => {
                "all of them: the roots of the subset bring every row along".to_owned()
            }
            Rows::All => "all of them: no policy leaves any out".to_owned(),
            _ => "what its own policy and those of the tables that it refers to leave".to_owned(),
        };
        come.push((words, counts.copied));
    }
    Some(Reason { table: table.clone(), come, counts })
}

/// The reasons for people.
pub fn text(reasons: &[Reason]) -> String {
    let mut text = String::new();
    for Reason { table, come, counts } in reasons {
        let _ = writeln!(text, "{table} · {} of {} rows come", number(counts.copied), number(counts.source));
        for (why, rows) in come {
            let _ = writeln!(text, "  {:>12}  {why}", number(*rows));
        }
        for (word, rows) in others(counts).into_iter().filter(|(_, rows)| *rows > 0) {
            let _ = writeln!(text, "  {:>12}  {word}, and do not come", number(rows));
        }
    }
    text
}

/// The reasons for scripts.
pub fn json(reasons: &[Reason]) -> Value {
    let one = |reason: &Reason| {
        let come = reason.come.iter().map(|(why, rows)| json!({ "why": why, "rows": rows }));
        let mut value = json!({ "table": reason.table.to_string(), "come": come.collect::<Value>() });
        value["source"] = json!(reason.counts.source);
        value["copied"] = json!(reason.counts.copied);
        for (word, rows) in others(&reason.counts) {
            value[word] = json!(rows);
        }
        value
    };
    reasons.iter().map(one).collect()
}

fn others(counts: &Counts) -> [(&'static str, u64); 5] {
    [
        ("deleted", counts.deleted),
        ("expired", counts.expired),
        ("sampled", counts.sampled),
        ("unreached", counts.unreached),
        ("orphaned", counts.orphaned),
    ]
}
