//! The tables of an estimate: what their own policies do, and what becomes of their rows in the end.

use super::super::counts::Counts;
use super::super::graph::Reach;
use crate::catalog::Oid;
use crate::rules::Amount;

/// A table, or a partitioned table with its partitions.
#[derive(Debug, Clone)]
pub(super) struct Estimated {
    pub(super) leaves: Vec<Leaf>,
    pub(super) rows: f64,
    pub(super) empty: bool,
    pub(super) reach: Reach,
    pub(super) sample: Option<Amount>,
    pub(super) roots: Vec<Root>,
    /// So many subjects are forgotten.
    pub(super) forgets: u64,
    /// Parents come before their children, as far as there is such an order.
    pub(super) order: usize,
}

/// A table with rows of its own; numbers are places in the questions.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    pub(super) oid: Oid,
    pub(super) rows: u64,
    pub(super) deleted: Option<usize>,
    pub(super) expired: Option<usize>,
}

#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) condition: Option<usize>,
    pub(super) amount: Option<Amount>,
}

/// Shares of a table's rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shares {
    pub(super) deleted: f64,
    pub(super) expired: f64,
    /// Subjects that are forgotten, of those that both leave.
    pub(super) subjects: f64,
    /// Of all rows, those that go because of subjects, these included.
    pub(super) forgotten: f64,
    /// Of those that `delete`, `retain` and subjects leave.
    pub(super) sampled: f64,
    /// Of those that the sample leaves, too.
    pub(super) down: f64,
    pub(super) reached: f64,
    /// Of those that are reached.
    pub(super) orphaned: f64,
}

impl Estimated {
    /// What the table's own policies do, and a subset that does not choose among its rows.
    pub(super) fn own(&self, answers: &[u64]) -> Shares {
        let sum =
            |of: fn(&Leaf, &[u64]) -> u64| part(self.leaves.iter().map(|leaf| of(leaf, answers)).sum(), self.rows);
        let (deleted, expired) = (sum(Leaf::deleted), sum(Leaf::expired));
        let left = self.rows * (1.0 - deleted - expired);
        let all = if matches!(self.reach, Reach::Apart | Reach::Whole) { 1.0 } else { 0.0 };
        let subjects = part(self.forgets, left);
        let sampled = self.sample.map_or(0.0, |amount| 1.0 - share(amount, left * (1.0 - subjects)));
        Shares { deleted, expired, subjects, sampled, down: all, reached: all, ..Shares::default() }
    }

    /// The share that the roots take.
    pub(super) fn roots(&self, answers: &[u64]) -> f64 {
        let one = |root: &Root| {
            let matching = root.condition.map_or(1.0, |condition| part(answers[condition], self.rows));
            matching * root.amount.map_or(1.0, |amount| share(amount, matching * self.rows))
        };
        1.0 - self.roots.iter().map(|root| 1.0 - one(root)).product::<f64>()
    }
}

impl Leaf {
    pub(super) fn deleted(&self, answers: &[u64]) -> u64 {
        self.deleted.map_or(0, |at| answers[at].min(self.rows))
    }

    pub(super) fn expired(&self, answers: &[u64]) -> u64 {
        self.expired.map_or(0, |at| answers[at].min(self.rows - self.deleted(answers)))
    }

    /// What becomes of its rows.
    pub(super) fn counts(&self, shares: &Shares, answers: &[u64]) -> Counts {
        let (deleted, expired) = (self.deleted(answers), self.expired(answers));
        let of = |rows: u64, share: f64| ((rows as f64 * share).round() as u64).min(rows);
        let subjects = of(self.rows - deleted - expired, shares.subjects);
        let own = self.rows - deleted - expired - subjects;
        let sampled = of(own, shares.sampled);
        let unreached = of(own - sampled, 1.0 - shares.reached);
        let reached = own - sampled - unreached;
        let orphaned = of(reached, shares.orphaned);
        let (source, copied, deleted) = (self.rows, reached - orphaned, deleted + subjects);
        Counts { source, copied, deleted, expired, sampled, unreached, orphaned, ..Counts::default() }
    }
}

impl Shares {
    /// Of all rows, those that their own policies leave.
    pub(super) fn left(&self) -> f64 {
        (1.0 - self.deleted - self.expired) * (1.0 - self.subjects) * (1.0 - self.sampled)
    }

    /// Of all rows, those that cannot come even where they are wanted.
    pub(super) fn lost(&self) -> f64 {
        1.0 - self.left() * (1.0 - self.orphaned)
    }
}

/// Which share of so many rows an amount is.
pub(super) fn share(amount: Amount, rows: f64) -> f64 {
    match amount {
        Amount::Share(share) => share.clamp(0.0, 1.0),
        Amount::Rows(most) => part(most, rows),
    }
}

pub(super) fn part(rows: u64, all: f64) -> f64 {
    if all > 0.0 { (rows as f64 / all).min(1.0) } else { 0.0 }
}
