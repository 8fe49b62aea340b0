//! `redact`: what points to somebody inside free text becomes its stand-in, the text around it stays.

mod own;

use super::part::{Part, PartBuffers};
use super::{
    Arg, Args, By, COMMON, Class, ColumnShape, Domains, Example, MaskFn, MaskRef, Param, ParamKind, Refusal, Sees,
    Spec, Unmaskable, Value, card, find, iban,
};
use crate::pg::types::BaseType;
use crate::pg::value::parse_network;
use own::Own;
use regex_automata::meta::Regex;
use regex_automata::{Input, Match};
use std::ops::Range;
use std::sync::LazyLock;

/// The mask.
pub const REDACT: Spec = Spec {
    name: "redact",
    also: &["scrub", "pii_redact", "redact_pii", "detect", "deidentify"],
    summary: "Replaces emails, URLs, IP addresses, accounts, cards, phones and the row's own values inside a text.",
    docs: "Masked texts of the same row that are read, such as a name or an email, become what they become in their own columns, \
           whatever their case; of names each word does. Everything else that is found is what the same mask or domain makes of \
           it in a column of its own. Cards have a valid check digit, accounts \
           (IBANs) valid check digits; every other run of 7 to 15 digits counts as a phone, a longer one is masked by `digits`; \
           dates such as 2024-05-06 stay. Everything else survives, names and streets of others among it: where a text may hold \
           them, `text` is the mask. What would outgrow its column becomes filler words of the same length.",
    params: &[
        Param {
            name: "fields",
            kind: ParamKind::Masks,
            required: false,
            default: "{}",
            help: "Other masks or domains for `email`, `url`, `ip`, `iban`, `card`, `phone`, `digits`; each bare by default.",
        },
        Param {
            name: "row",
            kind: ParamKind::Boolean,
            required: false,
            default: "true",
            help: "Whether the row's own masked texts are replaced too, also where it stands inside JSON, hstore, XML and row types.",
        },
    ],
    by: By::Never,
    sees: |args| if args.boolean("row") == Some(false) { Sees::Field } else { Sees::MaskedTexts },
    class: Class::Sensitive,
    equal_at_most: 1.0,
    output: "the text, with stand-ins in it",
    examples: &[
        Example {
            column: "text",
            params: "",
            input: "Maria (maria@shop.test) asks on 2024-05-06 from 81.2.69.142: call +1 (415) 867-5309!",
            output: "Maria (jeanie.gorsenma.2d9vexpxk6181r9s@example.com) asks on 2024-05-06 from 198.18.51.58: call +1 (664) 555-0118!",
        },
        Example {
            column: "text",
            params: "{ fields: { phone: { constant: \"[phone]\" } } }",
            input: "415-867-5309",
            output: "[phone]",
        },
    ],
    compile,
    ..COMMON
};

/// What is found, by the masks' names; `text` stands for a whole that would not fit.
const KINDS: [&str; 8] = ["email", "url", "ip", "iban", "card", "phone", "digits", "text"];

/// Candidates but emails, one pattern each: URL, IBAN, IPv6, IPv4, date, number. The first that begins leftmost is looked at.
/// No pattern may run on without an end that is matched: the search would be quadratic. Words end where those of ASCII do, so
/// that a text of other letters is searched as fast.
static CANDIDATES: LazyLock<Regex> = LazyLock::new(|| {
    let parts = [
        r#"(?i-u:https?://|ftp://|www\.)[^\s<>"“”«»]*[^\s<>"“”«».,;:!?)\]}'’…]"#,
        r"(?-u:\b)[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?-u:\b)",
        r"(?-u:\b)[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:\.[0-9]{1,3}){0,3}(?:/[0-9]{1,3})?",
        r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?(?-u:\b)",
        r"(?-u:\b)(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?-u:\b)",
        r"\+?(?:\(\p{Nd}{1,5}\)[ .\-/]?)?\p{Nd}(?:[ \u{a0}\u{202f}\t.\-\u{2010}\u{2011}\u{2013}/()]{0,2}\p{Nd}){2,}",
    ];
    Regex::new_many(&parts).expect("expressions of ours")
});

