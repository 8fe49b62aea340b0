//! The keys of `seed:`.

use crate::rules::keys::{Key, PERIOD_PATTERN, Shape, key, required};
use crate::synth::kind::Kind;

const ROWS: Shape = Shape::Integer(0, 1_000_000_000);
const RANGE: Shape = Shape::Either(&[Shape::Like("^.+\\.\\..+$"), Shape::List(&Shape::Text)]);
const SHARE: Shape = Shape::Like("^[0-9]+(\\.[0-9]+)?%$");
const KIND: Shape = Shape::Word(kinds);

/// `seed:`.
pub static SEED: &[Key] = &[
    key("locale", Shape::Word(|| crate::synth::CODES.to_vec()), "The language of names; that of the file by default."),
    key("as_of", Shape::Text, "What dates are relative to, as in 2026-01-01."),
    key(
        "profile",
        Shape::Text,
        "A file of `standin profile`: the shape that tables have unless something else is said.",
    ),
    key("default", Shape::Keys(&[DEFAULT]), "Rows of tables that are not named."),
    key("tables", Shape::Map(&Shape::Keys(&[TABLE])), "Tables, by name."),
    key("login", Shape::Keys(&[LOGIN]), "A row to log in with; it is printed at the end."),
];

/// `default:`.
pub static DEFAULT: &[Key] = &[
    key("rows", ROWS, "Rows of a table without parents; 100 by default, 10 at most for short lists."),
    key("per_parent", RANGE, "Rows for each row of a parent; 1..5 by default."),
];

/// A table.
pub static TABLE: &[Key] = &[
    key("rows", ROWS, "So many rows, fixed ones among them; shared out among the rows of a parent."),
    key("per", Shape::Text, "The parent that rows are counted by."),
    key("count", Shape::Either(&[RANGE, Shape::Keys(&[COUNT, SHAPES])]), "How many for each row of that parent."),
    key(
        "fixed",
        Shape::List(&Shape::Map(&Shape::TextOrNull)),
        "Rows that are written as they stand; the rest is generated.",
    ),
    key(
        "columns",
        Shape::Map(&Shape::Either(&[KIND, Shape::Keys(&[COLUMN, VALUES]), Shape::Mask(COLUMN)])),
        "Columns, by name.",
    ),
];

/// `count:`.
pub static COUNT: &[Key] = &[required("between", RANGE, "Fewest and most, as in 0..20.")];

/// What may stand beside the values of a column.
pub static COLUMN: &[Key] = &[key("nulls", SHARE, "The share of NULL.")];

/// What the values of a column are: one of these.
pub static VALUES: &[Key] = &[
    key(
        "choice",
        Shape::Either(&[Shape::List(&Shape::Text), Shape::Map(&Shape::Text)]),
        "One of a list, or of a mapping with weights.",
    ),
    key("integer", Shape::Either(&[RANGE, Shape::Keys(&[INTEGER, SHAPES])]), "A whole number."),
    key("decimal", Shape::Either(&[RANGE, Shape::Keys(&[DECIMAL, SHAPES])]), "A decimal number."),
    key("template", Shape::Text, "A text, as in `INV-{number:6}` or `{first_name}@example.com`."),
    key("sequence", Shape::Either(&[Shape::Integer(i64::MIN, i64::MAX), Shape::Keys(&[SEQUENCE])]), "Numbers in turn."),
    key("constant", Shape::Text, "Always this."),
    key("time", Shape::Either(&[RANGE, Shape::Keys(&[TIME])]), "A moment of a series with growth and seasons."),
    key("after", Shape::Either(&[Shape::Text, Shape::Keys(&[AFTER])]), "A moment after that of another column."),
    key("kind", KIND, "A kind of text; its name may stand alone."),
];

/// `integer:`.
pub static INTEGER: &[Key] = &[required("between", RANGE, "Least and greatest, as in 1..5.")];

/// `decimal:`.
pub static DECIMAL: &[Key] = &[
    required("between", RANGE, "Least and greatest, as in [10, 5000]."),
    key("places", Shape::Integer(0, 9), "Digits behind the point; 2 by default."),
];

