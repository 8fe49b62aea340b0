//! Masks: a field becomes another field. One file per mask or small family, one line here for each.
//!
//! A mask sees the field, its `by:` value, the row's kept and already masked values, the key, and nothing else: no
//! clock, no I/O, no order of arrival, no column, no catalog. Any worker on any machine gives the same answer.

pub mod args;
pub mod context;

use crate::pg::types::{PgType, TypeKind};
pub use crate::pg::value::{Output, Value};
pub use args::{Arg, Args, MaskRef, Param, ParamKind};
pub use context::Context;

/// Everything there is to know of a mask: parsing, docs, JSON Schema, plan and tests read this.
pub struct Spec {
    /// Its name in rules files.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Its parameters; the first is the main one, which may stand alone.
    pub params: &'static [Param],
    /// The types that it fits.
    pub accepts: Accepts,
    /// What it gives away.
    pub class: Class,
    /// What it does to uniqueness, given the parameters.
    pub uniqueness: fn(&Args, &ColumnShape) -> Uniqueness,
    /// The greatest chance that an output equals its input, of inputs that are like the mask's own outputs.
    pub equal_at_most: f64,
    /// True if it looks at the value (or its `by:`); constants do not, so that their columns are never read.
    pub reads: bool,
    /// Where its output lives, as in `example.com`.
    pub output: &'static str,
    /// Examples: parameters as YAML, input, output under the key of the documentation.
    pub examples: &'static [Example],
    /// Makes the function for one column, or says why it cannot.
    pub compile: fn(&Args, &ColumnShape) -> Result<MaskFn, Refusal>,
}

/// The function of a mask. NULL never reaches it: NULL stays NULL (but for `constant` and `erase`, which the copier writes itself).
pub type MaskFn = Box<dyn Fn(Value<'_>, &mut Context<'_>, &mut Output) -> Result<(), Unmaskable> + Send + Sync>;

/// One example of a mask.
pub struct Example {
    /// The parameters as they stand in a rules file, empty if none.
    pub params: &'static str,
    /// The input, as PostgreSQL prints it.
    pub input: &'static str,
    /// The output.
    pub output: &'static str,
}

/// Which types a mask fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepts {
    /// Every type, known or not.
    Anything,
    /// These families.
    Families(&'static [Family]),
}

/// Types that masks treat alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Family {
    /// text, varchar, char(n), name, citext.
    Text,
    /// smallint, integer, bigint.
    Integer,
    /// numeric, money.
    Decimal,
    /// real, double precision.
    Float,
    Boolean,
    Date,
    /// timestamp, with or without time zone.
    Timestamp,
    Time,
    Interval,
    Uuid,
    /// inet, cidr.
    Network,
    Mac,
    /// json, jsonb.
    Json,
    Hstore,
    Xml,
    Bytes,
    Bit,
    Enum,
}

/// What a mask's use says of the column, and what it gives away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Passwords, tokens: nothing of the value is left.
    Secret,
    /// Names, emails, phones: points to one person.
    Direct,
    /// Birth dates, postcodes: points to a person together with others.
    Quasi,
    /// Anything else that is nobody's business.
    Sensitive,
}

/// What a mask does to distinct inputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Uniqueness {
    /// Distinct inputs give distinct outputs, by construction or with at least 80 bits of the function in the text.
    Preserved,
    /// Distinct inputs give distinct outputs unless this many bits collide.
    Probable {
        /// Bits.
        bits: f64,
    },
    /// Distinct inputs may give one output.
    Lossy,
}

/// The column that a mask is compiled for, as far as a mask may know it.
#[derive(Debug, Clone)]
pub struct ColumnShape {
    /// The type, domains already resolved to their base.
    pub ty: std::sync::Arc<PgType>,
    /// Longest text in characters (varchar(n), char(n)); 63 bytes for `name`.
    pub max_length: Option<usize>,
    /// Precision and scale of numeric(p,s).
    pub numeric: Option<(u16, i16)>,
    /// NULL is not allowed.
    pub not_null: bool,
    /// The column must be unique.
    pub unique: bool,
}

impl ColumnShape {
    /// The labels of an enum column.
    pub fn labels(&self) -> Option<&[String]> {
        match &self.ty.kind {
            TypeKind::Enum(labels) => Some(labels),
            _ => None,
        }
    }
}

/// Why a mask cannot be used for a column: the plan adds the place.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// What is wrong, as in `an email of this domain needs 38 characters, the column has 20`.
    pub message: String,
    /// The parameter or mask that makes it fit.
    pub help: Option<String>,
}

/// Why one value could not be masked. It carries no value; the run stops with table and column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unmaskable {
    /// The output does not fit the column.
    #[error("the mask's output does not fit the column")]
    TooLong,
    /// The value is not what the mask takes, and the mask has no way to replace it wholly.
    #[error("a value is not of the form that the mask takes")]
    Form,
    /// Bytes that are not a value of the column's type.
    #[error("a field is malformed")]
    Malformed,
}

/// Every mask, in the order of the documentation.
pub const ALL: &[&Spec] = &[];
