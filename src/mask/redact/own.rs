//! The row's own masked values inside its text: whole ones, and single words of somebody's name.

use crate::mask::Neighbour;
use crate::pg::value::print_output;
use std::ops::Range;

/// Shorter values, of which a text is full, are not looked for.
const SHORTEST: usize = 3;

/// What is looked for in the texts of one row.
#[derive(Default)]
pub struct Own {
    values: Vec<(Vec<char>, Vec<u8>)>,
}

/// Of a text that belongs to no row.
pub static NOTHING: Own = Own { values: Vec::new() };

impl Own {
    /// The masked texts of a row, longest first, each with its stand-in.
    pub fn new(row: &[Neighbour]) -> Self {
        let mut own = Own::default();
        for neighbour in row {
            let Some(real) = neighbour.real.as_deref().map(str::trim) else { continue };
            let mut stand_in = Vec::new();
            print_output(&neighbour.output, &mut stand_in);
            own.add(real, &stand_in);
            if neighbour.is_name {
                // The first word stands in for the first, and so on; the last one for what is left.
                let made: Vec<&[u8]> = stand_in.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).collect();
                for (at, word) in real.split_whitespace().enumerate() {
                    own.add(word, made.get(at).or(made.last()).copied().unwrap_or_default());
                }
            }
        }
        own.values.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        own
    }

    fn add(&mut self, value: &str, stand_in: &[u8]) {
        let letters = value.chars().filter(|letter| letter.is_alphanumeric()).count();
        let shortest = if value.chars().any(runs_on) { 2 } else { SHORTEST };
        if letters >= shortest {
            self.values.push((folded(value).collect(), stand_in.to_vec()));
        }
    }

    /// True if there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// What stands in for a find.
    pub fn stand_in(&self, at: usize) -> &[u8] {
        &self.values[at].1
    }

    /// The next of them in a text, from a place on: the longest of those that begin first.
    pub fn find(&self, text: &str, from: usize) -> Option<(usize, Range<usize>)> {
        if self.is_empty() {
            return None;
        }
        let mut before = text[..from].chars().next_back();
        for (at, letter) in text[from..].char_indices() {
            if !joined(before, Some(letter)) {
                let rest = &text[from + at..];
                let found =
                    self.values.iter().enumerate().find_map(|(index, (value, _))| Some((index, begins(rest, value)?)));
                if let Some((index, length)) = found {
                    return Some((index, from + at..from + at + length));
                }
            }
            before = Some(letter);
        }
        None
    }
}

/// How long the value is that a text begins with, whatever its case and white space; it must not go on as a word.
fn begins(text: &str, value: &[char]) -> Option<usize> {
    let mut wanted = value.iter().copied().peekable();
    let mut letters = text.char_indices().peekable();
    while wanted.peek().is_some() {
        let (_, letter) = letters.next()?;
        if letter.is_whitespace() {
            if wanted.next() != Some(' ') {
                return None;
            }
            while letters.next_if(|(_, next)| next.is_whitespace()).is_some() {}
            continue;
        }
        for lower in letter.to_lowercase() {
            if wanted.next() != Some(lower) {
                return None;
            }
        }
    }
    let (end, next) = letters.peek().map_or((text.len(), None), |(at, next)| (*at, Some(*next)));
    (!joined(text[..end].chars().next_back(), next)).then_some(end)
}

/// A text in lower case, with one blank for each run of white space.
fn folded(text: &str) -> impl Iterator<Item = char> {
    let mut blank = false;
    text.chars().flat_map(char::to_lowercase).filter_map(move |letter| {
        let again = std::mem::replace(&mut blank, letter.is_whitespace());
        match letter.is_whitespace() {
            true => (!again).then_some(' '),
            false => Some(letter),
        }
    })
}

/// True if two characters belong to one word.
fn joined(first: Option<char>, second: Option<char>) -> bool {
    let inside = |letter: char| letter.is_alphanumeric() && !runs_on(letter);
    first.is_some_and(inside) && second.is_some_and(inside)
}

/// True for scripts that put no blanks between words: Thai, Chinese, Japanese, Korean particles.
fn runs_on(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
