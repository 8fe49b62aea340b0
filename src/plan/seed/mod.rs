//! Catalog × rules → what to generate for each table, or every refusal at once; pure.
//!
//! `kinds.rs` guesses what a column holds, `checks.rs`, `texts.rs`, `documents.rs`, `moments.rs`, `formula.rs` and `sums.rs` read constraints, `limits.rs` puts them together, `unique.rs`
//! keeps values apart, `table.rs` makes one table's plan, `build.rs` all of them in their order. `ruled.rs`, `masked.rs`,
//! `fixed.rs` and `login.rs` lay over it what the rules say, `profiled.rs` under them what a profile does.

mod build;
pub mod checks;
pub mod documents;
mod fixed;
pub mod formula;
mod kinds;
pub mod limits;
mod login;
mod masked;
pub mod moments;
mod op;
mod profiled;
mod ruled;
pub mod sums;
mod table;
mod texts;
mod unique;

use crate::catalog::{Oid, PgType};
use crate::mask::{ColumnShape, Family};
use crate::pg::value::FieldType;
use crate::rules::seed::Part;
use crate::synth::kind::Kind;
use crate::synth::{Locale, Series, Spread, Stream};
use crate::words::diagnostic::Diagnostic;
use crate::words::name::{Name, TableName};
pub use build::SeedInput;
use limits::{Limits, Variant};
pub use masked::Masked;
use std::sync::Arc;

/// What is generated, in order. Made by [`SeedPlan::build`] alone.
pub struct SeedPlan {
    /// Tables that are filled together: one, or a cycle of references.
    pub(crate) groups: Vec<Vec<Arc<TableSeed>>>,
    /// Sequences that begin anew, with their first values.
    pub(crate) sequences: Vec<(TableName, i64)>,
    /// What somebody should look at.
    pub(crate) warnings: Vec<Diagnostic>,
    /// The time that dates are relative to: microseconds since 2000-01-01, UTC.
    pub(crate) as_of: i64,
    /// Whose names are used.
    pub(crate) locale: &'static Locale,
}

impl SeedPlan {
    /// What somebody should look at.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Is the table filled.
    pub fn fills(&self, table: Oid) -> bool {
        self.groups.iter().flatten().any(|seed| seed.oid == table)
    }

    /// About how many rows all of its tables get.
    pub fn rows(&self) -> u64 {
        self.groups.iter().flatten().map(|seed| seed.expected).sum()
    }

    /// How many tables are filled.
    pub fn tables(&self) -> usize {
        self.groups.iter().map(Vec::len).sum()
    }
}

/// What to do with a table that no row fits: the end of a help's sentence.
pub fn or_leave(table: &TableName) -> String {
    format!(
        "or leave the table empty with `--rows {table}=0`, or insert rows of your own: tables that have rows are used as they are"
    )
}

/// One table.
#[derive(Clone)]
pub struct TableSeed {
    /// Its oid.
    pub oid: Oid,
    /// Its name.
    pub name: TableName,
    /// How many rows.
    pub rows: Rows,
    /// About how many that will be.
    pub expected: u64,
    /// Somebody asked for this number of rows: fewer are no success.
    pub asked: bool,
    /// The first rows, as far as the rules write them out.
    pub fixed: Vec<FixedSeed>,
    /// The columns that are written, in attribute order.
    pub columns: Vec<ColumnSeed>,
    /// Its references to other tables and to itself, those that set others' columns first.
    pub references: Vec<ReferenceSeed>,
    /// The ways to satisfy its checks; at least one.
    pub variants: Vec<Variant>,
    /// Columns that together must stay apart: each list is a mixed-radix number.
    pub digits: Vec<Digits>,
    /// Sends rows in binary.
    pub binary: bool,
    /// FORCE ROW LEVEL SECURITY is set, and may be lifted for the run.
    pub forced: bool,
    /// The stream of decisions about whole rows.
    pub stream: Stream,
    /// The stream of the person that a row is about.
    pub person: Stream,
    /// The column that says when a row came to be: a place in the columns.
    pub born: Option<usize>,
    /// Sequences to set behind the generated values: the sequence, the column's place, the step.
    pub serials: Vec<(TableName, usize, i64)>,
}

/// What the rules write out of a row.
#[derive(Debug, Clone)]
pub struct FixedSeed {
    /// Places of columns and their values; `None` for NULL.
    pub values: Vec<(usize, Option<String>)>,
    /// Those of the table's variants that allow them.
    pub variants: Vec<usize>,
}

/// How many rows a table gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// So many.
    Fixed(u64),
    /// So many, shared out among the rows of a parent (a place in the references).
    Shared(u64, usize),
    /// So many for each row of a parent.
    Per(usize, Spread),
}

impl Rows {
    /// The reference whose parent's rows are walked through.
    pub fn driver(&self) -> Option<usize> {
        match self {
            Rows::Fixed(_) => None,
            Rows::Shared(_, at) | Rows::Per(at, ..) => Some(*at),
        }
    }
}

/// One column.
#[derive(Clone)]
pub struct ColumnSeed {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Arc<PgType>,
    /// Its bounds.
    pub shape: ColumnShape,
    /// The family of its type.
    pub family: Option<Family>,
    /// How its fields are written.
    pub field: FieldType,
    /// NULL is not allowed.
    pub not_null: bool,
    /// The share of NULL.
    pub nulls: f64,
    /// What is generated.
    pub generator: Generator,
    /// Where its values come from.
    pub stream: Stream,
    /// What keeps its values apart.
    pub counter: Counter,
    /// So many values are repeated, where nothing is to keep them apart.
    pub repeats: Option<u64>,
    /// Its values lie as evenly as those that they are like.
    pub even: bool,
    /// Its moments come in the order in which the rows came to be.
    pub aged: bool,
    /// What its type and its domains allow, where it is a part of a column.
    pub alone: Limits,
}

