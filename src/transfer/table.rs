//! One table, or some of its pages: COPY to COPY.

use super::choose::Choice;
use super::pace::Pace;
use super::row::{RowFault, RowMask, Tally};
use crate::pg::copy::{Format, Rows as Frames};
use crate::pg::copy_binary;
use crate::pg::digest::Digest;
use crate::pg::fault::Fault;
use crate::pg::session::{Lock, MOVED, Source, Target};
use crate::pg::tid::Tid;
use crate::plan::rows::NAMED;
use crate::plan::select::Reading;
use crate::plan::{Rows, TablePlan};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::event::{Event, Observer};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use std::ops::Range;

/// Bytes that are gathered before they are sent: fed row by row, the driver costs ten times as much a row.
const BATCH: usize = 64 * 1024;
/// Rows that one COPY names by their ids.
const STATEMENT: usize = 20_000;
/// Bytes between two progress events.
const PROGRESS: u64 = 4 << 20;

/// What was copied.
#[derive(Debug, Clone, Default)]
pub struct Copied {
    /// Rows that the source sent.
    pub rows: u64,
    /// Rows that the target says it stored.
    pub stored: u64,
    /// Rows that stayed as they are by the table's `exempt`.
    pub exempt: u64,
    /// Bytes sent to the target.
    pub bytes: u64,
    /// Per column of the clone.
    pub tallies: Vec<Tally>,
    /// Per column of the clone, if it was to be digested.
    pub digests: Vec<Option<Digest>>,
}

/// One piece of copying.
pub struct Piece<'p> {
    /// The table.
    pub table: &'p TablePlan,
    /// What is read of it.
    pub reading: &'p Reading,
    /// The rows that come, where they are chosen one by one.
    pub choice: Option<&'p Choice>,
    /// Some of its pages; `None`: all of them, and nobody else writes the table.
    pub pages: Option<Range<u32>>,
    /// True if the table may be emptied first, so that its rows arrive frozen.
    pub freeze: bool,
    /// True if kept columns are to be digested.
    pub digest: bool,
    /// How fast the source is read.
    pub pace: &'p Pace,
}