/// What a candidate is.
enum Look {
    /// A value of this mask, and how long it is.
    Found(&'static str, usize),
    /// Nobody's, so long.
    Harmless(usize),
}

struct Redact {
    candidates: Regex,
    parts: Vec<(&'static str, Part)>,
    longest: usize,
}

fn compile(args: &Args, shape: &ColumnShape, domains: &Domains) -> Result<MaskFn, Refusal> {
    let given = match args.get("fields") {
        Some(Arg::Masks(masks)) => &masks[..],
        _ => &[],
    };
    if let Some((kind, _)) = given.iter().find(|(kind, _)| !KINDS[..7].contains(&kind.as_str())) {
        let message = format!("`redact` does not look for `{kind}`");
        return Err(Refusal::new(message, format!("it looks for {}", KINDS[..7].join(", "))));
    }
    let part = |kind: &'static str| {
        let rule = match given.iter().find(|(given, _)| given == kind) {
            Some((_, rule)) => rule.clone(),
            None => {
                let spec = find(kind).ok_or(Refusal { message: format!("there is no mask {kind}"), help: None })?;
                MaskRef::bare(spec, Args::default())
            }
        };
        Ok((kind, Part::compile(kind, &rule, &ColumnShape::unbounded(BaseType::Text), domains)?))
    };
    let parts = KINDS.into_iter().map(part).collect::<Result<_, Refusal>>()?;
    let longest = shape.max_length.unwrap_or(usize::MAX);
    // A copy of its own has its own scratch space: threads do not wait for each other.
    let redact = Redact { candidates: CANDIDATES.clone(), parts, longest };
    Ok(Box::new(move |value, context, output| {
        let own = Own::new(context.row);
        let mut buffers = PartBuffers::default();
        let to = output.text();
        let (whole, done) = match value {
            Value::Text(text) => (text.as_bytes(), redact.write(text, &own, &mut buffers, to)?),
            Value::Bytes(bytes) => (bytes, false),
            _ => return Err(Unmaskable::Form),
        };
        if !done {
            to.clear();
            redact.part("text", whole, &mut buffers, to)?;
        }
        Ok(())
    }))
}

impl Redact {
    /// Writes the text with its stand-ins; false if it does not fit.
    fn write(
        &self,
        text: &str,
        own: &Own,
        buffers: &mut PartBuffers<'_>,
        to: &mut Vec<u8>,
    ) -> Result<bool, Unmaskable> {
        let mut written = 0;
        for (what, found) in Finds::new(&self.candidates, own, text) {
            to.extend_from_slice(&text.as_bytes()[written..found.start]);
            written = found.end;
            match what {
                What::Own(at) => to.extend_from_slice(own.stand_in(at)),
                What::Kind(kind) => self.part(kind, &text.as_bytes()[found], buffers, to)?,
            }
        }
        to.extend_from_slice(&text.as_bytes()[written..]);
        let characters = || std::str::from_utf8(to).map_or(to.len(), |text| text.chars().count());
        Ok(to.len() <= self.longest || characters() <= self.longest)
    }

    fn part(
        &self,
        kind: &str,
        value: &[u8],
        buffers: &mut PartBuffers<'_>,
        to: &mut Vec<u8>,
    ) -> Result<(), Unmaskable> {
        let part = self.parts.iter().find(|(known, _)| *known == kind).ok_or(Unmaskable::Form)?;
        // NULL inside a text is nothing.
        part.1.write(value, buffers, to).map(drop)
    }
}

/// What is found in a text that belongs to no row, from left to right: each with the name of its mask.
pub fn finds(text: &str) -> impl Iterator<Item = (&'static str, &str)> {
    Finds::new(&CANDIDATES, &own::NOTHING, text).filter_map(|(what, place)| match what {
        What::Kind(kind) => Some((kind, &text[place])),
        What::Own(_) => None,
    })
}

/// What a find is.
#[derive(Clone, Copy)]
enum What {
    /// A value of the mask of that name.
    Kind(&'static str),
    /// One of the row's own values.
    Own(usize),
}

/// What is found in a text, from left to right, and the place. Of two that begin at once the longer is taken, of two that
/// are alike the row's own.
struct Finds<'a> {
    candidates: &'a Regex,
    own_values: &'a Own,
    text: &'a str,
    from: usize,
    /// The next of the row's own values, the next address, the next other find, if there is one.
    next: [Option<(What, Range<usize>)>; 3],
}

impl<'a> Finds<'a> {
    fn new(candidates: &'a Regex, own_values: &'a Own, text: &'a str) -> Self {
        let mut finds = Finds { candidates, own_values, text, from: 0, next: [None, None, None] };
        finds.next = std::array::from_fn(|source| finds.search(source));
        finds
    }

