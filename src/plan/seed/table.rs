//! One table: its columns, references, checks, and what keeps its rows apart.

use super::build::World;
use super::checks::{self, Alternatives};
use super::limits::{self, Limits, Named};
use super::{
    ColumnSeed, Counter, Filled, Generator, ReferenceSeed, Rows, TableSeed, fixed, kinds, login, or_leave, profiled,
    ruled, unique,
};
use crate::catalog::{BaseType, Column, ForeignKey, PgType, Table, TableKind, TypeKind};
use crate::mask::{ColumnShape, Family};
use crate::pg::value::FieldType;
use crate::synth::{Spread, Stream};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::{Name, TableName};
use std::sync::Arc;

/// Makes the plan of a table; `filled` says where a parent is filled, `None`: never.
pub fn plan(world: &World<'_>, table: &Table, found: &mut Vec<Diagnostic>) -> Option<TableSeed> {
    let text = table.name.to_string();
    let mut seed = TableSeed {
        oid: table.oid,
        name: table.name.clone(),
        rows: Rows::Fixed(0),
        expected: 0,
        asked: false,
        fixed: Vec::new(),
        columns: columns(world, table, found),
        references: Vec::new(),
        variants: Vec::new(),
        digits: Vec::new(),
        binary: false,
        forced: false,
        stream: Stream::new(world.input.seed, &text, "\0rows"),
        person: Stream::new(world.input.seed, &text, "\0person"),
        born: None,
        serials: serials(world, table),
    };
    for (_, at, _) in &mut seed.serials {
        let name = &table.by_number(*at as i16)?.name;
        *at = seed.columns.iter().position(|column| column.name == *name).unwrap_or(usize::MAX);
    }
    seed.serials.retain(|(_, at, _)| *at != usize::MAX);
    references(world, table, &mut seed);
    seed.born = born(table).and_then(|name| seed.columns.iter().position(|column| column.name == name));
    let shaped = profiled::columns(world, table, &mut seed, found);
    profiled::ages(&shaped, &mut seed);
    ruled::columns(world, table, &mut seed, found);
    constraints(world, table, &mut seed, found);
    seed.binary = seed.columns.iter().all(|column| column.ty.has_portable_binary());
    if !seed.variants.is_empty() {
        profiled::limits(shaped, &mut seed, found);
        ruled::limits(world, table, &mut seed, found);
        fixed::rows(world, table, &mut seed, found);
        login::row(world, table, &mut seed, found);
    }
    rows(world, table, &mut seed, found);
    if !seed.variants.is_empty() {
        unique::keep_apart(&mut seed, table);
    }
    Some(seed)
}

/// The columns that are written.
fn columns(world: &World<'_>, table: &Table, found: &mut Vec<Diagnostic>) -> Vec<ColumnSeed> {
    let mut columns = Vec::new();
    for column in table.stored_columns() {
        let mut seed = column_of(world, &table.name, &column.name, &column.ty, column.typmod, column.not_null);
        if let Some(start) = serial(world, table, column) {
            seed.generator = start;
            seed.counter = Counter::Row;
            seed.nulls = 0.0;
        }
        let rule = world.input.column(&table.name, &column.name);
        let by_itself = !matches!(seed.generator, Generator::Null) || rule.is_some_and(|rule| rule.values.is_some());
        if !by_itself && column.default.is_some() {
            continue;
        }
        if !by_itself && column.not_null {
            let place = Place::from(&table.name.column(&column.name));
            let message = format!("nothing is known that makes values of the type {}", column.ty.name);
            found.push(Diagnostic::error("seed-type", place, message).help(format!(
                "say its values under `seed: {{ tables: … }}` of the rules, give it a DEFAULT, {}",
                or_leave(&table.name)
            )));
        }
        columns.push(seed);
    }
    columns
}

