//! What the demo prints: people before and after, rows that stayed behind, times, and how to go on.

use super::stage::Stage;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// Two customers of staging who have everything that there is to see.
const CHOSEN: &str = "\
SELECT u.id FROM users u
WHERE EXISTS (SELECT FROM payment_methods WHERE user_id = u.id) AND EXISTS (SELECT FROM invoices WHERE user_id = u.id)
    AND u.phone IS NOT NULL
ORDER BY u.preferences->'contacts' = '[]', u.id LIMIT 2";

/// Everything that says who a customer is. Every text of a row is a line of the table.
const CUSTOMERS: &str = "\
SELECT u.email, u.username, u.full_name, u.phone, u.birth_date::text, host(u.last_login_ip) AS last_login_ip,
       u.preferences::text, a.street || ', ' || a.city AS address, p.card_number AS card, p.holder AS card_holder,
       i.billing_email, u.plan::text AS \"plan (kept)\"
FROM users u JOIN addresses a ON a.user_id = u.id JOIN payment_methods p ON p.user_id = u.id
    JOIN LATERAL (SELECT billing_email FROM invoices WHERE user_id = u.id ORDER BY id DESC LIMIT 1) i ON true";

/// How to go on.
pub const NEXT: &str = "
Both servers are gone. To go on:
  standin demo --keep       the same, and both servers stay up to look around
  standin masks             every mask, with an example
  standin key               a key of your own; then write standin.yaml (start from rules/shop.yaml)
  standin plan              what a refresh of your staging would do; writes nothing
  standin refresh           does it
";

/// The same customers at production and at staging, side by side.
pub fn compare(stage: &Stage) -> Result<String> {
    let [_, chosen] = stage.both(CHOSEN)?;
    let ids: Vec<String> = chosen.iter().map(|row| row["id"].to_string()).collect();
    let [before, after] = stage.both(&format!("{CUSTOMERS} WHERE u.id IN ({}) ORDER BY u.id", ids.join(", ")))?;
    let mut table = table(&["", "production (invented)", "staging"]);
    for (number, (before, after)) in before.iter().zip(&after).enumerate() {
        if number > 0 {
            table.add_row(["", "", ""]);
        }
        for (name, value) in before.as_object().into_iter().flatten() {
            let text = |value: &Value| value.as_str().unwrap_or("NULL").to_owned();
            table.add_row([name.clone(), text(value), text(&after[name])]);
        }
    }
    Ok(format!("\nTwo customers, before and after\n{table}\n"))
}

/// Rows that policies kept back, and times, from the report of the refresh.
pub fn counts(report: &Path, prepared: Duration, total: Duration) -> Result<String> {
    let report: Value = std::fs::read(report)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .ok_or_else(|| Error::failed(Diagnostic::error("bug", Place::Run, "the refresh left no report")))?;
    const POLICIES: [&str; 3] = ["deleted", "expired", "orphaned"];
    let mut shown = table(&["table", "rows", "deleted", "expired", "orphaned", "copied"]);
    let count = |table: &Value, what: &str| table["rows"][what].as_u64().unwrap_or(0);
    let mut copied = 0;
    let mut empty = Vec::new();
    for table in report["tables"].as_array().into_iter().flatten() {
        copied += count(table, "copied");
        let name = table["table"].as_str().unwrap_or_default().trim_start_matches("public.").to_owned();
        if table["columns"].as_object().is_some_and(|columns| columns.values().all(|column| column["read"] == false)) {
            empty.push(name);
        } else if POLICIES.iter().any(|policy| count(table, policy) > 0) {
            let columns = ["source", "deleted", "expired", "orphaned", "copied"];
            shown.add_row(std::iter::once(name).chain(columns.map(|column| count(table, column).to_string())));
        }
    }
    shown.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    let seconds = report["seconds"].as_object().into_iter().flatten();
    let phases: Vec<String> =
        seconds.map(|(phase, took)| format!("{phase} {:.1}", took.as_f64().unwrap_or(0.0))).collect();
    Ok(format!(
        "\nRows that stayed in production\n{shown}\nNot read at all, and empty now: {}.\n\n{copied} rows copied, masked on the wire and verified. Seconds: {}.\n\
         Servers and sample data took {:.1} s, everything {:.1} s.\n",
        empty.join(", "),
        phases.join(", "),
        prepared.as_secs_f64(),
        total.as_secs_f64()
    ))
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    if !table.is_tty() {
        table.set_width(120);
    }
    table
}
