//! The threads of a build: each with a runtime of its own, because a hop between threads costs more than a row.

use super::build::Job;
use super::choose::Choice;
use super::queue::Queue;
use super::record::Counts;
use super::table::{Copied, Piece};
use super::thread::{Told, lost_thread, next, thread};
use crate::catalog::{Oid, TableKind};
use crate::pg::locker::Locker;
use crate::pg::schema::Entry;
use crate::pg::session::{Source, Target};
use crate::plan::select::Reading;
use crate::plan::{Rows, TablePlan};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::event::{Event, Phase};
use crate::words::name::{Name, TableName};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Tables of less than this are never split.
const SPLIT_FROM: u64 = 256 << 20;
/// No piece that gives way is cut into fewer pages.
const SMALLEST_PIECE: u32 = 64;
/// Indexes of less than this are built together with their table's others.
const SMALL_INDEX: u64 = 8 << 20;

/// How often a table gives way to statements at the source, and how long before it is tried again.
const GIVE_WAY: usize = 40;
const GIVE_WAY_PAUSE: Duration = Duration::from_millis(300);

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

/// Both ends of one stream.
struct Reader<'r> {
    source: &'r Source,
    target: &'r Target,
    /// The source's number for its session.
    number: i32,
}

/// A statement at the target that many can do at once.
pub enum Task {
    /// Constraints of a full table that own an index; its plain indexes follow.
    Constraints(usize),
    /// Plain indexes of a full table.
    Indexes(usize, Vec<Entry>),
    /// The last look at a full table: how many rows, and their statistics.
    Finish(usize),
    /// Proves a foreign key over the rows.
    Validate(TableName, Name),
    /// Gathers statistics.
    Analyze(TableName),
}

impl Task {
    /// Proves a foreign key over the rows.
    pub fn validate(table: &TableName, key: &Name) -> Self {
        Task::Validate(table.clone(), key.clone())
    }
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

    /// Fills the queue of pieces: tables without rows go straight to their indexes, very large ones are split by pages.
    fn cut(&self) {
        let total: u64 = self.job.plan.tables().iter().map(|table| table.bytes).sum();
        let share = (total / self.job.jobs as u64).max(SPLIT_FROM);
        for (at, table) in self.job.plan.tables().iter().enumerate() {
            let pieces = match &table.rows {
                Rows::None(_) => Vec::new(),
                Rows::Chosen(_) if self.choice(table).is_none_or(|choice| choice.counts.copied == 0) => Vec::new(),
                Rows::All if table.bytes > share + share / 2 && self.is_cut_by_pages(table) => split(table, share),
                _ => vec![None],
            };
            self.tables[at].with(|state| state.pieces = pieces.len());
            if pieces.is_empty() {
                self.filled(at);
            }
            for pages in &pieces {
                self.pieces.push(table.bytes / pieces.len() as u64, (at, pages.clone()));
            }
        }
        self.pieces.done();
    }

    /// The rows of a table that were chosen.
    fn choice(&self, table: &TablePlan) -> Option<&Choice> {
        self.job.choices.tables.get(&table.oid).filter(|_| matches!(table.rows, Rows::Chosen(_)))
    }

    /// A foreign table's rows are elsewhere, a skipped table is nowhere.
    fn is_filled_here(&self, table: &TablePlan) -> bool {
        let foreign = |oid| self.job.catalog.by_oid(oid).is_some_and(|table| table.kind == TableKind::Foreign);
        !foreign(table.oid) && !self.job.plan.skipped().contains(&table.name)
    }

    /// Several streams, or one after another, may read parts of such a table.
    fn is_cut_by_pages(&self, table: &TablePlan) -> bool {
        table.rows == Rows::All && self.may_empty(table)
    }

    /// A table that an extension made may hold rows already.
    fn may_empty(&self, table: &TablePlan) -> bool {
        self.job.catalog.by_oid(table.oid).is_some_and(|table| table.extension.is_none())
    }

    /// Queues what a full table needs next.
    fn filled(&self, at: usize) {
        let table = &self.tables[at];
        if table.constraints.is_empty() {
            self.index(at);
        } else {
            let weight = self.job.plan.tables()[at].bytes;
            self.tasks.push(weight, Task::Constraints(at));
        }
    }

