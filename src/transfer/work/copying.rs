//! The streams: pieces of tables from the source into the clone, and what gives way to others at the source.

use super::Shared;
use crate::pg::session::{Source, Target};
use crate::plan::{Rows, TablePlan};
use crate::transfer::table::Piece;
use crate::words::diagnostic::Diagnostic;
use crate::words::error::{Error, Result};
use crate::words::event::Event;
use std::ops::Range;
use std::time::{Duration, Instant};

/// Tables of less than this are never split.
const SPLIT_FROM: u64 = 256 << 20;
/// No piece that gives way is cut into fewer pages.
const SMALLEST_PIECE: u32 = 64;

/// How often a table gives way to statements at the source, and how long before it is tried again.
const GIVE_WAY: usize = 40;
const GIVE_WAY_PAUSE: Duration = Duration::from_millis(300);

/// Both ends of one stream.
struct Reader<'r> {
    source: &'r Source,
    target: &'r Target,
    /// The source's number for its session.
    number: i32,
}

impl Shared {
    /// Fills the queue of pieces: tables without rows go straight to their indexes, very large ones are split by pages.
    pub(super) fn cut(&self) {
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

    /// Several streams, or one after another, may read parts of such a table.
    fn is_cut_by_pages(&self, table: &TablePlan) -> bool {
        table.rows == Rows::All && self.may_empty(table) && !table.is_shuffled()
    }

    /// A table that an extension made may hold rows already.
    fn may_empty(&self, table: &TablePlan) -> bool {
        self.job.catalog.by_oid(table.oid).is_some_and(|table| table.extension.is_none())
    }

    /// Copies pieces until there are none; `locked` is called once, when the first lock is held.
    pub(super) async fn copy_all(&self, mut locked: impl FnMut()) -> Result<()> {
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
