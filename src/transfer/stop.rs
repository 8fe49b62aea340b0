//! One way to end everything: a signal, or the first failure of a worker.

use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result, Signal};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Shared by everything that runs; whoever stops it first says why.
#[derive(Clone)]
pub struct Stop {
    reason: Arc<Mutex<Option<Error>>>,
    stopped: Arc<watch::Sender<bool>>,
}

impl Default for Stop {
    fn default() -> Self {
        Stop { reason: Arc::default(), stopped: Arc::new(watch::Sender::new(false)) }
    }
}

impl Stop {
    /// Stops everything; the first reason stays.
    pub fn stop(&self, reason: Error) {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
        self.stopped.send_replace(true);
    }

    /// A part of this that may stop alone; it stops when the whole does.
    pub fn part(&self) -> Stop {
        let (whole, part) = (self.clone(), Stop::default());
        let stopped = part.clone();
        tokio::spawn(async move {
            whole.stopped().await;
            stopped.stop(whole.reason().unwrap_or(Error::Interrupted(Signal::Terminate)));
        });
        part
    }

    /// Why everything stops, if it does.
    pub fn reason(&self) -> Option<Error> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until everything is to stop.
    pub async fn stopped(&self) {
        let mut watcher = self.stopped.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = watcher.wait_for(|stopped| *stopped).await;
    }

    /// Runs a future until it ends or everything stops.
    pub async fn guard<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.stopped() => Err(self.reason().unwrap_or(Error::Interrupted(Signal::Terminate))),
            result = work => result,
        }
    }

    /// Stops everything after a time.
    pub async fn at(self, deadline: Duration) {
        tokio::time::sleep(deadline).await;
        let message = format!("the run was not done within its deadline of {} s", deadline.as_secs());
        let help = "raise --deadline, or read less: the target is as it was";
        self.stop(Error::temporary(Diagnostic::error("deadline", Place::Run, message).help(help)));
    }

    /// Stops everything at the first signal; a second one ends the process at once.
    pub async fn listen(self) {
        use tokio::signal::unix::{SignalKind, signal};
        let streams = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
        let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = streams else { return };
        let mut seen = false;
        loop {
            let received = tokio::select! {
                _ = interrupt.recv() => Signal::Interrupt,
                _ = terminate.recv() => Signal::Terminate,
                _ = hangup.recv() => Signal::Terminate,
            };
            let error = Error::Interrupted(received);
            if seen {
                std::process::exit(i32::from(error.exit_code()));
            }
            seen = true;
            self.stop(error);
        }
    }
}
