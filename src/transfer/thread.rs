//! Threads with a runtime each, and what they tell the one who waits for them.

use super::stop::Stop;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long threads may take to cancel what their servers are doing.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a thread tells the one who waits.
pub enum Told {
    /// The thread holds its first lock, or will never need one.
    Locked,
    /// The thread has no more to copy.
    Copied,
    /// The thread ended, well or not: the way to stop knows.
    Ended,
}

/// The next word of a thread; `None` when all have ended, or when everything is to stop and some are still not done with it.
pub async fn next(hear: &mut mpsc::UnboundedReceiver<Told>, stop: &Stop) -> Option<Told> {
    tokio::select! {
        biased;
        word = hear.recv() => word,
        () = async { stop.stopped().await; tokio::time::sleep(PATIENCE).await } => None,
    }
}

/// The error of a thread that ended without a word.
pub fn lost_thread() -> Error {
    Error::failed(Diagnostic::error("bug", Place::Run, "a worker ended without a word"))
}

/// Starts a thread with a runtime of its own; its first error stops everything, and so does a panic.
pub fn thread<F, W>(told: mpsc::UnboundedSender<Told>, stop: Stop, work: F) -> Result<()>
where
    F: FnOnce(mpsc::UnboundedSender<Told>) -> W + Send + 'static,
    W: Future<Output = Result<()>>,
{
    let failed = |error: std::io::Error| {
        Error::failed(Diagnostic::error("thread", Place::Run, format!("cannot start a thread: {error}")))
    };
    std::thread::Builder::new()
        .name("standin".into())
        .spawn(move || {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
                runtime.block_on(work(told.clone()))
            }))
            .unwrap_or_else(|_| Err(lost_thread()));
            if let Err(error) = &result {
                stop.stop(error.clone());
            }
            let _ = told.send(Told::Ended);
        })
        .map(drop)
        .map_err(failed)
}
