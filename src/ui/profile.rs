//! A profile as the text that people review and `seed-dev` reads, and as JSON.

use crate::rules::seed::{Profile, ProfiledColumn, Seen};
use crate::synth::{Histogram, Step};
use crate::words::name::{Name, TableName};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Microseconds from 1970 to 2000.
const EPOCH: i64 = 946_684_800_000_000;

/// What the file says of itself.
const HEAD: &str = "\
# Statistics, and no row: what seed-dev needs to give a database of invented rows the shape of this one.
#
# values: of columns that the rules keep and that have few; a value of fewer than 10 rows is left out.
# steps: from, to, rows, distinct values, of numbers and dates that the rules keep. Each stands for 10 rows or more, its ends
#   are rounded, and the 9 rows of the least and of the greatest values are not told apart from the next ones.
# children: from and to how many rows refer to a row of the other table, how many such rows it has, different numbers.
# Of columns that are masked, undecided or keys, the share of NULL stands here and nothing else.
";

/// The profile as YAML.
pub fn yaml(profile: &Profile, source: &str) -> String {
    let mut text =
        format!("# The shape of {source}, by standin {}.\n{HEAD}version: 1\ntables:", env!("CARGO_PKG_VERSION"));
    if profile.tables.is_empty() {
        text.push_str(" {}");
    }
    text.push('\n');
    for table in &profile.tables {
        line(&mut text, 1, &format!("{}:", key(&of_table(&table.name))));
        line(&mut text, 2, &format!("rows: {}", table.rows));
        if !table.columns.is_empty() {
            line(&mut text, 2, "columns:");
        }
        for column in &table.columns {
            self::column(&mut text, column);
        }
        if !table.references.is_empty() {
            line(&mut text, 2, "references:");
        }
        for reference in &table.references {
            let columns: Vec<String> = reference.columns.iter().map(|name| key(&of_column(name))).collect();
            line(&mut text, 3, &format!("- columns: [{}]", columns.join(", ")));
            line(&mut text, 4, &format!("to: {}", key(&of_table(&reference.to))));
            line(&mut text, 4, "children:");
            for step in reference.children.steps() {
                line(&mut text, 5, &format!("- {}", self::step(step, number)));
            }
        }
    }
    text
}

fn column(text: &mut String, column: &ProfiledColumn) {
    let nulls = format!("nulls: {}%", number(column.nulls * 100.0));
    let name = key(&of_column(&column.name));
    let distinct = column.distinct.map(|distinct| format!("distinct: {distinct}"));
    let Some(seen) = &column.seen else {
        let parts: Vec<String> = std::iter::once(nulls).chain(distinct).collect();
        return line(text, 3, &format!("{name}: {{ {} }}", parts.join(", ")));
    };
    line(text, 3, &format!("{name}:"));
    line(text, 4, &nulls);
    distinct.into_iter().for_each(|distinct| line(text, 4, &distinct));
    let items: (&str, Vec<String>) = match seen {
        Seen::Values(values) => {
            ("values:", values.iter().map(|(value, rows)| format!("[{}, {rows}]", quoted(value))).collect())
        }
        Seen::Numbers(steps) => ("steps:", steps.steps().iter().map(|one| step(one, number)).collect()),
        Seen::Moments(steps) => ("steps:", steps.steps().iter().map(|one| step(one, moment)).collect()),
    };
    line(text, 4, items.0);
    items.1.iter().for_each(|item| line(text, 5, &format!("- {item}")));
}

fn line(text: &mut String, depth: usize, words: &str) {
    // Nothing fails to be written to a string.
    let _ = writeln!(text, "{:1$}{words}", "", depth * 2);
}

fn step(step: &Step, write: impl Fn(f64) -> String) -> String {
    format!("[{}, {}, {}, {}]", write(step.from), write(step.to), step.rows, step.distinct)
}

/// A number with as many digits behind the point as it has, six at most.
fn number(number: f64) -> String {
    let text = format!("{number:.6}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// A date, with the time of day if it is not midnight.
fn moment(microseconds: f64) -> String {
    let Ok(moment) = Timestamp::from_microsecond(microseconds as i64 + EPOCH) else { return String::new() };
    let text = moment.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    text.strip_suffix("T00:00:00").unwrap_or(&text).to_owned()
}

fn of_table(name: &TableName) -> String {
    match name.schema.as_str() {
        "public" => of_column(&name.name),
        _ => format!("{}.{}", of_column(&name.schema), of_column(&name.name)),
    }
}

/// A name as rules are read: quoted as in SQL where it has a dot or a quote.
fn of_column(name: &Name) -> String {
    let text = name.as_str();
    if text.contains(['.', '"']) { name.sql() } else { text.to_owned() }
}

/// A key of YAML: plain where nothing could be taken for something else.
fn key(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
        && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&text);
    if plain { text.to_owned() } else { quoted(text) }
}

/// A text of JSON, which YAML reads as the same.
fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    // YAML takes no control characters but escaped ones, and JSON leaves those beyond ASCII as they are.
    let escape = |c: char| {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') {
            format!("\\u{:04x}", c as u32)
        } else {
            c.to_string()
        }
    };
    json.chars().map(escape).collect()
}

/// The profile as JSON.
pub fn json(profile: &Profile) -> Value {
    let steps = |histogram: &Histogram, write: fn(f64) -> Value| -> Value {
        let step = |step: &Step| json!([write(step.from), write(step.to), step.rows, step.distinct]);
        histogram.steps().iter().map(step).collect()
    };
    let plain: fn(f64) -> Value = |number| serde_json::from_str(&self::number(number)).unwrap_or(Value::Null);
    let dated: fn(f64) -> Value = |number| moment(number).into();
    let column = |column: &ProfiledColumn| {
        let mut one = json!({ "nulls": column.nulls, "distinct": column.distinct });
        match &column.seen {
            Some(Seen::Values(values)) => {
                one["values"] = values.iter().map(|(value, rows)| json!([value, rows])).collect()
            }
            Some(Seen::Numbers(histogram)) => one["steps"] = steps(histogram, plain),
            Some(Seen::Moments(histogram)) => one["steps"] = steps(histogram, dated),
            None => {}
        }
        (column.name.as_str().to_owned(), one)
    };
    let table = |table: &crate::rules::seed::ProfiledTable| {
        let references = table.references.iter().map(|one| {
            let columns: Vec<&str> = one.columns.iter().map(Name::as_str).collect();
            json!({ "columns": columns, "to": of_table(&one.to), "children": steps(&one.children, plain) })
        });
        let columns: serde_json::Map<String, Value> = table.columns.iter().map(column).collect();
        let one = json!({ "rows": table.rows, "columns": columns, "references": references.collect::<Vec<_>>() });
        (of_table(&table.name), one)
    };
    json!({ "version": 1, "tables": profile.tables.iter().map(table).collect::<serde_json::Map<_, _>>() })
}
