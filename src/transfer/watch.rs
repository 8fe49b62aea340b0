//! Gives way at the source: a thread beside all others sees who waits for us, and how old the snapshot is.
//!
//! A stream that copies a table lets it go and tries again later, in the same snapshot; where nothing less helps the run
//! ends, its sessions first.

use super::stop::Stop;
use crate::pg::blocking::{Waiting, Watcher};
use crate::pg::connect::Server;
use crate::pg::session::{MOVED, Run};
use crate::rules::Limits;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How often it is looked, at most and at least.
const LOOKS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(250));
/// How often replicas are asked.
const LAG_LOOKS: Duration = Duration::from_secs(2);

/// Looks on until it is dropped.
pub struct Watch {
    /// Nothing is read any more.
    done: AtomicBool,
    /// Sessions that can let go of what they hold, and how to ask them while they hold something.
    sessions: Mutex<HashMap<i32, Option<Arc<Notify>>>>,
}

/// A session that holds a lock which it can let go.
pub struct Holding<'w> {
    watch: &'w Watch,
    session: i32,
    asked: Arc<Notify>,
}

impl Watch {
    /// Starts to look on; whoever must give way for good is stopped.
    pub fn start(source: &Server, run: &Run, limits: &Limits, stop: &Stop) -> Result<Arc<Self>> {
        let watch = Arc::new(Watch { done: AtomicBool::new(false), sessions: Mutex::default() });
        let (weak, source, run) = (Arc::downgrade(&watch), source.clone(), run.clone());
        let (limits, stop) = (limits.clone(), stop.clone());
        let failed = |cause: std::io::Error| {
            Error::failed(Diagnostic::error("thread", Place::Run, format!("cannot start a thread: {cause}")))
        };
        std::thread::Builder::new()
            .name("standin-watch".into())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed);
                let result = runtime.and_then(|runtime| runtime.block_on(look(&weak, &source, &run, &limits, &stop)));
                let looking = weak.upgrade().is_some_and(|watch| !watch.done.load(Ordering::Relaxed));
                if let (Err(reason), true) = (result, looking) {
                    stop.stop(reason);
                }
            })
            .map_err(failed)?;
        Ok(watch)
    }

    /// Says that a session holds something from now on that it can let go.
    pub fn holding(&self, session: i32) -> Holding<'_> {
        let asked = Arc::new(Notify::new());
        self.with(|sessions| sessions.insert(session, Some(asked.clone())));
        Holding { watch: self, session, asked }
    }

    /// Stops looking on: nothing is read any more.
    pub fn done(&self) {
        self.done.store(true, Ordering::Relaxed);
    }

    /// Asks sessions to let go; returns those that cannot.
    fn ask(&self, waiting: &Waiting) -> Vec<i32> {
        let deaf = |session: &&i32| {
            let asked = self.with(|sessions| match sessions.get(session).filter(|_| waiting.for_relation) {
                Some(asked) => {
                    // One that holds nothing has just let go.
                    asked.iter().for_each(|asked| asked.notify_one());
                    true
                }
                None => false,
            });
            !asked
        };
        waiting.ours.iter().filter(deaf).copied().collect()
    }

    fn with<R>(&self, change: impl FnOnce(&mut HashMap<i32, Option<Arc<Notify>>>) -> R) -> R {
        change(&mut self.sessions.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Holding<'_> {
    /// Waits until somebody waits for us.
    pub async fn asked(&self) {
        self.asked.notified().await;
    }
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.watch.with(|sessions| sessions.insert(self.session, None));
    }
}

async fn look(watch: &Weak<Watch>, source: &Server, run: &Run, limits: &Limits, stop: &Stop) -> Result<()> {
    let watcher = Watcher::open(source, run).await?;
    let pause = (limits.ddl_wait / 16).clamp(LOOKS.0, LOOKS.1);
    let (began, mut asked_lag) = (Instant::now(), Instant::now());
    loop {
        tokio::time::sleep(pause).await;
        let Some(watch) = watch.upgrade().filter(|watch| !watch.done.load(Ordering::Relaxed)) else { return Ok(()) };
        for waiting in watcher.waiting().await?.iter().filter(|waiting| waiting.waited >= limits.ddl_wait / 8) {
            let deaf = watch.ask(waiting);
            if !deaf.is_empty() {
                stop.stop(gave_way(waiting));
                return watcher.end(&deaf).await;
            }
        }
        if limits.snapshot_age.is_some_and(|most| began.elapsed() > most) {
            return Err(reached("snapshot_age", "the run has held its snapshot as long as the limits allow"));
        }
        if let Some(most) = limits.replica_lag.filter(|_| asked_lag.elapsed() > LAG_LOOKS) {
            asked_lag = Instant::now();
            if watcher.lag().await?.is_some_and(|lag| lag > most) {
                return Err(reached("replica_lag", "a replica is further behind than the limits allow"));
            }
        }
    }
}

fn gave_way(waiting: &Waiting) -> Error {
    let (place, what) = match &waiting.relation {
        Some(relation) => (Place::from(relation), "this table"),
        None => (Place::Run, "what the run reads"),
    };
    let message = format!("a statement at the source waited for {what}, and the run gave way to it");
    Error::temporary(
        Diagnostic::error(MOVED, place, message).help("run it again when no migration is at work at the source"),
    )
}

fn reached(limit: &'static str, message: &str) -> Error {
    let help = format!("raise `{limit}` in the limits of the environment, or read less");
    Error::temporary(Diagnostic::error("limit", Place::Run, message).help(help))
}
