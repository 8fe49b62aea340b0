//! Deals the rows of a table out to the rows of a parent, so that these have as many children as they have elsewhere.

use super::row::Maker;
use crate::plan::seed::{Filled, ReferenceSeed};
use crate::synth::spread::Shape;
use crate::synth::{Spread, Stream};

/// Beyond so many rows of a table those that refer to others of it are not counted.
const OWN: u64 = 1_000_000;

/// Which parent each row has.
pub struct Deal {
    /// Children of all parents up to each.
    ends: Vec<u64>,
    /// Rows of the table.
    rows: u64,
    /// Those that have a parent.
    children: u64,
    /// Says whose turn it is.
    stream: Stream,
}

/// The deals of a table's references, but for the one whose parents' rows are walked through.
pub fn deals(maker: &Maker) -> Vec<Option<Deal>> {
    let seed = &maker.seed;
    let deal = |(at, reference): (usize, &ReferenceSeed)| {
        let spread = reference.children.as_ref().filter(|_| seed.rows.driver() != Some(at))?;
        let nulls = reference.columns.iter().map(|at| seed.columns[*at].nulls).fold(0.0, f64::max);
        let parents = match reference.filled {
            Filled::Itself if maker.total > OWN => return None,
            Filled::Itself => (0, maker.total),
            _ => maker.parents[at].all(),
        };
        Deal::new(maker.total, nulls, parents, spread, reference.stream)
    };
    seed.references.iter().enumerate().map(deal).collect()
}

impl Deal {
    /// Deals out so many rows, a share of them to nobody; `None` if no parent has a child.
    fn new(rows: u64, nulls: f64, parents: (u64, u64), spread: &Spread, stream: Stream) -> Option<Self> {
        let mut end = 0u64;
        let count = |parent: u64| {
            end = end.saturating_add(children(spread, parents, parent, stream));
            end
        };
        let ends: Vec<u64> = (0..parents.1).map(count).collect();
        (end > 0 && rows > 0).then(|| Deal {
            ends,
            rows,
            children: (rows as f64 * (1.0 - nulls)).round() as u64,
            stream,
        })
    }

    /// The parent's place of a row; `None` for nobody.
    pub fn parent(&self, row: u64) -> Option<u64> {
        self.turn(row).ok().map(|turn| self.of_turn(turn))
    }

    /// A row's number among those that have a parent, or else among those that have none.
    pub fn turn(&self, row: u64) -> Result<u64, u64> {
        let turn = self.stream.beside().turn(row, self.rows);
        if turn < self.children { Ok(turn) } else { Err(turn - self.children) }
    }

    /// The earlier row of the same table that a row hangs on; those that hang on none are the first ones.
    pub fn elder(&self, row: u64) -> Option<u64> {
        let turn = row.checked_sub((self.rows - self.children).max(1))?;
        Some(self.of_turn(turn.min(self.children - 1)).min(row - 1))
    }

    /// The parent of a turn, and the number of the row below it.
    pub fn child(&self, turn: u64) -> (usize, u64) {
        let parent = self.of_turn(turn) as usize;
        let before = parent.checked_sub(1).map_or(0, |before| self.ends[before]);
        let all = self.ends.last().copied().unwrap_or(0);
        let first = (u128::from(before) * u128::from(self.children)).div_ceil(u128::from(all)) as u64;
        (parent, turn - first)
    }

    /// How many rows each parent has, and at last nobody.
    pub fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.ends.len() + 1];
        (0..self.children).for_each(|turn| counts[self.of_turn(turn) as usize] += 1);
        counts[self.ends.len()] = self.rows - self.children;
        counts
    }

    fn of_turn(&self, turn: u64) -> u64 {
        let all = self.ends.last().copied().unwrap_or(0);
        let place = (u128::from(turn) * u128::from(all) / u128::from(self.children)) as u64;
        self.ends.partition_point(|end| *end <= place) as u64
    }
}

/// How many rows hang on a row of a parent;
/// the parents are the number of their first one, and how many there are.
pub fn children(count: &Spread, (first, many): (u64, u64), parent: u64, stream: Stream) -> u64 {
    let mut draw = match count.shape {
        Shape::Histogram(_) => stream.even(parent, many, 0.0),
        _ => None,
    }
    .unwrap_or_else(|| stream.row(first + parent, 0));
    count.draw(0, &mut draw).max(0) as u64
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
        let (spread, stream) = (Spread::seen(Arc::new(seen)), Stream::new(1, "t", "c"));
        // 1.7 children each, and as many rows again that are nobody's.
        let deal = Deal::new(34_000, 0.5, (0, 10_000), &spread, stream).expect("a deal");
        let mut counts: HashMap<u64, usize> = HashMap::new();
        (0..34_000).filter_map(|row| deal.parent(row)).for_each(|parent| *counts.entry(parent).or_default() += 1);
        let with = |number: usize| counts.values().filter(|count| **count == number).count();
        assert_eq!((counts.len(), with(1), with(7)), (5_000, 3_000, 2_000));
        assert!(Deal::new(5, 0.0, (0, 10_000), &Spread::uniform(0.0, 0.0), stream).is_none());
        // Children of rows of the same table come after them.
        let deal = Deal::new(1_700, 0.5, (0, 1_700), &spread, stream).expect("a deal");
        let elders: Vec<Option<u64>> = (0..1_700).map(|row| deal.elder(row)).collect();
        assert!(elders[..850].iter().all(Option::is_none) && elders[850..].iter().all(Option::is_some));
        assert!((0..1_700).all(|row| elders[row as usize].is_none_or(|elder| elder < row)));
    }
}
