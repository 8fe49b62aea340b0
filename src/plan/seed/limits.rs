//! What a column's values must be, put together from its type and every demand of the chosen alternatives.

use super::ColumnSeed;
use super::checks::{Alternatives, Bound, Demand};
use super::documents::Document;
use super::formula::Formula;
use super::moments::Unit;
use super::sums::{self, Bounded};
use crate::catalog::BaseType;
use crate::mask::Family;
use crate::pg::value::{FieldType, Value};
use crate::synth::pattern::Pattern;

/// More ways to satisfy a table's checks than this are not kept.
const MOST: usize = 64;

/// What a column's values must be.
#[derive(Debug, Clone)]
pub struct Limits {
    /// NULL, or not NULL.
    pub null: Option<bool>,
    /// Least value: numbers as they are, dates and times in microseconds.
    pub low: f64,
    /// Greatest value.
    pub high: f64,
    /// One of these texts.
    pub among: Option<Vec<String>>,
    /// None of these.
    pub not: Vec<String>,
    /// Fewest and most characters.
    pub length: (usize, usize),
    /// A text that matches all of these.
    pub patterns: Vec<Pattern>,
    /// And none of these.
    pub avoided: Vec<Pattern>,
    /// No capitals (false), or nothing but capitals (true).
    pub case: Option<bool>,
    /// At least the value of another column, or more.
    pub above: Vec<(usize, bool)>,
    /// What other columns make.
    pub equal: Option<Formula>,
    /// Sums that it is part of.
    pub bounded: Vec<Bounded>,
    /// What a document must be.
    pub document: Document,
    /// The length of time that a moment begins.
    pub begins: Option<Unit>,
    /// What an array may hold.
    pub parts: Option<Vec<String>>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            null: None,
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
            among: None,
            not: Vec::new(),
            length: (0, usize::MAX),
            patterns: Vec::new(),
            avoided: Vec::new(),
            case: None,
            above: Vec::new(),
            equal: None,
            bounded: Vec::new(),
            document: Document::default(),
            begins: None,
            parts: None,
        }
    }
}

/// One way to satisfy all checks: the limits of each column.
pub type Variant = Vec<Limits>;

/// A check and its alternatives.
pub struct Named {
    /// How messages call it.
    pub name: String,
    /// What satisfies it.
    pub alternatives: Alternatives,
}

/// Every way to satisfy all checks, or the check that leaves none.
pub fn variants(columns: &[ColumnSeed], checks: &[Named], as_of: i64) -> Result<Vec<Variant>, usize> {
    let start: Variant = columns.iter().map(ColumnSeed::limits).collect();
    let mut variants = vec![start];
    for (at, check) in checks.iter().enumerate() {
        let known: Vec<&Vec<Demand>> =
            check.alternatives.iter().filter(|demands| !demands.contains(&Demand::Opaque)).collect();
        // An alternative that can be read is better than one that must be tried.
        let usable: Vec<&Vec<Demand>> = if known.is_empty() { check.alternatives.iter().collect() } else { known };
        let mut next = Vec::new();
        for variant in &variants {
            for demands in &usable {
                let mut variant = variant.clone();
                let met = demands.iter().all(|demand| apply(&mut variant, demand, columns, as_of));
                if met && sums::tighten(&mut variant, columns) {
                    next.push(variant);
                }
            }
        }
        if next.is_empty() {
            return Err(at);
        }
        while next.len() > MOST {
            let mut keep = false;
            next.retain(|_| {
                keep = !keep;
                keep
            });
        }
        variants = next;
    }
    Ok(variants)
}

