//! Keeps apart what unique indexes want apart: by a column that counts rows, or by several that count together.

use super::{Counter, Digit, Digits, Generator, TableSeed};
use crate::catalog::{Table, UniqueIndex};
use crate::mask::Family;
use crate::synth::kind::Kind;

/// Gives every unique index of the table what it needs; called before the number of rows is known.
pub fn keep_apart(seed: &mut TableSeed, table: &Table) {
    // Ranges and figures that count rows lie apart, whatever else an exclusion constraint looks at.
    for index in table.unique_indexes.iter().filter(|index| index.exclusion) {
        let is_range =
            |at: &usize| matches!(seed.columns[*at].generator, Generator::Range(..) | Generator::Geometric(_));
        if let Some(at) = places(seed, table, index).into_iter().find(is_range) {
            seed.columns[at].counter = Counter::Row;
        } else {
            for (end, at) in times(seed, table, index).into_iter().enumerate() {
                seed.columns[at].generator = Generator::Slot(end > 0);
                seed.columns[at].counter = Counter::Row;
            }
        }
    }
    let mut indexes: Vec<&UniqueIndex> = table.unique_indexes.iter().filter(|index| !index.exclusion).collect();
    indexes.sort_by_key(|index| (index.columns.len() + index.expression_columns.len(), !index.primary));
    for index in indexes {
        let places = places(seed, table, index);
        if index.nulls_not_distinct {
            places.iter().for_each(|at| seed.columns[*at].nulls = 0.0);
        }
        if places.is_empty() || places.iter().any(|at| is_apart(seed, *at)) {
            continue;
        }
        match places.iter().copied().filter(|at| countable(seed, *at)).min_by_key(|at| preference(seed, *at)) {
            Some(at) => seed.columns[at].counter = Counter::Row,
            None => together(seed, index, &places),
        }
    }
}

/// The two columns that an expression of an exclusion constraint makes a range of, the beginning first; else none.
fn times(seed: &TableSeed, table: &Table, index: &UniqueIndex) -> Vec<usize> {
    let numbers = index.expression_columns.iter().filter_map(|number| table.by_number(*number));
    let mut found: Vec<(Option<usize>, usize)> = numbers
        .filter_map(|column| {
            let at = seed.columns.iter().position(|seed| seed.name == column.name)?;
            matches!(seed.columns[at].generator, Generator::Moment(_)).then_some(())?;
            Some((index.definition.find(column.name.as_str()), at))
        })
        .collect();
    found.sort_unstable();
    if found.len() == 2 { found.into_iter().map(|(_, at)| at).collect() } else { Vec::new() }
}

/// The columns that an index looks at, as far as they are written.
fn places(seed: &TableSeed, table: &Table, index: &UniqueIndex) -> Vec<usize> {
    let numbers = index.columns.iter().chain(&index.expression_columns);
    let names = numbers.filter_map(|number| table.by_number(*number)).map(|column| &column.name);
    names.filter_map(|name| seed.columns.iter().position(|column| column.name == *name)).collect()
}

/// Are the column's values different in every row by themselves.
fn is_apart(seed: &TableSeed, at: usize) -> bool {
    let column = &seed.columns[at];
    let by_itself = match &column.generator {
        Generator::Serial { .. } | Generator::Uuid => true,
        Generator::Bytes(count) => *count >= 16,
        Generator::Text(Kind::Uuid | Kind::Hash | Kind::Token | Kind::PasswordHash) => {
            column.shape.max_length.is_none_or(|most| most >= 32)
        }
        _ => false,
    };
    by_itself || column.counter == Counter::Row
}

/// Can it hold as many values as there may be rows.
fn countable(seed: &TableSeed, at: usize) -> bool {
    let column = &seed.columns[at];
    let free = seed.variants.iter().all(|variant| {
        let limits = &variant[at];
        limits.among.is_none() && limits.patterns.is_empty() && limits.high - limits.low >= 1e6
    });
    match &column.generator {
        Generator::Text(_) => free && column.shape.max_length.is_none_or(|most| most >= 4),
        Generator::Number { .. } => free && matches!(column.family, Some(Family::Integer | Family::Decimal)),
        Generator::Moment(_) => free,
        Generator::Masked(mask) => free && mask.is_apart(),
        _ => false,
    }
}

/// Which column should count: names and codes before numbers, numbers before times.
fn preference(seed: &TableSeed, at: usize) -> (usize, usize) {
    let rank = match &seed.columns[at].generator {
        Generator::Text(_) => 0,
        Generator::Number { .. } => 1,
        _ => 2,
    };
    (rank, at)
}

/// Lets several columns of few values count together.
fn together(seed: &mut TableSeed, index: &UniqueIndex, places: &[usize]) {
    let mut of: Vec<Digit> = Vec::new();
    for at in places {
        let digit = match seed.columns[*at].generator {
            Generator::Reference(reference, _) => Digit::Reference(reference),
            _ => Digit::Column(*at),
        };
        if !of.contains(&digit) {
            of.push(digit);
        }
    }
    let driver = seed.rows.driver().map(Digit::Reference);
    let per_parent = driver.is_some_and(|driver| of.contains(&driver));
    of.retain(|digit| Some(*digit) != driver);
    let taken = |digit: &Digit| match digit {
        Digit::Column(at) => seed.columns[*at].counter != Counter::None,
        Digit::Reference(at) => seed.references[*at].counter != Counter::None,
    };
    // A digit counts for one index; rows that another refuses are tried again.
    of.retain(|digit| !taken(digit));
    let place = seed.digits.len();
    for (at, digit) in of.iter().enumerate() {
        let counter = Counter::Digit(place, at);
        match digit {
            Digit::Column(column) => seed.columns[*column].counter = counter,
            Digit::Reference(reference) => seed.references[*reference].counter = counter,
        }
    }
    if !of.is_empty() || per_parent {
        seed.digits.push(Digits { per_parent, of, index: index.name.to_string(), exact: index.predicate.is_none() });
    }
}