/// How numbers lie in their range, beside it: evenly, or as one of these.
pub static SHAPES: &[Key] = &[
    key("normal", Shape::Keys(&[NORMAL]), "Around a mean."),
    key("log_normal", Shape::Keys(&[LOG_NORMAL]), "Around a median, with a long tail."),
    key("poisson", Shape::Text, "Counts of what happens by itself, with this mean."),
    key("zipf", Shape::Text, "Few have much; the exponent, 1 is usual."),
];

/// `normal:`.
pub static NORMAL: &[Key] =
    &[required("mean", Shape::Text, "The mean."), required("deviation", Shape::Text, "The standard deviation.")];

/// `log_normal:`.
pub static LOG_NORMAL: &[Key] = &[
    required("median", Shape::Text, "The median."),
    required("sigma", Shape::Text, "The standard deviation of the logarithm."),
];

/// `sequence:`.
pub static SEQUENCE: &[Key] = &[
    key("from", Shape::Integer(i64::MIN, i64::MAX), "The first; 1 by default."),
    key("step", Shape::Integer(i64::MIN, i64::MAX), "The step; 1 by default."),
];

/// `time:`.
pub static TIME: &[Key] = &[
    required("between", RANGE, "First and last day, as in [2024-01-01, 2025-12-31]."),
    key("growth", Shape::Text, "How many times as many rows come at the end as at the beginning."),
    key("season", Shape::Keys(&[SEASON]), "A month with more rows than the average, and less half a year later."),
    key("weekends", SHARE, "Rows of a day of the weekend, as a share of those of a working day."),
];

/// `season:`.
pub static SEASON: &[Key] = &[
    required("peak", Shape::Integer(1, 12), "The month with the most rows."),
    required("swing", SHARE, "By which share it has more than the average."),
];

/// `after:`.
pub static AFTER: &[Key] = &[
    required("column", Shape::Text, "A column of this table or of one that it refers to, as in users.created_at."),
    key("within", Shape::Like(PERIOD_PATTERN), "How long after at most."),
];

/// `login:`.
pub static LOGIN: &[Key] = &[
    required("table", Shape::Text, "The table of users."),
    required("email", Shape::Text, "The address of the row."),
    required("password", Shape::Keys(&[PASSWORD]), "The password."),
];

/// `password:`.
pub static PASSWORD: &[Key] = &[required("bcrypt", Shape::Text, "The password, which is stored as a bcrypt hash.")];

/// A file of `standin profile`.
pub static PROFILE: &[Key] = &[
    required("version", Shape::Integer(1, 1), "The version of the profile's form."),
    required("tables", Shape::Map(&Shape::Keys(&[PROFILED_TABLE])), "The tables, by name."),
];

/// A table of a profile.
pub static PROFILED_TABLE: &[Key] = &[
    required("rows", ROWS, "How many rows it has."),
    key("columns", Shape::Map(&Shape::Keys(&[PROFILED_COLUMN])), "Its columns, by name."),
    key("references", Shape::List(&Shape::Keys(&[PROFILED_REFERENCE])), "Its foreign keys."),
];

/// A column of a profile.
pub static PROFILED_COLUMN: &[Key] = &[
    key("nulls", SHARE, "The share of NULL."),
    key("distinct", ROWS, "How many distinct values it has."),
    key("values", STEPS, "A value and how many rows have it."),
    key("steps", STEPS, "From, to, rows, distinct values."),
];

/// A foreign key of a profile.
pub static PROFILED_REFERENCE: &[Key] = &[
    required("columns", Shape::List(&Shape::Text), "The referencing columns."),
    required("to", Shape::Text, "The referenced table."),
    required("children", STEPS, "From and to how many children, parents that have so many, different numbers."),
];

const STEPS: Shape = Shape::List(&Shape::List(&Shape::Text));

fn kinds() -> Vec<&'static str> {
    Kind::ALL.iter().map(|(name, _)| *name).collect()
}