/// Adds a demand; false if nothing is left.
fn apply(variant: &mut Variant, demand: &Demand, columns: &[ColumnSeed], as_of: i64) -> bool {
    let number = |at: usize, text: &str, low: bool| number(&columns[at], text, low, as_of);
    match demand {
        Demand::Opaque => true,
        Demand::Null(at, null) => {
            let limits = &mut variant[*at];
            let fits = limits.null.is_none_or(|known| known == *null);
            limits.null = Some(*null);
            fits
        }
        Demand::In(at, texts) => {
            let limits = &mut variant[*at];
            let numeric: Option<Vec<f64>> = texts.iter().map(|text| number(*at, text, true)).collect();
            let kept: Vec<String> = match &limits.among {
                Some(known) => known.iter().filter(|text| texts.contains(text)).cloned().collect(),
                None => texts.clone(),
            };
            let inside = |text: &&String| {
                let value = numeric.is_some().then(|| number(*at, text, true)).flatten();
                value.is_none_or(|value| value >= limits.low && value <= limits.high) && !limits.not.contains(*text)
            };
            let kept: Vec<String> = kept.iter().filter(inside).cloned().collect();
            limits.among = Some(kept);
            limits.possible()
        }
        Demand::NotIn(at, texts) => {
            let limits = &mut variant[*at];
            limits.not.extend(texts.iter().cloned());
            if texts.iter().any(String::is_empty) {
                limits.length.0 = limits.length.0.max(1);
            }
            if let Some(among) = &mut limits.among {
                among.retain(|text| !texts.contains(text));
            }
            limits.possible()
        }
        Demand::Low(at, bound) | Demand::High(at, bound) => {
            let low = matches!(demand, Demand::Low(..));
            let is_text = columns[*at].family == Some(Family::Text);
            // A text that is compared as a number is one.
            let digits = || bound.text.parse().ok().filter(|_| is_text);
            let Some(value) = number(*at, &bound.text, low).or_else(digits) else {
                // What begins with the bound is not before it, in any collation.
                let begins = format!("^{}[a-z]+", regex::escape(&bound.text));
                variant[*at].patterns.extend(Pattern::new(&begins).filter(|_| low && is_text));
                return true;
            };
            ranged(&mut variant[*at], bound, value, low, &columns[*at]);
            variant[*at].possible()
        }
        Demand::Above(at, than, strict) => {
            variant[*at].above.push((*than, *strict));
            true
        }
        Demand::Equal(at, formula) => {
            variant[*at].equal.get_or_insert_with(|| formula.clone());
            true
        }
        Demand::Length(at, low, high) => {
            let length = &mut variant[*at].length;
            *length = (length.0.max(*low), length.1.min(*high));
            variant[*at].possible()
        }
        Demand::Regex(at, text) => {
            variant[*at].patterns.extend(Pattern::new(text));
            true
        }
        Demand::Avoid(at, text) => {
            variant[*at].avoided.extend(Pattern::new(text));
            true
        }
        Demand::Document(at, document) => {
            let limits = &mut variant[*at];
            limits.document.and(document) || limits.null != Some(false)
        }
        Demand::Begins(at, unit) => {
            variant[*at].begins = Some(*unit);
            true
        }
        Demand::Parts(at, texts) => {
            let limits = &mut variant[*at];
            let known = limits.parts.get_or_insert_with(|| texts.clone());
            known.retain(|text| texts.contains(text));
            true
        }
        Demand::AtMost(sum, strict) => {
            let bounded = sum.bounded(*strict, columns, as_of);
            for bounded in bounded.into_iter() {
                bounded.columns().for_each(|at| variant[at].bounded.push(bounded.clone()));
            }
            true
        }
        Demand::Case(at, upper) => {
            let fits = variant[*at].case.is_none_or(|known| known == *upper);
            variant[*at].case = Some(*upper);
            fits
        }
    }
}

fn ranged(limits: &mut Limits, bound: &Bound, value: f64, low: bool, column: &ColumnSeed) {
    let step = if bound.strict { column.gap(value) } else { 0.0 };
    if low {
        limits.low = limits.low.max(value + step);
    } else {
        limits.high = limits.high.min(value - step);
    }
    let (low, high) = (limits.low, limits.high);
    if let Some(among) = &mut limits.among {
        among.retain(|text| number(column, text, true, 0).is_none_or(|value| value >= low && value <= high));
    }
}

impl Limits {
    /// Is any value left (NULL always is, where it is not forbidden).
    pub fn possible(&self) -> bool {
        let some = self.low <= self.high
            && self.length.0 <= self.length.1
            && self.among.as_ref().is_none_or(|among| !among.is_empty());
        some || self.null != Some(false)
    }

