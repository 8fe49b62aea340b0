//! Rows made ahead by threads, in chunks that come in their order whatever the number of threads.

use super::row::{Maker, Which};
use super::send::{Encoded, encode};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use std::collections::VecDeque;
use std::sync::{Arc, mpsc};
use tokio::sync::oneshot;

/// Rows that are sent at once, and fields, where rows have many.
const CHUNK: usize = 4_000;
const FIELDS: usize = 60_000;
/// Chunks that a thread may be ahead.
const AHEAD: usize = 2;

/// Rows that are ready to be sent.
pub struct Chunk {
    /// The rows that could be made.
    pub which: Vec<Which>,
    /// Those that could not.
    pub missing: Vec<Which>,
    /// The rows as COPY takes them.
    pub encoded: Encoded,
}

/// The rows of a table that are still to come.
pub struct Chunks {
    maker: Arc<Maker>,
    jobs: usize,
    next: Option<Which>,
    threads: Vec<mpsc::Sender<Task>>,
    /// Chunks that threads were given so far.
    given: usize,
    waiting: VecDeque<oneshot::Receiver<Chunk>>,
}

/// Rows that a thread is to make, and where they go.
type Task = (Vec<Which>, oneshot::Sender<Chunk>);

impl Chunks {
    /// All rows of a table, made by so many threads.
    pub fn new(maker: Arc<Maker>, jobs: usize) -> Self {
        let next = maker.next(None);
        Chunks { maker, jobs: jobs.max(1), next, threads: Vec::new(), given: 0, waiting: VecDeque::new() }
    }

    /// The next rows; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Chunk>> {
        while self.waiting.len() < self.jobs * AHEAD {
            let which = self.take();
            if which.is_empty() {
                break;
            }
            // Rows that later ones refer to are made in turn; for the last ones no thread is worth its while.
            if self.maker.grows() || self.next.is_none() && self.waiting.is_empty() {
                return Ok(Some(made(&self.maker, which)));
            }
            self.give(which)?;
        }
        match self.waiting.pop_front() {
            Some(chunk) => chunk.await.map(Some).map_err(|_| lost()),
            None => Ok(None),
        }
    }

    fn take(&mut self) -> Vec<Which> {
        let many = (FIELDS / self.maker.seed.columns.len().max(1)).clamp(1, CHUNK);
        let mut which = Vec::new();
        while let Some(one) = self.next.filter(|_| which.len() < many) {
            which.push(one);
            self.next = self.maker.next(Some(one));
        }
        which
    }

    /// Gives rows to the thread whose turn it is.
    fn give(&mut self, which: Vec<Which>) -> Result<()> {
        let turn = self.given % self.jobs;
        if turn == self.threads.len() {
            self.threads.push(thread(self.maker.clone())?);
        }
        let (sender, receiver) = oneshot::channel();
        self.threads[turn].send((which, sender)).map_err(|_| lost())?;
        self.given += 1;
        self.waiting.push_back(receiver);
        Ok(())
    }
}

fn thread(maker: Arc<Maker>) -> Result<mpsc::Sender<Task>> {
    let (sender, tasks) = mpsc::channel::<Task>();
    let work = move || {
        while let Ok((which, reply)) = tasks.recv() {
            // Nobody waits any more where the run has ended.
            let _ = reply.send(made(&maker, which));
        }
    };
    let started = std::thread::Builder::new().name("standin".into()).spawn(work);
    started.map(|_| sender).map_err(|cause| {
        Error::failed(Diagnostic::error("thread", Place::Run, format!("cannot start a thread: {cause}")))
    })
}

fn lost() -> Error {
    Error::failed(Diagnostic::error("bug", Place::Run, "a worker ended without a word"))
}

fn made(maker: &Maker, all: Vec<Which>) -> Chunk {
    let (mut rows, mut which, mut missing) = (Vec::with_capacity(all.len()), Vec::with_capacity(all.len()), Vec::new());
    for one in all {
        let row = maker.row(one);
        maker.remember(&row);
        match row {
            Some(row) => {
                rows.push(row);
                which.push(one);
            }
            None => missing.push(one),
        }
    }
    let encoded = encode(&maker.seed, &rows);
    Chunk { which, missing, encoded }
}
