//! What the values of a column of `seed:` are.

use super::keys::{AFTER, COLUMN, DECIMAL, INTEGER, LOG_NORMAL, NORMAL, SEASON, SEQUENCE, SHAPES, TIME, VALUES};
use crate::mask::args::Period;
use crate::mask::{Acts, Arg, MaskRef, Sees};
use crate::rules::decode::Fields;
use crate::rules::fault::{Faults, shown};
use crate::rules::masks::{Known, choices_of};
use crate::rules::node::{Entry, Node, Scalar};
use crate::rules::scalar;
use crate::synth::kind::Kind;
use crate::synth::spread::Shape;
use crate::synth::{Series, Spread};
use crate::words::diagnostic::Spanned;
use crate::words::name::{ColumnName, Name};

const DAY: i64 = 86_400_000_000;
/// Numbers beyond this are not exact.
const LARGEST: f64 = 9e15;
const COLUMN_FORM: &str = "a column, as in users.created_at";

/// What a moment looks like, for messages.
pub const MOMENT: &str = "a date, as in 2026-01-01, or a time of UTC, as in 2026-01-01T12:00:00";

/// A column of `seed:`.
#[derive(Debug, Clone)]
pub struct SeedColumn {
    /// The column.
    pub name: Spanned<Name>,
    /// The share of NULL.
    pub nulls: Option<f64>,
    /// What its values are.
    pub values: Option<Values>,
}

/// What the values of a column are.
#[derive(Debug, Clone)]
pub enum Values {
    /// One of these, by weight.
    Choice(Vec<(String, f64)>),
    /// A whole number.
    Integer(Spread),
    /// A number with so many digits behind the point.
    Decimal(Spread, u8),
    /// A text with parts that are filled in.
    Template(Vec<Part>),
    /// Numbers in turn.
    Sequence {
        /// The first.
        from: i64,
        /// The step.
        step: i64,
    },
    /// Always this.
    Constant(String),
    /// A moment of a series.
    Time(Series),
    /// A moment after that of another column, within a time.
    After(Spanned<ColumnName>, Option<Period>),
    /// A kind of text.
    Kind(Kind),
    /// What a mask makes of a value of the column's own.
    Mask(Box<MaskRef>),
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// As it stands.
    Text(String),
    /// The row's number, with leading zeros up to a width.
    Number(usize),
    /// A text of a kind.
    Kind(Kind),
}

/// Reads a column: a kind or a mask by name, or a mapping.
pub fn column(entry: &Entry, masks: &Known, faults: &mut Faults) -> Option<SeedColumn> {
    let name = faults.name(&entry.key, "a column");
    let what = format!("column {} of `seed`", shown(&entry.key.text));
    let (nulls, values) = match &entry.value {
        node if names_mask(node, masks) => {
            let nulls = match node {
                Node::Map(entries, span) => Fields::of(entries, COLUMN, span).get("nulls"),
                _ => None,
            };
            (nulls.and_then(|node| share(node, "`nulls`", faults)), mask(node, masks, faults))
        }
        Node::Scalar(scalar) if !scalar.is_null() => (None, kind(scalar, &what, faults).map(Values::Kind)),
        node => {
            let fields = faults.fields(node, &what, &[COLUMN, VALUES])?;
            let nulls = fields.get("nulls").and_then(|node| share(node, "`nulls`", faults));
            let known: Vec<&Entry> = VALUES.iter().filter_map(|key| fields.entry(key.name)).collect();
            if let [_, second, ..] = known[..] {
                faults.add("conflict", &second.key.span, "two keys say what the values are", "keep one of the two");
            } else if known.is_empty() && fields.get("nulls").is_none() {
                let help = "as in `{ decimal: { between: [10, 5000] } }`, or a kind of text by name: `email`";
                faults.add("missing-key", &node.span(), format!("{what} does not say what its values are"), help);
            }
            (nulls, known.first().and_then(|entry| values(entry, faults)))
        }
    };
    Some(SeedColumn { name: name?, nulls, values })
}

/// Is it a mask, whose name is none of those that the values of a column have of their own.
fn names_mask(node: &Node, masks: &Known) -> bool {
    match node {
        Node::Scalar(scalar) => Kind::named(&scalar.text).is_none() && masks.knows(&scalar.text),
        Node::Map(entries, _) => {
            let own = |entry: &&Entry| COLUMN.iter().chain(VALUES).any(|key| key.name == entry.key.text);
            !entries.iter().any(|entry| VALUES.iter().any(|key| key.name == entry.key.text))
                && entries.iter().filter(|entry| !own(entry)).any(|entry| masks.knows(&entry.key.text))
        }
        Node::List(..) | Node::Broken(_) => false,
    }
}

