//! The report: what a command did, for scripts and auditors. Names and counts, never a value of a row.

use super::redact;
use crate::pg::hook::Written;
use crate::transfer::record::{ColumnRecord, HookRecord, Record, TableRecord, VerifyRecord};
use crate::words::diagnostic::{Diagnostic, Severity};
use crate::words::error::{Error, Result};
use crate::words::event::Phase;
use serde_json::{Map, Value, json};

/// Everything that a report tells; filled while the command runs.
#[derive(Debug, Clone)]
pub struct Report {
    /// `plan`, `refresh`, `rollback`.
    pub command: &'static str,
    /// The word for its result if it goes well: `published`, `planned`.
    pub done: &'static str,
    /// The run: part of `application_name` and of the marker.
    pub run: uuid::Uuid,
    /// When the command began.
    pub started_at: jiff::Timestamp,
    /// The rules file, once read.
    pub rules: Option<RulesFacts>,
    /// The key, once found.
    pub key: Option<KeyFacts>,
    /// What the run knows of itself.
    pub record: Record,
    /// Members of a command's own, as in a plan's `tables`; they replace members of the same name.
    pub more: Map<String, Value>,
}

/// Which rules were followed.
#[derive(Debug, Clone)]
pub struct RulesFacts {
    /// The path as the user wrote it.
    pub file: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// The mapping version.
    pub mapping: u32,
}

/// Which key masked.
#[derive(Debug, Clone)]
pub struct KeyFacts {
    /// Its fingerprint.
    pub id: String,
    /// `env`, `file` or `fresh`.
    pub source: &'static str,
}

impl Report {
    /// A report of a command that begins now.
    pub fn new(command: &'static str) -> Self {
        Report {
            command,
            done: "published",
            run: uuid::Uuid::new_v4(),
            started_at: jiff::Timestamp::now(),
            rules: None,
            key: None,
            record: Record::default(),
            more: Map::new(),
        }
    }

    /// The report as it stands if the command ended so, now.
    pub fn json(&self, result: &Result<()>) -> Value {
        let record = &self.record;
        let mut report = Map::new();
        let mut set = |name: &str, value: Value| report.insert(name.to_owned(), value);
        set("format", json!(1));
        set("standin", json!(env!("CARGO_PKG_VERSION")));
        set("command", json!(self.command));
        set("run", json!(self.run));
        set("result", json!(self.result(result)));
        set("exit", json!(result.as_ref().map_or_else(Error::exit_code, |()| 0)));
        set("phase", json!(record.phase.unwrap_or(Phase::Plan).word()));
        set("started_at", json!(self.started_at.to_string()));
        set("finished_at", json!(jiff::Timestamp::now().to_string()));
        if let Some(rules) = &self.rules {
            set("rules", json!({ "file": rules.file, "sha256": rules.sha256 }));
            set("mapping", json!(rules.mapping));
        }
        if let Some(key) = &self.key {
            set("key", json!({ "id": key.id, "source": key.source }));
        }
        if let Some(from) = &record.from {
            set(
                "from",
                json!({ "environment": from.environment, "database": from.database, "server_version": from.server_version,
                        "system_identifier": from.system_identifier, "snapshot_at": from.snapshot_at }),
            );
        }
        if let Some(to) = &record.to {
            let mut value = json!({ "environment": to.environment, "database": to.database,
                                    "server_version": to.server_version, "previous": to.previous });
            if let Some((name, until)) = &to.held {
                (value["held"], value["until"]) = (json!(name), json!(until));
            }
            set("to", value);
        }
        set("tables", record.tables.iter().map(table).collect());
        if !record.forgotten.is_empty() {
            let forgotten = record.forgotten.iter().map(|one| {
                let (given, found, rows) = one.found;
                json!({ "table": one.table.to_string(), "file": one.file, "sha256": one.sha256,
                        "subjects": given, "found": found, "rows": rows, "left": 0 })
            });
            set("forgotten", forgotten.collect());
        }
        let left_out = record.left_out.iter().map(|one| json!({ "kind": one.kind, "name": one.name, "why": one.why }));
        set("left_out", left_out.collect());
        if !record.hooks.is_empty() {
            set("hooks", record.hooks.iter().map(hook).collect());
        }
        set("verify", verify(&record.verify));
        let seconds = record.seconds.iter().map(|(phase, seconds)| (phase.word().to_owned(), rounded(*seconds)));
        set("seconds", Value::Object(seconds.collect()));
        let said = result.as_ref().err().map_or(&[][..], Error::diagnostics);
        let (errors, others): (Vec<_>, Vec<_>) = said.iter().partition(|one| one.severity == Severity::Error);
        set("warnings", record.warnings.iter().chain(others).map(diagnostic).collect());
        set("errors", errors.into_iter().map(diagnostic).collect());
        report.extend(self.more.clone());
        Value::Object(report)
    }

