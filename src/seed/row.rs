//! The rows of one table, one at a time, each from its number alone.

use super::ages::Ages;
use super::deal::{Deal, children};
use super::keys::{Keys, Parents};
use super::value::{About, value};
use crate::mask::Family;
use crate::plan::seed::formula::Formula;
use crate::plan::seed::limits::{Limits, number};
use crate::plan::seed::{ColumnSeed, Counter, Filled, Generator, ReferenceSeed, Rows, TableSeed};
use crate::synth::kind::Who;
use crate::synth::{Draw, Locale, Person, world};
use crate::words::name::Name;
use std::borrow::Cow;
use std::sync::{Arc, RwLock};

/// A row as PostgreSQL prints it.
pub type Row = Vec<Option<String>>;

const SECOND: f64 = 1e6;
/// How long before `as_of` the oldest row came to be.
const PAST: f64 = 2.0 * 365.25 * 86_400.0 * SECOND;
/// Rows of a table that later ones of it refer to.
const EARLIER: usize = 10_000;

/// What the rows of a table are made from.
pub struct Maker {
    /// The table.
    pub seed: Arc<TableSeed>,
    /// The time that dates are relative to.
    pub as_of: f64,
    /// Whose names are used.
    pub locale: &'static Locale,
    /// How many rows.
    pub rows: Rows,
    /// The number of the first.
    pub first: u64,
    /// How many that are.
    pub total: u64,
    /// Which stretch of the table these are, and of how many.
    pub stretch: (u64, u64),
    /// As many rows as the table may have.
    pub most: u64,
    /// The rows behind each reference that is filled before.
    pub parents: Vec<Parents>,
    /// The first rows of this table, where it refers to itself; `None`: left out.
    pub known: RwLock<Vec<Option<Row>>>,
    /// Per reference to a table that is filled together with this one: its keys.
    pub together: Vec<Keys>,
    /// The tables that are filled together with this one have no keys yet.
    pub draft: bool,
    /// Per reference whose parent's rows have children as they have them elsewhere.
    pub deals: Vec<Option<Deal>>,
    /// Where rows come after their parents and lie as elsewhere all the same.
    pub ages: Option<Ages>,
    /// Per column that counts rows: how many numbers triggers of other tables took before.
    pub used: Vec<u64>,
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

/// A row that is being made.
struct Half<'m> {
    which: Which,
    /// The way to satisfy the table's checks that it goes.
    variant: &'m [Limits],
    /// The fields so far.
    fields: Vec<Option<Option<String>>>,
    /// The parent's place behind each reference.
    chosen: Vec<Option<usize>>,
}

impl Maker {
    /// The row after another; `None` after the last.
    pub fn next(&self, last: Option<Which>) -> Option<Which> {
        let number = last.map_or(self.first, |last| last.number + 1);
        let turn = number - self.first;
        let below = match &self.rows {
            Rows::Fixed(count) => (turn < *count).then_some((0, number))?,
            Rows::Shared(count, at) => {
                let parents = self.parents[*at].keys.len() as u64;
                (turn < *count && parents > 0).then(|| ((turn % parents) as usize, turn / parents))?
            }
            Rows::Per(at, count) => {
                let parents = self.parents[*at].keys.len();
                let all = self.parents[*at].all();
                let wanted = |parent: usize| children(count, all, parent as u64, self.seed.stream);
                let (parent, below) = last.map_or((0, 0), |last| (last.below.0, last.below.1 + 1));
                if parent < parents && below < wanted(parent) {
                    (parent, below)
                } else {
                    let after = if last.is_some() { parent + 1 } else { parent };
                    ((after..parents).find(|parent| wanted(*parent) > 0)?, 0)
                }
            }
        };
        Some(Which { number, below, attempt: 0 })
    }

    /// How many rows there will be.
    pub fn all(&self) -> u64 {
        match &self.rows {
            Rows::Fixed(rows) | Rows::Shared(rows, _) => *rows,
            Rows::Per(at, count) => {
                let parents = self.parents[*at].all();
                (0..parents.1).map(|parent| children(count, parents, parent, self.seed.stream)).sum()
            }
        }
    }

