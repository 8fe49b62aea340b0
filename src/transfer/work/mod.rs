//! The threads of a build: each with a runtime of its own, because a hop between threads costs more than a row.

mod building;
mod copying;

pub use building::Task;

use super::build::Job;
use super::choose::Choice;
use super::queue::Queue;
use super::record::Counts;
use super::table::Copied;
use super::thread::{Told, lost_thread, next, thread};
use crate::catalog::Oid;
use crate::pg::locker::Locker;
use crate::pg::schema::Entry;
use crate::plan::select::Reading;
use crate::plan::{Rows, TablePlan};
use crate::words::error::Result;
use crate::words::event::{Event, Phase};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::mpsc;

/// What became of one table.
#[derive(Debug, Clone, Default)]
pub struct Built {
    /// What was copied; of several pieces, the sum.
    pub copied: Copied,
    /// Source rows, deleted, expired, of tables with a selection.
    pub counted: Option<(u64, u64, u64)>,
    /// What becomes of the rows, of tables whose rows were chosen one by one.
    pub chosen: Option<Counts>,
    /// Rows that the clone's table has.
    pub present: Option<u64>,
    /// Seconds from the first row to the last index.
    pub seconds: f64,
}

/// What all threads of a build share.
pub struct Shared {
    job: Job,
    tables: Vec<Table>,
    pieces: Queue<(usize, Option<Range<u32>>)>,
    tasks: Queue<Task>,
}

/// One table of the plan, at work.
struct Table {
    reading: Reading,
    constraints: Vec<Entry>,
    indexes: Vec<(u64, Entry)>,
    state: Mutex<TableState>,
}

#[derive(Default)]
struct TableState {
    /// Pieces that are not copied yet.
    pieces: usize,
    /// Tasks until its indexes are all there.
    tasks: usize,
    started: Option<Instant>,
    /// How often others came first.
    gave_way: usize,
    built: Built,
}

impl Shared {
    /// Hands the indexes to their tables; returns those that belong to no table of the plan.
    pub fn new(job: Job, mut indexes: HashMap<Oid, Entry>) -> (Self, Vec<Entry>) {
        let plan = job.plan.clone();
        let mut tables = Vec::new();
        for planned in plan.tables() {
            let (mut constraints, mut plain) = (Vec::new(), Vec::new());
            for index in job.catalog.by_oid(planned.oid).map_or(&[][..], |table| &table.indexes) {
                if let Some(entry) = index.constraint.and_then(|oid| indexes.remove(&oid)) {
                    constraints.push(entry);
                } else if let Some(entry) = indexes.remove(&index.oid) {
                    plain.push((index.bytes, entry));
                }
            }
            let reading = planned.reading();
            tables.push(Table { reading, constraints, indexes: plain, state: Mutex::default() });
        }
        let shared = Shared { pieces: Queue::new(1), tasks: Queue::new(job.jobs), tables, job };
        shared.cut();
        let mut left: Vec<Entry> = indexes.into_values().collect();
        left.sort_by_key(|entry| entry.number);
        (shared, left)
    }

    /// The rows of a table that were chosen.
    fn choice(&self, table: &TablePlan) -> Option<&Choice> {
        self.job.choices.tables.get(&table.oid).filter(|_| matches!(table.rows, Rows::Chosen(_)))
    }
}

impl Table {
    fn with<R>(&self, change: impl FnOnce(&mut TableState) -> R) -> R {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Runs streams and builders until everything is built; the locks go when each stream holds its first one.
pub async fn run(shared: Arc<Shared>, locker: Locker) -> Result<Vec<Built>> {
    let (told, mut hear) = mpsc::unbounded_channel();
    let jobs = shared.job.jobs;
    for _ in 0..jobs {
        let (copier, builder) = (shared.clone(), shared.clone());
        thread(told.clone(), copier.job.stop.clone(), move |told| async move {
            let mut first = Some(Told::Locked);
            let mut locked = || {
                if let Some(word) = first.take() {
                    // Whoever does not listen any more has given up the run.
                    let _ = told.send(word);
                }
            };
            let result = copier.copy_all(&mut locked).await;
            locked();
            let _ = told.send(Told::Copied);
            copier.tasks.done();
            result
        })?;
        thread(told.clone(), builder.job.stop.clone(), move |_| async move { builder.build_all().await })?;
    }
    drop(told);
    let holding = shared.job.watch.holding(locker.number);
    let mut locker = Some(locker);
    let (mut locked, mut copied, mut ended) = (0, 0, 0);
    loop {
        let word = tokio::select! {
            biased;
            word = next(&mut hear, &shared.job.stop) => word,
            // From here on each stream proves its own tables, so these locks are no more than a courtesy.
            () = holding.asked(), if locker.is_some() => {
                if let Some(locker) = locker.take() {
                    locker.release().await;
                }
                continue;
            }
        };
        let Some(word) = word else { break };
        match word {
            Told::Locked => locked += 1,
            Told::Copied => copied += 1,
            Told::Ended => ended += 1,
        }
        if let Some(locker) = locker.take_if(|_| locked == jobs) {
            locker.release().await;
        }
        if matches!(word, Told::Copied) && copied == jobs {
            shared.job.observer.on(Event::Phase(Phase::Indexes));
        }
    }
    if let Some(reason) = shared.job.stop.reason() {
        return Err(reason);
    }
    if ended < 2 * jobs {
        return Err(lost_thread());
    }
    let built = shared.tables.iter().zip(shared.job.plan.tables()).map(|(table, planned)| {
        let chosen = shared.choice(planned).map(|choice| choice.counts);
        Built { chosen, ..table.with(|state| std::mem::take(&mut state.built)) }
    });
    Ok(built.collect())
}

/// Does tasks that need no table at work.
pub async fn tasks(job: &Job, tasks: Vec<(u64, Task)>) -> Result<()> {
    let count = tasks.len();
    let shared = Shared { pieces: Queue::new(0), tasks: Queue::new(1), tables: Vec::new(), job: job.clone() };
    for (weight, task) in tasks {
        shared.tasks.push(weight, task);
    }
    shared.tasks.done();
    let (told, mut hear) = mpsc::unbounded_channel();
    let shared = Arc::new(shared);
    let threads = job.jobs.min(count);
    for _ in 0..threads {
        let shared = shared.clone();
        thread(told.clone(), job.stop.clone(), move |_| async move { shared.build_all().await })?;
    }
    drop(told);
    let mut ended = 0;
    while let Some(word) = next(&mut hear, &job.stop).await {
        ended += usize::from(matches!(word, Told::Ended));
    }
    match job.stop.reason() {
        Some(reason) => Err(reason),
        None if ended < threads => Err(lost_thread()),
        None => Ok(()),
    }
}
