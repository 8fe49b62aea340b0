//! What a profile says of tables, columns and references; the rules are laid over it.

use super::build::{SeedInput, World};
use super::{ColumnSeed, Filled, Generator, Moment, ReferenceSeed, TableSeed, ruled};
use crate::catalog::Table;
use crate::mask::Family;
use crate::rules::seed::{ProfiledColumn, ProfiledTable, Seen};
use crate::synth::{Histogram, Spread, scaled};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::{Name, TableName};
use std::sync::Arc;

/// The most digits behind the point of numbers whose column does not say how many.
const PLACES: f64 = 6.0;
/// Numbers beyond this are not exact.
const LARGEST: f64 = 9e15;

/// A profile of another database is refused; what it says of things that are no more is told.
pub fn check(input: &SeedInput<'_>, found: &mut Vec<Diagnostic>) {
    let Some(profile) = input.profile else { return };
    let gone: Vec<&ProfiledTable> =
        profile.tables.iter().filter(|table| input.catalog.table(&table.name).is_none()).collect();
    let Some(first) = gone.first() else { return };
    if gone.len() == profile.tables.len() {
        let message = "the profile is that of another database: this one has none of its tables";
        let help = "make one of the database that dev is to be like: `standin profile --from production`";
        found.push(Diagnostic::error("seed-profile", profile.place.clone(), message).help(help));
        return;
    }
    let names = gone.iter().map(|table| table.name.to_string()).collect::<Vec<_>>().join(", ");
    let message = format!("the database has no such tables as the profile speaks of: {names}");
    found.push(Diagnostic::warning("seed-profile", first.place.clone(), message).help("make the profile anew"));
}

/// Gives columns the shape that they have elsewhere; returns those whose values are others now, with what was there before.
pub fn columns(world: &World<'_>, table: &Table, seed: &mut TableSeed, found: &mut Vec<Diagnostic>) -> Vec<Shaped> {
    let Some(profiled) = world.input.profiled(&table.name) else { return Vec::new() };
    let mut shaped = Vec::new();
    for one in &profiled.columns {
        let Some(at) = seed.columns.iter().position(|column| column.name == one.name) else {
            if table.column(&one.name).is_none() {
                found.push(stale(one, "the table has no such column"));
            }
            continue;
        };
        if world.input.column(&table.name, &one.name).is_some_and(|rule| rule.values.is_some()) {
            continue;
        }
        let column = &mut seed.columns[at];
        let nullable = !column.not_null && !apart_with_null(table, &one.name);
        if matches!(column.generator, Generator::Serial { .. } | Generator::Null) || is_apart(table, &one.name) {
            continue;
        }
        column.nulls = if nullable { one.nulls } else { 0.0 };
        column.even = true;
        if matches!(column.generator, Generator::Reference(..)) {
            continue;
        }
        match (&one.seen, one.distinct) {
            (Some(seen), _) => match generator(column, seen, world.input.scale) {
                Some(generator) => {
                    let before = std::mem::replace(&mut column.generator, generator);
                    shaped.push(Shaped { at, before, place: one.place.clone() });
                }
                None => found.push(stale(one, "its values are none of the column's type")),
            },
            (None, Some(distinct)) if distinct > 0 => {
                let rows = (profiled.rows as f64 * (1.0 - one.nulls)) as u64;
                column.repeats = Some(scaled(distinct, rows, world.input.scale));
            }
            _ => {}
        }
    }
    shaped
}

/// Lets moments that come after a row's birth come in the order of births: of the values of two columns the greater ones
/// then stand together, and no row is changed before it is made.
pub fn ages(shaped: &[Shaped], seed: &mut TableSeed) {
    let is_time = |column: &ColumnSeed| {
        matches!(column.generator, Generator::Spread(..))
            && matches!(column.family, Some(Family::Date | Family::Timestamp))
    };
    let later = |shaped: &&Shaped| {
        matches!(shaped.before, Generator::Moment(Moment::Updated | Moment::Later | Moment::Ended))
            && is_time(&seed.columns[shaped.at])
    };
    let named = seed.born.filter(|at| is_time(&seed.columns[*at]) && seed.columns[*at].even);
    // Where none of its columns says when a row came to be, one of those that say when it was there does.
    let first = || shaped.iter().find(later).map(|shaped| shaped.at).filter(|_| seed.born.is_none());
    let Some(born) = named.or_else(first) else { return };
    let aged: Vec<usize> = shaped.iter().filter(later).map(|shaped| shaped.at).chain([born]).collect();
    let stream = seed.columns[born].stream;
    for at in aged {
        (seed.columns[at].aged, seed.columns[at].stream) = (true, stream);
    }
    seed.born = Some(born);
}