/// A column, an element or a field.
fn column_of(
    world: &World<'_>,
    table: &TableName,
    name: &Name,
    ty: &Arc<PgType>,
    typmod: i32,
    not_null: bool,
) -> ColumnSeed {
    let not_null = not_null || ty.forbids_null();
    let shape = ColumnShape::of(ty, typmod, not_null, false);
    // A row type is made of its fields.
    let family = Family::of(ty).filter(|family| *family != Family::Composite);
    let inner = |ty: &Arc<PgType>, name: &Name| column_of(world, table, name, ty, -1, false);
    let generator = match &ty.base().kind {
        _ if family.is_some() => {
            let family = family.unwrap_or(Family::Text);
            match kinds::guess(table.name.as_str(), name.as_str(), family, shape.max_length) {
                Generator::Bits(usual) => Generator::Bits(usize::try_from(shape.typmod).unwrap_or(usual)),
                guessed => guessed,
            }
        }
        TypeKind::Base(base) => odd(*base, ty),
        TypeKind::Array(element) => match column_of(world, table, name, element, shape.typmod, false) {
            element if matches!(element.generator, Generator::Null) => Generator::Fixed("{}", ""),
            element => Generator::Array(Box::new(element)),
        },
        TypeKind::Range(bound) => {
            Generator::Range(Box::new(inner(bound, name)), ty.base().name.name.as_str().contains("multirange"))
        }
        TypeKind::Composite(fields) => Generator::Composite(fields.iter().map(|(name, ty)| inner(ty, name)).collect()),
        _ => named(ty),
    };
    let nulls = match &generator {
        _ if not_null => 0.0,
        Generator::Null => 1.0,
        Generator::Moment(super::Moment::Ended) => 0.85,
        Generator::Moment(super::Moment::Created) => 0.0,
        _ => 0.12,
    };
    let mut column = ColumnSeed {
        name: name.clone(),
        ty: ty.clone(),
        field: FieldType::of(ty),
        family,
        shape,
        not_null,
        nulls,
        generator,
        stream: Stream::new(world.input.seed, &table.to_string(), name.as_str()),
        counter: Counter::None,
        repeats: None,
        even: false,
        aged: false,
        alone: Limits::default(),
    };
    // What contradicts itself is named where the column's own table is planned.
    let variants = limits::variants(std::slice::from_ref(&column), &domains(0, &column), world.input.as_of);
    column.alone = variants.ok().and_then(|mut variants| variants.remove(0).pop()).unwrap_or_else(|| column.limits());
    column
}

/// Types of no family.
fn odd(base: BaseType, ty: &PgType) -> Generator {
    match base {
        BaseType::Char => names(&[
            "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u",
            "v", "w", "x", "y", "z",
        ]),
        BaseType::Oid => Generator::Number { low: 1.0, high: 1e6 },
        BaseType::Tsvector => Generator::Fixed("'plain':2 'text", "':1"),
        BaseType::Tsquery => Generator::Fixed("'plain", "'"),
        BaseType::Ltree => Generator::Fixed("top.plain", ""),
        BaseType::Geometric => Generator::Geometric(match ty.base().name.name.as_str() {
            "point" => "point",
            "line" => "line",
            "lseg" => "lseg",
            "box" => "box",
            "path" => "path",
            "polygon" => "polygon",
            _ => "circle",
        }),
        BaseType::System => match ty.base().name.name.as_str() {
            "pg_lsn" => Generator::Fixed("0/1", ""),
            "tid" => Generator::Fixed("(0,1", ")"),
            "xid" | "xid8" | "cid" => Generator::Fixed("733", ""),
            _ => Generator::Fixed("10:20:10,14,15", ""),
        },
        _ => Generator::Null,
    }
}

/// Types of the catalog's own names, which are the same on every server.
fn named(ty: &PgType) -> Generator {
    match ty.base().name.name.as_str() {
        "regclass" => names(&["pg_class", "pg_type", "pg_proc"]),
        "regtype" => names(&["integer", "text", "boolean"]),
        "regproc" => names(&["now", "pi", "version"]),
        "regprocedure" => names(&["now()", "pi()", "version()"]),
        "regoperator" => names(&["+(integer,integer)", "-(integer,integer)"]),
        "regnamespace" => names(&["pg_catalog", "information_schema"]),
        "regrole" => names(&["pg_monitor", "pg_signal_backend"]),
        "regconfig" | "regdictionary" => names(&["simple"]),
        "regcollation" => names(&["\"C\"", "\"POSIX\""]),
        "jsonpath" => Generator::Fixed("$.\"plain", "\""),
        _ => Generator::Null,
    }
}

fn names(all: &[&str]) -> Generator {
    Generator::Choice(all.iter().map(|name| ((*name).to_owned(), 1.0)).collect())
}

/// Columns that count rows by themselves: identity, `nextval`, whole-number primary keys.
fn serial(world: &World<'_>, table: &Table, column: &Column) -> Option<Generator> {
    if Family::of(&column.ty) != Some(Family::Integer) || world.is_reference(table, column.number) {
        return None;
    }
    if let Some((facts, _)) = world.sequence(table, column) {
        return Some(Generator::Serial { step: facts.increment, start: facts.start, taken: Vec::new() });
    }
    let alone = |index: &crate::catalog::UniqueIndex| index.primary && index.columns == [column.number];
    table.unique_indexes.iter().any(alone).then_some(Generator::Serial { step: 1, start: 1, taken: Vec::new() })
}

/// The sequences behind its columns, by attribute number for now.
fn serials(world: &World<'_>, table: &Table) -> Vec<(TableName, usize, i64)> {
    let of = |column: &Column| {
        let (facts, name) = world.sequence(table, column)?;
        (Family::of(&column.ty) == Some(Family::Integer))
            .then(|| (name.clone(), column.number as usize, facts.increment))
    };
    table.stored_columns().filter_map(of).collect()
}

