//! Masks: a field becomes another field. One file per mask or small family, one line here for each.
//!
//! A mask sees the field, its `by:` value, the row's kept and already masked values, the key, and nothing else: no
//! clock, no I/O, no order of arrival, no column, no catalog. Any worker on any machine gives the same answer.

pub mod args;
pub mod canonical;
pub mod context;
pub mod row;
pub mod shape;

mod looks;
mod nested;
mod normal;
mod part;
mod permutation;
#[cfg(test)]
mod tests;

use crate::pg::types::{BaseType, PgType};
use crate::pg::value::{Malformed, OutputKind};
pub use crate::pg::value::{Output, Value};
use crate::synth::Draw;
use crate::words::diagnostic::nearest;
pub use args::{Arg, Args, MaskRef, Param, ParamKind};
pub use context::{Context, Domain, Domains};
pub use normal::Normal;
pub use row::{Neighbour, Sees};
pub use shape::{Accepts, ColumnShape, Family};

/// Declares the files of masks, and lists what is in them. `cargo fmt` does not see through this, but
/// `cargo fmt -- $(find src/mask -name '*.rs')`.
macro_rules! masks {
    ($($visible:vis $file:ident: $($mask:ident),+;)+) => {
        $($visible mod $file;)+

        /// Every mask, in the order of the documentation.
        pub const ALL: &[&Spec] = &[$($(&$file::$mask),+),+];
    };
}

masks! {
    person: NAME, FIRST_NAME, LAST_NAME, TITLE, GENDER, USERNAME, JOB;
    email: EMAIL;
    phone: PHONE;
    place: STREET, CITY, STATE, POSTCODE;
    country: COUNTRY;
    address: ADDRESS;
    zip3: ZIP3;
    coordinate: LATITUDE, LONGITUDE;
    company: COMPANY;
    ip: IP;
    mac: MAC;
    host: DOMAIN_NAME, URL;
    user_agent: USER_AGENT;
    imei: IMEI;
    card: CARD;
    iban: IBAN;
    amount: AMOUNT;
    national_id: NATIONAL_ID;
    uuid: UUID;
    permute: PERMUTE;
    digits: DIGITS;
    alnum: ALNUM;
    pattern: PATTERN, TOKEN;
    hash: HASH;
    password: PASSWORD;
    text: TEXT, WORDS;
    pub redact: REDACT;
    bytes: BYTES;
    bits: BITS;
    partial: PARTIAL;
    replace: REPLACE;
    template: TEMPLATE;
    noise: NOISE;
    rounding: ROUND, BUCKET;
    age: AGE_BAND;
    date_shift: DATE_SHIFT;
    truncate: TRUNCATE;
    choice: CHOICE;
    pub resample: RESAMPLE;
    shuffle: SHUFFLE;
    fixed: CONSTANT, EMPTY, ERASE, DEFAULT;
    json: JSON;
    hstore: HSTORE;
    xml: XML;
    composite: COMPOSITE;
    sql: SQL;
}

/// The mask of that name.
pub fn find(name: &str) -> Option<&'static Spec> {
    ALL.iter().copied().find(|spec| spec.name == name)
}

/// The mask that someone most likely means who writes a name that no mask has: another tool's name for it, or the nearest one.
pub fn meant(word: &str) -> Option<&'static str> {
    let word = snake_case(word);
    let known =
        |word: &str| ALL.iter().find(|spec| spec.name == word || spec.also.contains(&word)).map(|spec| spec.name);
    let bare = PREFIXES.iter().find_map(|prefix| word.strip_prefix(prefix)).unwrap_or(&word);
    known(&word).or_else(|| known(bare)).or_else(|| {
        let near = |word: &str| nearest(word, ALL.iter().map(|spec| spec.name));
        let others = || ALL.iter().flat_map(|spec| spec.also.iter().copied());
        near(&word).or_else(|| near(bare)).or_else(|| known(nearest(bare, others())?))
    })
}

/// What other tools put before the name of what they make.
const PREFIXES: &[&str] = &[
    "anon.fake_",
    "anon.dummy_",
    "anon.pseudo_",
    "anon.random_",
    "anon.",
    "fake_",
    "dummy_",
    "pseudo_",
    "random_",
    "real_",
    "generate_",
    "transform_",
    "unique_",
    "copycat.",
];

/// `RandomEmail` and `random-email` as `random_email`.
fn snake_case(word: &str) -> String {
    let mut snake = String::with_capacity(word.len() + 4);
    let mut lower = false;
    for letter in word.chars() {
        if letter.is_uppercase() && lower {
            snake.push('_');
        }
        lower = letter.is_lowercase() || letter.is_ascii_digit();
        match letter {
            '-' | ' ' => snake.push('_'),
            _ => snake.extend(letter.to_lowercase()),
        }
    }
    snake
}

