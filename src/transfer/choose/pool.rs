//! Sessions in the run's snapshot that read side by side, each in its own read-only transaction.

use crate::pg::connect::Server;
use crate::pg::session::{Run, Snapshot, Source};
use crate::plan::rows::{CHOOSING, SESSION};
use crate::transfer::thread::lost_thread;
use crate::words::error::{Error, Result};
use futures_util::future::join_all;
use std::cell::RefCell;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

/// At most so many sessions at the source; one is opened when all that are open have something to do.
pub struct Pool<'a> {
    server: &'a Server,
    run: &'a Run,
    snapshot: &'a Snapshot,
    sessions: Vec<OnceCell<Source>>,
    free: RefCell<Vec<usize>>,
    turns: Semaphore,
}

/// A session that nobody else uses meanwhile.
pub struct Lease<'p> {
    session: &'p Source,
    at: usize,
    free: &'p RefCell<Vec<usize>>,
    _turn: SemaphorePermit<'p>,
}

impl<'a> Pool<'a> {
    /// For so many statements at once.
    pub fn new(server: &'a Server, run: &'a Run, snapshot: &'a Snapshot, jobs: usize) -> Self {
        let jobs = jobs.max(1);
        let sessions = (0..jobs).map(|_| OnceCell::new()).collect();
        Pool {
            server,
            run,
            snapshot,
            sessions,
            free: RefCell::new((0..jobs).rev().collect()),
            turns: Semaphore::new(jobs),
        }
    }

    /// How many statements run at once.
    pub fn jobs(&self) -> usize {
        self.sessions.len()
    }

    /// Waits for a session.
    pub async fn take(&self) -> Result<Lease<'_>> {
        let turn = self.turns.acquire().await.map_err(|_| lost_thread())?;
        let at = self.free.borrow_mut().pop().ok_or_else(lost_thread)?;
        let open = async {
            let source = Source::open(self.server, self.run, Some(self.snapshot)).await?;
            source.execute(SESSION).await?;
            source.execute(CHOOSING).await?;
            Ok::<_, Error>(source)
        };
        let session = self.sessions[at].get_or_try_init(|| open).await?;
        Ok(Lease { session, at, free: &self.free, _turn: turn })
    }

    /// Ends the sessions; what they still do is cancelled where nobody wants it any more.
    pub async fn end(self, cancel: bool) {
        let end = async |session: Source| {
            if cancel {
                let _ = session.connected().canceller().cancel().await;
            }
            session.close().await;
        };
        join_all(self.sessions.into_iter().filter_map(OnceCell::into_inner).map(end)).await;
    }
}

impl std::ops::Deref for Lease<'_> {
    type Target = Source;

    fn deref(&self) -> &Source {
        self.session
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.free.borrow_mut().push(self.at);
    }
}
