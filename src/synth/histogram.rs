//! A histogram: how the values of a column, or the numbers of children of a parent, lie.

use super::Draw;

/// A range of values that rows have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The least value.
    pub from: f64,
    /// The greatest one.
    pub to: f64,
    /// How many rows have a value of the range.
    pub rows: u64,
    /// How many values they have.
    pub distinct: u64,
}

/// Steps, the least values first.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    steps: Vec<Step>,
    /// Rows up to the end of each step.
    ends: Vec<u64>,
}

impl Histogram {
    /// The histogram of steps that follow each other; `None` if they do not, or hold no row.
    pub fn new(steps: Vec<Step>) -> Option<Self> {
        let right = |step: &Step| step.from <= step.to && (1..=step.rows).contains(&step.distinct);
        let ordered = steps.windows(2).all(|pair| pair[0].to <= pair[1].from);
        if steps.is_empty() || !ordered || !steps.iter().all(right) {
            return None;
        }
        let mut end = 0u64;
        let ends: Option<Vec<u64>> = steps
            .iter()
            .map(|step| {
                end = end.checked_add(step.rows)?;
                Some(end)
            })
            .collect();
        Some(Histogram { ends: ends?, steps })
    }

    /// The same for so many times as many rows: where nearly every row has a value of its own, more of them have more.
    pub fn scaled(&self, factor: f64) -> Self {
        let scaled = |step: &Step| {
            let most = self::scaled(step.distinct, step.rows, factor);
            Step { rows: step.rows.max(most), distinct: most, ..*step }
        };
        Histogram { steps: self.steps.iter().map(scaled).collect(), ends: self.ends.clone() }
    }

    /// Its steps.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The least value and the greatest.
    pub fn bounds(&self) -> (f64, f64) {
        (self.steps[0].from, self.steps[self.steps.len() - 1].to)
    }

    /// The mean of its values.
    pub fn mean(&self) -> f64 {
        let sum = |step: &Step| (step.from + step.to) / 2.0 * step.rows as f64;
        self.steps.iter().map(sum).sum::<f64>() / self.ends[self.ends.len() - 1] as f64
    }

    /// The share of rows that have at most this value.
    pub fn share(&self, value: f64) -> f64 {
        let (all, at) = (self.ends[self.ends.len() - 1], self.steps.partition_point(|step| step.to <= value));
        let before = at.checked_sub(1).map_or(0, |before| self.ends[before]) as f64;
        let part = self
            .steps
            .get(at)
            .filter(|step| step.from <= value)
            .map_or(0.0, |step| (value - step.from) / (step.to - step.from) * step.rows as f64);
        (before + part) / all as f64
    }

    /// A value, each step as likely as its rows say, and each of a step's values as likely as the others.
    pub fn draw(&self, draw: &mut Draw) -> f64 {
        // One number decides on the step and on the place in it, so that even numbers give even values.
        let place = u128::from(draw.bits()) * u128::from(self.ends[self.ends.len() - 1]);
        let row = (place >> 64) as u64;
        let at = self.ends.partition_point(|end| *end <= row).min(self.steps.len() - 1);
        let (step, before) = (&self.steps[at], at.checked_sub(1).map_or(0, |before| self.ends[before]));
        if step.distinct < 2 {
            return step.from;
        }
        let part = ((row - before) as f64 + (place as u64) as f64 / 2f64.powi(64)) / (self.ends[at] - before) as f64;
        let value = (part * step.distinct as f64).floor().min((step.distinct - 1) as f64);
        step.from + (step.to - step.from) * value / (step.distinct - 1) as f64
    }
}

/// How many values so many times as many rows have, if these have so many.
pub fn scaled(distinct: u64, rows: u64, factor: f64) -> u64 {
    if factor > 1.0 && distinct > rows / 2 { (distinct as f64 * factor) as u64 } else { distinct }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::Stream;

    fn step(from: f64, to: f64, rows: u64, distinct: u64) -> Step {
        Step { from, to, rows, distinct }
    }

    #[test]
    fn what_is_drawn_has_the_shape_that_was_seen() {
        let seen = vec![step(0.0, 0.0, 500, 1), step(1.0, 10.0, 300, 10), step(20.0, 1_000.0, 200, 190)];
        let histogram = Histogram::new(seen).expect("a histogram");
        assert_eq!(histogram.bounds(), (0.0, 1_000.0));
        let stream = Stream::new(1, "t", "c");
        let mut drawn: Vec<f64> =
            (0..1_000).map(|row| histogram.draw(&mut stream.even(row, 1_000, 0.0).expect("a part"))).collect();
        drawn.sort_by(f64::total_cmp);
        let share = |low: f64, high: f64| drawn.iter().filter(|value| (low..=high).contains(*value)).count();
        assert_eq!((share(0.0, 0.0), share(1.0, 10.0), share(20.0, 1_000.0)), (500, 300, 200));
        drawn.dedup();
        assert_eq!(drawn.len(), 201);
        let more = histogram.scaled(10.0);
        assert_eq!((more.steps()[1].distinct, more.steps()[2].distinct), (10, 1_900));
    }

    #[test]
    fn steps_that_do_not_follow_each_other_are_no_histogram() {
        for steps in [
            vec![],
            vec![step(1.0, 0.0, 5, 1)],
            vec![step(0.0, 1.0, 5, 6)],
            vec![step(0.0, 1.0, 5, 0)],
            vec![step(0.0, 2.0, 5, 2), step(1.0, 3.0, 5, 2)],
            vec![step(0.0, 1.0, u64::MAX, 1), step(1.0, 2.0, 1, 1)],
        ] {
            assert!(Histogram::new(steps.clone()).is_none(), "{steps:?}");
        }
    }
}
