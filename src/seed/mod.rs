//! Fills the tables of a plan with generated rows, in the transaction that the caller began.
//!
//! `value.rs` makes a field, `row.rs` a row, `chunks.rs` many of them in threads, `send.rs` brings rows into a table. `one.rs`
//! fills a table, `together.rs` several that refer to each other. Rows that a constraint or a trigger refuses are made anew;
//! what no try can cure ends the run, and the transaction with it.

mod chunks;
mod deal;
mod keys;
mod one;
mod row;
mod send;
mod together;
mod value;

use crate::mask::Family;
use crate::pg::fault::Fault;
use crate::pg::session::Target;
use crate::plan::seed::{Filled, Generator, ReferenceSeed, SeedPlan, TableSeed};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::event::{Event, Observer};
use crate::words::name::{Name, TableName, literal};
use futures_util::TryStreamExt as _;
use keys::Keys;
use row::{Maker, Parents};
use std::sync::{Arc, RwLock};

/// Parents that rows are spread over.
const PARENTS: usize = 1_000_000;
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
    let mut done = Vec::new();
    for group in &plan.groups {
        if let [seed] = &group[..] {
            observer.on(Event::TableStarted { table: seed.name.clone(), rows: 0 });
            let started = std::time::Instant::now();
            let rows = one::fill(target, plan, seed, jobs, observer).await?;
            let seconds = started.elapsed().as_secs_f64();
            observer.on(Event::TableFinished { table: seed.name.clone(), rows, bytes: 0, seconds });
            done.push(Seeded { table: seed.name.clone(), rows });
        } else {
            done.extend(together::fill(target, plan, group).await?);
        }
        // Triggers of tables that come later may count on.
        for seed in group {
            for (sequence, column, step) in &seed.serials {
                let owned = plan.sequences.iter().any(|(known, _)| known == sequence);
                advance(target, seed, sequence, *column, *step, owned).await?;
            }
        }
    }
    for seed in all().filter(|seed| seed.forced) {
        run(target, &format!("ALTER TABLE {} FORCE ROW LEVEL SECURITY", seed.name.sql())).await?;
    }
    Ok(done)
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
    diagnostic = diagnostic.help(
        "insert rows of your own into the table first: tables that have rows are used as they are, and the others are filled",
    );
    Error::refused(diagnostic)
}

/// Did a constraint, a type or a trigger refuse the row.
fn is_refusal(fault: &Fault) -> bool {
    let code = fault.sqlstate.as_deref().unwrap_or_default();
    ["21", "22", "23", "38", "39", "44", "P0"].iter().any(|class| code.starts_with(class))
}

/// What the rows of a table are made from.
async fn maker(target: &Target, plan: &SeedPlan, seed: &Arc<TableSeed>) -> Result<Maker> {
    let mut parents = Vec::new();
    for reference in &seed.references {
        parents.push(match reference.filled {
            Filled::Before => read_parents(target, reference).await?,
            Filled::Itself | Filled::Together(_) => Parents::default(),
        });
    }
    let together = seed.references.iter().map(|_| Keys::default()).collect();
    let mut maker = Maker {
        seed: seed.clone(),
        as_of: plan.as_of as f64,
        locale: plan.locale,
        parents,
        known: RwLock::default(),
        together,
        draft: false,
        deals: Vec::new(),
        used: used(target, seed).await?,
    };
    maker.deals = deal::deals(&maker);
    Ok(maker)
}

/// Per column that counts rows: the numbers that rows have which triggers of other tables wrote.
async fn used(target: &Target, seed: &TableSeed) -> Result<Vec<u64>> {
    let mut used = vec![0; seed.columns.len()];
    for (at, column) in seed.columns.iter().enumerate() {
        if let Generator::Serial { step, start, .. } = &column.generator
            && column.family != Some(Family::Text)
            && let Some(last) = last(target, seed, at, *step).await?
        {
            let steps = last.saturating_sub(*start).checked_div(*step).and_then(|steps| steps.checked_add(1));
            used[at] = steps.and_then(|steps| u64::try_from(steps).ok()).unwrap_or(0);
        }
    }
    Ok(used)
}

/// The greatest number of a column, or the least where it counts down.
async fn last(target: &Target, seed: &TableSeed, column: usize, step: i64) -> Result<Option<i64>> {
    let end = if step < 0 { "min" } else { "max" };
    let sql = format!("SELECT pg_catalog.{end}({})::bigint FROM {}", seed.columns[column].name.sql(), seed.name.sql());
    let row = target.client().query_one(&sql, &[]).await;
    let row = row.map_err(|error| failed(Fault::rows(error), &seed.name, "cannot read the greatest number"))?;
    Ok(row.get(0))
}

/// Reads the rows that can be referred to.
async fn read_parents(target: &Target, reference: &ReferenceSeed) -> Result<Parents> {
    let names: Vec<String> = reference.parent_columns.iter().map(|name| name.sql()).collect();
    let texts: Vec<String> = names.iter().map(|name| format!("{name}::pg_catalog.text")).collect();
    let time = |name: &Name| format!("EXTRACT(epoch FROM {})::pg_catalog.float8", name.sql());
    let times: Vec<String> = reference.parent_times.iter().map(time).collect();
    let sql = format!(
        "SELECT ARRAY[{}], ARRAY[{}]::pg_catalog.float8[] FROM {}{} WHERE {} ORDER BY {} LIMIT {PARENTS}",
        texts.join(", "),
        times.join(", "),
        if reference.parent_is_tree { "" } else { "ONLY " },
        reference.parent.sql(),
        names.iter().map(|name| format!("{name} IS NOT NULL")).collect::<Vec<_>>().join(" AND "),
        names.join(", "),
    );
    let unread = |fault| failed(fault, &reference.parent, "cannot read keys");
    let none: [&(dyn tokio_postgres::types::ToSql + Sync); 0] = [];
    let rows = target.client().query_raw(&sql, none).await.map_err(|error| unread(Fault::rows(error)))?;
    let mut rows = std::pin::pin!(rows);
    let mut parents = Parents { keys: Keys::new(names.len()), times: Vec::new() };
    while let Some(row) = rows.try_next().await.map_err(|error| unread(Fault::rows(error)))? {
        parents.keys.push(row.get::<_, Vec<&str>>(0));
        let moment =
            |time: &Option<f64>| time.filter(|time| time.is_finite()).map_or(f64::NAN, |time| (time - EPOCH) * 1e6);
        parents.times.extend(row.get::<_, Vec<Option<f64>>>(1).iter().map(moment));
    }
    Ok(parents)
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
