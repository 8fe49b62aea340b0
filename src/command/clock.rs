//! How long each part of a run took: exclusive wall times, whatever order the parts come in.

use crate::words::event::{Event, Observer, Phase};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// An observer that counts seconds and passes everything on.
pub struct Clock {
    next: Arc<dyn Observer>,
    state: Mutex<State>,
}

/// The part at work, since when, and the seconds of all parts so far.
type State = (Phase, Instant, Vec<(Phase, f64)>);

impl Clock {
    /// Starts in the planning part.
    pub fn new(next: Arc<dyn Observer>) -> Self {
        Clock { next, state: Mutex::new((Phase::Plan, Instant::now(), Vec::new())) }
    }

    /// The part at work, and the seconds of all parts so far.
    pub fn read(&self) -> (Phase, Vec<(Phase, f64)>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let phase = state.0;
        turn(&mut state, phase);
        (phase, state.2.clone())
    }
}

impl Observer for Clock {
    fn on(&self, event: Event) {
        if let Event::Phase(phase) = &event {
            turn(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner), *phase);
        }
        self.next.on(event);
    }
}

/// Adds what has passed to the part at work, and begins another.
fn turn(state: &mut State, next: Phase) {
    let (phase, since, seconds) = state;
    let passed = since.elapsed().as_secs_f64();
    match seconds.iter_mut().find(|(known, _)| known == phase) {
        Some((_, sum)) => *sum += passed,
        None => seconds.push((*phase, passed)),
    }
    (*phase, *since) = (next, Instant::now());
}
