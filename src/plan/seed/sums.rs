//! Sums of columns that checks keep within bounds, as in `ends - starts <= interval '2 hours'`.

use super::ColumnSeed;
use super::checks::{Alternatives, Bound, Demand, Op, Reader, arguments, bare, literal, name, one};
use super::limits::{Limits, Variant, clock, number};
use crate::mask::Family;
use crate::pg::value::parse_interval;
use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

const DAY: f64 = 86_400_000_000.0;
/// What a number is off by when it was computed.
const NOISE: f64 = 1e-6;

/// Columns and literals, each so many times.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sum {
    columns: Vec<(usize, f64)>,
    literals: Vec<(String, f64)>,
}

/// A sum of columns that is at most 0, or less.
#[derive(Debug, Clone)]
pub struct Bounded {
    of: Vec<(usize, f64)>,
    more: f64,
    strict: bool,
}

impl Reader<'_> {
    /// `a + b <= 10`.
    pub(super) fn sums(&self, left: &Expr, op: Op, right: &Expr) -> Option<Alternatives> {
        let sum = self.sum(left)?.plus(self.sum(right)?.times(-1.0));
        if sum.columns.is_empty() {
            return None;
        }
        let demand = |factor: f64, strict: bool| Demand::AtMost(sum.clone().times(factor), strict);
        match op {
            Op::Less | Op::AtMost => Some(one(demand(1.0, op == Op::Less))),
            Op::More | Op::AtLeast => Some(one(demand(-1.0, op == Op::More))),
            Op::Equal => Some(vec![vec![demand(1.0, false), demand(-1.0, false)]]),
            Op::Different => None,
        }
    }

    /// `abs(a) < 10`.
    pub(super) fn around(&self, left: &Expr, op: Op, right: &Expr) -> Option<Alternatives> {
        let Expr::Function(function) = bare(left) else { return None };
        let at = self.place(arguments(function)?.first()?).filter(|_| name(function) == "abs")?;
        let (text, strict) = (literal(right)?, op == Op::Less);
        matches!(op, Op::Less | Op::AtMost).then(|| {
            let low = Demand::Low(at, Bound { text: format!("-{text}"), strict });
            vec![vec![low, Demand::High(at, Bound { text, strict })]]
        })
    }

    fn sum(&self, expression: &Expr) -> Option<Sum> {
        if let Some(at) = self.place(expression) {
            return Some(Sum { columns: vec![(at, 1.0)], literals: Vec::new() });
        }
        if let Some(text) = literal(expression) {
            return Some(Sum { columns: Vec::new(), literals: vec![(text, 1.0)] });
        }
        match bare(expression) {
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => Some(self.sum(expr)?.times(-1.0)),
            Expr::BinaryOp { left, op: BinaryOperator::Plus, right } => Some(self.sum(left)?.plus(self.sum(right)?)),
            Expr::BinaryOp { left, op: BinaryOperator::Minus, right } => {
                Some(self.sum(left)?.plus(self.sum(right)?.times(-1.0)))
            }
            Expr::BinaryOp { left, op: BinaryOperator::Multiply, right } => {
                let factor = |expression| literal(expression)?.parse::<f64>().ok().filter(|factor| *factor != 0.0);
                match (factor(left), factor(right)) {
                    (Some(factor), _) => Some(self.sum(right)?.times(factor)),
                    (None, Some(factor)) => Some(self.sum(left)?.times(factor)),
                    (None, None) => None,
                }
            }
            _ => None,
        }
    }
}

impl Sum {
    /// A column of it, for messages.
    pub fn column(&self) -> Option<usize> {
        self.columns.first().map(|(at, _)| *at)
    }

    fn plus(mut self, other: Sum) -> Sum {
        for (at, factor) in other.columns {
            match self.columns.iter_mut().find(|(known, _)| *known == at) {
                Some((_, known)) => *known += factor,
                None => self.columns.push((at, factor)),
            }
        }
        self.columns.retain(|(_, factor)| *factor != 0.0);
        self.literals.extend(other.literals);
        self
    }

    fn times(mut self, by: f64) -> Sum {
        self.columns.iter_mut().for_each(|(_, factor)| *factor *= by);
        self.literals.iter_mut().for_each(|(_, factor)| *factor *= by);
        self
    }

