//! Rows that the rules write out, as far as they say what a row holds.

use super::build::World;
use super::ruled::{diagnostic, is_value, place};
use super::{FixedSeed, Generator, TableSeed};
use crate::catalog::Table;
use crate::rules::scalar;
use crate::rules::seed::FixedRow;
use crate::words::diagnostic::{Diagnostic, Place, Spanned};

/// Puts the rows that are written out before the generated ones.
pub fn rows(world: &World<'_>, table: &Table, seed: &mut TableSeed, found: &mut Vec<Diagnostic>) {
    let Some(rule) = world.input.rule(&table.name) else { return };
    for row in &rule.fixed {
        let before = found.len();
        let values = values(table, seed, row, found);
        match with_variants(seed, values) {
            _ if found.len() > before => {}
            Some(fixed) => seed.fixed.push(fixed),
            None => {
                let place = Place::ObjectInFile(table.name.to_string(), row.place.clone());
                let help = "correct the row: each of its values must be within the checks of the table";
                found.push(Diagnostic::error("seed-fixed", place, "the checks do not allow the row").help(help));
            }
        }
    }
    taken(seed);
}

/// A row with the variants that allow it; `None` if none does.
pub fn with_variants(seed: &TableSeed, values: Vec<(usize, Option<String>)>) -> Option<FixedSeed> {
    let allows = |variant: &super::limits::Variant| {
        values.iter().all(|(at, value)| match value {
            Some(text) => variant[*at].allow(&seed.columns[*at], text),
            None => variant[*at].null != Some(false),
        })
    };
    let variants: Vec<usize> = (0..seed.variants.len()).filter(|at| allows(&seed.variants[*at])).collect();
    (!variants.is_empty()).then_some(FixedSeed { values, variants })
}

fn values(
    table: &Table,
    seed: &TableSeed,
    row: &Spanned<FixedRow>,
    found: &mut Vec<Diagnostic>,
) -> Vec<(usize, Option<String>)> {
    let mut values = Vec::new();
    for (name, value) in &row.value {
        let Some(at) = place(table, seed, name, found) else { continue };
        let column = &seed.columns[at];
        let right = match value {
            Some(text) => is_value(column, text),
            None if column.not_null => {
                Err(("seed-null", "the column allows no NULL".to_owned(), "give it a value".to_owned()))
            }
            None => Ok(()),
        };
        match right {
            Ok(()) => values.push((at, value.clone())),
            Err(wrong) => found.push(diagnostic(table, name, wrong)),
        }
    }
    values
}

/// Keeps the numbers that are written out from columns that count rows.
fn taken(seed: &mut TableSeed) {
    for (at, column) in seed.columns.iter_mut().enumerate() {
        let Generator::Serial { step, start, taken } = &mut column.generator else { continue };
        let values = seed.fixed.iter().flat_map(|row| &row.values).filter(|(place, _)| *place == at);
        let steps = values.filter_map(|(_, value)| {
            let steps = scalar::integer(value.as_deref()?)?.checked_sub(*start)?;
            u64::try_from(steps.checked_div(*step)?).ok().filter(|_| steps % *step == 0)
        });
        *taken = steps.collect();
        taken.sort_unstable();
        taken.dedup();
    }
}
