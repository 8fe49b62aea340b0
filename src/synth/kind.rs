//! Kinds of text that a generated row can hold, each under the name that rules give it.

use super::words::{
    self, ACTIONS, AGENTS, COLORS, DEPARTMENTS, GROUPS, JOBS, LANGUAGES, LIKE, ROLES, SORTS, STATES, TAGS, THINGS,
};
use super::world::{COUNTRIES, Town, shaped};
use super::{Draw, Locale, Person, Place, company};

macro_rules! kinds {
    ($($kind:ident $name:literal)*) => {
        /// A kind of text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum Kind { $($kind),* }

        impl Kind {
            /// Every kind, by the name that rules give it.
            pub const ALL: &'static [(&'static str, Kind)] = &[$(($name, Kind::$kind)),*];
        }
    };
}
kinds! {
    Name "name" FirstName "first_name" LastName "last_name" Username "username" Email "email" Phone "phone"
    Street "street" City "city" State "state" Postcode "postcode" Country "country" CountryCode "country_code"
    CountryCode3 "country_code3" Address "address" TimeZone "time_zone" Currency "currency" Language "language"
    LanguageName "language_name" Company "company" Job "job" Department "department" Product "product"
    Category "category" Color "color" Status "status" Sort "sort" Action "action" Role "role" Tag "tag" Gender "gender"
    Honorific "title" Title "headline" Sentence "sentence" Text "text" Word "word" Words "words" Slug "slug" Sku "sku" Code "code" Url "url"
    ImageUrl "image_url" Domain "domain_name" File "file" Path "path" MimeType "mime_type" Version "version"
    UserAgent "user_agent" Ip "ip" Mac "mac" Uuid "uuid" Hash "hash" Token "token" PasswordHash "password_hash"
    Card "card" Iban "iban" VatNumber "vat_number" TaxNumber "national_id" Isbn "isbn" Ean "ean" Json "json"
}

impl Kind {
    /// The kind of that name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }
}

/// What the texts of one row have in common.
pub struct Who {
    /// Whose names are used.
    pub locale: &'static Locale,
    /// The person that it is about.
    pub person: Person,
    /// Where it lies.
    pub town: &'static Town,
}

/// How a text must be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    /// Different numbers give different texts.
    pub number: Option<u64>,
    /// The most characters.
    pub longest: Option<usize>,
}

/// Writes a text of a kind.
pub fn write(kind: Kind, who: &Who, wish: Wish, draw: &mut Draw, to: &mut Vec<u8>) {
    let start = to.len();
    let told = plain(kind, who, wish.number, draw, to);
    if let (Some(number), false) = (wish.number, told) {
        tail(kind, number, to);
    }
    let Some(longest) = wish.longest else { return };
    let text = String::from_utf8_lossy(&to[start..]);
    if text.chars().count() <= longest {
        return;
    }
    let cut: String = match wish.number {
        Some(number) => {
            let digits = base36(number);
            let kept = longest.saturating_sub(digits.len());
            let digits = &digits[digits.len().saturating_sub(longest)..];
            let head: String = text.chars().filter(|c| !c.is_whitespace()).take(kept).collect();
            // A head that ends in a digit could meet the tail of another number.
            let head = head.trim_end_matches(|c: char| c.is_ascii_alphanumeric() && kept < 4);
            format!("{head}{digits:0>width$}", width = longest - head.chars().count())
        }
        None => text.chars().take(longest).collect::<String>().trim_end().to_owned(),
    };
    to.truncate(start);
    to.extend_from_slice(cut.as_bytes());
}

/// Writes a street that is nowhere.
fn street(who: &Who, draw: &mut Draw, to: &mut Vec<u8>) {
    Place::draw(draw, who.locale).street(to);
}

/// A number as few characters, the same in any case.
fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(number % 36) as usize] as char);
        number /= 36;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}

/// Puts a number at the end of a text, as its kind would have it.
fn tail(kind: Kind, number: u64, to: &mut Vec<u8>) {
    let separator: &[u8] = match kind {
        Kind::Slug | Kind::Code | Kind::Domain | Kind::Url | Kind::Tag | Kind::Word => b"-",
        Kind::Path => b"/",
        Kind::Hash | Kind::Token | Kind::Iban | Kind::Card => b"",
        _ => b" ",
    };
    to.extend_from_slice(separator);
    digits(number + 1, 1, to);
}

