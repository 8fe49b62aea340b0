//! What the rules' `seed:` says of a table's columns and rows, checked against its shape.

use super::build::World;
use super::limits::{Limits, Variant};
use super::masked::masked;
use super::{ColumnSeed, Counter, Filled, Generator, ReferenceSeed, TableSeed};
use crate::catalog::{Column, Table, UniqueIndex};
use crate::mask::Family;
use crate::rules::scalar;
use crate::rules::seed::{Part, SeedColumn, Values};
use crate::synth::Spread;
use crate::synth::kind::Kind;
use crate::words::diagnostic::{Diagnostic, Place, Spanned, nearest};
use crate::words::name::{ColumnName, Name, printable};
use std::sync::Arc;

/// A fault: its code, what is wrong, what to do.
pub type Wrong = (&'static str, String, String);

/// Gives columns the generators that the rules ask for.
pub fn columns(world: &World<'_>, table: &Table, seed: &mut TableSeed, found: &mut Vec<Diagnostic>) {
    let Some(rule) = world.input.rule(&table.name) else { return };
    for rule in &rule.columns {
        let Some(at) = place(table, seed, &rule.name, found) else { continue };
        if let Err(wrong) = column(world, table, seed, at, rule) {
            found.push(diagnostic(table, &rule.name, wrong));
        }
    }
    let waits = |of: &&SeedColumn| earlier(&rule.columns, table, &of.name.value).contains(&&of.name.value);
    if let Some(first) = rule.columns.iter().find(waits) {
        let wrong = ("seed-after", "it comes after itself".to_owned(), "let one of the columns stand alone".to_owned());
        found.push(diagnostic(table, &first.name, wrong));
    }
}

/// A fault of a column's rule, at its line.
pub fn diagnostic(table: &Table, name: &Spanned<Name>, (code, message, help): Wrong) -> Diagnostic {
    let place = Place::ObjectInFile(table.name.column(&name.value).to_string(), name.place.clone());
    Diagnostic::error(code, place, message).help(help)
}

/// The place of a column that rows are written to.
pub fn place(table: &Table, seed: &TableSeed, name: &Spanned<Name>, found: &mut Vec<Diagnostic>) -> Option<usize> {
    let at = seed.columns.iter().position(|column| column.name == name.value);
    if at.is_none() {
        let known = table.columns.iter().any(|column| column.name == name.value);
        let names = table.columns.iter().map(|column| column.name.as_str());
        let (message, help) = match nearest(name.value.as_str(), names) {
            _ if known => ("the database fills the column itself", "take its rule away".to_owned()),
            Some(near) => ("there is no such column", format!("did you mean `{near}`?")),
            None => ("there is no such column", format!("{} has others", table.name)),
        };
        found.push(diagnostic(table, name, ("seed-column", message.to_owned(), help)));
    }
    at
}

fn column(world: &World<'_>, table: &Table, seed: &mut TableSeed, at: usize, rule: &SeedColumn) -> Result<(), Wrong> {
    if rule.nulls.is_some_and(|share| share > 0.0) && seed.columns[at].not_null {
        return Err(("seed-null", "the column allows no NULL".to_owned(), "take `nulls` away".to_owned()));
    }
    let number = table.columns.iter().find(|column| column.name == rule.name.value).map(|column| column.number);
    let one_null =
        |index: &&UniqueIndex| index.nulls_not_distinct && number.is_some_and(|n| index.columns.contains(&n));
    if let Some(index) =
        table.unique_indexes.iter().find(one_null).filter(|_| rule.nulls.is_some_and(|share| share > 0.0))
    {
        let message = format!("the index {} takes NULL for a value like others", index.name);
        return Err(("seed-null", message, "take `nulls` away".to_owned()));
    }
    if let Some(values) = &rule.values {
        if let Generator::Reference(place, _) = seed.columns[at].generator {
            let message = format!("its values are keys of {}", seed.references[place].parent);
            return Err(("seed-reference", message, "take them away; `nulls` may stay".to_owned()));
        }
        let parent = match values {
            Values::After(than, _) => after(world, table, seed, than)?,
            _ => None,
        };
        give(&mut seed.columns[at], values, parent, world.input.seed)?;
        seed.columns[at].nulls = 0.0;
    }
    if let Some(share) = rule.nulls {
        seed.columns[at].nulls = share;
    }
    Ok(())
}

/// Gives a column, or the elements of its arrays, the generator of these values.
fn give(column: &mut ColumnSeed, values: &Values, parent: Option<(usize, usize)>, seed: u64) -> Result<(), Wrong> {
    if let (Generator::Array(element), false) = (&mut column.generator, matches!(values, Values::Constant(_))) {
        return give(element, values, parent, seed);
    }
    fits(column, values)?;
    column.generator = match values {
        Values::Choice(choices) => {
            Generator::Choice(choices.iter().filter(|(_, weight)| *weight > 0.0).cloned().collect())
        }
        Values::Constant(text) => Generator::Choice(vec![(text.clone(), 1.0)]),
        Values::Integer(spread) => Generator::Spread(spread.clone(), 0),
        Values::Decimal(spread, places) => Generator::Spread(spread.clone(), *places),
        Values::Template(parts) => Generator::Template(parts.clone()),
        Values::Sequence { from, step } => Generator::Serial { start: *from, step: *step, taken: Vec::new() },
        Values::Time(series) => Generator::Series(*series),
        Values::After(_, within) => {
            Generator::After(parent, within.map(|within| scalar::duration(within).as_secs_f64() * 1e6))
        }
        Values::Kind(kind) => Generator::Text(*kind),
        Values::Mask(rule) => Generator::Masked(Arc::new(masked(column, rule, seed)?)),
    };
    let counts = match &column.generator {
        Generator::Serial { .. } => true,
        Generator::Template(parts) => parts.iter().any(|part| matches!(part, Part::Number(_))),
        _ => false,
    };
    column.counter = if counts { Counter::Row } else { Counter::None };
    Ok(())
}

/// Can the column's type hold such values.
fn fits(column: &ColumnSeed, values: &Values) -> Result<(), Wrong> {
    use Family::{Date, Decimal, Float, Integer, Json, Mac, Network, Text, Timestamp, Uuid};
    let (what, families): (&str, &[Family]) = match values {
        Values::Choice(choices) => return choices.iter().try_for_each(|(text, _)| is_value(column, text)),
        Values::Constant(text) => return is_value(column, text),
        Values::Integer(_) => ("`integer`", &[Integer, Decimal, Float]),
        Values::Decimal(..) => ("`decimal`", &[Decimal, Float]),
        Values::Template(_) => ("`template`", &[Text]),
        Values::Sequence { .. } => ("`sequence`", &[Integer, Decimal, Text]),
        Values::Time(_) => ("`time`", &[Date, Timestamp]),
        Values::After(..) => ("`after`", &[Date, Timestamp]),
        Values::Kind(Kind::Ip) => ("an address of a network", &[Text, Network]),
        Values::Kind(Kind::Mac) => ("a hardware address", &[Text, Mac]),
        Values::Kind(Kind::Uuid) => ("a uuid", &[Text, Uuid]),
        Values::Kind(Kind::Json) => ("a document", &[Text, Json]),
        Values::Kind(_) => ("a kind of text", &[Text]),
        // It says itself what it fits.
        Values::Mask(_) => return Ok(()),
    };
    if column.family.is_some_and(|family| families.contains(&family)) {
        return Ok(());
    }
    let help = "a rule makes what the column's type holds, as in `integer` or `choice`".to_owned();
    Err(("seed-type", format!("the column is of the type {}, not for {what}", column.ty.name.name), help))
}

/// Is a text of the rules a value of the column's type, as far as can be said without the server.
pub fn is_value(column: &ColumnSeed, text: &str) -> Result<(), Wrong> {
    let words = ["true", "false", "t", "f", "yes", "no", "on", "off", "1", "0"];
    let labels = column.shape.labels();
    let right = match column.family {
        Some(Family::Integer) => scalar::integer(text).is_some(),
        Some(Family::Decimal | Family::Float) => scalar::is_decimal(text),
        Some(Family::Boolean) => words.contains(&text),
        Some(Family::Enum) => labels.is_none_or(|labels| labels.iter().any(|label| label == text)),
        _ => true,
    };
    if right {
        return Ok(());
    }
    let help = match labels {
        Some(labels) => {
            format!("allowed: {}", labels.iter().map(|label| printable(label)).collect::<Vec<_>>().join(", "))
        }
        None => "correct the rule".to_owned(),
    };
    Err(("seed-value", format!("`{}` is no value of the type {}", printable(text), column.ty.name.name), help))
}

/// The reference behind `after: users.created_at`, and the place among its times; `None`: a column of the same table.
fn after(
    world: &World<'_>,
    table: &Table,
    seed: &mut TableSeed,
    than: &Spanned<ColumnName>,
) -> Result<Option<(usize, usize)>, Wrong> {
    let wrong = |message: String, help: &str| Err(("seed-after", message, help.to_owned()));
    let ColumnName { table: parent, column: name } = &than.value;
    let of = world.input.catalog.table(parent).and_then(|of| of.columns.iter().find(|column| column.name == *name));
    let is_time = |column: &Column| matches!(Family::of(&column.ty), Some(Family::Date | Family::Timestamp));
    if !of.is_some_and(is_time) {
        return wrong(format!("there is no date or time {}", than.value), "name a column, as in users.created_at");
    }
    if *parent == table.name {
        return match seed.columns.iter().any(|column| column.name == *name) {
            true => Ok(None),
            false => wrong(format!("the database fills {} itself", than.value), "name another column"),
        };
    }
    let is_it = |reference: &ReferenceSeed| reference.parent == *parent && reference.filled == Filled::Before;
    let Some(at) = seed.references.iter().position(is_it) else {
        let message = format!("no reference of the table leads to rows of {parent} that come before it");
        return wrong(message, "name a column of this table, or of one that it refers to");
    };
    let times = &mut seed.references[at].parent_times;
    let known = times.iter().position(|time| time == name);
    if known.is_none() {
        times.push(name.clone());
    }
    Ok(Some((at, known.unwrap_or(times.len() - 1))))
}

/// The columns of the same table that a column comes after, from one to the next, until one has no such rule or comes again.
fn earlier<'a>(rules: &'a [SeedColumn], table: &Table, mut at: &'a Name) -> Vec<&'a Name> {
    let mut chain: Vec<&Name> = Vec::new();
    while let Some(Values::After(than, _)) =
        rules.iter().find(|rule| rule.name.value == *at).and_then(|rule| rule.values.as_ref())
        && than.value.table == table.name
        && !chain.contains(&&than.value.column)
    {
        at = &than.value.column;
        chain.push(at);
    }
    chain
}

/// Leaves of the ways to satisfy the checks those that the rules' values satisfy too.
pub fn limits(world: &World<'_>, table: &Table, seed: &mut TableSeed, found: &mut Vec<Diagnostic>) {
    for rule in world.input.rule(&table.name).into_iter().flat_map(|rule| &rule.columns) {
        let Some(at) = seed.columns.iter().position(|column| column.name == rule.name.value) else { continue };
        if let Some(Values::After(than, _)) = &rule.values
            && than.value.table == table.name
            && let Some(other) = seed.columns.iter().position(|column| column.name == than.value.column)
        {
            seed.variants.iter_mut().for_each(|variant| variant[at].above.push((other, true)));
        }
        if let Err(wrong) = limited(seed, at, rule) {
            found.push(diagnostic(table, &rule.name, wrong));
        }
    }
}

/// What to do about a rule that the checks do not allow.
const HELP: &str = "correct the rule: the checks of the table decide what it may hold";

fn limited(seed: &mut TableSeed, at: usize, rule: &SeedColumn) -> Result<(), Wrong> {
    let help = || HELP.to_owned();
    let column = &seed.columns[at];
    if rule.nulls.is_some_and(|share| share > 0.0)
        && seed.variants.iter().all(|variant| variant[at].null == Some(false))
    {
        return Err(("seed-null", "a check allows no NULL".to_owned(), "take `nulls` away".to_owned()));
    }
    if rule.values.is_none() {
        return Ok(());
    }
    if let Generator::Choice(choices) = &column.generator {
        let allowed = |text: &str| seed.variants.iter().any(|variant| variant[at].allow(column, text));
        if let Some((text, _)) = choices.iter().find(|(text, _)| !allowed(text)) {
            return Err(("seed-choice", format!("the checks do not allow `{}`", printable(text)), help()));
        }
    }
    meet(seed, at)
}

/// Leaves of the ways to satisfy the checks those that a column's generator satisfies too.
pub fn meet(seed: &mut TableSeed, at: usize) -> Result<(), Wrong> {
    let column = &seed.columns[at];
    let meets = |limits: &Limits| -> bool {
        let some = |among: &Vec<String>, spread: &Spread| {
            let number = |text: &String| super::limits::number(column, text, true, 0);
            among.iter().filter_map(number).any(|number| (spread.low..=spread.high).contains(&number))
        };
        limits.null != Some(true)
            && match &column.generator {
                Generator::Spread(spread, _) => {
                    limits.low <= spread.high
                        && limits.high >= spread.low
                        && limits.among.as_ref().is_none_or(|among| some(among, spread))
                }
                Generator::Series(series) => limits.low <= series.to as f64 && limits.high >= series.from as f64,
                Generator::Choice(choices) => choices.iter().any(|(text, _)| limits.allow(column, text)),
                Generator::Array(_) => true,
                _ => limits.among.is_none(),
            }
    };
    let kept: Vec<Variant> = seed.variants.iter().filter(|variant| meets(&variant[at])).cloned().collect();
    if kept.is_empty() {
        let message = match &column.generator {
            Generator::Spread(spread, _) => {
                format!("the checks allow no number from {} to {}", spread.low, spread.high)
            }
            Generator::Series(_) => "the checks allow no moment of that time".to_owned(),
            Generator::Choice(_) => "no row can satisfy these together with what other rules say".to_owned(),
            _ => "the checks allow only some values: name them with `choice`".to_owned(),
        };
        return Err(("seed-range", message, HELP.to_owned()));
    }
    seed.variants = kept;
    Ok(())
}

/// The reference that the rules count rows by, and how many each row of its parent gets.
pub fn per(world: &World<'_>, table: &Table, seed: &TableSeed, found: &mut Vec<Diagnostic>) -> Option<(usize, Spread)> {
    let rule = world.input.rule(&table.name)?;
    let per = rule.per.as_ref()?;
    let is_it = |reference: &ReferenceSeed| reference.parent == per.value && reference.filled == Filled::Before;
    let at = seed.references.iter().position(is_it);
    if at.is_none() {
        let place = Place::ObjectInFile(table.name.to_string(), per.place.clone());
        let message = format!("no reference of the table leads to rows of {} that come before it", per.value);
        let parents: Vec<String> = seed.references.iter().map(|one| one.parent.to_string()).collect();
        let help = match (nearest(&per.value.to_string(), parents.iter().map(String::as_str)), parents.is_empty()) {
            (Some(near), _) if near != per.value.to_string() => format!("did you mean `{near}`?"),
            (_, true) => "say `rows` instead".to_owned(),
            _ => format!("it refers to {}", parents.join(", ")),
        };
        found.push(Diagnostic::error("seed-per", place, message).help(help));
    }
    Some((at?, rule.count.clone().unwrap_or(world.input.per_parent(0))))
}
