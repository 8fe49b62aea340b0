//! Whose fault it is that a statement over rows failed: the SQL of the rules, mostly, that some row is no input for.
//!
//! A division by zero or a bad cast is found by the server in the middle of a long statement, which knows no line of the
//! rules. So each condition is asked of every row once more, alone; nothing is asked where nothing failed.

use crate::pg::session::Source;
use crate::plan::Plan;
use crate::words::diagnostic::Diagnostic;
use crate::words::error::{Error, Result};

/// Marks the state of the source's transaction to which the search goes back.
pub const MARK: &str = "SAVEPOINT rows";

/// Back there, with a limit to each question: the run has failed anyway.
const BACK: &str = "ROLLBACK TO SAVEPOINT rows; SET LOCAL statement_timeout = '60s'";

const HELP: &str = "write it so that it holds for every row: nullif() below a division, CASE around a cast";

/// Puts the conditions that fail in the place of a failure that is their doing.
pub async fn blame<T>(result: Result<T>, plan: &Plan, source: &Source) -> Result<T> {
    let Err(Error::Failed(why)) = &result else { return result };
    if !why.iter().any(|one| one.code.starts_with("source-")) {
        return result;
    }
    match failing(plan, source).await {
        Ok(failing) if !failing.is_empty() => Err(Error::Failed(failing)),
        // What cannot be asked any more has no better words.
        _ => result,
    }
}

async fn failing(plan: &Plan, source: &Source) -> Result<Vec<Diagnostic>> {
    source.execute(BACK).await?;
    let mut failing: Vec<Diagnostic> = Vec::new();
    for probe in plan.probes() {
        let Some(every_row) = &probe.every_row else { continue };
        if let Err(fault) = source.asks(every_row).await? {
            let message = format!("this SQL fails on a row of the table: {fault}");
            failing.push(Diagnostic::error("predicate-fails", probe.diagnostic.place.clone(), message).help(HELP));
        }
    }
    failing.dedup();
    Ok(failing)
}