    /// Do later rows refer to those that are being made.
    pub fn grows(&self) -> bool {
        let to_itself = self.seed.references.iter().any(|reference| reference.filled == Filled::Itself);
        to_itself && self.known.read().is_ok_and(|known| known.len() < EARLIER)
    }

    /// Keeps a row for later ones to refer to.
    pub fn remember(&self, row: &Option<Row>) {
        if self.grows()
            && let Ok(mut known) = self.known.write()
        {
            known.push(row.clone());
        }
    }

    /// Puts another row in the place of one that was refused.
    pub fn replace(&self, number: u64, row: Option<Row>) {
        if let Ok(mut known) = self.known.write()
            && let Some(known) = known.get_mut(number as usize)
        {
            *known = row;
        }
    }

    /// What later rows refer to.
    pub fn known(&self) -> Vec<Option<Row>> {
        self.known.write().map(|mut known| std::mem::take(&mut *known)).unwrap_or_default()
    }

    /// Begins anew.
    pub fn forget(&mut self) {
        self.known = RwLock::default();
    }

    /// Makes a row; `None` if there can be none of that number.
    pub fn row(&self, which: Which) -> Option<Row> {
        let seed = &self.seed;
        if !self.draft && (which.attempt == 0 || self.is_together()) && self.beyond(which).is_some() {
            return None;
        }
        let mut half = self.begun(which);
        let mut base = self.as_of - PAST;
        for (at, reference) in seed.references.iter().enumerate().filter(|(_, r)| r.filled == Filled::Before) {
            half.chosen[at] = self.refer(at, reference, &self.parents[at].keys, &mut half)?;
            let times = half.chosen[at].map(|parent| self.parents[at].times(parent)).unwrap_or_default();
            // The greater of a number and of none is the number.
            base = times.iter().fold(base, |base, time| base.max(*time));
        }
        let mut draw = seed.person.row(which.number, 0);
        let who = self.who(&mut draw);
        let seconds = ((self.as_of - base) / SECOND).max(1.0) as u64;
        let born = base + draw.below(seconds) as f64 * SECOND;
        let row = seed.person.beside().number(which.number, which.attempt);
        self.plain(About { who, born, as_of: self.as_of, row }, &mut half);
        for (at, reference) in seed.references.iter().enumerate() {
            match reference.filled {
                Filled::Before => {}
                Filled::Together(_) if self.draft => {}
                Filled::Together(_) => {
                    self.refer(at, reference, &self.together[at], &mut half)?;
                }
                Filled::Itself => self.refer_to_itself(at, reference, &mut half),
            }
        }
        Some(half.fields.into_iter().map(Option::flatten).collect())
    }

    /// Somebody somewhere.
    fn who(&self, draw: &mut Draw) -> Who {
        let person = Person::draw(draw, self.locale, None);
        Who { locale: self.locale, person, town: world::town(draw) }
    }