/// A column that has values like those of a profile.
pub struct Shaped {
    at: usize,
    before: Generator,
    place: Place,
}

/// Takes back what the checks of the table do not allow.
pub fn limits(shaped: Vec<Shaped>, seed: &mut TableSeed, found: &mut Vec<Diagnostic>) {
    for Shaped { at, before, place } in shaped {
        let allowed = |text: &str| seed.variants.iter().any(|variant| variant[at].allow(&seed.columns[at], text));
        if let Generator::Choice(choices) = &seed.columns[at].generator {
            let choices = choices.iter().filter(|(text, _)| allowed(text)).cloned().collect::<Vec<_>>();
            seed.columns[at].generator = Generator::Choice(choices);
        }
        if ruled::meet(seed, at).is_err() {
            seed.columns[at].generator = before;
            let message = "the checks of the table do not allow what the profile says of the column";
            found.push(Diagnostic::warning("seed-profile", place, message).help("make the profile anew"));
        }
    }
}

fn stale(one: &ProfiledColumn, message: &str) -> Diagnostic {
    Diagnostic::warning("seed-profile", one.place.clone(), message).help("make the profile anew")
}

/// Is the column unique by itself.
fn is_apart(table: &Table, name: &Name) -> bool {
    let number = table.column(name).map(|column| column.number);
    table
        .unique_indexes
        .iter()
        .any(|index| !index.exclusion && Some(&index.columns[..]) == number.as_ref().map(std::slice::from_ref))
}

/// Does a unique index take its NULL for a value.
fn apart_with_null(table: &Table, name: &Name) -> bool {
    let number = table.column(name).map(|column| column.number);
    let holds = |columns: &[i16]| number.is_some_and(|number| columns.contains(&number));
    table.unique_indexes.iter().any(|index| index.nulls_not_distinct && holds(&index.columns))
}

fn generator(column: &ColumnSeed, seen: &Seen, factor: f64) -> Option<Generator> {
    let seen_there = |histogram: &Histogram| Spread::seen(Arc::new(histogram.scaled(factor)));
    match seen {
        Seen::Values(values) => {
            let right = |(text, _): &&(String, u64)| ruled::is_value(column, text).is_ok();
            let kept: Vec<(String, f64)> =
                values.iter().filter(right).map(|(text, rows)| (text.clone(), *rows as f64)).collect();
            (column.family.is_some() && !kept.is_empty()).then_some(Generator::Choice(kept))
        }
        Seen::Numbers(histogram) => {
            let places = match column.family? {
                Family::Integer => 0,
                Family::Decimal => {
                    column.shape.numeric.map_or_else(|| places(histogram), |(_, scale)| scale.clamp(0, 9) as u8)
                }
                Family::Float => places(histogram),
                _ => return None,
            };
            let (low, high) = histogram.bounds();
            let fits = low.abs().max(high.abs()) * 10f64.powi(i32::from(places)) < LARGEST;
            fits.then(|| Generator::Spread(seen_there(histogram), places))
        }
        Seen::Moments(histogram) => {
            let is_time = matches!(column.family, Some(Family::Date | Family::Timestamp));
            is_time.then(|| Generator::Spread(seen_there(histogram), 0))
        }
    }
}

/// As many digits behind the point as keep the values of the closest step apart.
fn places(histogram: &Arc<Histogram>) -> u8 {
    let apart = |step: &crate::synth::Step| (step.to - step.from) / step.distinct.max(2) as f64;
    let least = histogram.steps().iter().map(apart).filter(|apart| *apart > 0.0).fold(1.0, f64::min);
    let (low, high) = histogram.bounds();
    let room = (LARGEST / low.abs().max(high.abs()).max(1.0)).log10().floor();
    (-least.log10()).ceil().clamp(0.0, PLACES.min(room)) as u8
}

/// How many children the rows of a reference's parent have elsewhere; none where that table is filled together with this one.
pub fn children(profiled: Option<&ProfiledTable>, columns: &[ColumnSeed], reference: &ReferenceSeed) -> Option<Spread> {
    let named = |names: &[Name]| {
        names.len() == reference.columns.len()
            && names.iter().zip(&reference.columns).all(|(name, at)| columns[*at].name == *name)
    };
    let is_it = |to: &TableName, names: &[Name]| *to == reference.parent && named(names);
    let found = profiled?.references.iter().find(|one| is_it(&one.to, &one.columns))?;
    let is_known = reference.filled == Filled::Before || reference.filled == Filled::Itself && reference.nullable;
    is_known.then(|| Spread::seen(found.children.clone()))
}