impl Piece<'_> {
    fn place(&self) -> Place {
        Place::from(&self.table.name)
    }

    fn format(&self) -> Format {
        if self.table.binary { Format::Binary } else { Format::Text }
    }

    /// Locks the table at the source and proves that it is still the one of the snapshot; false if others hold it.
    pub async fn lock(&self, source: &Source) -> Result<bool> {
        let lock = source.lock_table(&self.table.name).await?;
        if lock == Lock::Busy {
            return Ok(false);
        }
        if lock == Lock::Held && source.file_node(self.table.oid, &self.table.name).await? == Some(self.table.file_node)
        {
            Ok(true)
        } else {
            Err(self.moved())
        }
    }

    /// Copies; the table must be locked. The lock is let go at the end, the snapshot stays. `None` if it was asked to let
    /// go before that: [`Piece::let_go`] must follow.
    pub async fn copy(
        &self,
        source: &Source,
        target: &Target,
        observer: &dyn Observer,
        asked: impl Future<Output = ()>,
    ) -> Result<Option<Copied>> {
        target.begin(self.freeze.then_some(&self.table.name)).await?;
        let copied = tokio::select! {
            biased;
            copied = self.stream(source, target, observer) => copied?,
            () = asked => return Ok(None),
        };
        target.commit(&self.table.name).await?;
        source.release_table().await?;
        Ok(Some(copied))
    }

    /// Ends what both servers are doing and lets the lock go; nothing was copied then.
    pub async fn let_go(&self, source: &Source, target: &Target) -> Result<()> {
        // The source's server may be deep in a statement; one that has just ended is no harm.
        let _ = source.connected().canceller().cancel().await;
        source.release_table().await?;
        target.execute("ROLLBACK", &self.table.name, "cannot take back what was copied").await
    }

    fn moved(&self) -> Error {
        Error::temporary(
            Diagnostic::error(
                MOVED,
                self.place(),
                "the table was changed at the source while its copy was about to begin",
            )
            .help("run it again when no migration, TRUNCATE or VACUUM FULL is at work there"),
        )
    }

    async fn stream(&self, source: &Source, target: &Target, observer: &dyn Observer) -> Result<Copied> {
        let format = self.format();
        let at_target = |error| self.at_target(Fault::rows(error));
        let mut statements = match self.named() {
            Some(named) => {
                source.execute(NAMED).await?;
                Box::new(self.by_ids(named, format)) as Box<dyn Iterator<Item = String>>
            }
            None => Box::new(std::iter::once(self.table.copy_out(self.reading, format, self.pages.clone()))),
        };
        let first = statements.next().unwrap_or_default();
        let mut out = Box::pin(source.client().copy_out(&first).await.map_err(|error| self.at_source(error))?);
        let sink =
            target.client().copy_in::<_, Bytes>(&self.table.copy_in(format, self.freeze)).await.map_err(at_target)?;
        let mut sink = std::pin::pin!(sink);
        let mut rows = Frames::new(format, self.reading.select.len());
        let mut mask = RowMask::new(self.table, self.reading, self.choice, format, self.digest);
        let skims = mask.is_copy();
        let mut copied = Copied::default();
        let mut told = (0, 0);
        let mut batch = Vec::with_capacity(BATCH + BATCH / 4);
        if format == Format::Binary {
            batch.extend_from_slice(copy_binary::HEADER);
        }
        let mut read = 0;
        loop {
            let Some(piece) = out.next().await else {
                let Some(next) = statements.next().filter(|_| rows.finish().is_ok()) else { break };
                out = Box::pin(source.client().copy_out(&next).await.map_err(|error| self.at_source(error))?);
                rows = Frames::new(format, self.reading.select.len());
                continue;
            };
            let piece = piece.map_err(|error| self.at_source(error))?;
            read += piece.len() as u64;
            let fed = if skims {
                rows.skim(&piece, &mut batch).map(|count| copied.rows += count).map_err(RowFault::from)
            } else {
                rows.feed(&piece, |bytes, row, fields| {
                    let taken = mask.row(bytes, row, fields, &mut batch)?;
                    copied.rows += u64::from(taken);
                    Ok(())
                })
            };
            fed.map_err(|fault| self.unmaskable(fault, copied.rows))?;
            if batch.len() < BATCH {
                continue;
            }
            copied.bytes += batch.len() as u64;
            self.pace.take(std::mem::take(&mut read)).await;
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH + BATCH / 4));
            if sink.send(Bytes::from(full)).await.is_err() {
                break;
            }
            if copied.bytes - told.1 > PROGRESS {
                let (rows, bytes) = (copied.rows - told.0, copied.bytes - told.1);
                observer.on(Event::Progress { table: self.table.name.clone(), rows, bytes });
                told = (copied.rows, copied.bytes);
            }
        }
        // After a failed send the target's own words come from `finish`; a stream that stopped early must not pass for a whole one.
        let whole = rows.finish();
        if whole.is_ok() && format == Format::Binary {
            batch.extend_from_slice(copy_binary::TRAILER);
        }
        copied.bytes += batch.len() as u64;
        self.pace.take(read).await;
        if !batch.is_empty() {
            let _ = sink.send(Bytes::from(batch)).await;
        }
        copied.stored = sink.as_mut().finish().await.map_err(at_target)?;
        whole.map_err(|fault| self.unmaskable(fault.into(), copied.rows))?;
        let (rows, bytes) = (copied.rows - told.0, copied.bytes - told.1);
        observer.on(Event::Progress { table: self.table.name.clone(), rows, bytes });
        copied.exempt = mask.exempt();
        copied.tallies = mask.tallies().to_vec();
        copied.digests = mask.digests().to_vec();
        Ok(copied)
    }

    /// The chosen rows, if they are few enough to be read by their ids.
    fn named(&self) -> Option<impl Iterator<Item = Tid>> {
        let alone = match &self.table.rows {
            Rows::Chosen(selection) => selection.with.is_empty() && selection.joins.is_empty(),
            _ => true,
        };
        // What else the statement reads would be read for each COPY.
        let most = if alone { u64::MAX } else { STATEMENT as u64 };
        self.choice.and_then(|choice| choice.named(self.table.pages, most))
    }

    /// The COPYs that read rows by their ids, one after the other.
    fn by_ids(&self, mut ids: impl Iterator<Item = Tid>, format: Format) -> impl Iterator<Item = String> {
        std::iter::from_fn(move || {
            let some: Vec<Tid> = ids.by_ref().take(STATEMENT).collect();
            (!some.is_empty()).then(|| self.table.copy_out_rows(self.reading, format, &some))
        })
    }

    /// An error of the source; a column or table that is gone means that the snapshot is of another time.
    fn at_source(&self, error: tokio_postgres::Error) -> Error {
        let fault = Fault::rows(error);
        if fault.is("42703") || fault.is("42P01") {
            return self.moved();
        }
        let code = if fault.is("40001") { MOVED } else { "source-copy" };
        fault.into_error(code, self.place(), "the source could not send rows")
    }

    /// An error of the target.
    fn at_target(&self, fault: Fault) -> Error {
        let computed = fault.is("23514") || fault.is_data() && !fault.is("22021");
        let error = fault.into_error("target-copy", self.place(), "the target refused rows");
        let help = "a generated column or a CHECK of the table does not take what the masks make: use masks whose outputs it takes";
        if computed { error.with_help(help) } else { error }
    }

    fn unmaskable(&self, fault: RowFault, row: u64) -> Error {
        let (place, message) = match fault {
            RowFault::Stream => (self.place(), "the source sent a row that breaks the format of COPY".to_owned()),
            RowFault::Mask(column, why) => {
                let column = &self.table.columns[column];
                (Place::from(&self.table.name.column(&column.name)), format!("row {row}: {why}"))
            }
        };
        Error::failed(
            Diagnostic::error("unmaskable", place, message)
                .help("use a mask that replaces the value wholly, as `erase`, `constant` or `text`"),
        )
    }
}

impl Copied {
    /// Adds what another piece of the same table copied.
    pub fn add(&mut self, other: &Copied) {
        self.rows += other.rows;
        self.stored += other.stored;
        self.exempt += other.exempt;
        self.bytes += other.bytes;
        if self.tallies.is_empty() {
            self.tallies.clone_from(&other.tallies);
            self.digests.clone_from(&other.digests);
            return;
        }
        for (mine, theirs) in self.tallies.iter_mut().zip(&other.tallies) {
            mine.masked += theirs.masked;
            mine.unchanged += theirs.unchanged;
        }
        for (mine, theirs) in self.digests.iter_mut().zip(&other.digests) {
            if let (Some(mine), Some(theirs)) = (mine, theirs) {
                mine.merge(theirs);
            }
        }
    }
}
