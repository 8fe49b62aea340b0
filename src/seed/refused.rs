//! Tables that took no row: one run names all of them, so that one correction is enough.

use crate::plan::seed::{Rows, TableSeed};
use crate::words::diagnostic::Diagnostic;
use crate::words::error::{Error, Result};
use crate::words::name::TableName;
use std::collections::HashSet;
use std::sync::Arc;

/// Rows of a table that is filled only to see whether it would be.
const TRIAL: u64 = 20;

/// What was refused so far.
#[derive(Default)]
pub struct Refused {
    found: Vec<Diagnostic>,
    /// Tables without the rows that they should have.
    lacking: HashSet<TableName>,
}

impl Refused {
    /// The tables as they are filled next: as planned, or a few rows once the transaction is lost. `None`: they hang on a table
    /// that was refused, and would say nothing new.
    pub fn next(&mut self, group: &[Arc<TableSeed>]) -> Option<Vec<Arc<TableSeed>>> {
        if self.found.is_empty() {
            return Some(group.to_vec());
        }
        let parents = || group.iter().flat_map(|seed| &seed.references).map(|reference| &reference.parent);
        if parents().any(|parent| self.lacking.contains(parent)) {
            self.lacking.extend(group.iter().map(|seed| seed.name.clone()));
            return None;
        }
        Some(group.iter().map(|seed| Arc::new(trial(seed))).collect())
    }

    /// Takes what was found in tables.
    pub fn add(&mut self, group: &[Arc<TableSeed>], found: Vec<Diagnostic>) {
        self.found.extend(found);
        self.lacking.extend(group.iter().map(|seed| seed.name.clone()));
    }

    /// Refuses, if anything was.
    pub fn end(self) -> Result<()> {
        if self.found.is_empty() { Ok(()) } else { Err(Error::Refused(self.found)) }
    }
}

fn trial(seed: &TableSeed) -> TableSeed {
    let few = |rows: u64| rows.min(TRIAL.max(seed.fixed.len() as u64));
    let rows = match seed.rows {
        Rows::Fixed(rows) => Rows::Fixed(few(rows)),
        Rows::Shared(rows, at) => Rows::Shared(few(rows), at),
        Rows::Per(at, _) => Rows::Shared(few(u64::MAX), at),
    };
    TableSeed { rows, asked: false, ..seed.clone() }
}