    /// A row with nothing but what the rules write out of it.
    fn begun(&self, which: Which) -> Half<'_> {
        let seed = &self.seed;
        let choice = seed.stream.number(which.number, which.attempt);
        let pick = |many: usize| (choice % many.max(1) as u64) as usize;
        let fixed = seed.fixed.get(which.number as usize);
        let variant = match fixed {
            Some(fixed) => fixed.variants[pick(fixed.variants.len())],
            None => pick(seed.variants.len()),
        };
        let mut fields: Vec<Option<Option<String>>> = vec![None; seed.columns.len()];
        for (at, value) in fixed.iter().flat_map(|fixed| &fixed.values) {
            fields[*at] = Some(value.clone());
        }
        Half { which, variant: &seed.variants[variant], fields, chosen: vec![None; seed.references.len()] }
    }

    /// Columns that are no references: that of the row's birth first, and those that others must not be below before them.
    fn plain(&self, mut about: About, half: &mut Half<'_>) {
        let columns = &self.seed.columns;
        let is_plain = |at: usize| !matches!(columns[at].generator, Generator::Reference(..));
        let is_ready = |at: usize, half: &Half<'_>| {
            let made = half.variant[at].equal.iter().flat_map(Formula::columns);
            let mut earlier = half.variant[at].above.iter().map(|(than, _)| *than).chain(made);
            earlier.all(|than| half.fields[than].is_some() || !is_plain(than))
        };
        if let Some(at) = self.seed.born.filter(|at| is_ready(*at, half)) {
            if half.fields[at].is_none() {
                half.fields[at] = Some(self.field(at, &about, half));
            }
            let born = half.fields[at]
                .as_ref()
                .and_then(Option::as_deref)
                .and_then(|text| number(&columns[at], text, true, 0));
            about.born = born.unwrap_or(about.born);
        }
        for last in 0..columns.len() + 1 {
            let waiting: Vec<usize> =
                (0..columns.len()).filter(|at| is_plain(*at) && half.fields[*at].is_none()).collect();
            if waiting.is_empty() {
                return;
            }
            for at in waiting {
                // Columns that wait for each other are taken as they come.
                if is_ready(at, half) || last == columns.len() {
                    half.fields[at] = Some(self.field(at, &about, half));
                }
            }
        }
    }

    /// The value of a column, `None` for NULL.
    fn field(&self, at: usize, about: &About, half: &Half<'_>) -> Option<String> {
        let (column, which) = (&self.seed.columns[at], half.which);
        let limits = self.limits(at, about, half);
        let even = (column.even && which.attempt == 0).then(|| {
            let place = match self.ages.as_ref().filter(|_| column.aged) {
                Some(ages) => ages.place(self, which),
                None => (column.stream.turn(which.number - self.first, self.total), self.total),
            };
            column.stream.placed(which.number, place, column.nulls, self.stretch)
        });
        let share = || column.stream.number(which.number, which.attempt) as f64 / u64::MAX as f64;
        let left_out = || even.as_ref().map_or_else(|| share() < column.nulls, Option::is_none);
        let null = match limits.null {
            Some(null) => null && !column.not_null,
            None => !column.not_null && (limits.only_null() || left_out()),
        };
        if null {
            return None;
        }
        if let Some(made) = limits.equal.as_ref().and_then(|formula| self.made(column, formula, half)) {
            return Some(made);
        }
        let mut draw = even.flatten().unwrap_or_else(|| column.stream.row(which.number, which.attempt));
        let counted = self.counted(column.counter, at, which);
        if let (Some(many), None) = (column.repeats, counted) {
            // Everything about the value comes from the number of the value instead of the row's.
            let number = draw.below(many);
            let (who, row) = (self.who(&mut column.stream.row(number, 0)), column.stream.number(number, 1));
            let about = About { who, row, ..*about };
            return value(column, &limits, &about, Some(number), &mut column.stream.row(number, 0));
        }
        value(column, &limits, about, counted, &mut draw)
    }

    /// What a formula makes of the fields so far; `None` if one of them is NULL, or no number.
    fn made(&self, column: &ColumnSeed, formula: &Formula, half: &Half<'_>) -> Option<String> {
        let text = |at: usize| half.fields[at].as_ref().and_then(Option::as_deref);
        if let Formula::Column(at) = formula {
            return text(*at).map(str::to_owned);
        }
        let made = formula.number(&|at| text(at)?.parse().ok())?;
        Some(match column.family {
            Some(Family::Integer) => format!("{made:.0}"),
            Some(Family::Decimal) => format!("{made:.*}", column.places().max(0) as usize),
            _ => made.to_string(),
        })
    }

    /// What a column's value must be, as the fields so far and its parents have it.
    fn limits<'m>(&self, at: usize, about: &About, half: &Half<'m>) -> Cow<'m, Limits> {
        let (column, variant) = (&self.seed.columns[at], &half.variant[at]);
        let mut limits = Cow::Borrowed(variant);
        for (than, strict) in &variant.above {
            let text = half.fields[*than].as_ref().and_then(Option::as_deref);
            if let Some(low) = text.and_then(|text| number(&self.seed.columns[*than], text, true, 0)) {
                let limits = limits.to_mut();
                limits.low = limits.low.max(if *strict { low + column.gap(low) } else { low });
            }
        }
        if let Some(ages) = self.ages.as_ref().filter(|_| column.aged) {
            let times = half.chosen[ages.elder].map(|parent| self.parents[ages.elder].times(parent));
            let limits = limits.to_mut();
            // The greater of a number and of none is the number.
            limits.low = times.unwrap_or_default().iter().fold(limits.low, |low, time| low.max(time + column.step()));
            limits.high = limits.high.max(limits.low);
        }
        for bounded in &variant.bounded {
            let ends = |other: usize| match &half.fields[other] {
                None => Some((half.variant[other].low, half.variant[other].high)),
                Some(text) => {
                    let number = number(&self.seed.columns[other], text.as_deref()?, true, 0)?;
                    Some((number, number))
                }
            };
            bounded.narrow(at, column, limits.to_mut(), ends);
        }
        if let Generator::After(parent, within) = &column.generator {
            let time = parent.and_then(|(reference, time)| {
                let time = *self.parents[reference].times(half.chosen[reference]?).get(time)?;
                (!time.is_nan()).then_some(time)
            });
            let limits = limits.to_mut();
            limits.low = limits.low.max(time.map_or(f64::NEG_INFINITY, |time| time + column.step()));
            let from = if limits.low.is_finite() { limits.low } else { about.born };
            limits.high = limits.high.min(within.map_or(f64::INFINITY, |within| from + within)).max(limits.low);
        }
        limits
    }

    /// Sets the columns of a reference: the parent's place, `Some(None)` for none, `None` if there must be one and is not.
    fn refer(&self, at: usize, reference: &ReferenceSeed, keys: &Keys, half: &mut Half<'_>) -> Option<Option<usize>> {
        let columns = &self.seed.columns;
        let which = half.which;
        let mine = |place: &usize| matches!(columns[*place].generator, Generator::Reference(of, _) if of == at);
        let fits = |key: &usize| {
            reference.columns.iter().enumerate().all(|(part, place)| match &half.fields[*place] {
                Some(Some(set)) => set == keys.part(*key, part),
                Some(None) => false,
                None => true,
            })
        };
        let mut own = reference.columns.iter().filter(|place| mine(place));
        let found = if own.any(|place| half.fields[*place].is_some()) {
            // The rules write it out; the server knows whether it is there.
            (0..keys.len()).find(fits)
        } else {
            let chance = reference.stream.number(which.number, which.attempt) as f64 / u64::MAX as f64;
            let free = |place: &&usize| mine(place) && !columns[**place].not_null;
            let demanded = reference.columns.iter().any(|place| half.variant[*place].null == Some(false));
            let wanted = reference.columns.iter().any(|place| mine(place) && half.variant[*place].null == Some(true));
            let nulls = reference.columns.iter().filter(free).map(|place| columns[*place].nulls).fold(0.0, f64::max);
            // How many children the rows of the parent have elsewhere says how many of them are nobody's.
            let dealt = self
                .deals
                .get(at)
                .and_then(Option::as_ref)
                .filter(|_| which.attempt == 0 && reference.filled == Filled::Before);
            let dealt = dealt.map(|deal| deal.parent(which.number - self.first));
            let left = dealt.map_or(chance < nulls, |dealt| dealt.is_none());
            let none = reference.nullable && !demanded && (wanted || left);
            let mut draw = reference.stream.row(which.number, which.attempt);
            let shared = reference.columns.iter().any(|place| half.fields[*place].is_some());
            let found = if none || keys.is_empty() {
                None
            } else if self.seed.rows.driver() == Some(at) {
                Some(which.below.0)
            } else if shared {
                let fitting: Vec<usize> = (0..keys.len()).filter(fits).collect();
                (!fitting.is_empty()).then(|| draw.pick(&fitting))
            } else {
                let counted = self.apart(reference.counter, which);
                let place = counted.or(dealt.flatten()).unwrap_or_else(|| draw.below(keys.len() as u64));
                Some((place % keys.len() as u64) as usize)
            };
            if found.is_none() && !reference.nullable {
                return None;
            }
            found
        };
        for (part, place) in reference.columns.iter().enumerate().filter(|(_, place)| mine(place)) {
            half.fields[*place].get_or_insert_with(|| found.map(|found| keys.part(found, part).to_owned()));
        }
        Some(found)
    }

    /// Sets the columns of a reference to this table: to an earlier row, so that all are trees.
    fn refer_to_itself(&self, at: usize, reference: &ReferenceSeed, half: &mut Half<'_>) {
        let which = half.which;
        if let Some(key) = self.elder(at, reference, half) {
            for (part, place) in reference.columns.iter().enumerate() {
                half.fields[*place] = Some(key.as_ref().map(|key| key[part].clone()));
            }
            return;
        }
        let Ok(known) = self.known.read() else { return };
        let earlier = &known[..(which.number as usize).min(known.len())];
        let mut keys = Keys::new(reference.columns.len());
        let draw = reference.stream.number(which.number, which.attempt) as usize;
        let fits = |key: &Vec<&str>| {
            reference.columns.iter().zip(key).all(|(place, part)| match &half.fields[*place] {
                Some(set) => set.as_deref() == Some(*part),
                None => true,
            })
        };
        if !earlier.is_empty() {
            let (late, early) = earlier.split_at(draw % earlier.len());
            let mut all = early.iter().chain(late).flatten().filter_map(|row| key(&self.seed, reference, row));
            let found = all.find(fits);
            found.into_iter().for_each(|key| keys.push(key));
        }
        if keys.is_empty() && !reference.nullable {
            let own: Row = half.fields.iter().cloned().map(Option::flatten).collect();
            key(&self.seed, reference, &own).into_iter().for_each(|key| keys.push(key));
        }
        // Without a row to refer to the columns stay NULL.
        let _ = self.refer(at, reference, &keys, half);
    }
}