fn digits(number: u64, width: usize, to: &mut Vec<u8>) {
    to.extend_from_slice(format!("{number:0width$}").as_bytes());
}

/// One of a list; with a number, the list's entries in turn, and the round from the second on.
fn listed(list: &[&str], number: Option<u64>, draw: &mut Draw, to: &mut Vec<u8>) {
    let Some(number) = number else { return to.extend_from_slice(draw.pick(list).as_bytes()) };
    let length = list.len() as u64;
    to.extend_from_slice(list[(number % length) as usize].as_bytes());
    if number >= length {
        to.push(b' ');
        digits(number / length + 1, 1, to);
    }
}

/// Writes a text; true if different numbers gave different ones.
fn plain(kind: Kind, who: &Who, number: Option<u64>, draw: &mut Draw, to: &mut Vec<u8>) -> bool {
    let country = who.town.country;
    match kind {
        Kind::Name => who.person.full(to),
        Kind::FirstName => who.person.first(to),
        Kind::LastName => who.person.last(to),
        Kind::Honorific => who.person.title(to),
        Kind::Username | Kind::Email => {
            who.person.first_handle(10, to);
            to.push(if kind == Kind::Email { b'.' } else { b'_' });
            who.person.last_handle(14, to);
            if let Some(number) = number {
                digits(number + 1, 1, to);
            }
            if kind == Kind::Email {
                to.extend_from_slice(draw.pick(&["@example.com", "@example.net", "@example.org"]).as_bytes());
            }
            return true;
        }
        Kind::Phone => {
            to.extend_from_slice(country.dial.as_bytes());
            to.push(b' ');
            to.push(b'2' + draw.below(8) as u8);
            draw.digits(2, to);
            to.push(b' ');
            match number {
                Some(number) => digits(number, 7, to),
                None => draw.digits(7, to),
            }
            return true;
        }
        Kind::Street => street(who, draw, to),
        Kind::City => to.extend_from_slice(who.town.name.as_bytes()),
        Kind::State => to.extend_from_slice(who.town.state.as_bytes()),
        Kind::Postcode => shaped(who.town.postcode, draw, to),
        Kind::Address => {
            street(who, draw, to);
            to.extend_from_slice(b", ");
            shaped(who.town.postcode, draw, to);
            to.push(b' ');
            to.extend_from_slice(who.town.name.as_bytes());
        }
        Kind::Country | Kind::CountryCode | Kind::CountryCode3 => {
            let at = number.map_or(country, |number| COUNTRIES[(number % COUNTRIES.len() as u64) as usize]);
            let text = match kind {
                Kind::Country => at.name,
                Kind::CountryCode => at.code,
                _ => at.code3,
            };
            return one_of(text, COUNTRIES.len(), number, to);
        }
        Kind::Currency => return currency(country.currency, number, to),
        Kind::TimeZone => to.extend_from_slice(country.zone.as_bytes()),
        Kind::Language | Kind::LanguageName => {
            let known = LANGUAGES.iter().position(|(code, _)| *code == country.language).unwrap_or(0);
            let at = number.map_or(known, |number| number as usize % LANGUAGES.len());
            let text = if kind == Kind::Language { LANGUAGES[at].0 } else { LANGUAGES[at].1 };
            return one_of(text, LANGUAGES.len(), number, to);
        }
        Kind::Company => company(draw, who.locale, to),
        _ => return thing(kind, number, draw, to),
    }
    false
}

/// Writes a text that was picked by number; true if the list was long enough.
fn one_of(text: &str, length: usize, number: Option<u64>, to: &mut Vec<u8>) -> bool {
    to.extend_from_slice(text.as_bytes());
    number.is_none_or(|number| number < length as u64)
}

fn currency(here: &str, number: Option<u64>, to: &mut Vec<u8>) -> bool {
    let Some(number) = number else { return one_of(here, 1, None, to) };
    let mut all: Vec<&str> = COUNTRIES.iter().map(|country| country.currency).collect();
    all.sort_unstable();
    all.dedup();
    one_of(all[number as usize % all.len()], all.len(), Some(number), to)
}