    /// The same in the units of its columns; `None` if these have none in common.
    pub fn bounded(&self, strict: bool, columns: &[ColumnSeed], as_of: i64) -> Option<Bounded> {
        let are = |wanted: fn(Family) -> bool| {
            self.columns.iter().all(|(at, _)| columns[*at].family.is_some_and(wanted)).then_some(())
        };
        let numbers = are(|family| matches!(family, Family::Integer | Family::Decimal | Family::Float));
        let days = are(|family| family == Family::Date);
        if numbers.is_none() {
            are(|family| matches!(family, Family::Date | Family::Timestamp | Family::Time | Family::Interval))?;
        }
        let ends = |text: &str| -> Option<(f64, f64)> {
            let plain = || text.parse::<f64>().ok();
            match (numbers, days.and_then(|()| plain())) {
                (Some(()), _) => plain().map(|number| (number, number)),
                (None, Some(days)) => Some((days * DAY, days * DAY)),
                _ if text == "now" => Some(clock(as_of)),
                _ => length(text).or_else(|| {
                    let moment = self.columns.iter().find_map(|(at, _)| number(&columns[*at], text, true, as_of));
                    moment.map(|moment| (moment, moment))
                }),
            }
        };
        // What is not known for certain counts with the end that leaves less room.
        let most = |(text, factor): &(String, f64)| ends(text).map(|(low, high)| (low * factor).max(high * factor));
        let more: Option<Vec<f64>> = self.literals.iter().map(most).collect();
        Some(Bounded { of: self.columns.clone(), more: more?.iter().sum(), strict })
    }
}

/// The fewest and the most microseconds of an interval: months and years are not all as long.
pub fn length(text: &str) -> Option<(f64, f64)> {
    let (months, days, microseconds) = parse_interval(text).ok()?;
    let (years, months) = (f64::from(months / 12), f64::from(months % 12));
    let rest = f64::from(days) * DAY + microseconds as f64;
    let ends = [(365.0, 28.0), (366.0, 31.0)].map(|(year, month)| (years * year + months * month) * DAY + rest);
    Some((ends[0].min(ends[1]), ends[0].max(ends[1])))
}

impl Bounded {
    /// The columns that it bounds.
    pub fn columns(&self) -> impl Iterator<Item = usize> {
        self.of.iter().map(|(at, _)| *at)
    }

    /// Narrows a column's limits when the others lie between these ends; `None`: one of them is NULL, and everything goes.
    pub fn narrow(
        &self,
        at: usize,
        column: &ColumnSeed,
        limits: &mut Limits,
        ends: impl Fn(usize) -> Option<(f64, f64)>,
    ) {
        let (mut rest, mut factor) = (self.more, 0.0);
        for (other, times) in &self.of {
            if *other == at {
                factor = *times;
                continue;
            }
            let Some((low, high)) = ends(*other) else { return };
            rest += (low * times).min(high * times);
        }
        let bound = -rest / factor;
        if !bound.is_finite() {
            return;
        }
        let (gap, step) = (if self.strict { column.gap(bound) } else { 0.0 }, column.grid());
        let even = |bound: f64, to: fn(f64) -> f64| step.map_or(bound, |step| to(bound / step) * step);
        if factor > 0.0 {
            limits.high = limits.high.min(even(bound - gap, |steps| (steps + NOISE).floor()));
        } else {
            limits.low = limits.low.max(even(bound + gap, |steps| (steps - NOISE).ceil()));
        }
    }
}

/// Narrows the limits of columns that must not be below others, or that are bounded together; false if one that must have a
/// value has none left.
pub fn tighten(variant: &mut Variant, columns: &[ColumnSeed]) -> bool {
    let is_bound = variant.iter().any(|limits| !limits.above.is_empty() || !limits.bounded.is_empty());
    for _ in 0..if is_bound { columns.len() + 1 } else { 0 } {
        for at in 0..columns.len() {
            for (than, strict) in variant[at].above.clone() {
                if variant[at].only_null() || variant[than].only_null() {
                    continue;
                }
                let gap = |column: &ColumnSeed, end: f64| if strict { column.gap(end) } else { 0.0 };
                let (low, high) = (variant[than].low, variant[at].high);
                variant[at].low = variant[at].low.max(low + gap(&columns[at], low));
                variant[than].high = variant[than].high.min(high - gap(&columns[than], high));
            }
            for bounded in variant[at].bounded.clone() {
                let mut limits = variant[at].clone();
                let ends =
                    |other: usize| (!variant[other].only_null()).then_some((variant[other].low, variant[other].high));
                bounded.narrow(at, &columns[at], &mut limits, ends);
                variant[at] = limits;
            }
        }
    }
    variant.iter().all(Limits::possible)
}