/// Rows of a table that hang on others of it as they do elsewhere.
impl Maker {
    /// The key of the earlier row that a row hangs on: `Some(None)` for none, `None` where anyone will do.
    fn elder(&self, at: usize, reference: &ReferenceSeed, half: &Half<'_>) -> Option<Option<Vec<String>>> {
        let which = half.which;
        let free = which.attempt == 0 && reference.columns.iter().all(|place| half.fields[*place].is_none());
        let deal = self.deals.get(at)?.as_ref().filter(|_| free)?;
        let Some(elder) = deal.elder(which.number - self.first) else { return Some(None) };
        let elder = Which { number: self.first + elder, below: (0, elder), attempt: 0 };
        let key: Option<Vec<String>> = reference.parent_columns.iter().map(|name| self.alone(name, elder)).collect();
        key.map(Some)
    }

    /// The value of a column that is made from the row's number alone.
    fn alone(&self, name: &Name, which: Which) -> Option<String> {
        let seed = &self.seed;
        let (at, half) = (seed.columns.iter().position(|column| column.name == *name)?, self.begun(which));
        if let Some(written) = &half.fields[at] {
            return written.clone();
        }
        let column = &seed.columns[at];
        let by_number = matches!(
            column.generator,
            Generator::Serial { .. } | Generator::Uuid | Generator::Text(_) | Generator::Template(_)
        );
        let is_alone = by_number && !matches!(column.counter, Counter::Digit(..)) && half.variant[at].equal.is_none();
        let who = self.who(&mut seed.person.row(which.number, 0));
        let row = seed.person.beside().number(which.number, 0);
        let about = About { who, born: self.as_of, as_of: self.as_of, row };
        is_alone.then(|| self.field(at, &about, &half))?
    }
}

/// The referenced columns of a row of the referenced table.
pub fn key<'r>(parent: &TableSeed, reference: &ReferenceSeed, row: &'r Row) -> Option<Vec<&'r str>> {
    let part =
        |name: &Name| parent.columns.iter().position(|column| column.name == *name).and_then(|at| row[at].as_deref());
    reference.parent_columns.iter().map(part).collect()
}
