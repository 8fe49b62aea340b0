//! People who do not exist: a first name from a list, a last name that nobody has.

use super::Draw;
use super::invented::{LAST_ENDS, STARTS};
use fake::locales::{Data as _, EN};
use std::sync::LazyLock;

/// Characters of the longest first name.
pub const FIRST_LONGEST: usize = 10;

/// Characters of the longest last name.
pub const LAST_LONGEST: usize = 14;

/// First names of one ASCII word that fit a `varchar(10)`.
static FIRST: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let plain = |name: &&str| name.len() <= FIRST_LONGEST && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    EN::NAME_FIRST_NAME.iter().copied().filter(plain).collect()
});

/// An invented person.
pub struct Person {
    first: &'static str,
    last: [&'static str; 2],
}

impl Person {
    /// The next person of a stream.
    pub fn draw(draw: &mut Draw) -> Self {
        let names = draw.bits();
        let part =
            |shift: u32, list: &'static [&'static str]| list[((names >> shift & 0xffff) as usize * list.len()) >> 16];
        let first = ((names >> 32) * FIRST.len() as u64) >> 32;
        Person { first: FIRST[first as usize], last: [part(16, STARTS), part(0, LAST_ENDS)] }
    }

    /// Writes the first name.
    pub fn first(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.first.as_bytes());
    }

    /// Writes the last name.
    pub fn last(&self, to: &mut Vec<u8>) {
        for part in self.last {
            to.extend_from_slice(part.as_bytes());
        }
    }

    /// Writes both.
    pub fn full(&self, to: &mut Vec<u8>) {
        self.first(to);
        to.push(b' ');
        self.last(to);
    }

    /// Writes the first name in lower case, cut to so many letters.
    pub fn first_handle(&self, longest: usize, to: &mut Vec<u8>) {
        to.extend(self.first.bytes().take(longest).map(|byte| byte.to_ascii_lowercase()));
    }

    /// Writes the last name in lower case, cut to so many letters.
    pub fn last_handle(&self, longest: usize, to: &mut Vec<u8>) {
        let letters = self.last.iter().flat_map(|part| part.bytes());
        to.extend(letters.take(longest).map(|byte| byte.to_ascii_lowercase()));
    }
}

/// How many different people there are, in bits.
pub fn person_bits() -> f64 {
    ((FIRST.len() * STARTS.len() * LAST_ENDS.len()) as f64).log2()
}