    /// Queues the plain indexes of a table: large ones each, small ones together; then the last look.
    fn index(&self, at: usize) {
        let (small, large): (Vec<_>, Vec<_>) =
            self.tables[at].indexes.iter().cloned().partition(|(bytes, _)| *bytes < SMALL_INDEX);
        let mut tasks: Vec<(u64, Vec<Entry>)> = large.into_iter().map(|(bytes, entry)| (bytes, vec![entry])).collect();
        if !small.is_empty() {
            let bytes = small.iter().map(|(bytes, _)| bytes).sum();
            tasks.push((bytes, small.into_iter().map(|(_, entry)| entry).collect()));
        }
        self.tables[at].with(|state| state.tasks = tasks.len());
        if tasks.is_empty() {
            self.tasks.push(0, Task::Finish(at));
        }
        for (weight, entries) in tasks {
            self.tasks.push(weight, Task::Indexes(at, entries));
        }
    }

    /// Copies pieces until there are none; `locked` is called once, when the first lock is held.
    async fn copy_all(&self, mut locked: impl FnMut()) -> Result<()> {
        let source = Source::open(&self.job.source, &self.job.run, Some(&self.job.snapshot)).await?;
        source.execute(crate::plan::rows::SESSION).await?;
        let target = Target::open(&self.job.shadow, &self.job.run).await?;
        let reader = Reader { source: &source, target: &target, number: source.number().await? };
        let work = async {
            loop {
                if !self.pieces.has_more() {
                    // This stream may never need a lock.
                    locked();
                }
                let Some((at, pages)) = self.pieces.take().await else { return Ok(()) };
                self.copy(at, pages, &reader, &mut locked).await?;
                self.pieces.done();
            }
        };
        let result = self.job.stop.guard(work).await;
        if result.is_err() {
            // The servers may be deep in a statement that nobody wants any more.
            let (at_source, at_target) = (source.connected().canceller(), target.connected().canceller());
            let _ = tokio::join!(at_source.cancel(), at_target.cancel());
        }
        source.close().await;
        target.close().await;
        result
    }

    /// Copies one piece, and queues what the table needs next if it was the last.
    async fn copy(
        &self,
        at: usize,
        pages: Option<Range<u32>>,
        reader: &Reader<'_>,
        locked: &mut impl FnMut(),
    ) -> Result<()> {
        let Reader { source, target, number } = reader;
        let planned = &self.job.plan.tables()[at];
        let table = &self.tables[at];
        let freeze = pages.is_none() && self.may_empty(planned);
        let piece = Piece {
            table: planned,
            reading: &table.reading,
            choice: self.choice(planned),
            pages,
            freeze,
            digest: self.job.digest,
            pace: &self.job.pace,
        };
        let holding = self.job.watch.holding(*number);
        let mut asked = std::pin::pin!(holding.asked());
        if !piece.lock(source).await? {
            return self.later(at, piece, reader).await;
        }
        locked();
        let name = || planned.name.clone();
        if table.with(|state| state.started.replace(state.started.unwrap_or_else(Instant::now))).is_none() {
            self.job.observer.on(Event::TableStarted { table: name(), rows: planned.estimated_rows });
        }
        let counting = async {
            match &planned.rows {
                Rows::Selected(selection) => {
                    source.counts::<3>(&selection.count, &planned.name).await.map(|counts| Some(counts.into()))
                }
                _ => Ok(None),
            }
        };
        let counted = tokio::select! { biased; counted = counting => counted?, () = &mut asked => return self.later(at, piece, reader).await };
        let Some(copied) = piece.copy(source, target, &*self.job.observer, asked).await? else {
            return self.later(at, piece, reader).await;
        };
        let finished = table.with(|state| {
            state.built.copied.add(&copied);
            state.built.counted = counted.or(state.built.counted);
            state.pieces -= 1;
            (state.pieces == 0).then(|| (state.built.copied.clone(), state.started))
        });
        if let Some((copied, started)) = finished {
            let seconds = started.map_or(0.0, |started| started.elapsed().as_secs_f64());
            let (rows, bytes) = (copied.stored, copied.bytes);
            self.job.observer.on(Event::TableFinished { table: name(), rows, bytes, seconds });
            self.filled(at);
        }
        Ok(())
    }

