//! Deals the rows of a table out to the rows of a parent, so that these have as many children as they have elsewhere.

use super::row::{Maker, Parents};
use crate::plan::seed::{ReferenceSeed, Rows};
use crate::synth::{Spread, Stream};
use std::ops::Range;

/// Which parent each row has.
pub struct Deal {
    /// Children of all parents up to each.
    ends: Vec<u64>,
    /// Rows of the table.
    rows: u64,
    /// Those that have a parent.
    children: u64,
    /// Row n is the (n × step)th of all, round and round: every one comes once.
    step: u64,
}

/// The deals of a table's references, but for the one whose parents' rows are walked through.
pub fn deals(maker: &Maker) -> Vec<Option<Deal>> {
    let seed = &maker.seed;
    let rows = || match &maker.rows {
        Rows::Fixed(rows) | Rows::Shared(rows, _) => *rows,
        Rows::Per(at, count) => {
            let parents = numbers(&maker.parents[*at]);
            parents.map(|parent| count.draw(0, &mut seed.stream.row(parent, 0)) as u64).sum()
        }
    };
    let deal = |(at, reference): (usize, &ReferenceSeed)| {
        let children = reference.children.as_ref().filter(|_| seed.rows.driver() != Some(at))?;
        let nulls = reference.columns.iter().map(|at| seed.columns[*at].nulls).fold(0.0, f64::max);
        Deal::new(rows(), nulls, numbers(&maker.parents[at]), children, reference.stream)
    };
    seed.references.iter().enumerate().map(deal).collect()
}

fn numbers(parents: &Parents) -> Range<u64> {
    parents.first..parents.first + parents.keys.len() as u64
}

impl Deal {
    /// Deals out so many rows, a share of them to nobody; `None` if no parent has a child.
    fn new(rows: u64, nulls: f64, parents: Range<u64>, children: &Spread, stream: Stream) -> Option<Self> {
        let mut end = 0u64;
        let count = |parent: u64| {
            end = end.saturating_add(children.draw(0, &mut stream.row(parent, 1)).max(0) as u64);
            end
        };
        let ends: Vec<u64> = parents.map(count).collect();
        let mut step = ((rows as f64 * 0.618_033_988_75) as u64).max(1);
        while common(step, rows) > 1 {
            step += 1;
        }
        (end > 0 && rows > 0).then(|| Deal { ends, rows, children: (rows as f64 * (1.0 - nulls)).round() as u64, step })
    }

    /// The parent's place of a row; `None` for nobody.
    pub fn parent(&self, row: u64) -> Option<u64> {
        let turn = (u128::from(row) * u128::from(self.step) % u128::from(self.rows)) as u64;
        if turn >= self.children {
            return None;
        }
        let all = self.ends.last().copied().unwrap_or(0);
        let place = (u128::from(turn) * u128::from(all) / u128::from(self.children)) as u64;
        Some(self.ends.partition_point(|end| *end <= place) as u64)
    }
}

/// The greatest common divisor.
fn common(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { common(other, one % other) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::{Histogram, Step};
    use std::collections::HashMap;
    use std::sync::Arc;

    #[test]
    fn parents_have_as_many_children_as_elsewhere() {
        let step = |number: f64, rows| Step { from: number, to: number, rows, distinct: 1 };
        let seen = Histogram::new(vec![step(0.0, 500), step(1.0, 300), step(7.0, 200)]).expect("a histogram");
        let spread = Spread::seen(Arc::new(seen));
        // 1.7 children each, and as many rows again that are nobody's.
        let deal = Deal::new(34_000, 0.5, 0..10_000, &spread, Stream::new(1, "t", "c")).expect("a deal");
        let mut counts: HashMap<u64, usize> = HashMap::new();
        (0..34_000).filter_map(|row| deal.parent(row)).for_each(|parent| *counts.entry(parent).or_default() += 1);
        let with = |low: usize, high: usize| counts.values().filter(|count| (low..=high).contains(*count)).count();
        assert!((4_900..5_100).contains(&(with(1, 2) + with(6, 8))), "{}", counts.len());
        assert!((1_900..2_100).contains(&with(6, 8)), "{}", with(6, 8));
        assert_eq!(with(3, 5) + with(9, 100), 0);
        let none = Spread::uniform(0.0, 0.0);
        assert!(Deal::new(5, 0.0, 0..3, &none, Stream::new(1, "t", "c")).is_none());
    }
}
