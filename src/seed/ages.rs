//! Moments that come after those of parents and lie as elsewhere all the same: each row has a place of its own among them.
//!
//! Time is cut into parts of as many rows each. The rows of the youngest parents choose their parts first, each as likely as
//! the room that is left there, then those of older ones, which have more to choose from.

use super::deal::children;
use super::row::{Maker, Which};
use crate::plan::seed::{Filled, Generator, Rows};
use crate::synth::spread::Shape;
use crate::synth::{Histogram, Stream};

/// Parts of the time.
const PARTS: usize = 256;

/// The places of rows among the moments of a table.
pub struct Ages {
    /// The reference to the parents.
    pub elder: usize,
    /// Per parent, nobody at last: the first part that is not before it, and its first row among those of that part.
    parents: Vec<(u16, u64)>,
    /// Per first part: up to which of its rows a run of places goes, and the place that is at the run's end.
    runs: Vec<Vec<(u64, u64)>>,
    /// Rows of the table.
    rows: u64,
    stream: Stream,
}

impl Ages {
    /// The places of a table's rows; `None` if no parent is older, or nothing is known of the moments.
    pub fn new(maker: &Maker) -> Option<Ages> {
        let seed = &maker.seed;
        let born = &seed.columns[seed.born.filter(|at| seed.columns[*at].aged && seed.columns[*at].nulls == 0.0)?];
        let Generator::Spread(spread, _) = &born.generator else { return None };
        let Shape::Histogram(histogram) = &spread.shape else { return None };
        let has_times = |at: &usize| {
            let reference = &seed.references[*at];
            reference.filled == Filled::Before && !reference.parent_times.is_empty()
        };
        let dealt = || (0..seed.references.len()).find(|at| maker.deals[*at].is_some() && has_times(at));
        let elder = seed.rows.driver().filter(has_times).or_else(dealt)?;
        let counts = counts(maker, elder)?;
        let part = |parent: usize| part(histogram, maker.parents[elder].times(parent));
        let mut rows_of = vec![0; PARTS];
        let place = |(parent, count): (usize, &u64)| {
            let part = part(parent);
            let first = rows_of[part];
            rows_of[part] += count;
            (part as u16, first)
        };
        let parents = counts.iter().enumerate().map(place).collect();
        let rows = rows_of.iter().sum();
        (rows > 0).then(|| Ages { elder, parents, runs: runs(&rows_of, rows), rows, stream: born.stream })
    }

    /// The place of a row among all moments, and how many there are.
    pub fn place(&self, maker: &Maker, which: Which) -> (u64, u64) {
        let (parent, below) = match &maker.deals[self.elder] {
            Some(deal) if maker.seed.rows.driver() != Some(self.elder) => match deal.turn(which.number - maker.first) {
                Ok(turn) => deal.child(turn),
                Err(other) => (self.parents.len() - 1, other),
            },
            _ => (which.below.0, which.below.1),
        };
        let (part, first) = self.parents[parent];
        let runs = &self.runs[usize::from(part)];
        let all = runs.last().map_or(1, |(end, _)| *end);
        let turn = self.stream.beside().turn((first + below).min(all - 1), all);
        let (end, place) = runs[runs.partition_point(|(end, _)| *end <= turn).min(runs.len() - 1)];
        (place - (end - turn), self.rows)
    }
}

/// How many rows each parent has, and nobody at last.
fn counts(maker: &Maker, elder: usize) -> Option<Vec<u64>> {
    let parents = &maker.parents[elder];
    let many = parents.keys.len();
    let mut counts: Vec<u64> = match &maker.rows {
        Rows::Per(at, count) if *at == elder => {
            (0..many as u64).map(|parent| children(count, parents.all(), parent, maker.seed.stream)).collect()
        }
        Rows::Shared(rows, at) if *at == elder => {
            let (each, more) = (rows / many.max(1) as u64, rows % many.max(1) as u64);
            (0..many as u64).map(|parent| each + u64::from(parent < more)).collect()
        }
        _ => return maker.deals[elder].as_ref().map(super::deal::Deal::counts),
    };
    counts.push(0);
    Some(counts)
}

/// The first part of the moments that does not begin before the times of a parent.
fn part(histogram: &Histogram, times: &[f64]) -> usize {
    let latest = times.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let share = if latest.is_finite() { histogram.share(latest) } else { 0.0 };
    ((share * PARTS as f64).ceil() as usize).min(PARTS - 1)
}

/// Per first part of rows, the runs of places that they have.
fn runs(rows_of: &[u64], rows: u64) -> Vec<Vec<(u64, u64)>> {
    let begin = |part: usize| (u128::from(rows) * part as u128 / PARTS as u128) as u64;
    let mut left: Vec<u64> = (0..PARTS).map(|part| begin(part + 1) - begin(part)).collect();
    let mut runs: Vec<Vec<(u64, u64)>> = vec![Vec::new(); PARTS];
    let take = |runs: &mut Vec<(u64, u64)>, left: &mut [u64], part: usize, many: u64| {
        if many > 0 {
            let (end, place) = (runs.last().map_or(0, |(end, _)| *end) + many, begin(part + 1) - left[part] + many);
            left[part] -= many;
            runs.push((end, place));
        }
    };
    let mut lacking = vec![0; PARTS];
    for first in (0..PARTS).rev() {
        let (mut open, mut room) = (rows_of[first], left[first..].iter().sum::<u64>());
        for part in first..PARTS {
            let many = if room == 0 {
                0
            } else {
                (u128::from(open.min(room)) * u128::from(left[part])).div_ceil(room.into()) as u64
            };
            let many = many.min(open).min(left[part]);
            room -= left[part];
            open -= many;
            take(&mut runs[first], &mut left, part, many);
        }
        lacking[first] = open;
    }
    // Where elsewhere rows are older than their parents too, some get no later place than they must.
    for first in (0..PARTS).rev() {
        for part in (0..PARTS).rev() {
            let many = lacking[first].min(left[part]);
            lacking[first] -= many;
            take(&mut runs[first], &mut left, part, many);
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_place_of_its_own_and_most_come_after_their_parents() {
        for rows_of in [vec![40; PARTS], (0..PARTS as u64).collect(), (0..PARTS as u64).rev().collect()] {
            let rows: u64 = rows_of.iter().sum();
            let (mut seen, mut early) = (vec![false; rows as usize], 0);
            for (first, runs) in runs(&rows_of, rows).iter().enumerate() {
                let mut from = 0;
                for (end, place) in runs {
                    for place in place - (end - from)..*place {
                        assert!(!std::mem::replace(&mut seen[place as usize], true));
                        early += u64::from(place < rows * first as u64 / PARTS as u64);
                    }
                    from = *end;
                }
                assert_eq!(from, rows_of[first]);
            }
            assert!(seen.into_iter().all(|seen| seen));
            assert!(rows_of[0] < rows_of[255] || early == 0, "{early}");
        }
    }
}