/// The names of the masks that fit a family of types.
pub fn masks_for(family: Family) -> Vec<&'static str> {
    ALL.iter().filter(|spec| spec.accepts.family(Some(family))).map(|spec| spec.name).collect()
}

/// The names of the masks that fit a type, or what the type holds.
pub fn masks_for_type(ty: &PgType) -> Vec<&'static str> {
    ALL.iter().filter(|spec| nested::fits(spec, ty)).map(|spec| spec.name).collect()
}

/// Everything there is to know of a mask: parsing, docs, JSON Schema, plan and tests read this.
pub struct Spec {
    /// Its name in rules files.
    pub name: &'static str,
    /// What other tools call it.
    pub also: &'static [&'static str],
    /// One sentence.
    pub summary: &'static str,
    /// What else a user must know: forms, odd values, where it is safe and where not.
    pub docs: &'static str,
    /// Its parameters; the first is the main one, which may stand alone.
    pub params: &'static [Param],
    /// The types that it fits.
    pub accepts: Accepts,
    /// May it be drawn from another column.
    pub by: By,
    /// What it makes a part of, as in `person`: with `by:`, bare masks of one whole agree with each other.
    pub part_of: Option<&'static str>,
    /// What it looks at in its row beside its own field, given the parameters.
    pub sees: fn(&Args) -> Sees,
    /// What it gives away.
    pub class: Class,
    /// What the plan makes of it.
    pub acts: Acts,
    /// What it does to uniqueness, given the parameters.
    pub uniqueness: fn(&Args, &ColumnShape) -> Uniqueness,
    /// The greatest chance that an output equals its input, of inputs that are like the mask's own outputs.
    pub equal_at_most: f64,
    /// The same where the parameters decide it.
    pub equal: fn(&Args) -> Option<f64>,
    /// True if the key decides what it makes.
    pub keyed: bool,
    /// True if who has the key can compute the value from the output.
    pub reversible: bool,
    /// True if it looks at the value (or its `by:`); constants do not, so that their columns are never read.
    pub reads: bool,
    /// Where its output lives, as in `example.com`.
    pub output: &'static str,
    /// Examples: parameters as YAML, input, output under the key of the documentation.
    pub examples: &'static [Example],
    /// Makes the function for one column, or says why it cannot; called through [`compile`], which checks the type first.
    pub compile: fn(&Args, &ColumnShape, &Domains) -> Result<MaskFn, Refusal>,
}

/// What most masks have in common: direct identifiers in text, drawn from the value or from another column.
const COMMON: Spec = Spec {
    name: "",
    also: &[],
    summary: "",
    docs: "",
    params: &[],
    accepts: Accepts::Families(&[Family::Text]),
    by: By::May,
    part_of: None,
    sees: |_| Sees::Field,
    class: Class::Direct,
    acts: Acts::Field,
    uniqueness: |_, _| Uniqueness::Lossy,
    equal_at_most: 0.0,
    equal: |_| None,
    keyed: true,
    reversible: false,
    reads: true,
    output: "",
    examples: &[],
    compile: |_, _, _| Err(Refusal { message: String::new(), help: None }),
};

/// Whether a mask takes `by:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// It is drawn from its value alone.
    Never,
    /// It may be drawn from another column.
    May,
    /// It must be.
    Must,
}

/// What the plan makes of a mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acts {
    /// A function of the field: `Action::Mask`.
    Field,
    /// One text for all: `Action::Constant` with the argument `value`; `compile` judges the text, its function is not used.
    Constant,
    /// NULL: `Action::Erase`; refused by the plan where NULL is not allowed.
    Erase,
    /// The column's default, computed at the source; NULL if it has none. Never compiled.
    Default,
    /// A draw from the column's own values, which are counted before: `Action::Mask`; never compiled.
    Resample,
    /// The column's own values in other rows, moved at the source: `Action::Shuffle`; never compiled.
    Shuffle,
    /// An expression at the source, the argument `expression`: `Action::Sql`; never compiled.
    Sql,
}

/// The function of a mask. NULL never reaches it: NULL stays NULL (but for `constant` and `erase`, which the copier writes itself).
pub type MaskFn = Box<dyn Fn(Value<'_>, &mut Context<'_>, &mut Output) -> Result<(), Unmaskable> + Send + Sync>;

/// One example of a mask.
pub struct Example {
    /// The column's type, as in `text`.
    pub column: &'static str,
    /// The parameters as they stand in a rules file, empty if none.
    pub params: &'static str,
    /// The input, as PostgreSQL prints it.
    pub input: &'static str,
    /// The output.
    pub output: &'static str,
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
    /// The same, because there are no more than about so many outputs.
    Few {
        /// Outputs.
        outputs: f64,
    },
    /// Only the run can tell.
    Unknown,
}

