//! Work that is handed out largest first to whoever is free, while more of it may still come.

use std::collections::BinaryHeap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// A queue by weight. It ends when it is empty and nobody may add to it any more.
pub struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Notify,
}

struct State<T> {
    heap: BinaryHeap<Weighted<T>>,
    /// Who may still add: producers, and takers that have not finished their piece.
    open: usize,
    /// Takers that wait for a piece.
    waiting: usize,
}

struct Weighted<T> {
    weight: u64,
    piece: T,
}

impl<T> PartialEq for Weighted<T> {
    fn eq(&self, other: &Self) -> bool {
        self.weight == other.weight
    }
}
impl<T> Eq for Weighted<T> {}
impl<T> PartialOrd for Weighted<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Weighted<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.weight.cmp(&other.weight)
    }
}

impl<T> Queue<T> {
    /// An empty queue that so many producers will fill.
    pub fn new(producers: usize) -> Self {
        Queue {
            state: Mutex::new(State { heap: BinaryHeap::new(), open: producers, waiting: 0 }),
            changed: Notify::new(),
        }
    }

    /// Adds a piece.
    pub fn push(&self, weight: u64, piece: T) {
        self.with(|state| state.heap.push(Weighted { weight, piece }));
        self.changed.notify_waiters();
    }

    /// Takes the heaviest piece, waiting for one; `None` when there will be no more. [`Queue::done`] must follow each piece.
    pub async fn take(&self) -> Option<T> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let taken = self.with(|state| match state.heap.pop() {
                Some(weighted) => {
                    state.open += 1;
                    Some(Some(weighted.piece))
                }
                None if state.open == 0 => Some(None),
                None => None,
            });
            if let Some(taken) = taken {
                return taken;
            }
            self.with(|state| state.waiting += 1);
            changed.await;
            self.with(|state| state.waiting -= 1);
        }
    }

    /// Is there a piece to take at this moment.
    pub fn has_more(&self) -> bool {
        self.with(|state| !state.heap.is_empty())
    }

    /// How many takers have nothing to do at this moment.
    pub fn waiting(&self) -> usize {
        self.with(|state| state.waiting)
    }

    /// Says that a producer has ended, or that a taken piece is finished and has added what follows from it.
    pub fn done(&self) {
        self.with(|state| state.open -= 1);
        self.changed.notify_waiters();
    }

    fn with<R>(&self, change: impl FnOnce(&mut State<T>) -> R) -> R {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