    /// The word for what went well, or the error's.
    pub fn result(&self, result: &Result<()>) -> &'static str {
        match result {
            Err(error) => error.result(),
            Ok(()) => self.done,
        }
    }
}

/// The object of a command without a report of its own that failed.
pub fn failure(error: &Error) -> Value {
    json!({ "format": 1, "standin": env!("CARGO_PKG_VERSION"), "result": error.result(), "exit": error.exit_code(),
            "errors": error.diagnostics().iter().map(diagnostic).collect::<Value>() })
}

/// A diagnostic as reports have it.
pub fn diagnostic(one: &Diagnostic) -> Value {
    let [place, message] = [&one.place.to_string(), &one.message].map(|text| redact::message(text));
    let mut value = json!({ "code": one.code, "place": place, "message": message });
    if let Some(file) = one.place.file() {
        value["file"] = json!(file.to_string());
    }
    value["help"] = json!(one.help.as_deref().map(redact::message));
    value
}

fn table(table: &TableRecord) -> Value {
    let rows = table.rows;
    let columns: Map<String, Value> =
        table.columns.iter().map(|one| (one.name.as_str().to_owned(), column(one))).collect();
    json!({
        "table": table.table.to_string(),
        "rows": { "source": rows.source, "copied": rows.copied, "deleted": rows.deleted, "expired": rows.expired,
                  "sampled": rows.sampled, "unreached": rows.unreached, "orphaned": rows.orphaned,
                  "carried": rows.carried, "exempt": rows.exempt },
        "columns": columns,
        "bytes": table.bytes,
        "seconds": rounded(table.seconds),
    })
}

fn hook(hook: &HookRecord) -> Value {
    let wrote = |table: &Written| {
        json!({ "table": table.table, "inserted": table.inserted, "updated": table.updated, "deleted": table.deleted,
                "emptied": table.emptied })
    };
    json!({
        "hook": hook.hook,
        "seconds": rounded(hook.seconds),
        "new": hook.changes.new,
        "lost": hook.changes.lost,
        "rows": hook.written.iter().map(wrote).collect::<Value>(),
    })
}

fn column(column: &ColumnRecord) -> Value {
    let mut value = json!({ "action": column.action });
    if let Some(mask) = &column.mask {
        value["mask"] = json!(mask);
        value["domain"] = json!(column.domain);
        value["masked"] = json!(column.masked);
        value["unchanged"] = json!(column.unchanged);
    }
    value["read"] = json!(column.read);
    value
}

fn verify(record: &VerifyRecord) -> Value {
    let mut value = json!({ "mode": if record.full { "full" } else { "fast" } });
    let proofs = [
        ("counts", record.counts),
        ("constraints", record.constraints),
        ("unchanged", record.unchanged),
        ("kept", record.kept),
        ("after", record.after),
    ];
    for (name, proof) in proofs {
        if let Some(holds) = proof {
            value[name] = json!(if holds { "ok" } else { "failed" });
        }
    }
    value
}

/// Seconds in milliseconds' precision.
fn rounded(seconds: f64) -> Value {
    json!((seconds * 1000.0).round() / 1000.0)
}