/// Reads a mask that makes values: of each row, whose value it is.
fn mask(node: &Node, masks: &Known, faults: &mut Faults) -> Option<Values> {
    let mask = masks.used(node, COLUMN, faults)?;
    let wrong = match (&mask.by, mask.spec.acts, mask.sees()) {
        (Some(_), ..) => "takes no `by` here: each row is somebody else's",
        (None, Acts::Field, Sees::Field) => return Some(Values::Mask(Box::new(mask))),
        _ => "makes no values by itself",
    };
    let help = "name a kind of text, or a mask that makes values, as in `{ phone: { country: DE } }`";
    faults.add("seed-mask", &node.span(), format!("mask `{}` {wrong}", mask.spec.name), help);
    None
}

fn values(entry: &Entry, faults: &mut Faults) -> Option<Values> {
    let node = &entry.value;
    match entry.key.text.as_str() {
        "choice" => match choices_of(node, "`choice`", faults)? {
            Arg::Choices(choices) => Some(Values::Choice(choices)),
            _ => None,
        },
        "integer" => integer(node, faults),
        "decimal" => decimal(node, faults),
        "template" => template(faults.scalar(node, "`template`", "a text")?, faults).map(Values::Template),
        "sequence" => sequence(node, faults),
        "constant" => {
            let scalar = faults.scalar(node, "`constant`", "a text, a number, true or false")?;
            Some(Values::Constant(scalar.text.clone()))
        }
        "time" => series(node, faults).map(Values::Time),
        "after" => after(node, faults),
        _ => kind(faults.scalar(node, "`kind`", "a kind of text, as in email")?, "`kind`", faults).map(Values::Kind),
    }
}

fn kind(scalar: &Scalar, what: &str, faults: &mut Faults) -> Option<Kind> {
    let found = Kind::named(&scalar.text);
    if found.is_none() {
        faults.unknown_word(scalar, what, Kind::ALL.iter().map(|(name, _)| *name));
    }
    found
}

fn share(node: &Node, what: &str, faults: &mut Faults) -> Option<f64> {
    faults.read(node, what, "a share from 0% to 100%, as in 20%", |scalar| scalar::percent(&scalar.text))
}

/// A decimal number as it stands.
fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| scalar::is_decimal(text) && number.abs() <= LARGEST)
}

/// A number of a parameter, above 0 but for a mean of any sign.
fn parameter(fields: &Fields<'_>, name: &str, above: f64, faults: &mut Faults) -> Option<f64> {
    let wanted = if above.is_finite() { "a number above 0, as in 2.5" } else { "a number, as in 2.5" };
    let read = |scalar: &Scalar| number(&scalar.text).filter(|number| *number > above);
    faults.read(fields.get(name)?, &format!("`{name}`"), wanted, read)
}

/// Two ends, the lesser first: `1..5` or `[1, 5]`.
pub fn range<T: PartialOrd + Copy>(
    node: &Node,
    what: &str,
    wanted: &str,
    read: impl Fn(&str) -> Option<T>,
    faults: &mut Faults,
) -> Option<(T, T)> {
    let ends: Option<Vec<T>> = match node {
        Node::Scalar(scalar) if !scalar.is_null() => {
            scalar.text.split_once("..").and_then(|(low, high)| Some(vec![read(low.trim())?, read(high.trim())?]))
        }
        Node::List(items, _) => items.iter().map(|item| item.scalar().and_then(|scalar| read(&scalar.text))).collect(),
        other => {
            faults.wrong(other, what, wanted);
            return None;
        }
    };
    match ends.as_deref() {
        Some([low, high]) if low <= high => Some((*low, *high)),
        _ => {
            faults.add("wrong-type", &node.span(), format!("{what} is no such range"), format!("it takes {wanted}"));
            None
        }
    }
}

fn integer(node: &Node, faults: &mut Faults) -> Option<Values> {
    const WANTED: &str = "two whole numbers, the lesser first, as in 1..5";
    let read = |text: &str| scalar::integer(text).map(|number| number as f64).filter(|n| n.abs() <= LARGEST);
    if !matches!(node, Node::Map(..)) {
        let (low, high) = range(node, "`integer`", WANTED, read, faults)?;
        return Some(Values::Integer(Spread::uniform(low, high)));
    }
    let fields = faults.fields(node, "`integer`", &[INTEGER, SHAPES])?;
    let range = range(fields.get("between")?, "`between`", WANTED, read, faults)?;
    spread(&fields, range, faults).map(Values::Integer)
}