/// Why a mask cannot be used for a column: the plan adds the place.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// What is wrong, as in `an email of this domain needs 38 characters, the column has 20`.
    pub message: String,
    /// The parameter or mask that makes it fit.
    pub help: Option<String>,
}

impl Refusal {
    /// A reason and what helps.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Refusal { message: message.into(), help: Some(help.into()) }
    }
}

/// A mask, made for one column.
pub struct Compiled {
    /// The function.
    pub function: MaskFn,
    /// The pseudo-random function that its context must hold.
    pub domain: Domain,
    /// What it does to uniqueness here. With `by:` this is said of distinct `by:` values: the column is as unique as that one.
    pub uniqueness: Uniqueness,
    /// The share of unchanged fields that verification accepts, carried ones ([`Output::carried`]) not counted.
    pub equal_at_most: f64,
}

/// Makes a mask for a column: checks the type, then asks the mask itself.
///
/// The function made here leaves empty texts and empty bytea as they are: they carry nothing, like NULL, and are marked as
/// [`Output::carried`], so that they do not count as unchanged.
pub fn compile(rule: &MaskRef, shape: &ColumnShape, domains: &Domains) -> Result<Compiled, Refusal> {
    let name = rule.spec.name;
    match (rule.spec.by, &rule.by) {
        (By::Never, Some(_)) => return Err(Refusal::new(format!("`{name}` takes no `by:`"), "leave it out")),
        (By::Must, None) => {
            let message = format!("`{name}` needs `by:`, the column that says whose value it is");
            return Err(Refusal::new(message, format!("`{name}: {{ …, by: id }}`")));
        }
        _ => {}
    }
    let function = function(rule, shape, domains)?;
    Ok(Compiled {
        function,
        domain: domains.of(rule),
        uniqueness: nested::uniqueness(rule, shape),
        equal_at_most: (rule.spec.equal)(&rule.args).unwrap_or(rule.spec.equal_at_most),
    })
}

/// The function of [`compile`].
fn function(rule: &MaskRef, shape: &ColumnShape, domains: &Domains) -> Result<MaskFn, Refusal> {
    if !rule.spec.accepts.family(shape.family()) {
        return nested::function(rule, shape, domains);
    }
    if let Some((_, scale)) = shape.numeric.filter(|(_, scale)| *scale < 0 && rule.spec.acts == Acts::Field) {
        let message = format!("the server rounds what is stored in this column: its scale is {scale}");
        return Err(Refusal::new(message, "`constant`, `erase` or `resample`"));
    }
    let inner = (rule.spec.compile)(&rule.args, shape, domains)?;
    let inner = if shape.ty.base_type() == Some(BaseType::Name) { in_bytes(inner) } else { inner };
    let normalise = rule.normalise.clone();
    Ok(Box::new(move |value, context, output| match value {
        Value::Text("") | Value::Bytes([]) => {
            output.carry(value);
            Ok(())
        }
        Value::Text(text) if !normalise.is_empty() => {
            let normal = std::mem::take(&mut context.buffers.normal);
            let normal = normal::apply(&normalise, text, normal);
            // A text of which nothing is left has no other normal form than itself.
            let result = inner(if normal.is_empty() { value } else { Value::Text(&normal) }, context, output);
            context.buffers.normal = normal;
            result
        }
        _ => inner(value, context, output),
    }))
}

/// The type `name` cuts what takes more than so many bytes without a word.
const NAME_BYTES: usize = 63;

/// The same function, for a column of the type `name`.
fn in_bytes(function: MaskFn) -> MaskFn {
    Box::new(move |value, context, output| {
        function(value, context, output)?;
        let cut = output.kind == OutputKind::Text && output.buffer.len() > NAME_BYTES;
        if cut { Err(Unmaskable::TooLong) } else { Ok(()) }
    })
}

/// Draws a text until it differs from the value, but for case: once if it is drawn from another column, because all that
/// is drawn from one `by:` value must agree.
fn draw_text(
    value: Value<'_>,
    context: &mut Context<'_>,
    output: &mut Output,
    mut write: impl FnMut(&mut Draw, &mut Vec<u8>),
) -> Result<(), Unmaskable> {
    let mut draw = context.draw(value);
    for _ in 0..8 {
        let to = output.text();
        write(&mut draw, to);
        match value {
            Value::Text(text) if text.as_bytes().eq_ignore_ascii_case(to) && !context.is_by() => {}
            _ => break,
        }
    }
    Ok(())
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
    /// The value lies outside the mask's `range`.
    #[error("a value lies outside the mask's `range`")]
    Range,
    /// A template that fails on a row, or gives what the column cannot hold.
    #[error("the template cannot be filled in, or what it gives does not fit the column")]
    Template,
    /// Bytes that are not a value of the column's type.
    #[error("a field is malformed")]
    Malformed,
}

impl From<Malformed> for Unmaskable {
    fn from(_: Malformed) -> Self {
        Unmaskable::Malformed
    }
}
