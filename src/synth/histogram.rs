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
    /// Values of each step that rows are drawn from: those that were seen, and those that were not for lack of rows.
    values: Vec<u64>,
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
        let values = steps.iter().map(|step| population(step.rows, step.distinct)).collect();
        Some(Histogram { steps, ends: ends?, values })
    }

    /// Its steps.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The least value and the greatest.
    pub fn bounds(&self) -> (f64, f64) {
        (self.steps[0].from, self.steps[self.steps.len() - 1].to)
    }

    /// A value, each step as likely as its rows say, and each of a step's values as likely as the others.
    pub fn draw(&self, draw: &mut Draw) -> f64 {
        let row = draw.below(self.ends[self.ends.len() - 1]);
        let at = self.ends.partition_point(|end| *end <= row).min(self.steps.len() - 1);
        let (step, values) = (&self.steps[at], self.values[at]);
        if values < 2 {
            return step.from;
        }
        step.from + (step.to - step.from) * (draw.below(values) as f64 / (values - 1) as f64)
    }
}

/// How many values there are if so many rows, each of which has one of them by chance, have so many distinct ones.
pub fn population(rows: u64, distinct: u64) -> u64 {
    let (rows, seen) = (rows as f64, distinct as f64);
    // Where nearly every row has a value of its own, the number of values is beyond guessing.
    let (mut low, mut high) = (seen, seen * 50.0);
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if middle * (1.0 - (-rows / middle).exp()) < seen { low = middle } else { high = middle }
    }
    high.round() as u64
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
        let mut drawn: Vec<f64> = (0..1_000).map(|row| histogram.draw(&mut stream.row(row, 0))).collect();
        drawn.sort_by(f64::total_cmp);
        let share = |low: f64, high: f64| drawn.iter().filter(|value| (low..=high).contains(*value)).count();
        assert!((450..550).contains(&share(0.0, 0.0)), "{}", share(0.0, 0.0));
        assert!((250..350).contains(&share(1.0, 10.0)));
        drawn.dedup();
        assert!((180..=215).contains(&drawn.len()), "{}", drawn.len());
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