fn decimal(node: &Node, faults: &mut Faults) -> Option<Values> {
    const WANTED: &str = "two numbers, the lesser first, as in [10, 5000]";
    let (spread, places, at) = match node {
        Node::Map(..) => {
            let fields = faults.fields(node, "`decimal`", &[DECIMAL, SHAPES])?;
            let places = fields.get("places").map_or(Some(2), |node| faults.integer(node, "`places`", 0..=9));
            let between = fields.get("between")?;
            let range = range(between, "`between`", WANTED, number, faults)?;
            (spread(&fields, range, faults)?, places? as u8, between.span())
        }
        node => {
            let (low, high) = range(node, "`decimal`", WANTED, number, faults)?;
            (Spread::uniform(low, high), 2, node.span())
        }
    };
    let scale = 10f64.powi(i32::from(places));
    let (least, greatest) = spread.steps(places);
    if least > greatest || spread.low.abs().max(spread.high.abs()) * scale > LARGEST {
        let message = format!("no number of {places} places lies between, or one of too many digits");
        faults.add("wrong-type", &at, message, "change `between` or `places`; numbers have at most 15 digits");
        return None;
    }
    Some(Values::Decimal(spread, places))
}

/// How numbers lie in a range, by what stands beside it.
pub fn spread(fields: &Fields<'_>, (low, high): (f64, f64), faults: &mut Faults) -> Option<Spread> {
    let known: Vec<&Entry> = SHAPES.iter().filter_map(|key| fields.entry(key.name)).collect();
    let Some(entry) = known.first() else { return Some(Spread::uniform(low, high)) };
    if let Some(second) = known.get(1) {
        faults.add("conflict", &second.key.span, "two distributions stand together", "keep one of the two");
        return None;
    }
    let what = shown(&entry.key.text);
    let shape = match entry.key.text.as_str() {
        "normal" => {
            let of = faults.fields(&entry.value, &what, &[NORMAL])?;
            let (mean, deviation) =
                (parameter(&of, "mean", f64::NEG_INFINITY, faults), parameter(&of, "deviation", 0.0, faults));
            Shape::Normal { mean: mean?, deviation: deviation? }
        }
        "log_normal" => {
            let of = faults.fields(&entry.value, &what, &[LOG_NORMAL])?;
            let (median, sigma) = (parameter(&of, "median", 0.0, faults), parameter(&of, "sigma", 0.0, faults));
            Shape::LogNormal { median: median?, sigma: sigma? }
        }
        "poisson" => Shape::Poisson { mean: parameter(fields, "poisson", 0.0, faults)? },
        _ => Shape::Zipf { exponent: parameter(fields, "zipf", 0.0, faults)? },
    };
    Some(Spread { low, high, shape })
}

/// `INV-{number:6}`: `{{` and `}}` stand for braces.
fn template(scalar: &Scalar, faults: &mut Faults) -> Option<Vec<Part>> {
    let parts = parts(&scalar.text);
    if let Err(what) = &parts {
        let help = "write `{number}`, `{number:6}` or a kind of text, as in `{first_name}`; `{{` stands for a brace";
        faults.add("wrong-type", &scalar.span, format!("`template` has {what}"), help);
    }
    parts.ok()
}

fn parts(text: &str) -> Result<Vec<Part>, String> {
    let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(more) = after.strip_prefix(brace) {
            plain.push_str(brace);
            rest = more;
            continue;
        }
        let inside = after.split_once('}').filter(|_| brace == "{");
        let (name, more) = inside.ok_or("a brace without its other half")?;
        parts.push(Part::Text(std::mem::take(&mut plain)));
        parts.push(match name.split_once(':').unwrap_or((name, "0")) {
            ("number", width) => {
                let width = width.parse().ok().filter(|width| *width <= 30);
                Part::Number(width.ok_or("a width that is no number up to 30")?)
            }
            _ => Part::Kind(Kind::named(name).ok_or_else(|| unknown_part(name))?),
        });
        rest = more;
    }
    plain.push_str(rest);
    parts.push(Part::Text(plain));
    Ok(parts)
}

