//! The rows of one table, one at a time, each from its number alone.

use super::value::{About, value};
use crate::plan::seed::limits::{Limits, number};
use crate::plan::seed::{Counter, Digit, Filled, Generator, ReferenceSeed, Rows, TableSeed};
use crate::synth::kind::Who;
use crate::synth::{Person, locale, world};
use crate::words::name::Name;

/// A row as PostgreSQL prints it.
pub type Row = Vec<Option<String>>;

const SECOND: f64 = 1e6;
/// How long before `as_of` the oldest row came to be.
const PAST: f64 = 2.0 * 365.25 * 86_400.0 * SECOND;
/// What a column of many values counts up to.
const MANY: u64 = 1 << 40;
/// How far a counter moves when its value was refused.
const LEAP: u64 = 1_000_003;

/// Rows that can be referred to.
#[derive(Default)]
pub struct Parents {
    /// The referenced columns of each.
    pub keys: Vec<Vec<String>>,
    /// When each came to be, in microseconds since 2000-01-01.
    pub times: Vec<Option<f64>>,
}

/// What the rows of a table are made from.
pub struct Maker<'a> {
    /// The table.
    pub seed: &'a TableSeed,
    /// The time that dates are relative to.
    pub as_of: f64,
    /// The rows behind each reference that is filled before.
    pub parents: Vec<Parents>,
    /// The first rows of this table, where it refers to itself; `None`: left out.
    pub known: Vec<Option<Row>>,
    /// Per reference to a table that is filled together with this one: its keys.
    pub together: Vec<Vec<Vec<String>>>,
    /// The tables that are filled together with this one have no keys yet.
    pub draft: bool,
}

/// Which row: its number, the parent that it hangs on with its number there, and how many tries were refused.
#[derive(Debug, Clone, Copy)]
pub struct Which {
    /// Its number in the table.
    pub number: u64,
    /// The parent's place, and the row's number below it.
    pub below: (usize, u64),
    /// Tries that were refused.
    pub attempt: u32,
}