    /// Searches one source from the present place on.
    fn search(&self, source: usize) -> Option<(What, Range<usize>)> {
        match source {
            0 => self.own_values.find(self.text, self.from).map(|(at, place)| (What::Own(at), place)),
            1 => address(self.text, self.from).map(|place| (What::Kind("email"), place)),
            _ => other(self.candidates, self.text, self.from).map(|(kind, place)| (What::Kind(kind), place)),
        }
    }
}

impl Iterator for Finds<'_> {
    type Item = (What, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        // Each is searched anew only once the last of its kind is behind, so that the text is read thrice and no more.
        for source in 0..self.next.len() {
            if self.next[source].as_ref().is_some_and(|(_, place)| place.start < self.from) {
                self.next[source] = self.search(source);
            }
        }
        let finds = self.next.iter().flatten();
        let first = finds.min_by_key(|(_, place)| (place.start, std::cmp::Reverse(place.end)))?.clone();
        self.from = first.1.end;
        Some(first)
    }
}

/// The next email address: what stands on both sides of an @.
fn address(text: &str, from: usize) -> Option<Range<usize>> {
    let wide = |character: char| !character.is_ascii() && !character.is_whitespace();
    let local = |character: char| character.is_ascii_alphanumeric() || ".'+_%~!#$*^-".contains(character);
    let host = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
    let inner = |character: char| character.is_alphanumeric() || character == '_';
    text[from..].match_indices('@').find_map(|(at, _)| {
        let sign = from + at;
        let before = text[from..sign].trim_end_matches(|c| local(c) || wide(c)).len();
        let before = &text[from + before..sign];
        let before = before.trim_start_matches(|c| !inner(c));
        let after = &text[sign + 1..];
        let after = &after[..after.find(|c| !(host(c) || wide(c))).unwrap_or(after.len())];
        let after = after.trim_end_matches(|c| !inner(c));
        (!before.is_empty() && !after.is_empty()).then(|| sign - before.len()..sign + 1 + after.len())
    })
}

/// The next find that is no email address.
fn other(candidates: &Regex, text: &str, mut from: usize) -> Option<(&'static str, Range<usize>)> {
    loop {
        let found = candidates.find(Input::new(text).range(first(text, from)?..))?;
        match look(&found, &text[found.range()]) {
            Look::Found(kind, length) => return Some((kind, found.start()..found.start() + length)),
            Look::Harmless(length) => from = found.start() + length,
        }
    }
}

/// Where the next candidate may begin: a little before a digit, a colon, the dot of `www.` or a letter beyond ASCII, one of
/// which is among the first six bytes of every candidate.
fn first(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let sign = |at: usize| match bytes[at] {
        b'0'..=b'9' | b':' | 0x80.. => true,
        b'.' => at >= 3 && bytes[at - 3..at].eq_ignore_ascii_case(b"www"),
        _ => false,
    };
    let mut start = (from..bytes.len()).find(|at| sign(*at))?.saturating_sub(5).max(from);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    Some(start)
}

/// What a candidate is. Of one that is nothing only the first character is passed over, lest it hide the start of another.
fn look(found: &Match, text: &str) -> Look {
    let other = || Look::Harmless(text.chars().next().map_or(1, char::len_utf8));
    match found.pattern().as_usize() {
        0 => Look::Found("url", text.len()),
        1 => account(text).map_or_else(other, |length| Look::Found("iban", length)),
        2 if text.bytes().filter(u8::is_ascii_hexdigit).count() < 4 || parse_network(text).is_none() => other(),
        2 => Look::Found("ip", text.len()),
        4 => Look::Harmless(text.len()),
        _ if parse_network(text).is_some() && text.matches('.').count() == 3 => Look::Found("ip", text.len()),
        _ => match text.chars().filter(|character| character.is_numeric()).count() {
            0..7 => other(),
            12..=19 if card::is_valid(text) => Look::Found("card", text.len()),
            7..=15 => Look::Found("phone", text.len()),
            _ => Look::Found("digits", text.len()),
        },
    }
}

/// The length of the account number that a text begins with: words in capitals may follow it.
fn account(text: &str) -> Option<usize> {
    let ends = std::iter::once(text.len()).chain(text.rmatch_indices(' ').map(|(at, _)| at));
    ends.into_iter().find(|end| iban::is_valid(&text[..*end]))
}