fn unknown_part(name: &str) -> String {
    let known = Kind::ALL.iter().map(|(known, _)| *known).chain(["number"]);
    let near = crate::words::diagnostic::nearest(name, known);
    let meant = near.map(|near| format!("; did you mean `{{{near}}}`?")).unwrap_or_default();
    format!("an unknown part {}{meant}", shown(name))
}

fn sequence(node: &Node, faults: &mut Faults) -> Option<Values> {
    const ALL: std::ops::RangeInclusive<i64> = -1_000_000_000_000_000..=1_000_000_000_000_000;
    if !matches!(node, Node::Map(..)) {
        return faults.integer(node, "`sequence`", ALL).map(|from| Values::Sequence { from, step: 1 });
    }
    let fields = faults.fields(node, "`sequence`", &[SEQUENCE])?;
    let from = fields.get("from").map_or(Some(1), |node| faults.integer(node, "`from`", ALL));
    let step = fields.get("step").map_or(Some(1), |node| {
        let step = faults.integer(node, "`step`", -1_000_000..=1_000_000)?;
        if step == 0 {
            faults.add("wrong-type", &node.span(), "`step` cannot be 0", "for one number in every row: `constant`");
        }
        Some(step)
    });
    Some(Values::Sequence { from: from?, step: step? })
}

/// A date, or a date and a time in UTC, of our times, as microseconds since 2000-01-01.
pub fn moment(text: &str) -> Option<i64> {
    const YEAR: i64 = 366 * DAY;
    instant(text).filter(|moment| (-100 * YEAR..200 * YEAR).contains(moment))
}

/// A date, or a date and a time in UTC, as microseconds since 2000-01-01.
pub fn instant(text: &str) -> Option<i64> {
    const EPOCH: i64 = 946_684_800_000_000;
    let date = || text.parse::<jiff::civil::Date>().ok().map(|date| date.to_datetime(jiff::civil::Time::midnight()));
    let time: jiff::civil::DateTime = if text.len() > 10 { text.parse().ok()? } else { date()? };
    let zoned = time.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_microsecond() - EPOCH)
}

fn series(node: &Node, faults: &mut Faults) -> Option<Series> {
    const WANTED: &str = "two dates, the earlier first, as in [2024-01-01, 2025-12-31]";
    // A last day without a time means the whole day.
    let whole = |(from, to): (i64, i64)| (from, if to % DAY == 0 { to + DAY - 1_000_000 } else { to });
    let plain = |(from, to)| Series { from, to, growth: 1.0, season: None, weekends: 1.0 };
    if !matches!(node, Node::Map(..)) {
        return range(node, "`time`", WANTED, moment, faults).map(whole).map(plain);
    }
    let fields = faults.fields(node, "`time`", &[TIME])?;
    let range = range(fields.get("between")?, "`between`", WANTED, moment, faults);
    let growth = fields.get("growth").map_or(Some(1.0), |node| {
        let read = |scalar: &Scalar| number(&scalar.text).filter(|growth| (0.001..=1000.0).contains(growth));
        faults.read(node, "`growth`", "a number from 0.001 to 1000, as in 2.5", read)
    });
    let season = fields.get("season").map_or(Some(None), |node| season(node, faults).map(Some));
    let weekends = fields.get("weekends").map_or(Some(1.0), |node| share(node, "`weekends`", faults));
    Some(Series { growth: growth?, season: season?, weekends: weekends?, ..plain(whole(range?)) })
}

fn season(node: &Node, faults: &mut Faults) -> Option<(u8, f64)> {
    let fields = faults.fields(node, "`season`", &[SEASON])?;
    let peak = fields.get("peak").and_then(|node| faults.integer(node, "`peak`", 1..=12));
    let swing = fields.get("swing").and_then(|node| share(node, "`swing`", faults));
    Some((peak? as u8, swing?))
}

fn after(node: &Node, faults: &mut Faults) -> Option<Values> {
    let (node, within) = match node {
        Node::Map(..) => {
            let fields = faults.fields(node, "`after`", &[AFTER])?;
            let within = fields.get("within").map_or(Some(None), |node| faults.period(node, "`within`").map(Some));
            (fields.get("column")?, within?)
        }
        node => (node, None),
    };
    let scalar = faults.scalar(node, "`after`", COLUMN_FORM)?;
    let column = faults.parts(scalar, COLUMN_FORM, ColumnName::parse)?;
    Some(Values::After(Spanned::new(column, faults.place(&scalar.span)), within))
}
