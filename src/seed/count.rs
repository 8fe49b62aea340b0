//! The numbers of rows that keep values apart.

use super::row::{Maker, Which};
use crate::plan::seed::{Counter, Digit, Digits, Filled, Generator};

/// What a column of many values counts up to.
const MANY: u64 = 1 << 40;

impl Maker {
    /// The unique index whose columns have too few values to keep a row apart from those before it.
    pub fn beyond(&self, which: Which) -> Option<&str> {
        let beyond = |(at, digits): &(usize, &Digits)| {
            let all = digits.of.iter().fold(1u64, |all, digit| all.saturating_mul(self.radix(*digit)));
            digits.exact && self.count(*at, which) >= all
        };
        self.seed.digits.iter().enumerate().find(beyond).map(|(_, digits)| digits.index.as_str())
    }

    /// The number that a column's value is made from, if it must be apart from others.
    pub fn counted(&self, counter: Counter, column: usize, which: Which) -> Option<u64> {
        if let Generator::Serial { taken, .. } = &self.seed.columns[column].generator {
            return Some(self.serial(column, taken, which.number) + self.past(which));
        }
        self.apart(counter, which)
    }

    /// The number of a row in a column that counts rows, past the numbers that are written out.
    fn serial(&self, column: usize, taken: &[u64], number: u64) -> u64 {
        let before = self.seed.fixed.iter().take(number as usize);
        let own = before.filter(|row| row.values.iter().any(|(at, _)| *at == column)).count();
        let number = number - own as u64 + self.used[column];
        taken.iter().fold(number, |number, taken| number + u64::from(*taken <= number))
    }

    pub fn apart(&self, counter: Counter, which: Which) -> Option<u64> {
        match counter {
            Counter::None => None,
            Counter::Row => Some(which.number + self.past(which)),
            Counter::Digit(..) if which.attempt > 0 && !self.is_together() => None,
            Counter::Digit(place, digit) => Some(self.digit(place, digit, which)),
        }
    }

    /// From the second try on every other one takes a number past those of all rows: it may be the number that is refused.
    fn past(&self, which: Which) -> u64 {
        u64::from(which.attempt / 2).saturating_mul(self.most)
    }

    /// Is the table filled together with others.
    pub fn is_together(&self) -> bool {
        self.seed.references.iter().any(|reference| matches!(reference.filled, Filled::Together(_)))
    }

    fn count(&self, place: usize, which: Which) -> u64 {
        let digits = &self.seed.digits[place];
        // Parents of another stretch are others: each of its own counts from the beginning.
        let part = |digit: &Digit| matches!(digit, Digit::Reference(at) if self.parents[*at].first > 0);
        match digits.per_parent {
            true => which.below.1,
            false if digits.of.iter().any(part) => which.number - self.first,
            false => which.number,
        }
    }

    fn digit(&self, place: usize, digit: usize, which: Which) -> u64 {
        let of = &self.seed.digits[place].of;
        let higher = of[..digit].iter().fold(self.count(place, which), |rest, digit| rest / self.radix(*digit));
        higher % self.radix(of[digit])
    }

    /// How many values a digit has.
    fn radix(&self, digit: Digit) -> u64 {
        let count = match digit {
            Digit::Reference(at) => match self.seed.references[at].filled {
                Filled::Before => self.parents[at].keys.len() as u64,
                Filled::Together(_) => self.together[at].len() as u64,
                Filled::Itself => MANY,
            },
            Digit::Column(at) => {
                let limits = &self.seed.variants[0][at];
                match (&self.seed.columns[at].generator, &limits.among) {
                    (Generator::Choice(choices), _) if !choices.is_empty() => choices.len() as u64,
                    (_, Some(among)) => among.len() as u64,
                    (Generator::Truth(_), None) => 2,
                    (Generator::Bits(count), None) => 1 << (*count).min(40),
                    (Generator::Spread(spread, places), None) => {
                        let (least, greatest) = spread.within(limits.low, limits.high).steps(*places);
                        greatest.abs_diff(least) + 1
                    }
                    _ => MANY,
                }
            }
        };
        count.max(1)
    }
}
