//! Fills the tables of a plan with generated rows, in the transaction that the caller began.
//!
//! `value.rs` makes a field, `row.rs` a row, `send.rs` brings rows into a table. Rows that a constraint or a trigger
//! refuses are made anew; what no try can cure ends the run, and the transaction with it.

mod row;
mod send;
mod value;

use crate::pg::fault::Fault;
use crate::pg::session::Target;
use crate::plan::seed::{Filled, ReferenceSeed, SeedPlan, TableSeed};
use crate::words::diagnostic::Place;
use crate::words::error::{Error, Result};
use crate::words::event::{Event, Observer};
use crate::words::name::{TableName, literal};
use row::{Maker, Parents, Row, Which};

/// Rows that are sent at once.
const CHUNK: usize = 1_000;
/// Parents that rows are spread over.
const PARENTS: usize = 50_000;
/// Rows of a table that later ones of it refer to.
const EARLIER: usize = 10_000;
/// How often a row that was refused is made anew.
const TRIES: u32 = 30;
/// How often rows are made until none hangs on a row that fell away.
const ROUNDS: usize = 6;
/// A table of which so many rows were refused, and none taken, takes none.
const HOPELESS: u64 = 10;
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
pub async fn fill(target: &Target, plan: &SeedPlan, observer: &dyn Observer) -> Result<Vec<Seeded>> {
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
            let rows = fill_one(target, plan, seed, observer).await?;
            let seconds = started.elapsed().as_secs_f64();
            observer.on(Event::TableFinished { table: seed.name.clone(), rows, bytes: 0, seconds });
            done.push(Seeded { table: seed.name.clone(), rows });
        } else {
            done.extend(fill_together(target, plan, group).await?);
        }
    }
    for seed in all() {
        for (sequence, column, step) in &seed.serials {
            let owned = plan.sequences.iter().any(|(known, _)| known == sequence);
            advance(target, seed, sequence, *column, *step, owned).await?;
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
    let end = if step < 0 { "min" } else { "max" };
    let sql = format!("SELECT pg_catalog.{end}({})::bigint FROM {}", seed.columns[column].name.sql(), seed.name.sql());
    let row = target.client().query_one(&sql, &[]).await;
    let row = row.map_err(|error| failed(Fault::rows(error), &seed.name, "cannot read the greatest number"))?;
    let Some(reached) = row.get::<_, Option<i64>>(0) else { return Ok(()) };
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

async fn maker<'a>(target: &Target, plan: &SeedPlan, seed: &'a TableSeed) -> Result<Maker<'a>> {
    let mut parents = Vec::new();
    for reference in &seed.references {
        parents.push(match reference.filled {
            Filled::Before => read_parents(target, reference).await?,
            Filled::Itself | Filled::Together(_) => Parents::default(),
        });
    }
    let together = seed.references.iter().map(|_| Vec::new()).collect();
    Ok(Maker { seed, as_of: plan.as_of as f64, parents, known: Vec::new(), together, draft: false })
}

/// Reads the rows that can be referred to.
async fn read_parents(target: &Target, reference: &ReferenceSeed) -> Result<Parents> {
    let names: Vec<String> = reference.parent_columns.iter().map(|name| name.sql()).collect();
    let texts: Vec<String> = names.iter().map(|name| format!("{name}::pg_catalog.text")).collect();
    let time = match &reference.parent_time {
        Some(name) => format!("EXTRACT(epoch FROM {})::pg_catalog.float8", name.sql()),
        None => "NULL::pg_catalog.float8".to_owned(),
    };
    let sql = format!(
        "SELECT ARRAY[{}], {time} FROM {}{} WHERE {} ORDER BY {} LIMIT {PARENTS}",
        texts.join(", "),
        if reference.parent_is_tree { "" } else { "ONLY " },
        reference.parent.sql(),
        names.iter().map(|name| format!("{name} IS NOT NULL")).collect::<Vec<_>>().join(" AND "),
        names.join(", "),
    );
    let rows = target.client().query(&sql, &[]).await;
    let rows = rows.map_err(|error| failed(Fault::rows(error), &reference.parent, "cannot read keys"))?;
    let time = |row: &tokio_postgres::Row| {
        row.get::<_, Option<f64>>(1).filter(|time| time.is_finite()).map(|time| (time - EPOCH) * 1e6)
    };
    Ok(Parents { keys: rows.iter().map(|row| row.get(0)).collect(), times: rows.iter().map(time).collect() })
}

/// Fills a table that no other table waits for.
async fn fill_one(target: &Target, plan: &SeedPlan, seed: &TableSeed, observer: &dyn Observer) -> Result<u64> {
    let mut maker = maker(target, plan, seed).await?;
    let to_itself = seed.references.iter().any(|reference| reference.filled == Filled::Itself);
    let mut filling = Filling { stored: 0, left_out: 0, last: None };
    let mut next = maker.next(None);
    while next.is_some() {
        let (mut rows, before) = (Vec::with_capacity(CHUNK), filling.stored);
        while let Some(which) = next.filter(|_| rows.len() < CHUNK) {
            let row = maker.row(which);
            if to_itself && maker.known.len() < EARLIER {
                maker.known.push(row.clone());
            }
            rows.extend(row.map(|row| (which, row)));
            next = maker.next(Some(which));
        }
        filling.store(target, &mut maker, rows).await?;
        let rows = filling.stored - before;
        observer.on(Event::Progress { table: seed.name.clone(), rows, bytes: 0 });
    }
    if filling.left_out > 0 && filling.stored > 0 {
        observer.on(Event::Note(format!("{}: {} rows found no place and were left out", seed.name, filling.left_out)));
    }
    // Triggers of tables before this one may have filled it, or drop its rows.
    match (count(target, &seed.name).await?, filling.last) {
        (0, Some(fault)) => Err(refused(fault, seed)),
        (rows, _) => Ok(rows),
    }
}

