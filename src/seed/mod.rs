//! Fills the tables of a plan with generated rows, in the transaction that the caller began.
//!
//! `value.rs` makes a field, `row.rs` a row (`count.rs` keeps its values apart, `ages.rs` lets it come after its parent), `chunks.rs` many of them in threads, `send.rs` brings rows into a table. `stretch.rs`
//! reads what they are made from. `one.rs` fills a table, `together.rs` several that refer to each other. Rows that a constraint or a trigger refuses are made anew;
//! what no try can cure ends the run, and the transaction with it.

mod ages;
mod chunks;
mod count;
mod deal;
mod keys;
mod one;
mod refused;
mod row;
mod send;
mod stretch;
mod together;
mod value;

use crate::pg::fault::Fault;
use crate::pg::session::Target;
use crate::plan::seed::{SeedPlan, TableSeed, or_leave};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::event::{Event, Observer};
use crate::words::name::{TableName, literal};
use refused::Refused;
use std::sync::Arc;

/// How often a row that was refused is made anew.
const TRIES: u32 = 30;
/// Seconds from 1970 to 2000.
const EPOCH: f64 = 946_684_800.0;

/// What became of a table.
pub struct Seeded {
    /// The table.
    pub table: TableName,
    /// Rows that it has got.
    pub rows: u64,
}

/// Fills every table of the plan.
pub async fn fill(target: &Target, plan: &SeedPlan, jobs: usize, observer: &dyn Observer) -> Result<Vec<Seeded>> {
    let all = || plan.groups.iter().flatten();
    // Triggers see the names that an application would see.
    run(target, "SET LOCAL search_path TO DEFAULT; SET CONSTRAINTS ALL IMMEDIATE").await?;
    for (sequence, _) in &plan.sequences {
        keep_sequence(target, sequence).await?;
    }
    for seed in all().filter(|seed| seed.forced) {
        run(target, &format!("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", seed.name.sql())).await?;
    }
    let (mut done, mut refused) = (Vec::new(), Refused::default());
    for group in &plan.groups {
        let Some(group) = refused.next(group) else { continue };
        match filled(target, plan, &group, jobs, observer).await {
            Ok(seeded) => done.extend(seeded),
            Err(Error::Refused(found)) => {
                refused.add(&group, found);
                continue;
            }
            Err(error) => return Err(error),
        }
        // Triggers of tables that come later may count on.
        for seed in &group {
            for (sequence, column, step) in &seed.serials {
                let owned = plan.sequences.iter().any(|(known, _)| known == sequence);
                advance(target, seed, sequence, *column, *step, owned).await?;
            }
        }
    }
    refused.end()?;
    for seed in all().filter(|seed| seed.forced) {
        run(target, &format!("ALTER TABLE {} FORCE ROW LEVEL SECURITY", seed.name.sql())).await?;
    }
    Ok(done)
}

/// Fills the tables of a group.
async fn filled(
    target: &Target,
    plan: &SeedPlan,
    group: &[Arc<TableSeed>],
    jobs: usize,
    observer: &dyn Observer,
) -> Result<Vec<Seeded>> {
    let [seed] = group else { return together::fill(target, plan, group).await };
    observer.on(Event::TableStarted { table: seed.name.clone(), rows: seed.expected });
    let started = std::time::Instant::now();
    let rows = one::fill(target, plan, seed, jobs, observer).await?;
    let seconds = started.elapsed().as_secs_f64();
    observer.on(Event::TableFinished { table: seed.name.clone(), rows, bytes: 0, seconds });
    Ok(vec![Seeded { table: seed.name.clone(), rows }])
}

async fn run(target: &Target, sql: &str) -> Result<()> {
    target.build(sql, Place::Run, "cannot seed").await
}

/// Gives a sequence a file of this transaction, so that the end of the transaction decides on its numbers too.
async fn keep_sequence(target: &Target, sequence: &TableName) -> Result<()> {
    let (last, called) = sequence_state(target, sequence).await?;
    let name = sequence.sql();
    let set = format!("SELECT pg_catalog.setval({}, {last}, {called})", literal(&name));
    run(target, &format!("ALTER SEQUENCE {name} RESTART; {set}")).await
}

async fn sequence_state(target: &Target, sequence: &TableName) -> Result<(i64, bool)> {
    let sql = format!("SELECT last_value, is_called FROM {}", sequence.sql());
    let row = target.client().query_one(&sql, &[]).await;
    let row = row.map_err(|error| failed(Fault::rows(error), sequence, "cannot read the sequence"))?;
    Ok((row.get(0), row.get(1)))
}

/// Moves a sequence behind the greatest value of its column.
async fn advance(
    target: &Target,
    seed: &TableSeed,
    sequence: &TableName,
    column: usize,
    step: i64,
    owned: bool,
) -> Result<()> {
    let Some(reached) = last(target, seed, column, step).await? else { return Ok(()) };
    if owned {
        let (last, called) = sequence_state(target, sequence).await?;
        let behind = if step < 0 { last < reached } else { last > reached };
        if behind || called && last == reached {
            return Ok(());
        }
    }
    run(target, &format!("SELECT pg_catalog.setval({}, {reached}, true)", literal(&sequence.sql()))).await
}

fn failed(fault: Fault, table: &TableName, doing: &str) -> Error {
    fault.into_error("seed", Place::from(table), doing)
}

/// What no try of ours satisfied: the transaction ends, nothing stays.
fn refused(fault: Fault, seed: &TableSeed) -> Error {
    if !is_refusal(&fault) {
        return failed(fault, &seed.name, "cannot store generated rows");
    }
    let mut diagnostic = fault.diagnostic("seed-refused", Place::from(&seed.name), "no generated row was taken");
    let help =
        format!("say what its columns hold under `seed: {{ tables: … }}` of the rules, {}", or_leave(&seed.name));
    diagnostic = diagnostic.help(help);
    Error::refused(diagnostic)
}

/// Did a constraint, a type or a trigger refuse the row: anything that is no trouble of the server or the session.
fn is_refusal(fault: &Fault) -> bool {
    let trouble =
        |code: &str| ["08", "25", "53", "57", "58", "XX001", "XX002"].iter().any(|class| code.starts_with(class));
    !fault.is_temporary() && fault.sqlstate.as_deref().is_some_and(|code| !trouble(code))
}

/// The greatest number of a column, or the least where it counts down.
async fn last(target: &Target, seed: &TableSeed, column: usize, step: i64) -> Result<Option<i64>> {
    let end = if step < 0 { "min" } else { "max" };
    let sql = format!("SELECT pg_catalog.{end}({})::bigint FROM {}", seed.columns[column].name.sql(), seed.name.sql());
    let row = target.client().query_one(&sql, &[]).await;
    let row = row.map_err(|error| failed(Fault::rows(error), &seed.name, "cannot read the greatest number"))?;
    Ok(row.get(0))
}

/// Refuses to go on without rows that the rules write out.
fn all_fixed(seed: &TableSeed, made: u64) -> Result<()> {
    if made >= seed.fixed.len() as u64 {
        return Ok(());
    }
    let message = "the rules write out more rows under `fixed` than the table gets";
    let help = "say `rows`, or how many come for each row of a parent";
    Err(Error::refused(Diagnostic::error("seed-fixed", Place::from(&seed.name), message).help(help)))
}