/// What keeps the values of a column apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Counter {
    /// Nothing.
    None,
    /// The row's number.
    Row,
    /// A digit: a place in [`TableSeed::digits`], and which of its digits.
    Digit(usize, usize),
}

/// Columns and references that together count rows.
#[derive(Debug, Clone)]
pub struct Digits {
    /// Counts within each parent row instead of the whole table.
    pub per_parent: bool,
    /// The digits.
    pub of: Vec<Digit>,
    /// The index that wants it.
    pub index: String,
    /// It holds for every row: there can be no more rows than it has values.
    pub exact: bool,
}

/// One digit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Digit {
    /// The values of a column.
    Column(usize),
    /// The rows of a parent.
    Reference(usize),
}

/// One foreign key.
#[derive(Debug, Clone)]
pub struct ReferenceSeed {
    /// The constraint's name.
    pub name: Name,
    /// The columns' places, in the key's order.
    pub columns: Vec<usize>,
    /// The referenced table.
    pub parent: TableName,
    /// Is it partitioned: its rows are in its partitions.
    pub parent_is_tree: bool,
    /// The referenced columns.
    pub parent_columns: Vec<Name>,
    /// The parent's columns that rows come after: when a row of it came to be, and what the rules name.
    pub parent_times: Vec<Name>,
    /// Where the parent is filled.
    pub filled: Filled,
    /// Some column may be NULL.
    pub nullable: bool,
    /// How many rows refer to each row of the parent, if that is known from elsewhere.
    pub children: Option<Spread>,
    /// The stream of its picks.
    pub stream: Stream,
    /// What keeps its picks apart.
    pub counter: Counter,
}

/// Where a reference's parent is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// Before this table.
    Before,
    /// It is this table.
    Itself,
    /// Together with it: the place in the group.
    Together(usize),
}

/// What a column's values are made by.
#[derive(Clone)]
pub enum Generator {
    /// The column of a reference: its place, and the place in the key.
    Reference(usize, usize),
    /// Whole numbers in turn, from a start that is known when the table is filled.
    Serial {
        /// The step.
        step: i64,
        /// The first, if no row is there.
        start: i64,
        /// The steps, in order, whose numbers rows have that are written out.
        taken: Vec<u64>,
    },
    /// A kind of text.
    Text(Kind),
    /// A number, a time of day, or a date in this range, as far as the limits allow.
    Number {
        /// Least.
        low: f64,
        /// Greatest.
        high: f64,
    },
    /// A number of a rule, with so many digits behind the point.
    Spread(Spread, u8),
    /// A text with parts that are filled in.
    Template(Vec<Part>),
    /// true with this chance.
    Truth(f64),
    /// A date or timestamp.
    Moment(Moment),
    /// A moment of a series.
    Series(Series),
    /// A moment after another one of the row (which the limits say), or after one of a parent: its place, and the place
    /// among the parent's times; within so many microseconds.
    After(Option<(usize, usize)>, Option<f64>),
    /// One of these texts, by weight; empty: of what the limits allow.
    Choice(Vec<(String, f64)>),
    /// A length of time.
    Interval,
    /// A uuid.
    Uuid,
    /// So many bytes.
    Bytes(usize),
    /// So many zeros and ones.
    Bits(usize),
    /// A small document.
    Json,
    /// Always the same two texts, one after the other; where values are to be apart, with a number between.
    Fixed(&'static str, &'static str),
    /// A point, line, circle or the like, by the type's name: each beside the one before.
    Geometric(&'static str),
    /// The beginning (false) or the end of a time that no other row's meets.
    Slot(bool),
    /// An array of these.
    Array(Box<ColumnSeed>),
    /// A range (true: a multirange) from one to a later one of these.
    Range(Box<ColumnSeed>, bool),
    /// A row of these.
    Composite(Vec<ColumnSeed>),
    /// What a mask makes.
    Masked(Arc<Masked>),
    /// NULL.
    Null,
}

/// When something was or will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The row came to be.
    Created,
    /// It was changed.
    Updated,
    /// After it came to be.
    Later,
    /// It came to its end; mostly it did not yet.
    Ended,
    /// After `as_of`.
    Ahead,
    /// Somebody was born.
    Birth,
}

impl ColumnSeed {
    /// The least difference between two values.
    pub fn step(&self) -> f64 {
        match self.family {
            Some(Family::Integer) => 1.0,
            Some(Family::Decimal) => 10f64.powi(-i32::from(self.places())),
            Some(Family::Date) => 86_400_000_000.0,
            Some(Family::Timestamp | Family::Time | Family::Interval) => 1_000_000.0,
            Some(Family::Enum) => 1.0,
            _ => 0.01,
        }
    }

    /// The steps that all of its values lie on; `None`: there may be values between them.
    pub fn grid(&self) -> Option<f64> {
        let some = match self.family? {
            Family::Decimal => self.shape.numeric.is_some(),
            family => family != Family::Float,
        };
        some.then(|| self.step())
    }

    /// How far a value is at least from one that it may not be.
    pub fn gap(&self, from: f64) -> f64 {
        self.grid().unwrap_or(1e-6 * from.abs().max(1.0))
    }

    /// Digits behind the point of a decimal number.
    pub fn places(&self) -> i16 {
        self.shape.numeric.map_or(2, |(_, scale)| scale)
    }

    /// What its type allows.
    pub fn limits(&self) -> Limits {
        limits::of_type(self)
    }
}
