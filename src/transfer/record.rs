//! What a run knows of itself so far: filled as it goes, so that every exit can be reported.

use super::work::Built;
use crate::catalog::shape::Changes;
use crate::pg::carry::Outcome;
use crate::pg::hook::Written;
pub use crate::plan::rows::Counts;
use crate::plan::{Action, Rows, TablePlan};
use crate::words::diagnostic::Diagnostic;
use crate::words::event::Phase;
use crate::words::name::{Name, TableName};

/// The record of one run; `ui::report` writes it.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// How far it got.
    pub phase: Option<Phase>,
    /// Exclusive wall times of the parts that were entered, in seconds.
    pub seconds: Vec<(Phase, f64)>,
    /// The source database, once it was asked.
    pub from: Option<From>,
    /// The target database, once it was asked.
    pub to: Option<To>,
    /// The key's fingerprint.
    pub key: Option<String>,
    /// Tables with rows to come, in the plan's order.
    pub tables: Vec<TableRecord>,
    /// Subjects that were forgotten.
    pub forgotten: Vec<Forgotten>,
    /// What the clone does not have.
    pub left_out: Vec<crate::catalog::LeftOut>,
    /// Hooks that ran, in order.
    pub hooks: Vec<HookRecord>,
    /// What was proven.
    pub verify: VerifyRecord,
    /// What somebody should look at.
    pub warnings: Vec<Diagnostic>,
    /// True after the swap's COMMIT.
    pub published: bool,
}

/// What a hook did.
#[derive(Debug, Clone)]
pub struct HookRecord {
    /// Its words, as in `after: sql staging.sql`.
    pub hook: String,
    /// How long it took.
    pub seconds: f64,
    /// What became of the schema.
    pub changes: Changes,
    /// What it wrote.
    pub written: Vec<Written>,
}

/// Subjects of one file that the clone does not hold; the ids themselves are nowhere.
#[derive(Debug, Clone)]
pub struct Forgotten {
    /// Their table.
    pub table: TableName,
    /// The file.
    pub file: String,
    /// SHA-256 of the file's bytes, in hex.
    pub sha256: String,
    /// Of the table's subjects: keys that were given, keys that are at the source, and rows of all tables that go with them.
    pub found: (u64, u64, u64),
}

/// The source.
#[derive(Debug, Clone, Default)]
pub struct From {
    /// The environment.
    pub environment: String,
    /// The database.
    pub database: String,
    /// As in `15.18`.
    pub server_version: String,
    /// The cluster.
    pub system_identifier: String,
    /// The snapshot's time, RFC 3339.
    pub snapshot_at: String,
}

/// The target.
#[derive(Debug, Clone, Default)]
pub struct To {
    /// The environment.
    pub environment: String,
    /// The database.
    pub database: String,
    /// As in `15.18`.
    pub server_version: String,
    /// The name that the previous database has now.
    pub previous: Option<String>,
    /// The name of the database that is held, and until when it may be published.
    pub held: Option<(String, String)>,
}

/// One table.
#[derive(Debug, Clone)]
pub struct TableRecord {
    /// The table.
    pub table: TableName,
    /// Rows by what became of them.
    pub rows: Counts,
    /// Its columns, in attribute order.
    pub columns: Vec<ColumnRecord>,
    /// Bytes sent to the target.
    pub bytes: u64,
    /// Seconds from its first row to its last index.
    pub seconds: f64,
}

/// One column.
#[derive(Debug, Clone)]
pub struct ColumnRecord {
    /// Its name.
    pub name: Name,
    /// `keep`, `mask`, `erase`, `constant`, `generated`.
    pub action: &'static str,
    /// The mask's name.
    pub mask: Option<String>,
    /// Its domain.
    pub domain: Option<String>,
    /// True if the column was in the SELECT.
    pub read: bool,
    /// Fields that were not NULL, of masked columns.
    pub masked: u64,
    /// Those whose output equals the input.
    pub unchanged: u64,
}