/// Texts of things rather than of people and places.
fn thing(kind: Kind, number: Option<u64>, draw: &mut Draw, to: &mut Vec<u8>) -> bool {
    let list = match kind {
        Kind::Job => JOBS,
        Kind::Department => DEPARTMENTS,
        Kind::Category => GROUPS,
        Kind::Color => COLORS,
        Kind::Status => STATES,
        Kind::Sort => SORTS,
        Kind::Action => ACTIONS,
        Kind::Role => ROLES,
        Kind::Tag => TAGS,
        Kind::UserAgent => AGENTS,
        Kind::Gender => &["female", "male", "other"],
        Kind::MimeType => &["image/png", "image/jpeg", "application/pdf", "text/plain", "application/json"],
        Kind::Product | Kind::Slug => {
            product(number, draw, to);
            if kind == Kind::Slug {
                to.make_ascii_lowercase();
                to.iter_mut().filter(|byte| **byte == b' ').for_each(|byte| *byte = b'-');
            }
            return true;
        }
        _ => return coded(kind, number, draw, to),
    };
    listed(list, number, draw, to);
    true
}

/// Writes a product's name; numbers walk through every pair of words before one comes again.
fn product(number: Option<u64>, draw: &mut Draw, to: &mut Vec<u8>) {
    let pairs = (LIKE.len() * THINGS.len()) as u64;
    let at = number.unwrap_or_else(|| draw.below(pairs));
    // 1009 has no factor in common with the number of pairs: neighbours differ in both words.
    let pair = at % pairs * 1009 % pairs;
    to.extend_from_slice(LIKE[(pair / THINGS.len() as u64) as usize].as_bytes());
    to.push(b' ');
    to.extend_from_slice(THINGS[(pair % THINGS.len() as u64) as usize].as_bytes());
    if at >= pairs {
        to.push(b' ');
        digits(at / pairs + 1, 1, to);
    }
}

/// Texts that machines read.
fn coded(kind: Kind, number: Option<u64>, draw: &mut Draw, to: &mut Vec<u8>) -> bool {
    match kind {
        Kind::Sku | Kind::Code => {
            shaped("@@", draw, to);
            to.push(b'-');
            digits(number.map_or_else(|| draw.below(1_000_000), |number| number + 1), 6, to);
            return true;
        }
        Kind::Title => words::sentence(2 + draw.below(4), draw, to),
        Kind::Words => words::sentence(3 + draw.below(3), draw, to),
        Kind::Sentence => {
            words::sentence(5 + draw.below(7), draw, to);
            to.push(b'.');
        }
        Kind::Text => words::paragraph(draw, to),
        Kind::Word => to.extend_from_slice(draw.pick(super::LOREM).as_bytes()),
        Kind::Domain => site(draw, b"", to),
        Kind::Url => {
            site(draw, b"https://www.", to);
            to.push(b'/');
            to.extend_from_slice(draw.pick(super::LOREM).as_bytes());
        }
        Kind::ImageUrl => {
            to.extend_from_slice(b"https://images.example.com/");
            hex(12, draw, to);
            if let Some(number) = number {
                to.push(b'-');
                digits(number + 1, 1, to);
            }
            to.extend_from_slice(b".jpg");
            return true;
        }
        Kind::File | Kind::Path => {
            if kind == Kind::Path {
                to.extend_from_slice(b"/files/");
            }
            to.extend_from_slice(draw.pick(super::LOREM).as_bytes());
            to.push(b'-');
            digits(number.map_or_else(|| draw.below(10_000), |number| number + 1), 4, to);
            to.extend_from_slice(draw.pick(&[".pdf", ".jpg", ".txt", ".csv"]).as_bytes());
            return true;
        }
        Kind::Version => {
            digits(1 + draw.below(5), 1, to);
            to.push(b'.');
            digits(draw.below(20), 1, to);
            to.push(b'.');
            digits(number.unwrap_or_else(|| draw.below(30)), 1, to);
            return true;
        }
        _ => return secret(kind, number, draw, to),
    }
    false
}

fn site(draw: &mut Draw, head: &[u8], to: &mut Vec<u8>) {
    to.extend_from_slice(head);
    to.extend_from_slice(draw.pick(super::LOREM).as_bytes());
    to.push(b'-');
    to.extend_from_slice(draw.pick(super::LOREM).as_bytes());
    to.extend_from_slice(b".example");
}

fn hex(count: usize, draw: &mut Draw, to: &mut Vec<u8>) {
    to.extend((0..count).map(|_| b"0123456789abcdef"[draw.below(16) as usize]));
}

