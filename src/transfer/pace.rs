//! How fast the source is read, all streams together.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long time that nobody used may be made up for.
const CREDIT: Duration = Duration::from_millis(250);

/// A rate that streams keep together; without one nobody ever waits.
pub struct Pace {
    rate: Option<f64>,
    /// When what was read so far is paid for.
    free: Mutex<Option<Instant>>,
}

impl Pace {
    /// A pace of so many bytes a second.
    pub fn new(rate: Option<u64>) -> Self {
        Pace { rate: rate.map(|rate| rate as f64), free: Mutex::new(None) }
    }

    /// Waits as long as these bytes take.
    pub async fn take(&self, bytes: u64) {
        let Some(rate) = self.rate else { return };
        let now = Instant::now();
        let until = {
            let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            // Time that nobody used is soon gone: no stream bursts after a pause.
            let from = free.unwrap_or(now).max(now.checked_sub(CREDIT).unwrap_or(now));
            *free.insert(from + Duration::from_secs_f64(bytes as f64 / rate))
        };
        tokio::time::sleep_until(until).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_share_a_rate() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let (pace, none) = (Pace::new(Some(1_000_000)), Pace::new(None));
        let began = std::time::Instant::now();
        runtime.block_on(async { tokio::join!(pace.take(100_000), pace.take(100_000), none.take(u64::MAX)) });
        let took = began.elapsed().as_secs_f64();
        assert!((0.19..0.5).contains(&took), "{took}");
    }
}