/// Foreign keys, of its partitions too.
fn references(world: &World<'_>, table: &Table, seed: &mut TableSeed) {
    let mut keys: Vec<(&ForeignKey, Vec<usize>)> = world
        .keys_of(table)
        .filter_map(|key| {
            let owner = world.input.catalog.by_oid(key.table)?;
            let place = |number: &i16| {
                let name = &owner.by_number(*number)?.name;
                seed.columns.iter().position(|column| column.name == *name)
            };
            Some((key, key.columns.iter().map(place).collect::<Option<Vec<_>>>()?))
        })
        .collect();
    // What a row shares with an earlier one of its table, another parent has decided.
    keys.sort_by_key(|(key, columns)| {
        (key.references == table.oid, std::cmp::Reverse(columns.len()), columns.clone(), key.name.clone())
    });
    let mut set: Vec<usize> = Vec::new();
    for (key, columns) in keys {
        if columns.iter().all(|at| set.contains(at)) {
            continue;
        }
        let Some(parent) = world.input.catalog.by_oid(key.references) else { continue };
        let nullable = columns.iter().any(|at| !seed.columns[*at].not_null && !set.contains(at));
        let filled = world.filled(table, parent);
        let Some(filled) = filled else {
            // Its parent will have no rows.
            for at in &columns {
                let column = &mut seed.columns[*at];
                if !column.not_null {
                    column.generator = Generator::Null;
                    column.nulls = 1.0;
                }
            }
            continue;
        };
        let place = seed.references.len();
        for (part, at) in columns.iter().enumerate().filter(|(_, at)| !set.contains(at)) {
            let column = &mut seed.columns[*at];
            column.generator = Generator::Reference(place, part);
            column.counter = Counter::None;
            column.nulls = if column.not_null {
                0.0
            } else if filled == Filled::Itself {
                0.25
            } else {
                0.15
            };
        }
        let names = key.referenced_columns.iter().filter_map(|number| Some(parent.by_number(*number)?.name.clone()));
        seed.references.push(ReferenceSeed {
            name: key.name.clone(),
            parent: parent.name.clone(),
            parent_is_tree: parent.kind == TableKind::Partitioned,
            parent_columns: names.collect(),
            parent_times: born(parent).into_iter().collect(),
            filled,
            nullable,
            children: None,
            stream: Stream::new(
                world.input.seed,
                &seed.name.to_string(),
                &format!("\0{}", seed.columns[columns[0]].name.as_str()),
            ),
            counter: Counter::None,
            columns: columns.clone(),
        });
        set.extend(columns);
    }
}

/// The column that says when a row came to be.
pub fn born(table: &Table) -> Option<Name> {
    let is_born = |column: &&Column| {
        let family = Family::of(&column.ty);
        let moment = family.filter(|family| matches!(family, Family::Timestamp | Family::Date));
        moment.is_some_and(|family| {
            matches!(
                kinds::guess(table.name.name.as_str(), column.name.as_str(), family, None),
                Generator::Moment(super::Moment::Created)
            )
        })
    };
    table.columns.iter().find(is_born).map(|column| column.name.clone())
}

/// Checks of the table, bounds of its partitions, checks of domains.
fn constraints(world: &World<'_>, table: &Table, seed: &mut TableSeed, found: &mut Vec<Diagnostic>) {
    let place = |name: &str| seed.columns.iter().position(|column| column.name.as_str() == name);
    let mut named: Vec<Named> = Vec::new();
    let mut texts = Vec::new();
    for owner in world.with_partitions(table) {
        for check in &owner.checks {
            if texts.iter().any(|(name, sql)| *name == check.name.to_string() && *sql == check.expression) {
                continue;
            }
            texts.push((check.name.to_string(), check.expression.clone()));
            named.push(Named {
                name: format!("the check {}", check.name),
                alternatives: checks::read(&check.expression, &place),
            });
        }
    }
    let bounds = world.bounds(table);
    if !bounds.is_empty() {
        let alternatives: Alternatives = bounds.iter().flat_map(|sql| checks::read(sql, &place)).collect();
        named.push(Named { name: "the bounds of its partitions".into(), alternatives });
    }
    named.extend(seed.columns.iter().enumerate().flat_map(|(at, column)| domains(at, column)));
    match limits::variants(&seed.columns, &named, world.input.as_of) {
        Ok(variants) => seed.variants = variants,
        Err(at) => found.push(contradiction(table, &named, at)),
    }
}

/// The checks of a column's domains.
fn domains(at: usize, column: &ColumnSeed) -> Vec<Named> {
    let (mut named, mut ty) = (Vec::new(), &column.ty);
    while let TypeKind::Domain { base, checks, .. } = &ty.kind {
        for sql in checks.iter() {
            let value = |name: &str| name.eq_ignore_ascii_case("value").then_some(at);
            named.push(Named { name: format!("the domain {}", ty.name), alternatives: checks::read(sql, &value) });
        }
        ty = base;
    }
    named
}