    /// Lets a piece go that somebody at the source waits for, or holds, and queues it again behind the others: in halves
    /// where that is possible, so that a busy table is held for ever shorter times.
    async fn later(&self, at: usize, piece: Piece<'_>, reader: &Reader<'_>) -> Result<()> {
        piece.let_go(reader.source, reader.target).await?;
        let name = &piece.table.name;
        let gave_way = self.tables[at].with(|state| {
            state.gave_way += 1;
            state.gave_way
        });
        if gave_way > GIVE_WAY {
            let message = "others at the source changed the table again and again, and the run gave way to them";
            let help = "run it again when no migration is at work at the source";
            return Err(Error::temporary(Diagnostic::error("gave-way", name, message).help(help)));
        }
        self.job.observer.on(Event::Note(format!("{name}: a statement at the source comes first; trying again")));
        let parts = match halves(piece.table, &piece.pages).filter(|_| self.is_cut_by_pages(piece.table)) {
            Some(halves) => halves.to_vec(),
            None => vec![piece.pages],
        };
        self.tables[at].with(|state| state.pieces += parts.len() - 1);
        for pages in parts {
            self.pieces.push(0, (at, pages.clone()));
        }
        // Whoever waits comes first by the server's order; others may have come since.
        tokio::time::sleep(GIVE_WAY_PAUSE).await;
        Ok(())
    }

    /// Does tasks until there are none.
    async fn build_all(&self) -> Result<()> {
        let target = Target::open(&self.job.shadow, &self.job.run).await?;
        let work = async {
            while let Some(task) = self.tasks.take().await {
                self.task(task, &target).await?;
                self.tasks.done();
            }
            Ok(())
        };
        let result = self.job.stop.guard(work).await;
        if result.is_err() {
            let _ = target.connected().canceller().cancel().await;
        }
        target.close().await;
        result
    }

    async fn task(&self, task: Task, target: &Target) -> Result<()> {
        match task {
            Task::Constraints(at) => {
                target.index_workers(self.tasks.waiting()).await?;
                create(target, &self.tables[at].constraints).await?;
                self.index(at);
            }
            Task::Indexes(at, entries) => {
                target.index_workers(self.tasks.waiting()).await?;
                create(target, &entries).await?;
                let last = self.tables[at].with(|state| {
                    state.tasks -= 1;
                    state.tasks == 0
                });
                if last {
                    self.tasks.push(self.job.plan.tables()[at].bytes / 16, Task::Finish(at));
                }
            }
            Task::Finish(at) => {
                let planned = &self.job.plan.tables()[at];
                if self.is_filled_here(planned) {
                    let catalog = &self.job.catalog;
                    let alone =
                        |table: &crate::catalog::Table| !table.partition && !catalog.has_foreign_descendant(table);
                    if catalog.by_oid(planned.oid).is_none_or(alone) {
                        target.analyze(&planned.name).await?;
                    }
                    // Counted last: by now an index alone may tell.
                    let present = target.count(&planned.name).await?;
                    self.tables[at].with(|state| state.built.present = Some(present));
                }
                self.tables[at].with(|state| {
                    state.built.seconds = state.started.map_or(0.0, |started| started.elapsed().as_secs_f64());
                });
            }
            Task::Validate(table, key) => target.validate(&table, &key).await?,
            Task::Analyze(table) => target.analyze(&table).await?,
        }
        Ok(())
    }
}

impl Table {
    fn with<R>(&self, change: impl FnOnce(&mut TableState) -> R) -> R {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn create(target: &Target, entries: &[Entry]) -> Result<()> {
    for entry in entries {
        let place = Place::Object(entry.name.clone());
        let doing = format!("cannot build the {}", entry.kind.to_lowercase());
        target.build(&entry.statements(), place, &doing).await?;
    }
    Ok(())
}

/// Two halves of a piece; `None` if it is too small.
fn halves(table: &TablePlan, pages: &Option<Range<u32>>) -> Option<[Option<Range<u32>>; 2]> {
    let pages = pages.clone().unwrap_or(0..u32::MAX);
    let end = if pages.end == u32::MAX { table.pages } else { pages.end };
    let middle = pages.start + end.checked_sub(pages.start)? / 2;
    (middle >= pages.start + SMALLEST_PIECE).then_some([Some(pages.start..middle), Some(middle..pages.end)])
}

/// Ranges of pages of about `share` bytes each; the last one is open, for rows that came after the statistics.
fn split(table: &TablePlan, share: u64) -> Vec<Option<Range<u32>>> {
    let count = (table.bytes.div_ceil(share) as u32).max(1);
    let step = (table.pages / count).max(1);
    (0..count).map(|piece| Some(piece * step..if piece + 1 == count { u32::MAX } else { (piece + 1) * step })).collect()
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