impl Record {
    /// Adds what was carried of one table, with a warning of what was not.
    pub fn carried(&mut self, outcome: &Outcome) {
        let at = self.tables.iter().position(|record| record.table == outcome.table).unwrap_or_else(|| {
            self.tables.push(TableRecord::carried(&outcome.table));
            self.tables.len() - 1
        });
        self.tables[at].rows.carried = outcome.rows;
        let mut warn = |message: String| self.warnings.push(Diagnostic::warning("carry", &outcome.table, message));
        if outcome.without_parent > 0 {
            warn(format!(
                "{} carried rows were left out: what they refer to is not in the clone",
                outcome.without_parent
            ));
        }
        if outcome.conflicts > 0 {
            warn(format!("{} carried rows had a key that rows of the clone have too", outcome.conflicts));
        }
        if outcome.forgotten > 0 {
            warn(format!("{} carried rows were left out: they are subjects that are forgotten", outcome.forgotten));
        }
        if !outcome.lost.is_empty() {
            let names: Vec<String> = outcome.lost.iter().map(ToString::to_string).collect();
            warn(format!("columns that the clone does not have were not carried: {}", names.join(", ")));
        }
    }
}

impl TableRecord {
    /// What is known of a table before anything was copied.
    pub fn planned(table: &TablePlan) -> Self {
        let columns = table.columns.iter().map(|column| {
            let (action, rule) = match &column.action {
                Action::Keep => ("keep", None),
                Action::Erase => ("erase", None),
                Action::Constant(_) => ("constant", None),
                Action::Sql { mask, .. } => ("mask", Some(((*mask).to_owned(), (*mask).to_owned()))),
                Action::Shuffle(shuffle) => ("mask", Some(("shuffle".to_owned(), shuffle.domain.clone()))),
                Action::Mask(mask) => ("mask", Some((mask.rule.spec.name.to_owned(), mask.rule.domain.clone()))),
            };
            let read = !matches!(table.rows, Rows::None(_)) && table.reads(column);
            ColumnRecord::new(&column.name, action, rule, read)
        });
        let generated = table.generated.iter().map(|name| ColumnRecord::new(name, "generated", None, false));
        TableRecord {
            table: table.name.clone(),
            rows: Counts::default(),
            columns: columns.chain(generated).collect(),
            bytes: 0,
            seconds: 0.0,
        }
    }

    /// A table that only the target has.
    pub fn carried(table: &TableName) -> Self {
        TableRecord { table: table.clone(), rows: Counts::default(), columns: Vec::new(), bytes: 0, seconds: 0.0 }
    }

    /// Adds what became of the table.
    pub fn built(&mut self, built: &Built) {
        let copied = built.copied.stored;
        let (source, deleted, expired) = built.counted.unwrap_or((copied, 0, 0));
        let orphaned = source.saturating_sub(copied + deleted + expired);
        let counted = Counts { source, copied, deleted, expired, orphaned, ..self.rows };
        self.rows = built.chosen.map_or(counted, |chosen| Counts { copied, carried: self.rows.carried, ..chosen });
        self.rows.exempt = built.copied.exempt;
        self.bytes = built.copied.bytes;
        self.seconds = built.seconds;
        for (column, tally) in self.columns.iter_mut().zip(&built.copied.tallies) {
            (column.masked, column.unchanged) = (tally.masked, tally.unchanged);
        }
    }
}

impl ColumnRecord {
    fn new(name: &Name, action: &'static str, rule: Option<(String, String)>, read: bool) -> Self {
        let (mask, domain) = rule.unzip();
        ColumnRecord { name: name.clone(), action, mask, domain, read, masked: 0, unchanged: 0 }
    }
}

/// What was proven before the swap; `None`: not come to that.
#[derive(Debug, Clone, Copy, Default)]
pub struct VerifyRecord {
    /// `--verify full`.
    pub full: bool,
    /// Rows selected = sent = stored.
    pub counts: Option<bool>,
    /// Constraints, indexes, sequences as planned.
    pub constraints: Option<bool>,
    /// What hooks and carried rows left.
    pub after: Option<bool>,
    /// Shares of unchanged fields within what the masks declare.
    pub unchanged: Option<bool>,
    /// Digests of kept columns, with `--verify full`.
    pub kept: Option<bool>,
}
