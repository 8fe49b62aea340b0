//! Parameters of masks: declared once per mask, decoded by the rules room, read by `compile`.

use super::{Normal, Spec};
use crate::words::name::Name;

/// One parameter of a mask.
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: ParamKind,
    /// Must it be given.
    pub required: bool,
    /// The default, as YAML, for the docs.
    pub default: &'static str,
    /// One sentence.
    pub help: &'static str,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParamKind {
    /// A text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number within bounds, both included.
    Integer(i64, i64),
    /// A decimal number, kept as its text.
    Number,
    /// true or false.
    Boolean,
    /// A period: `30d`, `18mo`, `4h`; kept as [`Arg::Period`].
    Period,
    /// Whole numbers, `1..5`.
    Range,
    /// A list of texts.
    Texts,
    /// A list of texts, or a map from text to weight.
    Choices,
    /// A scalar of any type: text, number, boolean; kept as its text.
    Scalar,
    /// Any number of texts mapped to masks or domains, as in `fields:`.
    Masks,
    /// An SQL expression.
    Expression,
}

/// One argument.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// A text, word, number or expression as it was written.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// true or false.
    Boolean(bool),
    /// A period.
    Period(Period),
    /// A range, both ends included.
    Range(i64, i64),
    /// A list.
    Texts(Vec<String>),
    /// Choices with their weights; equal weights if a list was written.
    Choices(Vec<(String, f64)>),
    /// Paths and what masks them.
    Masks(Vec<(String, MaskRef)>),
}

/// A length of time in months, days and seconds, as written: `18mo`, `30d`, `4h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// Months (`mo`, `y`).
    pub months: i64,
    /// Days (`d`, `w`).
    pub days: i64,
    /// Seconds (`s`, `m`, `h`).
    pub seconds: i64,
}

/// The arguments of one use of a mask, by parameter name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Args(Vec<(&'static str, Arg)>);

impl Args {
    /// Sets an argument; the rules room has checked that it is one of the mask's parameters.
    pub fn set(&mut self, name: &'static str, arg: Arg) {
        self.0.push((name, arg));
    }

    /// The argument of that name.
    pub fn get(&self, name: &str) -> Option<&Arg> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, arg)| arg)
    }

    /// A text argument.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Arg::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.get(name) {
            Some(Arg::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// true or false.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            Some(Arg::Boolean(value)) => Some(*value),
            _ => None,
        }
    }

    /// A number that was written as text.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.get(name) {
            Some(Arg::Text(text)) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            Some(Arg::Integer(number)) => Some(*number as f64),
            _ => None,
        }
    }

    /// A range of whole numbers, both ends included.
    pub fn range(&self, name: &str) -> Option<(i64, i64)> {
        match self.get(name) {
            Some(Arg::Range(low, high)) => Some((*low, *high)),
            _ => None,
        }
    }

    /// A list of texts.
    pub fn texts(&self, name: &str) -> Option<&[String]> {
        match self.get(name) {
            Some(Arg::Texts(texts)) => Some(texts),
            _ => None,
        }
    }

    /// A period.
    pub fn period(&self, name: &str) -> Option<Period> {
        match self.get(name) {
            Some(Arg::Period(period)) => Some(*period),
            _ => None,
        }
    }
}

/// `locale:`, the language of what is drawn.
pub(super) const LOCALE: Param = Param {
    name: "locale",
    kind: ParamKind::Word(crate::synth::CODES),
    required: false,
    default: "en",
    help: "The language of the lists, also for the whole file as `locale:`. Only English last names are invented ones.",
};

/// The lists of `locale:`.
pub(super) fn locale(args: &Args) -> &'static crate::synth::Locale {
    crate::synth::locale(args.text("locale").unwrap_or("en"))
}

/// A mask as it is used: which one, under which domain, with what.
#[derive(Clone)]
pub struct MaskRef {
    /// The named mapping: the domain's name, or the mask's own if it stands bare.
    pub domain: String,
    /// The mask.
    pub spec: &'static Spec,
    /// Its arguments.
    pub args: Args,
    /// Drawn from this column instead of the value.
    pub by: Option<Name>,
    /// Whose that column's values are, `as: users.id`: what is drawn `by:` the same subject agrees, in every table and database.
    pub subject: Option<String>,
    /// The normal form of the domain's inputs: texts that agree in it have one output.
    pub normalise: Vec<Normal>,
}

impl MaskRef {
    /// A mask under its own name.
    pub fn bare(spec: &'static Spec, args: Args) -> Self {
        MaskRef { domain: spec.name.to_owned(), spec, args, by: None, subject: None, normalise: Vec::new() }
    }
}

impl PartialEq for MaskRef {
    fn eq(&self, other: &Self) -> bool {
        self.domain == other.domain
            && self.spec.name == other.spec.name
            && self.args == other.args
            && self.by == other.by
            && self.subject == other.subject
            && self.normalise == other.normalise
    }
}

impl std::fmt::Debug for MaskRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.domain, self.spec.name)
    }
}