    /// Is a text a value that is within them, as far as can be said without the server.
    pub fn allow(&self, column: &ColumnSeed, text: &str) -> bool {
        let length = text.chars().count();
        let is_text = column.family == Some(Family::Text);
        self.null != Some(true)
            && self.among.as_ref().is_none_or(|among| among.iter().any(|known| same(column, known, text)))
            && !self.not.iter().any(|known| same(column, known, text))
            && (!is_text || (self.length.0..=self.length.1).contains(&length))
            && self.matches(text)
            && number(column, text, true, 0).is_none_or(|number| (self.low..=self.high).contains(&number))
    }

    /// Does a text match all that it must and nothing that it must not.
    pub fn matches(&self, text: &str) -> bool {
        self.patterns.iter().all(|pattern| pattern.matches(text.as_bytes()))
            && !self.avoided.iter().any(|pattern| pattern.matches(text.as_bytes()))
    }

    /// Is NULL the only value left.
    pub fn only_null(&self) -> bool {
        self.null == Some(true)
            || self.low > self.high
            || self.length.0 > self.length.1
            || self.among.as_ref().is_some_and(Vec::is_empty)
    }
}

/// Are two texts one value of a column.
fn same(column: &ColumnSeed, one: &str, other: &str) -> bool {
    one == other || number(column, one, true, 0).is_some_and(|one| number(column, other, true, 0) == Some(one))
}

/// Between which moments the clock is: far away in either direction, so that it stays right.
pub fn clock(as_of: i64) -> (f64, f64) {
    const TEN_YEARS: i64 = 3_653 * 86_400_000_000;
    (as_of as f64, (as_of + TEN_YEARS) as f64)
}

/// A literal as a number of the column's kind.
pub fn number(column: &ColumnSeed, text: &str, low: bool, as_of: i64) -> Option<f64> {
    let family = column.family?;
    let field = FieldType::of(&column.ty);
    let mut scratch = Vec::new();
    match family {
        Family::Integer | Family::Decimal | Family::Float => text.parse().ok(),
        Family::Date | Family::Timestamp if text == "now" => Some(if low { clock(as_of).1 } else { clock(as_of).0 }),
        Family::Interval => sums::length(text).map(|(least, most)| if low { most } else { least }),
        Family::Enum => column.shape.labels()?.iter().position(|label| label == text).map(|at| at as f64),
        Family::Date | Family::Timestamp | Family::Time if text != "now" => {
            match field.decode_text(text.as_bytes(), &mut scratch).ok()? {
                Value::Date(i32::MAX) | Value::Timestamp(i64::MAX) => Some(f64::INFINITY),
                Value::Date(i32::MIN) | Value::Timestamp(i64::MIN) => Some(f64::NEG_INFINITY),
                Value::Date(days) => Some(f64::from(days) * 86_400_000_000.0),
                Value::Timestamp(at) | Value::Time(at) => Some(at as f64),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The values that the type itself can hold.
pub fn of_type(column: &ColumnSeed) -> Limits {
    let mut limits = Limits { null: column.not_null.then_some(false), ..Limits::default() };
    let (low, high) = match column.ty.base_type() {
        Some(BaseType::Int2) => (f64::from(i16::MIN), f64::from(i16::MAX)),
        Some(BaseType::Int4) => (f64::from(i32::MIN), f64::from(i32::MAX)),
        Some(BaseType::Int8) => (-9e18, 9e18),
        Some(BaseType::Oid) => (0.0, f64::from(u32::MAX)),
        Some(BaseType::Numeric) => match column.shape.numeric {
            Some((precision, scale)) => {
                let most = 10f64.powi(i32::from(precision) - i32::from(scale)) - 10f64.powi(-i32::from(scale));
                (-most, most)
            }
            None => (f64::NEG_INFINITY, f64::INFINITY),
        },
        _ => (f64::NEG_INFINITY, f64::INFINITY),
    };
    (limits.low, limits.high) = (low, high);
    if let Some(longest) = column.shape.max_length {
        limits.length.1 = longest;
    }
    if let Some(labels) = column.shape.labels() {
        limits.among = Some(labels.to_vec());
    }
    limits
}