async fn count(target: &Target, table: &TableName) -> Result<u64> {
    let row = target.client().query_one(&format!("SELECT pg_catalog.count(*) FROM {}", table.sql()), &[]).await;
    let rows: i64 = row.map_err(|error| failed(Fault::rows(error), table, "cannot count the rows"))?.get(0);
    Ok(rows.max(0) as u64)
}

/// How far the filling of a table is.
struct Filling {
    stored: u64,
    left_out: u64,
    /// Why the last row was refused.
    last: Option<Fault>,
}

impl Filling {
    /// Stores rows; where some are refused, halves them until the rows that are to blame stand alone.
    async fn store(&mut self, target: &Target, maker: &mut Maker<'_>, mut rows: Vec<(Which, Row)>) -> Result<()> {
        let mut open: Vec<std::ops::Range<usize>> = std::iter::once(0..rows.len()).collect();
        while let Some(part) = open.pop().filter(|part| !part.is_empty()) {
            if self.stored == 0 && self.left_out >= HOPELESS {
                return Ok(());
            }
            let together: Vec<&Row> = rows[part.clone()].iter().map(|(_, row)| row).collect();
            match send::copy(target, maker.seed, &together).await {
                Ok(count) => self.stored += count,
                Err(fault) if !is_refusal(&fault) => return Err(refused(fault, maker.seed)),
                Err(_) if part.len() > 1 => {
                    let middle = part.start + part.len() / 2;
                    open.push(middle..part.end);
                    open.push(part.start..middle);
                }
                Err(fault) => {
                    self.last = Some(fault);
                    let (which, row) = &mut rows[part.start];
                    self.again(target, maker, *which, row).await?;
                }
            }
        }
        Ok(())
    }

    /// Makes a row anew until it is taken, or leaves it out.
    async fn again(&mut self, target: &Target, maker: &mut Maker<'_>, which: Which, row: &mut Row) -> Result<()> {
        let at = which.number as usize;
        for attempt in 1..=TRIES {
            let Some(other) = maker.row(Which { attempt, ..which }) else { continue };
            *row = other;
            match send::copy(target, maker.seed, &[row]).await {
                Ok(count) => {
                    self.stored += count;
                    if let Some(known) = maker.known.get_mut(at) {
                        *known = Some(row.clone());
                    }
                    return Ok(());
                }
                Err(fault) if is_refusal(&fault) => self.last = Some(fault),
                Err(fault) => return Err(refused(fault, maker.seed)),
            }
        }
        self.left_out += 1;
        if let Some(known) = maker.known.get_mut(at) {
            *known = None;
        }
        Ok(())
    }
}

/// Fills tables that refer to each other: their keys first, then whole rows, in one statement.
async fn fill_together(target: &Target, plan: &SeedPlan, group: &[TableSeed]) -> Result<Vec<Seeded>> {
    let mut makers = Vec::new();
    for seed in group {
        makers.push(maker(target, plan, seed).await?);
    }
    let mut last = None;
    for attempt in 0..TRIES {
        let tables = drawn(&mut makers, attempt);
        match send::together(target, &tables).await {
            Ok(_) => {
                let seeded =
                    |(seed, rows): (&TableSeed, Vec<Row>)| Seeded { table: seed.name.clone(), rows: rows.len() as u64 };
                return Ok(tables.into_iter().map(seeded).collect());
            }
            Err(fault) if is_refusal(&fault) => last = Some(fault),
            Err(fault) => return Err(refused(fault, &group[0])),
        }
    }
    match last {
        Some(fault) => Err(refused(fault, &group[0])),
        None => Ok(Vec::new()),
    }
}

/// The rows of tables that refer to each other: first what is no reference, then with the keys of the round before.
fn drawn<'a>(makers: &mut [Maker<'a>], attempt: u32) -> Vec<(&'a TableSeed, Vec<Row>)> {
    let mut rows: Vec<Vec<Row>> = makers.iter().map(|_| Vec::new()).collect();
    for round in 0..ROUNDS {
        let mut next = Vec::new();
        let seeds: Vec<&TableSeed> = makers.iter().map(|maker| maker.seed).collect();
        for maker in makers.iter_mut() {
            for (place, reference) in maker.seed.references.iter().enumerate() {
                if let Filled::Together(other) = reference.filled {
                    let keys = rows[other].iter().filter_map(|row| row::key(seeds[other], reference, row));
                    maker.together[place] = keys.collect();
                }
            }
            maker.draft = round == 0;
            maker.known.clear();
            let mut which = maker.next(None);
            while let Some(one) = which {
                let row = maker.row(Which { attempt, ..one });
                maker.known.push(row);
                which = maker.next(Some(one));
            }
            next.push(maker.known.iter().flatten().cloned().collect::<Vec<Row>>());
        }
        let same = next.iter().zip(&rows).all(|(one, other)| one.len() == other.len());
        rows = next;
        if same && round > 0 {
            break;
        }
    }
    makers.iter().map(|maker| maker.seed).zip(rows).collect()
}
