//! `email`: an address that reaches nobody.

use super::args::{LOCALE, locale};
use super::person::gender;
use super::{
    Args, COMMON, ColumnShape, Context, Domains, Example, MaskFn, Param, ParamKind, Refusal, Spec, Uniqueness, Value,
    draw_text,
};
use crate::synth::{Draw, Person, host_words};

/// Letters of each name in an address.
const HANDLE: usize = 8;

/// 32 characters that no case-folding joins and that are hard to mistake (Crockford's base 32, lower case).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters of the unique part: 80 bits.
pub(super) const TAIL: usize = 16;

/// Digits of the short form.
const SHORT: usize = 4;

/// The mask.
pub const EMAIL: Spec = Spec {
    name: "email",
    also: &["mail", "email_address", "unique_email", "e_mail"],
    summary: "An address at a host that reaches nobody.",
    docs: "The part before the @ starts with an invented name and carries 80 bits of the key's function, all in lower case, so \
           that unique columns stay unique, case-insensitive ones too. Whatever is no address becomes one all the same. \
           The value is taken exactly: `A@x` and `a@x` are two people.",
    params: &[
        Param {
            name: "host",
            kind: ParamKind::Text,
            required: false,
            default: "example.com",
            help: "The part after the @: a host, `each` (a host below .example for each of the value's), or `keep` (the value's own, \
                   which may reach somebody). Only hosts of RFC 2606 are certain to reach nobody.",
        },
        Param {
            name: "unique",
            kind: ParamKind::Boolean,
            required: false,
            default: "true",
            help: "false gives a shorter address with four digits instead of the 80 bits.",
        },
        LOCALE,
        Param {
            name: "gender",
            kind: ParamKind::Word(&["any", "female", "male"]),
            required: false,
            default: "any",
            help: "Only women's or only men's first names.",
        },
    ],
    part_of: Some("person"),
    uniqueness,
    equal_at_most: 0.0,
    output: "example.com, or the host that is given",
    examples: &[
        Example {
            column: "text",
            params: "",
            input: "maria@shop.test",
            output: "jeanie.gorsenma.2d9vexpxk6181r9s@example.com",
        },
        Example {
            column: "text",
            params: "{ host: mail.example, unique: false }",
            input: "maria@shop.test",
            output: "jeanie.gorsenma4297@mail.example",
        },
        Example {
            column: "text",
            params: "{ host: each }",
            input: "maria@shop.test",
            output: "jeanie.gorsenma.2d9vexpxk6181r9s@barrowkettle.example",
        },
    ],
    compile,
    ..COMMON
};

fn unique(args: &Args) -> bool {
    args.boolean("unique").unwrap_or(true)
}

fn uniqueness(args: &Args, _: &ColumnShape) -> Uniqueness {
    match unique(args) {
        true => Uniqueness::Preserved,
        // Names are cut, which joins few of them; a bit less than the whole is promised.
        false => Uniqueness::Probable { bits: locale(args).person_bits() + 13.0 - 1.0 },
    }
}

/// The part after the @.
enum Host {
    One(String),
    /// An invented one for each of the values'.
    Each,
    /// The value's own.
    Keep,
}

impl Host {
    /// Characters of the longest; a host of the DNS has 253 at most, one that is kept is as long as it was.
    fn longest(&self) -> usize {
        match self {
            Host::One(host) => host.len(),
            Host::Each => 7 + 7 + ".example".len(),
            Host::Keep => RESERVED.len(),
        }
    }
}

/// What stands for a host that is none.
const RESERVED: &str = "example.com";

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let host = match args.text("host").unwrap_or(RESERVED) {
        "each" => Host::Each,
        "keep" => Host::Keep,
        host if is_host(host) => Host::One(host.to_owned()),
        _ => {
            return Err(Refusal::new(
                "`host` is not a host name",
                "write a host such as example.com, `each` or `keep`",
            ));
        }
    };
    let unique = unique(args);
    let local = if unique { 2 * HANDLE + 2 + TAIL } else { 2 * HANDLE + 1 + SHORT };
    let help = if unique { "`email: { unique: false }` is shorter, but not unique" } else { "a shorter `host`" };
    shape.needs(local + 1 + host.longest(), "an email of this mask", help)?;
    let room = shape.max_length.map_or(usize::MAX, |has| has - local - 1);
    let (locale, wanted) = (locale(args), gender(args));
    Ok(Box::new(move |value, context, output| {
        let own = match (&host, value) {
            (Host::One(_), _) => None,
            (_, Value::Text(text)) => {
                text.rsplit_once('@').map(|(_, own)| own.trim_end()).filter(|own| !own.is_empty())
            }
            _ => None,
        };
        // Equal hosts stay equal, however they are written, and whoever the value is drawn by.
        let each = own.filter(|_| matches!(host, Host::Each)).map(|own| folded(own, context));
        draw_text(value, context, output, |draw, to| {
            let person = Person::draw(draw, locale, wanted);
            person.first_handle(HANDLE, to);
            to.push(b'.');
            person.last_handle(HANDLE, to);
            if unique {
                to.push(b'.');
                tail(draw, to);
            } else {
                draw.digits(SHORT, to);
            }
            to.push(b'@');
            match (&host, own, each) {
                (Host::One(host), ..) => to.extend_from_slice(host.as_bytes()),
                (Host::Keep, Some(own), _) if own.len() <= room && is_host_in_any_case(own) => {
                    to.extend(own.bytes().map(|byte| byte.to_ascii_lowercase()));
                }
                (Host::Each, _, Some(bits)) => {
                    host_words(&mut Draw::new(bits), to);
                    to.extend_from_slice(b".example");
                }
                _ => to.extend_from_slice(RESERVED.as_bytes()),
            }
        })
    }))
}

/// What is drawn for a host, in whatever case it is written.
fn folded(host: &str, context: &mut Context<'_>) -> [u8; 32] {
    if !host.is_ascii() {
        return context.domain.draw(host.to_lowercase().as_bytes());
    }
    let buffer = &mut context.buffers.canonical;
    buffer.clear();
    buffer.extend(host.bytes().map(|byte| byte.to_ascii_lowercase()));
    context.domain.draw(buffer)
}

/// Writes 80 bits in 16 characters.
pub(super) fn tail(draw: &mut Draw, to: &mut Vec<u8>) {
    for _ in 0..TAIL / 8 {
        let bits = draw.bits();
        to.extend((0..8).map(|at| ALPHABET[(bits >> (at * 5) & 31) as usize]));
    }
}

/// True for labels of letters, digits and hyphens, apart by dots, in lower case.
fn is_host(host: &str) -> bool {
    is_host_in_any_case(host) && !host.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// True for labels of letters, digits and hyphens, apart by dots.
fn is_host_in_any_case(host: &str) -> bool {
    let label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(plain) && !label.starts_with('-') && !label.ends_with('-')
    };
    host.len() <= 200 && host.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_checked() {
        for good in ["example.com", "mail.example", "localhost", "a-1.test"] {
            assert!(is_host(good), "{good}");
        }
        for bad in ["", "a b", "Example.com", "-a.test", "a..b", "x@y", "müller.de"] {
            assert!(!is_host(bad), "{bad}");
        }
    }
}