fn contradiction(table: &Table, named: &[Named], at: usize) -> Diagnostic {
    let others: Vec<&str> =
        named[..at].iter().filter(|other| shares(other, &named[at])).map(|other| other.name.as_str()).collect();
    let beside = if others.is_empty() { "the types of its columns".to_owned() } else { others.join(", ") };
    let message = format!("no row can satisfy {} together with {beside}", named[at].name);
    Diagnostic::error("seed-unsatisfiable", Place::from(&table.name), message)
        .help(format!("correct the constraints, {}", or_leave(&table.name)))
}

/// Do two checks speak of one column.
fn shares(one: &Named, other: &Named) -> bool {
    let columns = |named: &Named| -> Vec<usize> {
        named.alternatives.iter().flatten().filter_map(checks::Demand::column).collect()
    };
    let theirs = columns(other);
    columns(one).iter().any(|at| theirs.contains(at))
}

/// How many rows.
fn rows(world: &World<'_>, table: &Table, seed: &mut TableSeed, found: &mut Vec<Diagnostic>) {
    let profiled = world.input.profiled(&table.name);
    for at in 0..seed.references.len() {
        seed.references[at].children = profiled::children(profiled, &seed.columns, &seed.references[at]);
    }
    let before = |reference: &ReferenceSeed| reference.filled == Filled::Before;
    let is_key = |columns: &[usize]| {
        let names: Vec<&Name> = columns.iter().map(|at| &seed.columns[*at].name).collect();
        table
            .unique_indexes
            .iter()
            .filter(|index| !index.exclusion && index.predicate.is_none() && !index.has_expressions)
            .any(|index| {
                index
                    .columns
                    .iter()
                    .all(|number| table.by_number(*number).is_some_and(|column| names.contains(&&column.name)))
            })
    };
    let some_null = |reference: &ReferenceSeed| reference.columns.iter().any(|at| seed.columns[*at].nulls > 0.0);
    // Of parents whose children are counted, that of the most rows has the finest shape.
    let counted = |reference: &ReferenceSeed| match &reference.children {
        Some(_) if !some_null(reference) => {
            world.input.profiled(&reference.parent).map_or(1, |parent| parent.rows.max(1))
        }
        _ => 0,
    };
    let best =
        seed.references.iter().enumerate().filter(|(_, reference)| before(reference)).max_by_key(|(at, reference)| {
            let (needed, key) = (!reference.nullable, is_key(&reference.columns));
            let depth = world.depth(&reference.parent);
            (needed && key, counted(reference), needed, key, depth, std::cmp::Reverse(*at))
        });
    let best = best.filter(|(_, reference)| reference.children.is_none() || !some_null(reference));
    let driver = best.map(|(at, reference)| (at, is_key(&reference.columns)));
    let ruled = ruled::per(world, table, seed, found);
    let driver = ruled.as_ref().map(|(at, _)| (*at, false)).or(driver);
    for at in driver.map(|(at, _)| seed.references[at].columns.clone()).unwrap_or_default() {
        // Each row hangs on a parent, unless the rules say otherwise.
        let rule = world.input.column(&table.name, &seed.columns[at].name);
        if rule.is_none_or(|rule| rule.nulls.is_none()) {
            seed.columns[at].nulls = 0.0;
        }
    }
    let fixed = seed.fixed.len() as u64;
    if let Some(rows) = world.input.wanted(&table.name) {
        let rows = rows.max(fixed);
        (seed.rows, seed.asked) = (driver.map_or(Rows::Fixed(rows), |(at, _)| Rows::Shared(rows, at)), true);
        return;
    }
    let children = driver.and_then(|(at, _)| seed.references[at].children.clone());
    seed.rows = match (ruled, driver) {
        (Some((at, count)), _) => Rows::Per(at, count),
        (None, driver) if let Some(profiled) = profiled => {
            let rows = world.input.scaled(profiled.rows).max(fixed);
            match (driver, children) {
                (Some((at, key)), Some(children)) => {
                    Rows::Per(at, if key { children.within(0.0, 1.0) } else { children })
                }
                (Some((at, _)), None) => Rows::Shared(rows, at),
                (None, _) => Rows::Fixed(rows),
            }
        }
        (None, Some((at, true))) => Rows::Per(at, Spread::uniform(1.0, 1.0)),
        (None, Some((at, false))) => Rows::Per(at, world.input.per_parent(world.depth(&seed.references[at].parent))),
        (None, None) => {
            let few = world.is_referenced(table) && table.columns.len() <= 4;
            Rows::Fixed(world.input.scaled(world.input.rows_of_default(few)).max(fixed))
        }
    };
}
