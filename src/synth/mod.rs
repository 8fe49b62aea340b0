//! Plausible values: the only user of `fake`; masks and seeding share it.
//!
//! Everything is drawn from a [`Draw`] and written into a buffer: same bits, same value. First names come from `fake`'s
//! lists, last names too but for English ones; cities, streets and companies are composed here, so that no place is real.

mod draw;
mod histogram;
mod invented;
pub mod kind;
mod language;
mod locale;
pub mod pattern;
mod person;
mod place;
mod series;
pub mod spread;
mod stream;
pub mod words;
pub mod world;

pub use draw::{Digits, Draw};
pub use histogram::{Histogram, Step, scaled};
pub use locale::{CODES, Gender, Locale, locale};
pub use person::{Person, job, job_longest};
pub use place::{Place, PlaceLengths, company, company_longest};
pub use series::Series;
pub use spread::Spread;
pub use stream::Stream;

/// Words of the filler text.
pub const LOREM: &[&str] = <fake::locales::EN as fake::locales::Data>::LOREM_WORD;

/// ISO 3166 codes of countries.
pub const COUNTRY_CODES: &[&str] = <fake::locales::EN as fake::locales::Data>::ADDRESS_COUNTRY_CODE;

/// Two words that are nobody's, for hosts.
pub fn host_words(draw: &mut Draw, to: &mut Vec<u8>) {
    for list in [invented::STARTS, invented::LAST_ENDS] {
        to.extend(draw.pick(list).bytes().map(|byte| byte.to_ascii_lowercase()));
    }
}
