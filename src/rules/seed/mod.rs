//! `seed:`, how `seed-dev` fills a database: `keys.rs` declares its keys, `values.rs` reads what a column holds,
//! `profile.rs` the statistics of another database, `over.rs` lays what an environment has of its own over the file's.

pub mod keys;
mod over;
mod profile;
mod values;

pub use profile::{Profile, ProfiledColumn, ProfiledReference, ProfiledTable, Seen};
pub use values::{Part, SeedColumn, Values};

use super::document::{NO_VARIABLES, no_variables};
use super::fault::{Faults, shown};
use super::masks::Known;
use super::node::{Entry, Node};
use super::scalar;
use crate::synth::Spread;
use crate::words::diagnostic::Spanned;
use crate::words::name::{Name, TableName};
use keys::{COUNT, DEFAULT, LOGIN, PASSWORD, SEED, SHAPES, TABLE};
use std::collections::HashMap;
use std::ops::Range;

/// The most rows of a table.
const MOST: i64 = 1_000_000_000;

/// `seed:`.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    /// The language of names.
    pub locale: Option<String>,
    /// What dates are relative to, in microseconds since 2000-01-01.
    pub as_of: Option<i64>,
    /// The file of the shape that tables have.
    pub profile: Option<Spanned<String>>,
    /// Rows of tables without parents.
    pub rows: Option<u64>,
    /// Rows for each row of a parent.
    pub per_parent: Option<Spread>,
    /// Tables by name.
    pub tables: Vec<SeedTable>,
    /// Who may log in afterwards.
    pub login: Option<Login>,
}

/// A table of `seed:`.
#[derive(Debug, Clone)]
pub struct SeedTable {
    /// The table.
    pub name: Spanned<TableName>,
    /// How many rows.
    pub rows: Option<u64>,
    /// The parent that rows are counted by.
    pub per: Option<Spanned<TableName>>,
    /// How many for each row of it.
    pub count: Option<Spread>,
    /// Rows that are written as they stand, before generated ones.
    pub fixed: Vec<Spanned<FixedRow>>,
    /// Columns by name.
    pub columns: Vec<SeedColumn>,
}

/// A row that is written as it stands: columns and values, `None` for NULL.
pub type FixedRow = Vec<(Spanned<Name>, Option<String>)>;

/// Somebody who may log in.
#[derive(Debug, Clone)]
pub struct Login {
    /// The table of users.
    pub table: Spanned<TableName>,
    /// The address of the row.
    pub email: Spanned<String>,
    /// The password, which is stored as a bcrypt hash.
    pub password: String,
}

/// Reads `seed:`.
pub fn seed(node: &Node, masks: &Known, faults: &mut Faults) -> Option<Seed> {
    let fields = faults.fields(node, "`seed`", &[SEED])?;
    let mut seed = Seed {
        locale: fields.get("locale").and_then(|node| faults.locale(node)),
        as_of: fields
            .get("as_of")
            .and_then(|node| faults.read(node, "`as_of`", values::MOMENT, |scalar| values::moment(&scalar.text))),
        profile: fields.get("profile").and_then(|node| faults.text(node, "`profile`")),
        tables: fields.get("tables").map(|node| tables(node, masks, faults)).unwrap_or_default(),
        login: fields.get("login").and_then(|node| login(node, faults)),
        ..Seed::default()
    };
    if let Some(fields) = fields.get("default").and_then(|node| faults.fields(node, "`default`", &[DEFAULT])) {
        seed.rows = fields.get("rows").and_then(|node| rows(node, faults));
        seed.per_parent = fields.get("per_parent").and_then(|node| count(node, "`per_parent`", faults));
    }
    Some(seed)
}

fn rows(node: &Node, faults: &mut Faults) -> Option<u64> {
    faults.integer(node, "`rows`", 0..=MOST).map(|rows| rows as u64)
}

/// How many rows each row of a parent gets: a range, or one with a distribution.
fn count(node: &Node, what: &str, faults: &mut Faults) -> Option<Spread> {
    let read = |text: &str| scalar::integer(text).filter(|count| (0..=1_000_000).contains(count)).map(|n| n as f64);
    let wanted = "two whole numbers from 0 to 1000000, the lesser first, as in 1..5";
    if !matches!(node, Node::Map(..)) {
        return values::range(node, what, wanted, read, faults).map(|(low, high)| Spread::uniform(low, high));
    }
    let fields = faults.fields(node, what, &[COUNT, SHAPES])?;
    let range = values::range(fields.get("between")?, "`between`", wanted, read, faults)?;
    values::spread(&fields, range, faults)
}

