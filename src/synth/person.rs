//! People who do not exist: a first name from a list, and a last name, which in English is one that nobody has.

use super::Draw;
use super::invented::{LAST_ENDS, STARTS};
use super::locale::{Gender, Locale, Word};

/// An invented person.
pub struct Person {
    locale: &'static Locale,
    first: &'static Word,
    last: &'static Word,
    gender: Gender,
}

impl Person {
    /// The next person of a stream, of a gender if one is wanted.
    pub fn draw(draw: &mut Draw, locale: &'static Locale, wanted: Option<Gender>) -> Self {
        let names = draw.bits();
        let scaled = |bits: u64, width: u32, length: usize| ((bits * length as u64) >> width) as usize;
        let first = match wanted {
            None => scaled(names >> 32, 32, locale.first.len()),
            Some(gender) => {
                let places = &locale.by_gender[gender as usize];
                places[scaled(names >> 32, 32, places.len())] as usize
            }
        };
        let last = if locale.composes() {
            let part = |shift: u32, length| scaled(names >> shift & 0xffff, 16, length);
            part(16, STARTS.len()) * LAST_ENDS.len() + part(0, LAST_ENDS.len())
        } else {
            scaled(names & 0xffff_ffff, 32, locale.last.len())
        };
        let either = if names & 1 == 0 { Gender::Female } else { Gender::Male };
        let gender = wanted.or(locale.genders[first]).unwrap_or(either);
        Person { locale, first: &locale.first[first], last: &locale.last[last], gender }
    }

    /// The gender, which agrees with the first name.
    pub fn gender(&self) -> Gender {
        self.gender
    }

    /// Writes the title.
    pub fn title(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.locale.language.titles[self.gender as usize].as_bytes());
    }

    /// Writes the first name.
    pub fn first(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.first.name.as_bytes());
    }

    /// Writes the last name.
    pub fn last(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.last.name.as_bytes());
    }

    /// Writes both, in the order of the language.
    pub fn full(&self, to: &mut Vec<u8>) {
        let language = self.locale.language;
        let (one, other) = if language.last_name_first { (self.last, self.first) } else { (self.first, self.last) };
        to.extend_from_slice(one.name.as_bytes());
        to.extend_from_slice(language.between_names.as_bytes());
        to.extend_from_slice(other.name.as_bytes());
    }

    /// Writes the first name in lower-case ASCII, cut to so many letters.
    pub fn first_handle(&self, longest: usize, to: &mut Vec<u8>) {
        to.extend(self.first.handle.bytes().take(longest));
    }

    /// Writes the last name in lower-case ASCII, cut to so many letters.
    pub fn last_handle(&self, longest: usize, to: &mut Vec<u8>) {
        to.extend(self.last.handle.bytes().take(longest));
    }
}

/// Writes a job, which follows neither name nor gender.
pub fn job(draw: &mut Draw, locale: &Locale, to: &mut Vec<u8>) {
    let parts = draw.bits();
    let part = |at: usize| {
        let list = locale.jobs[at];
        list[((parts >> (at * 16) & 0xffff) as usize * list.len()) >> 16]
    };
    for (place, at) in locale.language.job.iter().enumerate() {
        if place > 0 {
            to.extend_from_slice(locale.language.between_job.as_bytes());
        }
        to.extend_from_slice(part(*at).as_bytes());
    }
}

/// Characters of the longest job.
pub fn job_longest(locale: &Locale) -> usize {
    let longest = |list: &[&str]| list.iter().map(|part| part.chars().count()).max().unwrap_or(0);
    locale.jobs.iter().map(|list| longest(list)).sum::<usize>() + 2 * locale.language.between_job.len()
}
