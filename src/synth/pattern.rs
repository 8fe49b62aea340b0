//! Texts that match a regular expression, drawn along its syntax tree.

use super::Draw;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Repetitions without an end are repeated at most so many times more than they must.
const MORE: u32 = 6;

/// A regular expression that texts can be made of.
#[derive(Debug, Clone)]
pub struct Pattern {
    tree: Hir,
    regex: regex::Regex,
}

impl Pattern {
    /// Reads a pattern; `None` for what only PostgreSQL's own engine knows.
    pub fn new(text: &str) -> Option<Self> {
        let text = text
            .replace("\\m", "\\b")
            .replace("\\M", "\\b")
            .replace("\\y", "\\b")
            .replace("\\A", "^")
            .replace("\\Z", "$");
        Some(Pattern { tree: regex_syntax::parse(&text).ok()?, regex: regex::Regex::new(&text).ok()? })
    }

    /// Does a text match.
    pub fn matches(&self, text: &[u8]) -> bool {
        std::str::from_utf8(text).is_ok_and(|text| self.regex.is_match(text))
    }

    /// A text without the parts that match.
    pub fn without(&self, text: &str) -> String {
        self.regex.replace_all(text, "").into_owned()
    }

    /// Writes a text that matches; what may be repeated without an end is repeated so many times more than it must, if
    /// that is said.
    pub fn write(&self, more: Option<u32>, draw: &mut Draw, to: &mut Vec<u8>) {
        write(&self.tree, more, draw, to);
    }
}

/// A LIKE pattern as a regular expression.
pub fn like(pattern: &str) -> String {
    let mut regex = String::from("(?s)^");
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' => regex.push_str(".*"),
            '_' => regex.push('.'),
            '\\' => regex.push_str(&regex::escape(&characters.next().unwrap_or('\\').to_string())),
            other => regex.push_str(&regex::escape(&other.to_string())),
        }
    }
    regex.push('$');
    regex
}

/// A pattern of SIMILAR TO as a regular expression.
pub fn similar(pattern: &str) -> String {
    let mut regex = String::from("(?s)^(?:");
    let (mut characters, mut inside) = (pattern.chars(), false);
    while let Some(character) = characters.next() {
        match character {
            '\\' => regex.push_str(&regex::escape(&characters.next().unwrap_or('\\').to_string())),
            '%' if !inside => regex.push_str(".*"),
            '_' if !inside => regex.push('.'),
            '.' | '^' | '$' if !inside => regex.push_str(&regex::escape(&character.to_string())),
            other => {
                inside = other == '[' || inside && other != ']';
                regex.push(other);
            }
        }
    }
    regex + ")$"
}

fn write(tree: &Hir, more: Option<u32>, draw: &mut Draw, to: &mut Vec<u8>) {
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => to.extend_from_slice(&literal.0),
        HirKind::Class(class) => character(class, draw, to),
        HirKind::Repetition(repetition) => {
            let least = repetition.min;
            let most = repetition.max.unwrap_or(least.saturating_add(MORE)).min(least.saturating_add(64));
            let times = match (repetition.max, more) {
                (None, Some(more)) => u64::from(least) + u64::from(more),
                _ => u64::from(least) + draw.below(u64::from(most - least) + 1),
            };
            (0..times).for_each(|_| write(&repetition.sub, more, draw, to));
        }
        HirKind::Capture(capture) => write(&capture.sub, more, draw, to),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, more, draw, to)),
        HirKind::Alternation(ways) => write(&ways[draw.below(ways.len() as u64) as usize], more, draw, to),
    }
}

/// Writes a character of a class: a letter or digit if there is one, else one that can be printed, else the first.
fn character(class: &Class, draw: &mut Draw, to: &mut Vec<u8>) {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => {
            class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
        Class::Bytes(class) => class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect(),
    };
    let has = |byte: &u8| ranges.iter().any(|(low, high)| (*low..=*high).contains(&u32::from(*byte)));
    let plain: Vec<u8> = (b' '..=b'~').filter(has).collect();
    // Where nearly everything is allowed, small letters do.
    let anything = plain.len() > 80;
    let is_letter = |byte: &u8| if anything { byte.is_ascii_lowercase() } else { byte.is_ascii_alphanumeric() };
    let letters: Vec<u8> = plain.iter().copied().filter(is_letter).collect();
    let from = if letters.is_empty() { plain } else { letters };
    if !from.is_empty() {
        to.push(draw.pick(&from));
    } else if let Some(first) = ranges.first().and_then(|(low, _)| char::from_u32(*low)) {
        to.extend_from_slice(first.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::Stream;

    #[test]
    fn likes_and_similars_match_what_the_server_matches() {
        let matches = |regex: String, text: &str| Pattern::new(&regex).expect("a pattern").matches(text.as_bytes());
        assert!(matches(like("A%_"), "AB-\n1") && !matches(like("A%_"), "A") && matches(like("a.c"), "a.c"));
        assert!(!matches(like("a.c"), "abc"));
        assert!(matches(similar("[A-Z_]{2}|%x."), "A_") && matches(similar("[A-Z_]{2}|%x."), "12x."));
        assert!(!matches(similar("[A-Z_]{2}|%x."), "12xy"));
    }

    #[test]
    fn what_is_written_matches() {
        let patterns = [
            "^[A-Z]{2}$",
            r"^\d{3}-\d{4}$",
            "^(a|bc)+$",
            r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$",
            "^#[0-9a-f]{6}$",
            "^[[:alpha:]]+$",
        ];
        for text in patterns {
            let pattern = Pattern::new(text).expect("a pattern");
            for row in 0..200 {
                let mut to = Vec::new();
                pattern.write(None, &mut Stream::new(1, "t", text).row(row, 0), &mut to);
                assert!(pattern.matches(&to), "{text}: {}", String::from_utf8_lossy(&to));
            }
        }
    }
}
