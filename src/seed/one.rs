//! One table that no other waits for, chunk by chunk.

use super::chunks::{Chunk, Chunks};
use super::row::{Maker, Row, Which};
use super::send::{self, encode};
use super::stretch::{Left, Stretches};
use super::{TRIES, all_fixed, failed, is_refusal, refused};
use crate::pg::fault::Fault;
use crate::pg::session::Target;
use crate::plan::seed::{SeedPlan, TableSeed};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::event::{Event, Observer};
use crate::words::name::TableName;
use std::sync::Arc;

/// A table of which so many rows were refused, and none taken, takes none.
const HOPELESS: u64 = 10;
/// After so many rows in turn that found no place the next ones are tried but twice.
const TIRED: u64 = 20;
/// After so many the table is full.
const FULL: u64 = 500;

/// Fills a table that no other table waits for.
pub async fn fill(
    target: &Target,
    plan: &SeedPlan,
    seed: &Arc<TableSeed>,
    jobs: usize,
    observer: &dyn Observer,
) -> Result<u64> {
    let mut filling = Filling { made: 0, stored: 0, left_out: 0, why: None, lost: 0, last: None };
    let mut stretches = Stretches::new(target, plan, seed).await?;
    let mut left = Left::default();
    while let Some(maker) = stretches.next(left).await? {
        let maker = Arc::new(maker);
        let mut chunks = Chunks::new(maker.clone(), jobs);
        while let Some(chunk) = chunks.next().await?
            && !filling.is_full()
        {
            let before = filling.stored;
            filling.made += (chunk.which.len() + chunk.missing.len()) as u64;
            let missing = chunk.missing.clone();
            filling.store(target, &maker, chunk).await?;
            for which in &missing {
                filling.leave_out(&maker, *which)?;
            }
            let rows = filling.stored - before;
            observer.on(Event::Progress { table: seed.name.clone(), rows, bytes: 0 });
        }
        left = Left { made: filling.made, known: maker.known() };
    }
    if let Some(why) = &filling.why {
        let left_out = filling.left_out;
        observer.on(Event::Note(format!("{}: {left_out} rows found no place and were left out: {why}", seed.name)));
    }
    all_fixed(seed, filling.made)?;
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
    made: u64,
    stored: u64,
    left_out: u64,
    /// Why the first of them was.
    why: Option<String>,
    /// Rows that the server refused since it took one.
    lost: u64,
    /// Why the last row was refused.
    last: Option<Fault>,
}

impl Filling {
    /// Counts a row that found no place; where somebody asked for it, the transaction ends and nothing stays.
    fn leave_out(&mut self, maker: &Maker, which: Which) -> Result<()> {
        self.left_out += 1;
        let seed = &maker.seed;
        let why = match (maker.beyond(which), &self.last) {
            (Some(index), _) => format!("the columns of {index} have too few values to keep them apart"),
            (None, Some(fault)) => fault.to_string(),
            (None, None) => "a row that it refers to is not there".to_owned(),
        };
        let (code, what, help) = if which.number < seed.fixed.len() as u64 {
            ("seed-fixed", "a row that the rules write out under `fixed` finds no place", "correct the row")
        } else if seed.asked {
            let help = "ask for fewer rows, or let the rules give its columns more values";
            ("seed-rows", "not all of the rows that are asked for find a place", help)
        } else {
            self.why.get_or_insert(why);
            return Ok(());
        };
        let diagnostic = Diagnostic::error(code, Place::from(&seed.name), format!("{what}: {why}"));
        Err(Error::refused(diagnostic.help(help)))
    }

    /// Is there no use in further rows.
    fn is_full(&self) -> bool {
        self.stored == 0 && self.lost >= HOPELESS || self.lost >= FULL
    }

    /// Stores rows; where some are refused, halves them until the rows that are to blame stand alone.
    async fn store(&mut self, target: &Target, maker: &Maker, chunk: Chunk) -> Result<()> {
        match send::copy(target, &maker.seed, chunk.encoded).await {
            Ok(count) => {
                self.stored += count;
                self.lost = 0;
                return Ok(());
            }
            Err(fault) if !is_refusal(&fault) => return Err(refused(fault, &maker.seed)),
            Err(_) => {}
        }
        let rows: Vec<(Which, Row)> =
            chunk.which.into_iter().filter_map(|which| Some((which, maker.row(which)?))).collect();
        let mut open: Vec<std::ops::Range<usize>> = std::iter::once(0..rows.len()).collect();
        while let Some(part) = open.pop().filter(|part| !part.is_empty()) {
            if self.is_full() {
                return Ok(());
            }
            let together = rows[part.clone()].iter().map(|(_, row)| row);
            match send::copy(target, &maker.seed, encode(&maker.seed, together)).await {
                Ok(count) => {
                    self.stored += count;
                    self.lost = 0;
                }
                Err(fault) if !is_refusal(&fault) => return Err(refused(fault, &maker.seed)),
                Err(_) if part.len() > 1 => {
                    let middle = part.start + part.len() / 2;
                    open.push(middle..part.end);
                    open.push(part.start..middle);
                }
                Err(fault) => {
                    self.last = Some(fault);
                    self.again(target, maker, rows[part.start].0).await?;
                }
            }
        }
        Ok(())
    }

    /// Makes a row anew until it is taken, or leaves it out.
    async fn again(&mut self, target: &Target, maker: &Maker, which: Which) -> Result<()> {
        let tries = if self.lost < TIRED { TRIES } else { 2 };
        for attempt in 1..=tries {
            let Some(row) = maker.row(Which { attempt, ..which }) else { continue };
            match send::copy(target, &maker.seed, encode(&maker.seed, [&row])).await {
                Ok(count) => {
                    self.stored += count;
                    self.lost = 0;
                    maker.replace(which.number, Some(row));
                    return Ok(());
                }
                Err(fault) if is_refusal(&fault) => self.last = Some(fault),
                Err(fault) => return Err(refused(fault, &maker.seed)),
            }
        }
        maker.replace(which.number, None);
        self.lost += 1;
        self.leave_out(maker, which)
    }
}
