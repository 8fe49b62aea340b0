//! What a refresh did, in a few lines for people.

use super::diagnostics::counted;
use super::progress::{number, size, time};
use super::report::Report;
use crate::transfer::record::{Counts, TableRecord};
use crate::words::name::{Name, printable};
use std::fmt::Write as _;

/// Tables that are named beside a count.
const NAMED: usize = 3;

/// The end of a refresh that published its clone.
pub fn refresh(report: &Report) -> String {
    let record = &report.record;
    let mut text = String::new();
    let (Some(from), Some(to)) = (&record.from, &record.to) else { return text };
    let sum = |of: fn(&TableRecord) -> u64| record.tables.iter().map(of).sum::<u64>();
    let seconds = time(record.seconds.iter().map(|(_, seconds)| seconds).sum());
    let database = Name::from(to.database.as_str());
    let (environment, source) = (&to.environment, &from.environment);
    let _ = match &to.held {
        Some(_) => writeln!(
            text,
            "held: a masked clone of {source} for {environment} (database {database}) is built and verified"
        ),
        None => writeln!(text, "published: {environment} (database {database}) is a masked clone of {source}"),
    };
    let tables = counted(record.tables.len(), "table");
    let (rows, bytes) = (number(sum(|table| table.rows.copied)), size(sum(|table| table.bytes)));
    let _ = writeln!(text, "  {tables}, {rows} rows, {bytes} in {seconds}; snapshot of {}", from.snapshot_at);
    for (word, of) in POLICIES {
        held_back(&mut text, word, of, &record.tables);
    }
    let carried: Vec<String> = record
        .tables
        .iter()
        .filter(|table| table.rows.carried > 0)
        .map(|table| format!("{} {}", table.table, number(table.rows.carried)))
        .collect();
    if !carried.is_empty() {
        let _ = writeln!(text, "  rows carried over from the previous database: {}", carried.join(", "));
    }
    let exempt = |table: &&TableRecord| table.rows.exempt > 0;
    let exempt: Vec<String> = record
        .tables
        .iter()
        .filter(exempt)
        .map(|table| format!("{} {}", table.table, number(table.rows.exempt)))
        .collect();
    if !exempt.is_empty() {
        let _ = writeln!(text, "  rows exempt from masking: {}", exempt.join(", "));
    }
    for one in &record.forgotten {
        let (given, found, rows) = one.found;
        let _ = writeln!(
            text,
            "  forgotten: {} of {} subjects of {} were found ({}); {} rows go with them, none is in the clone",
            number(found),
            number(given),
            one.table,
            printable(&one.file),
            number(rows)
        );
    }
    for hook in &record.hooks {
        let rows: u64 = hook.written.iter().map(|table| table.inserted + table.updated + table.deleted).sum();
        let changes = hook.changes.new.len() + hook.changes.lost.len();
        let _ = writeln!(
            text,
            "  {}: {} of the schema, {} in {}",
            hook.hook,
            counted(changes, "change"),
            counted(rows as usize, "row"),
            time(hook.seconds)
        );
    }
    let proof = if record.verify.full { "full, every kept value read back" } else { "fast" };
    let _ = writeln!(text, "  verified ({proof})");
    if let Some((name, until)) = &to.held {
        let _ = writeln!(text, "  kept as {} until {until}; `standin publish` swaps it in", Name::from(name.as_str()));
    }
    if let Some(previous) = &to.previous {
        let previous = Name::from(previous.as_str());
        let _ = writeln!(text, "  the previous database is kept as {previous}; `standin rollback` swaps it back");
    }
    let left = [(record.warnings.len(), "warning"), (record.left_out.len(), "object left out of the clone")];
    let left: Vec<String> =
        left.iter().filter(|(count, _)| *count > 0).map(|(count, what)| tally(*count, what)).collect();
    if !left.is_empty() {
        let _ = writeln!(text, "  {}: `--report FILE.html` has a list", left.join(", "));
    }
    text
}

/// `2 warnings`, `1 object left out`: the first word is counted.
fn tally(count: usize, what: &str) -> String {
    match what.split_once(' ') {
        Some((word, rest)) => format!("{} {rest}", counted(count, word)),
        None => counted(count, what),
    }
}

/// A policy's word and its count.
type Policy = (&'static str, fn(&Counts) -> u64);

const POLICIES: [Policy; 5] = [
    ("deleted", |rows| rows.deleted),
    ("expired", |rows| rows.expired),
    ("sampled out", |rows| rows.sampled),
    ("unreached", |rows| rows.unreached),
    ("orphaned", |rows| rows.orphaned),
];

/// How many rows a policy held back, and where most of them.
fn held_back(text: &mut String, word: &str, of: fn(&Counts) -> u64, tables: &[TableRecord]) {
    let mut tables: Vec<(u64, &TableRecord)> = tables.iter().map(|table| (of(&table.rows), table)).collect();
    tables.retain(|(count, _)| *count > 0);
    tables.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    if tables.is_empty() {
        return;
    }
    let sum = number(tables.iter().map(|(count, _)| count).sum());
    let named: Vec<String> =
        tables.iter().take(NAMED).map(|(count, table)| format!("{} {}", table.table, number(*count))).collect();
    let more = if tables.len() > NAMED { ", …" } else { "" };
    let _ = writeln!(text, "  {sum} rows not copied, {word}: {}{more}", named.join(", "));
}
