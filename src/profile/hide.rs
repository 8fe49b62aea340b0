//! What is left of statistics when nobody can be found in them: every number stands for ten rows or more.

use crate::plan::profile::{LEAST, Scale};
use crate::synth::{Histogram, Step};
use std::sync::Arc;

/// Longer values are no words of a list.
const LONGEST: usize = 200;

/// A step as the server has it; its ends are absent where only the outermost rows have them.
#[derive(Debug, Clone, Copy)]
pub struct Raw {
    /// The least value.
    pub from: Option<f64>,
    /// The greatest value.
    pub to: Option<f64>,
    /// How many rows have a value of the step.
    pub rows: u64,
    /// How many values.
    pub distinct: u64,
}

/// A share of rows, without those that are too few on either side.
pub fn share(part: u64, all: u64) -> f64 {
    match (part, all.saturating_sub(part)) {
        (_, 0) if all > 0 => 1.0,
        (part, _) if part < LEAST => 0.0,
        (_, rest) if rest < LEAST => 1.0,
        _ => (part as f64 / all as f64 * 1e6).round() / 1e6,
    }
}

/// Can a value stand in a list.
pub fn is_plain(value: &str) -> bool {
    value.chars().count() <= LONGEST
}

/// Steps that each stand for enough rows, their ends rounded; `None`: too few rows.
pub fn steps(raw: &[Raw], scale: Scale) -> Option<Arc<Histogram>> {
    let joined = joined(raw);
    let range = joined.last()?.to? - joined.first()?.from?;
    let mut steps: Vec<Step> = Vec::new();
    for (at, step) in joined.iter().enumerate() {
        let (mut from, mut to) = (step.from?, step.to?);
        // A value that enough rows share is nobody's own.
        if step.distinct > 1 {
            let unit = unit(if to > from { to - from } else { range / 100.0 }, scale);
            // The outermost ends inwards: what the table allows may end there.
            from = if at == 0 { (from / unit).ceil() } else { (from / unit).round() } * unit;
            to = if at + 1 == joined.len() { (to / unit).floor() } else { (to / unit).round() } * unit;
            let shown = joined.get(at + 1).filter(|next| next.distinct == 1).and_then(|next| next.from);
            to = shown.map_or(to, |next| to.min(next));
        }
        from = from.max(steps.last().map_or(f64::NEG_INFINITY, |last| last.to));
        steps.push(Step { from, to: to.max(from), rows: step.rows, distinct: step.distinct });
    }
    Histogram::new(steps).map(Arc::new)
}

/// Joins steps until each has enough rows; a value that enough rows share stays by itself.
fn joined(raw: &[Raw]) -> Vec<Raw> {
    let (mut joined, mut few): (Vec<Raw>, Option<Raw>) = (Vec::new(), None);
    for step in raw {
        let step = match few.take() {
            Some(few) if step.distinct == 1 && step.rows >= LEAST => {
                add(&mut joined, &few);
                *step
            }
            Some(few) => join(&few, step),
            None => *step,
        };
        if step.rows < LEAST { few = Some(step) } else { joined.push(step) }
    }
    few.into_iter().for_each(|few| add(&mut joined, &few));
    joined.retain(|step| step.from <= step.to);
    joined
}

/// Adds a step of too few rows to the last one, or leaves it out where that is one value's.
fn add(joined: &mut [Raw], few: &Raw) {
    if let Some(last) = joined.last_mut().filter(|last| last.distinct > 1) {
        *last = join(last, few);
    }
}

fn join(one: &Raw, next: &Raw) -> Raw {
    Raw {
        from: one.from.or(next.from),
        to: next.to.or(one.to),
        rows: one.rows + next.rows,
        distinct: one.distinct + next.distinct,
    }
}

/// What the ends of a step of this width are rounded to.
fn unit(width: f64, scale: Scale) -> f64 {
    const SECOND: f64 = 1e6;
    let fine = width / 4.0;
    let power = |least: i32| 10f64.powi(if fine > 0.0 { (fine.log10().floor() as i32).max(least) } else { least });
    match scale {
        Scale::Day => 86_400.0 * SECOND,
        Scale::Moment => {
            let units = [86_400.0, 3_600.0, 60.0].map(|seconds| seconds * SECOND);
            units.into_iter().find(|unit| *unit <= fine).unwrap_or(SECOND)
        }
        Scale::Whole => power(0),
        Scale::Decimal => power(-6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(from: f64, to: f64, rows: u64, distinct: u64) -> Raw {
        Raw { from: Some(from), to: Some(to), rows, distinct }
    }

    #[test]
    fn shares_of_few_rows_are_none() {
        assert_eq!(
            [share(9, 100), share(10, 100), share(91, 100), share(3, 3), share(0, 0)],
            [0.0, 0.1, 1.0, 1.0, 0.0]
        );
    }

    #[test]
    fn steps_of_few_rows_are_joined_and_no_end_is_that_of_a_row() {
        let outermost = Raw { from: None, to: Some(3.0), rows: 4, distinct: 4 };
        let all = [
            outermost,
            raw(4.5, 17.25, 20, 19),
            raw(20.0, 20.0, 30, 1),
            raw(23.0, 41.13, 50, 41),
            raw(99.0, 99.5, 3, 3),
        ];
        let histogram = steps(&all, Scale::Whole).expect("steps");
        let shown = format!("{histogram:?}");
        for one in ["4.5", "17.25", "41.13", "99.5", "99.0"] {
            assert!(!shown.contains(one), "{shown}");
        }
        assert!(shown.contains("from: 20.0, to: 20.0, rows: 30, distinct: 1"), "{shown}");
        assert!(steps(&[raw(1.0, 2.0, 9, 2)], Scale::Whole).is_none());
        let shared = [
            raw(5.0, 9.0, 50, 5),
            raw(9.5, 9.7, 3, 2),
            raw(9.9, 9.9, 4_000, 1),
            raw(10.0, 10.0, 3, 1),
            raw(11.0, 11.0, 20, 1),
        ];
        let shown = format!("{:?}", steps(&shared, Scale::Decimal).expect("steps").steps());
        assert!(shown.contains("from: 9.9, to: 9.9"), "{shown}");
        assert!(shown.contains("rows: 53, distinct: 7") && shown.contains("rows: 4000, distinct: 1"), "{shown}");
        assert!(!shown.contains("rows: 3,") && !shown.contains("rows: 23,"), "{shown}");
    }
}
