//! Deals the rows of a table out to the rows of a parent, so that these have as many children as they have elsewhere.

use super::keys::Parents;
use super::row::Maker;
use crate::plan::seed::ReferenceSeed;
use crate::synth::spread::Shape;
use crate::synth::{Spread, Stream};

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
        Deal::new(maker.total, nulls, &maker.parents[at], spread, reference.stream)
    };
    seed.references.iter().enumerate().map(deal).collect()
}

impl Deal {
    /// Deals out so many rows, a share of them to nobody; `None` if no parent has a child.
    fn new(rows: u64, nulls: f64, parents: &Parents, spread: &Spread, stream: Stream) -> Option<Self> {
        let mut end = 0u64;
        let count = |parent: usize| {
            end = end.saturating_add(children(spread, parents, parent, stream));
            end
        };
        let ends: Vec<u64> = (0..parents.keys.len()).map(count).collect();
        (end > 0 && rows > 0).then(|| Deal {
            ends,
            rows,
            children: (rows as f64 * (1.0 - nulls)).round() as u64,
            stream,
        })
    }

    /// The parent's place of a row; `None` for nobody.
    pub fn parent(&self, row: u64) -> Option<u64> {
        let turn = self.stream.beside().turn(row, self.rows);
        if turn >= self.children {
            return None;
        }
        let all = self.ends.last().copied().unwrap_or(0);
        let place = (u128::from(turn) * u128::from(all) / u128::from(self.children)) as u64;
        Some(self.ends.partition_point(|end| *end <= place) as u64)
    }
}

/// How many rows hang on a row of a parent.
pub fn children(count: &Spread, parents: &Parents, parent: usize, stream: Stream) -> u64 {
    let number = parents.first + parent as u64;
    let mut draw = match count.shape {
        Shape::Histogram(_) => stream.even(parent as u64, parents.keys.len() as u64, 0.0),
        _ => None,
    }
    .unwrap_or_else(|| stream.row(number, 0));
    count.draw(0, &mut draw).max(0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::keys::Keys;
    use crate::synth::{Histogram, Step};
    use std::collections::HashMap;
    use std::sync::Arc;

    #[test]
    fn parents_have_as_many_children_as_elsewhere() {
        let step = |number: f64, rows| Step { from: number, to: number, rows, distinct: 1 };
        let seen = Histogram::new(vec![step(0.0, 500), step(1.0, 300), step(7.0, 200)]).expect("a histogram");
        let (spread, stream) = (Spread::seen(Arc::new(seen)), Stream::new(1, "t", "c"));
        let mut parents = Parents { keys: Keys::new(1), ..Parents::default() };
        (0..10_000).for_each(|_| parents.keys.push(["1"]));
        // 1.7 children each, and as many rows again that are nobody's.
        let deal = Deal::new(34_000, 0.5, &parents, &spread, stream).expect("a deal");
        let mut counts: HashMap<u64, usize> = HashMap::new();
        (0..34_000).filter_map(|row| deal.parent(row)).for_each(|parent| *counts.entry(parent).or_default() += 1);
        let with = |number: usize| counts.values().filter(|count| **count == number).count();
        assert_eq!((counts.len(), with(1), with(7)), (5_000, 3_000, 2_000));
        assert!(Deal::new(5, 0.0, &parents, &Spread::uniform(0.0, 0.0), stream).is_none());
    }
}
