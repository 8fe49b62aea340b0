//! What CHECK expressions ask of moments: to be the beginning of a month, a day and the like.

use super::checks::{Alternatives, Demand, Op, Reader, arguments, bare, literal, name, one};
use jiff::{Timestamp, civil, tz::TimeZone};
use sqlparser::ast::{DateTimeField, Expr};

/// From 1970 to 2000, in microseconds.
const EPOCH: i64 = 946_684_800_000_000;

/// A length of time that has a beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl Unit {
    fn named(text: &str) -> Option<Unit> {
        Some(match text {
            "hour" => Unit::Hour,
            "day" => Unit::Day,
            "month" => Unit::Month,
            "year" => Unit::Year,
            _ => return None,
        })
    }

    /// The beginning of the one that a moment is in, in microseconds since 2000-01-01.
    pub fn begin(self, moment: f64) -> f64 {
        let begin = || {
            let at =
                Timestamp::from_microsecond(moment as i64 + EPOCH).ok()?.to_zoned_datetime(TimeZone::UTC).datetime();
            let (month, day) = match self {
                Unit::Hour | Unit::Day => (at.month(), at.day()),
                Unit::Month => (at.month(), 1),
                Unit::Year => (1, 1),
            };
            let hour = if self == Unit::Hour { at.hour() } else { 0 };
            let begin = civil::DateTime::new(at.year(), month, day, hour, 0, 0, 0).ok()?;
            let begin = begin.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp().as_microsecond();
            Some((begin - EPOCH) as f64)
        };
        begin().unwrap_or(moment)
    }
}

impl Reader<'_> {
    /// `date_trunc('month', due) = due`, and `EXTRACT(day FROM due) = 1`.
    pub(super) fn beginning(&self, left: &Expr, op: Op, right: &Expr) -> Option<Alternatives> {
        let (at, unit) = match (bare(left), bare(right)) {
            (Expr::Extract { field: DateTimeField::Day, expr, .. }, right) => {
                (self.place(expr).filter(|_| literal(right).as_deref() == Some("1"))?, Unit::Month)
            }
            (Expr::Function(function), other) | (other, Expr::Function(function)) => {
                let [unit, inner, ..] = arguments(function)?[..] else { return None };
                let at = self.place(inner).filter(|at| self.place(other) == Some(*at))?;
                (at, Unit::named(&literal(unit)?).filter(|_| name(function) == "date_trunc")?)
            }
            _ => return None,
        };
        (op == Op::Equal).then(|| one(Demand::Begins(at, unit)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_go_back_to_a_beginning() {
        let moment = |text: &str| (text.parse::<Timestamp>().expect("a moment").as_microsecond() - EPOCH) as f64;
        for (unit, begin) in [
            (Unit::Hour, "1999-03-31T23:00:00Z"),
            (Unit::Day, "1999-03-31T00:00:00Z"),
            (Unit::Month, "1999-03-01T00:00:00Z"),
            (Unit::Year, "1999-01-01T00:00:00Z"),
        ] {
            assert_eq!(unit.begin(moment("1999-03-31T23:59:59Z")), moment(begin), "{unit:?}");
        }
    }
}