impl Maker<'_> {
    /// The row after another; `None` after the last.
    pub fn next(&self, last: Option<Which>) -> Option<Which> {
        let number = last.map_or(0, |last| last.number + 1);
        let below = match self.seed.rows {
            Rows::Fixed(count) => (number < count).then_some((0, number))?,
            Rows::Shared(count, at) => {
                let parents = self.parents[at].keys.len() as u64;
                (number < count && parents > 0).then(|| ((number % parents) as usize, number / parents))?
            }
            Rows::Per(at, low, high) => {
                let parents = self.parents[at].keys.len();
                let wanted = |parent: usize| low + self.seed.stream.number(parent as u64, 0) % (high - low + 1);
                let (parent, below) = last.map_or((0, 0), |last| (last.below.0, last.below.1 + 1));
                if parent < parents && below < wanted(parent) {
                    (parent, below)
                } else {
                    ((parent + 1..parents).find(|parent| wanted(*parent) > 0)?, 0)
                }
            }
        };
        Some(Which { number, below, attempt: 0 })
    }

    /// Makes a row; `None` if there can be none of that number.
    pub fn row(&self, which: Which) -> Option<Row> {
        let seed = self.seed;
        let beyond = |at: usize| {
            let digits = &seed.digits[at];
            let all = digits.of.iter().fold(1u64, |all, digit| all.saturating_mul(self.radix(*digit)));
            digits.exact && self.count(at, which) >= all
        };
        if !self.draft && (which.attempt == 0 || self.is_together()) && (0..seed.digits.len()).any(beyond) {
            return None;
        }
        let choice = seed.stream.number(which.number, which.attempt) % seed.variants.len() as u64;
        let variant = &seed.variants[choice as usize];
        let mut row: Vec<Option<Option<String>>> = vec![None; seed.columns.len()];
        let mut base = self.as_of - PAST;
        for (at, reference) in seed.references.iter().enumerate().filter(|(_, r)| r.filled == Filled::Before) {
            let parent = self.refer(at, reference, &self.parents[at].keys, variant, which, &mut row)?;
            if let Some(time) = parent.and_then(|parent| self.parents[at].times.get(parent).copied().flatten()) {
                base = base.max(time);
            }
        }
        let mut draw = seed.person.row(which.number, 0);
        let person = Person::draw(&mut draw, locale("en"), None);
        let who = Who { person, town: world::town(&mut draw) };
        let seconds = ((self.as_of - base) / SECOND).max(1.0) as u64;
        let born = base + draw.below(seconds) as f64 * SECOND;
        self.plain(&About { who, born, as_of: self.as_of }, variant, which, &mut row);
        for (at, reference) in seed.references.iter().enumerate() {
            match reference.filled {
                Filled::Before => {}
                Filled::Together(_) if self.draft => {}
                Filled::Together(_) => {
                    self.refer(at, reference, &self.together[at], variant, which, &mut row)?;
                }
                Filled::Itself => self.refer_to_itself(at, reference, variant, which, &mut row),
            }
        }
        Some(row.into_iter().map(Option::flatten).collect())
    }

    /// Columns that are no references: those first that others must not be below.
    fn plain(&self, about: &About, variant: &[Limits], which: Which, row: &mut [Option<Option<String>>]) {
        let columns = &self.seed.columns;
        let is_plain = |at: usize| !matches!(columns[at].generator, Generator::Reference(..));
        for last in 0..columns.len() + 1 {
            let waiting: Vec<usize> = (0..columns.len()).filter(|at| is_plain(*at) && row[*at].is_none()).collect();
            if waiting.is_empty() {
                return;
            }
            for at in waiting {
                let column = &columns[at];
                let mut limits = variant[at].clone();
                let ready = limits.above.iter().all(|(than, _)| row[*than].is_some() || !is_plain(*than));
                // Columns that wait for each other are taken as they come.
                if !ready && last < columns.len() {
                    continue;
                }
                for (than, strict) in &limits.above {
                    let text = row[*than].as_ref().and_then(Option::as_deref);
                    if let Some(low) = text.and_then(|text| number(&columns[*than], text, true, 0)) {
                        limits.low = limits.low.max(if *strict { low + column.step() } else { low });
                    }
                }
                let chance = column.stream.number(which.number, which.attempt) % 1000;
                let null = match limits.null {
                    Some(null) => null && !column.not_null,
                    None => !column.not_null && (limits.only_null() || chance < (column.nulls * 1000.0) as u64),
                };
                row[at] = Some(if null {
                    None
                } else {
                    let counted = self.counted(column.counter, &column.generator, which);
                    let mut draw = column.stream.row(which.number, which.attempt);
                    value(column, &limits, about, counted, &mut draw)
                });
            }
        }
    }

    /// The number that a column's value is made from, if it must be apart from others.
    fn counted(&self, counter: Counter, generator: &Generator, which: Which) -> Option<u64> {
        let leap = u64::from(which.attempt) * LEAP;
        match counter {
            _ if matches!(generator, Generator::Serial { .. }) => Some(which.number),
            Counter::None => None,
            Counter::Row => Some(which.number + leap),
            Counter::Digit(..) if which.attempt > 0 && !self.is_together() => None,
            Counter::Digit(place, digit) => Some(self.digit(place, digit, which)),
        }
    }

    /// Is the table filled together with others.
    fn is_together(&self) -> bool {
        self.seed.references.iter().any(|reference| matches!(reference.filled, Filled::Together(_)))
    }

    fn count(&self, place: usize, which: Which) -> u64 {
        if self.seed.digits[place].per_parent { which.below.1 } else { which.number }
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
                let among = self.seed.variants[0][at].among.as_ref();
                match (&self.seed.columns[at].generator, among) {
                    (_, Some(among)) => among.len() as u64,
                    (Generator::Truth(_), None) => 2,
                    (Generator::Choice(choices), None) => choices.len() as u64,
                    _ => MANY,
                }
            }
        };
        count.max(1)
    }

    /// Sets the columns of a reference: the parent's place, `Some(None)` for none, `None` if there must be one and is not.
    fn refer(
        &self,
        at: usize,
        reference: &ReferenceSeed,
        keys: &[Vec<String>],
        variant: &[Limits],
        which: Which,
        row: &mut [Option<Option<String>>],
    ) -> Option<Option<usize>> {
        let mine = |place: usize| matches!(self.seed.columns[place].generator, Generator::Reference(of, _) if of == at);
        let chance = reference.stream.number(which.number, which.attempt) % 1000;
        let free = |place: &&usize| mine(**place) && !self.seed.columns[**place].not_null;
        let demanded = reference.columns.iter().any(|place| variant[*place].null == Some(false));
        let wanted = reference.columns.iter().filter(|place| mine(**place)).any(|p| variant[*p].null == Some(true));
        let nulls =
            reference.columns.iter().filter(free).map(|place| self.seed.columns[*place].nulls).fold(0.0, f64::max);
        let driven = self.seed.rows.driver() == Some(at);
        let none = reference.nullable && !driven && !demanded && (wanted || chance < (nulls * 1000.0) as u64);
        let fits = |key: &Vec<String>| {
            reference.columns.iter().zip(key).all(|(place, part)| match &row[*place] {
                Some(Some(set)) => set == part,
                Some(None) => false,
                None => true,
            })
        };
        let mut draw = reference.stream.row(which.number, which.attempt);
        let shared = reference.columns.iter().any(|place| row[*place].is_some());
        let found = if none || keys.is_empty() {
            None
        } else if driven {
            Some(which.below.0)
        } else if shared {
            let fitting: Vec<usize> = (0..keys.len()).filter(|place| fits(&keys[*place])).collect();
            (!fitting.is_empty()).then(|| draw.pick(&fitting))
        } else {
            let counted = self.counted(reference.counter, &Generator::Null, which);
            Some(counted.unwrap_or_else(|| draw.below(keys.len() as u64)) as usize % keys.len())
        };
        if found.is_none() && !reference.nullable {
            return None;
        }
        for (part, place) in reference.columns.iter().enumerate().filter(|(_, place)| mine(**place)) {
            row[*place] = Some(found.map(|found| keys[found][part].clone()));
        }
        Some(found)
    }

    /// Sets the columns of a reference to this table: to an earlier row, so that all are trees.
    fn refer_to_itself(
        &self,
        at: usize,
        reference: &ReferenceSeed,
        variant: &[Limits],
        which: Which,
        row: &mut [Option<Option<String>>],
    ) {
        let key_of = |row: &Row| key(self.seed, reference, row);
        let earlier = &self.known[..(which.number as usize).min(self.known.len())];
        let mut keys: Vec<Vec<String>> = Vec::new();
        let draw = reference.stream.number(which.number, which.attempt) as usize;
        if !earlier.is_empty() {
            let (late, early) = earlier.split_at(draw % earlier.len());
            keys.extend(early.iter().chain(late).flatten().filter_map(key_of).next());
        }
        if keys.is_empty() && !reference.nullable {
            let own: Row = row.iter().cloned().map(Option::flatten).collect();
            keys.extend(key_of(&own));
        }
        // Without a row to refer to the columns stay NULL.
        let _ = self.refer(at, reference, &keys, variant, which, row);
    }
}

/// The referenced columns of a row of the referenced table.
pub fn key(parent: &TableSeed, reference: &ReferenceSeed, row: &Row) -> Option<Vec<String>> {
    let part =
        |name: &Name| parent.columns.iter().position(|column| column.name == *name).and_then(|at| row[at].clone());
    reference.parent_columns.iter().map(part).collect()
}