/// Numbers and secrets: long enough to be different by themselves, or with the number inside.
fn secret(kind: Kind, number: Option<u64>, draw: &mut Draw, to: &mut Vec<u8>) -> bool {
    match kind {
        Kind::Ip => {
            // 198.18.0.0/15 is set aside for tests (RFC 2544).
            let host = number.unwrap_or_else(|| draw.below(1 << 17)) + 1;
            let second = if number.is_some() { host >> 17 } else { 0 };
            to.extend_from_slice(
                format!("{}.{}.{}.{}", 198 - second, 18 + (host >> 16 & 1), host >> 8 & 255, host & 255).as_bytes(),
            );
        }
        Kind::Mac => {
            let bits = number.map_or_else(|| draw.bits(), |number| number + 1);
            let [_, _, _, a, b, c, d, e] = bits.to_be_bytes();
            to.extend_from_slice(format!("02:{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}").as_bytes());
        }
        Kind::Uuid => {
            to.extend_from_slice(uuid::Uuid::from_bytes(super::kind::uuid_bytes(draw)).to_string().as_bytes())
        }
        Kind::Hash => hex(64, draw, to),
        Kind::Token => hex(40, draw, to),
        Kind::PasswordHash => {
            to.extend_from_slice(b"$2a$10$");
            to.extend(
                (0..53).map(|_| {
                    b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[draw.below(64) as usize]
                }),
            );
        }
        Kind::Json => to.extend_from_slice(b"{}"),
        _ => numbered(kind, number, draw, to),
    }
    true
}

/// Sixteen bytes of a version 4 UUID.
pub fn uuid_bytes(draw: &mut Draw) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&draw.bits().to_le_bytes());
    bytes[8..].copy_from_slice(&draw.bits().to_le_bytes());
    *uuid::Builder::from_random_bytes(bytes).as_uuid().as_bytes()
}

/// Numbers with a check digit or a country's head.
fn numbered(kind: Kind, number: Option<u64>, draw: &mut Draw, to: &mut Vec<u8>) {
    let (head, width): (&[u8], usize) = match kind {
        Kind::Card => (b"400000", 9),
        Kind::Isbn => (b"978", 9),
        Kind::Ean => (b"200", 9),
        Kind::VatNumber => (b"DE", 9),
        Kind::Iban => (b"DE00", 18),
        _ => (b"", 11),
    };
    let start = to.len();
    to.extend_from_slice(head);
    match number {
        Some(number) => digits(number, width, to),
        None => draw.digits(width, to),
    }
    let body = |to: &Vec<u8>| to[start..].iter().rev().map(|digit| u64::from(digit - b'0')).collect::<Vec<_>>();
    match kind {
        Kind::Card => {
            // ISO/IEC 7812-1, Luhn.
            let sum: u64 = body(to)
                .iter()
                .enumerate()
                .map(|(at, digit)| if at % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { *digit })
                .sum();
            to.push(b'0' + ((10 - sum % 10) % 10) as u8);
        }
        Kind::Isbn | Kind::Ean => {
            let sum: u64 =
                body(to).iter().enumerate().map(|(at, digit)| if at % 2 == 0 { digit * 3 } else { *digit }).sum();
            to.push(b'0' + ((10 - sum % 10) % 10) as u8);
        }
        Kind::Iban => {
            // ISO 13616: the account, then DE00 as digits, modulo 97.
            let rest = to[start + 4..]
                .iter()
                .chain(b"131400")
                .fold(0u64, |rest, digit| (rest * 10 + u64::from(digit - b'0')) % 97);
            let check = format!("{:02}", 98 - rest);
            to[start + 2..start + 4].copy_from_slice(check.as_bytes());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn masks_that_draw_from_nothing_are_kinds_too() {
        for mask in [
            "name",
            "first_name",
            "last_name",
            "title",
            "gender",
            "username",
            "job",
            "email",
            "phone",
            "street",
            "city",
            "state",
            "postcode",
            "country",
            "address",
            "company",
            "ip",
            "mac",
            "domain_name",
            "url",
            "user_agent",
            "card",
            "iban",
            "national_id",
            "uuid",
            "token",
            "hash",
            "text",
            "words",
        ] {
            assert!(Kind::named(mask).is_some(), "{mask}");
        }
        assert_eq!(Kind::named("title"), Some(Kind::Honorific));
    }
}
