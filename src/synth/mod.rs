//! Plausible values: the only user of `fake`; masks and seeding share it.
//!
//! Everything is drawn from a [`Draw`] and written into a buffer: same bits, same value. First names come from `fake`'s
//! list; last names, cities, streets and companies are composed here, so that no output is a real person or place.

mod draw;
mod invented;
mod person;

pub use draw::{Digits, Draw};
pub use invented::{CITY_LONGEST, COMPANY_LONGEST, STREET_LONGEST, city, company, street};
pub use person::{FIRST_LONGEST, LAST_LONGEST, Person, person_bits};

/// Words of the filler text.
pub const LOREM: &[&str] = <fake::locales::EN as fake::locales::Data>::LOREM_WORD;
