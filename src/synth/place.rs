//! Places that are not there: a street, city, state and postcode that agree with each other, and companies.

use super::invented::{LAST_ENDS, STARTS};
use super::locale::{Locale, State, Word};
use super::{Digits, Draw};

/// The greatest house number.
const NUMBERS: usize = 1999;

/// An invented place.
pub struct Place {
    locale: &'static Locale,
    number: usize,
    street: (&'static str, &'static str, &'static str),
    city: (&'static str, &'static str),
    state: &'static State,
    code: [u8; 12],
    code_length: usize,
}

impl Place {
    /// The next place of a stream.
    pub fn draw(draw: &mut Draw, locale: &'static Locale) -> Self {
        let language = locale.language;
        let (street, city) = (draw.bits(), draw.bits());
        let scaled = |bits: u64, at: usize, length: usize| ((bits >> (at * 16) & 0xffff) as usize * length) >> 16;
        let (name, middle, town) = if locale.composes() {
            let start = STARTS[scaled(street, 1, STARTS.len())];
            (start, LAST_ENDS[scaled(street, 2, LAST_ENDS.len())], STARTS[scaled(city, 0, STARTS.len())])
        } else {
            let last: &'static [Word] = &locale.last;
            (&*last[scaled(street, 1, last.len())].name, "", &*last[scaled(city, 0, last.len())].name)
        };
        let mut place = Place {
            locale,
            number: 1 + scaled(street, 0, NUMBERS),
            street: (name, middle, language.streets[scaled(street, 3, language.streets.len())]),
            city: (town, language.cities[scaled(city, 1, language.cities.len())]),
            state: &locale.states[scaled(city, 2, locale.states.len())],
            code: [0; 12],
            code_length: language.postcode.len(),
        };
        place.draw_code(draw);
        place
    }

    fn draw_code(&mut self, draw: &mut Draw) {
        let mut digits = Digits::default();
        let pattern = self.locale.language.postcode.bytes();
        for (at, (to, place)) in self.code.iter_mut().zip(pattern).enumerate() {
            *to = match (self.state.code.as_bytes().get(at), place) {
                (Some(digit), _) => *digit,
                (None, b'#') => b'0' + digits.below(10, draw),
                (None, b'N') => b'1' + digits.below(9, draw),
                (None, b'A') => b'A' + digits.below(26, draw),
                (None, other) => other,
            };
        }
    }

    /// Writes the street with its house number.
    pub fn street(&self, to: &mut Vec<u8>) {
        let (name, middle, pattern) = self.street;
        for part in pattern.split_inclusive(['@', '#']) {
            let (plain, mark) = part.split_at(part.len() - part.ends_with(['@', '#']) as usize);
            to.extend_from_slice(plain.as_bytes());
            match mark {
                "@" => {
                    to.extend_from_slice(name.as_bytes());
                    to.extend_from_slice(middle.as_bytes());
                }
                "#" => crate::pg::value::print(crate::pg::value::Value::Integer(self.number as i64), to),
                _ => {}
            }
        }
    }

    /// Writes the city.
    pub fn city(&self, to: &mut Vec<u8>) {
        let (name, pattern) = self.city;
        let (before, after) = pattern.split_once('@').unwrap_or(("", pattern));
        for part in [before, name, after] {
            to.extend_from_slice(part.as_bytes());
        }
    }

    /// Writes the state's name, or its short form.
    pub fn state(&self, short: bool, to: &mut Vec<u8>) {
        to.extend_from_slice(if short { self.state.short } else { self.state.name }.as_bytes());
    }

    /// Writes the postcode.
    pub fn postcode(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.code[..self.code_length]);
    }

    /// Writes all of it in one line.
    pub fn address(&self, to: &mut Vec<u8>) {
        for part in self.locale.language.address.split_inclusive(['S', 'C', 'P', 'T']) {
            match part.split_at(part.len() - 1) {
                (plain, mark @ ("S" | "C" | "P" | "T")) => {
                    to.extend_from_slice(plain.as_bytes());
                    match mark {
                        "S" => self.street(to),
                        "C" => self.city(to),
                        "P" => self.postcode(to),
                        _ => self.state(true, to),
                    }
                }
                _ => to.extend_from_slice(part.as_bytes()),
            }
        }
    }
}

/// Characters of the longest street, city, state and whole address of a language.
pub struct PlaceLengths {
    /// The street line.
    pub street: usize,
    /// The city.
    pub city: usize,
    /// The state's name, and its short form.
    pub state: [usize; 2],
    /// All in one line.
    pub address: usize,
}

impl PlaceLengths {
    /// Those of a language.
    pub fn of(locale: &Locale) -> Self {
        let language = locale.language;
        let longest = |list: &[&str]| list.iter().map(|part| part.chars().count()).max().unwrap_or(0);
        let start = longest(STARTS);
        let (name, town) = if locale.composes() {
            (start + longest(LAST_ENDS), start)
        } else {
            (locale.last_longest, locale.last_longest)
        };
        let street = longest(language.streets) + name + 2;
        let city = longest(language.cities) + town - 1;
        let state = |of: fn(&State) -> &str| locale.states.iter().map(|s| of(s).chars().count()).max().unwrap_or(0);
        let state = [state(|state| state.name), state(|state| state.short)];
        let address = language.address.chars().count() + street + city + language.postcode.len() + state[1];
        PlaceLengths { street, city, state, address }
    }
}

/// Writes a company.
pub fn company(draw: &mut Draw, locale: &'static Locale, to: &mut Vec<u8>) {
    let ends = locale.language.companies;
    if locale.composes() {
        for part in [draw.pick(STARTS), " ", draw.pick(STARTS)] {
            to.extend_from_slice(part.as_bytes());
        }
        to.push(b' ');
        to.extend_from_slice(draw.pick(ends).as_bytes());
        return;
    }
    let parts = [draw.below(locale.last.len() as u64), draw.below(locale.last.len() as u64)];
    let between = if locale.language.between_names.is_empty() { "" } else { " " };
    for part in parts {
        to.extend_from_slice(locale.last[part as usize].name.as_bytes());
        to.extend_from_slice(between.as_bytes());
    }
    to.extend_from_slice(draw.pick(ends).as_bytes());
}

/// Characters of the longest company.
pub fn company_longest(locale: &Locale) -> usize {
    let longest = |list: &[&str]| list.iter().map(|part| part.chars().count()).max().unwrap_or(0);
    let name = if locale.composes() { longest(STARTS) } else { locale.last_longest };
    2 * (name + 1) + longest(locale.language.companies)
}