fn tables(node: &Node, masks: &Known, faults: &mut Faults) -> Vec<SeedTable> {
    let mut seen: HashMap<TableName, Range<usize>> = HashMap::new();
    let mut tables = Vec::new();
    for entry in faults.entries(node, "`tables` of `seed`").unwrap_or_default() {
        let Some(table) = table(entry, masks, faults) else { continue };
        let again = table.name.place.span.clone();
        if let Some(first) = seen.get(&table.name.value) {
            faults.twice("duplicate-table", &format!("table {}", table.name.value), first, &again);
        }
        seen.entry(table.name.value.clone()).or_insert(again);
        tables.push(table);
    }
    tables
}

fn table(entry: &Entry, masks: &Known, faults: &mut Faults) -> Option<SeedTable> {
    let name = faults.table(&entry.key);
    let fields = faults.fields(&entry.value, &format!("table {} of `seed`", shown(&entry.key.text)), &[TABLE])?;
    if let (Some(_), Some(per)) = (fields.get("rows"), fields.entry("per")) {
        faults.add("conflict", &per.key.span, "`rows` and `per` stand together", "keep one of the two");
    }
    if let (None, Some(count)) = (fields.get("per"), fields.entry("count")) {
        let help = "say which parent's rows are counted by: `per: orders`";
        faults.add("missing-key", &count.key.span, "`count` stands without `per`", help);
    }
    let per = fields.get("per").and_then(|node| {
        let scalar = faults.scalar(node, "`per`", "the name of a table")?;
        faults.table(scalar)
    });
    let columns = fields.get("columns").and_then(|node| faults.entries(node, "`columns`")).unwrap_or_default();
    let columns: Vec<SeedColumn> = columns.iter().filter_map(|entry| values::column(entry, masks, faults)).collect();
    for (at, column) in columns.iter().enumerate() {
        if let Some(first) = columns[..at].iter().find(|first| first.name.value == column.name.value) {
            let what = format!("column {}", column.name.value);
            faults.twice("duplicate-column", &what, &first.name.place.span, &column.name.place.span);
        }
    }
    Some(SeedTable {
        rows: fields.get("rows").and_then(|node| rows(node, faults)),
        per,
        count: fields.get("count").and_then(|node| count(node, "`count`", faults)),
        fixed: fields.get("fixed").map(|node| fixed(node, faults)).unwrap_or_default(),
        columns,
        name: name?,
    })
}

fn fixed(node: &Node, faults: &mut Faults) -> Vec<Spanned<FixedRow>> {
    no_variables(vec![node], NO_VARIABLES, faults);
    let items = faults.items(node, "`fixed`", "a list of rows, as in `[{ email: demo@example.com }]`");
    let mut rows = Vec::new();
    for item in items.unwrap_or_default() {
        let mut row = Vec::new();
        for entry in faults.entries(item, "a row of `fixed`").unwrap_or_default() {
            let value = match &entry.value {
                Node::Scalar(scalar) if scalar.is_null() => Some(None),
                Node::Scalar(scalar) => Some(Some(scalar.text.clone())),
                other => {
                    faults.wrong(other, "a value of `fixed`", "a text, a number, true, false or null");
                    None
                }
            };
            row.extend(faults.name(&entry.key, "a column").zip(value));
        }
        rows.push(Spanned::new(row, faults.place(&item.span())));
    }
    rows
}

fn login(node: &Node, faults: &mut Faults) -> Option<Login> {
    let fields = faults.fields(node, "`login`", &[LOGIN])?;
    no_variables(vec![node], NO_VARIABLES, faults);
    let table = fields.get("table").and_then(|node| {
        let scalar = faults.scalar(node, "`table`", "the name of a table")?;
        faults.table(scalar)
    });
    let email = fields.get("email").and_then(|node| faults.text(node, "`email`"));
    let password = fields.get("password").and_then(|node| {
        let fields = faults.fields(node, "`password`", &[PASSWORD])?;
        faults.text(fields.get("bcrypt")?, "`bcrypt`").map(|text| text.value)
    });
    Some(Login { table: table?, email: email?, password: password? })
}
