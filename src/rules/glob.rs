//! `*` and `?` in names: any text, any one character; a backslash takes the meaning away, and nothing else has one.

use super::{ColumnPattern, Pattern, TablePattern};
use crate::words::name::{ColumnName, TableName};

impl Pattern {
    /// Does it speak of this column.
    pub fn matches(&self, column: &ColumnName) -> bool {
        matches_column(&self.parts, column)
    }
}

impl ColumnPattern {
    /// Does it speak of this column.
    pub fn matches(&self, column: &ColumnName) -> bool {
        matches_column(&self.parts, column)
    }

    /// Does it name one column and not many.
    pub fn is_exact(&self) -> bool {
        self.parts.iter().all(|part| literal(part).is_some())
    }
}

fn matches_column(parts: &[String], column: &ColumnName) -> bool {
    let name = [column.table.schema.as_str(), column.table.name.as_str(), column.column.as_str()];
    parts.len() <= name.len()
        && parts.iter().zip(&name[name.len() - parts.len()..]).all(|(glob, text)| matches(glob, text))
}

impl TablePattern {
    /// Does it speak of this table.
    pub fn matches(&self, table: &TableName) -> bool {
        matches(&self.schema, table.schema.as_str()) && matches(&self.table, table.name.as_str())
    }

    /// The table, if it names one and not many.
    pub fn exact(&self) -> Option<TableName> {
        Some(TableName::new(literal(&self.schema)?, literal(&self.table)?))
    }
}

/// Does a glob match a whole text.
pub fn matches(glob: &str, text: &str) -> bool {
    let (glob, text) = (tokens(glob), text.chars().collect::<Vec<_>>());
    let (mut at, mut seen) = (0, 0);
    let mut star = None;
    while seen < text.len() {
        match glob.get(at) {
            Some(Token::Any) => {
                star = Some((at, seen));
                at += 1;
            }
            Some(Token::One) => (at, seen) = (at + 1, seen + 1),
            Some(Token::Exactly(c)) if *c == text[seen] => (at, seen) = (at + 1, seen + 1),
            _ => {
                let Some((back, from)) = star else { return false };
                star = Some((back, from + 1));
                (at, seen) = (back + 1, from + 1);
            }
        }
    }
    glob[at..].iter().all(|token| *token == Token::Any)
}

/// Splits a dotted glob into its parts; what stands in double quotes is meant as it stands.
pub fn split(text: &str) -> Result<Vec<String>, crate::words::name::NameError> {
    let mut quoted = Vec::new();
    let mut rest = text;
    loop {
        quoted.push(rest.starts_with('"'));
        let Some(end) = part_end(rest) else { break };
        rest = &rest[end + 1..];
    }
    let parts = crate::words::name::split(text)?;
    Ok(parts
        .into_iter()
        .zip(quoted)
        .map(|(part, quoted)| if quoted { escape(&part) } else { part.replace('\\', "\\\\") })
        .collect())
}

/// Where the dot after the first part stands.
fn part_end(text: &str) -> Option<usize> {
    let mut inside = false;
    text.char_indices().find_map(|(at, c)| {
        inside ^= c == '"';
        (c == '.' && !inside).then_some(at)
    })
}

fn escape(text: &str) -> String {
    text.chars().flat_map(|c| matches!(c, '*' | '?' | '\\').then_some('\\').into_iter().chain([c])).collect()
}

/// The only text that a glob matches, if there is one.
fn literal(glob: &str) -> Option<String> {
    tokens(glob).into_iter().map(|token| if let Token::Exactly(c) = token { Some(c) } else { None }).collect()
}

#[derive(PartialEq)]
enum Token {
    Any,
    One,
    Exactly(char),
}

fn tokens(glob: &str) -> Vec<Token> {
    let mut chars = glob.chars();
    let mut tokens = Vec::new();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => Token::Exactly(chars.next().unwrap_or('\\')),
            _ => Token::Exactly(c),
        });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_matches_the_whole_text() {
        for (glob, text, yes) in [
            ("job_*", "job_1", true),
            ("job_*", "my_job_1", false),
            ("*_ip", "actor_ip", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "ab ba", false),
            ("?", "ß", true),
            ("?", "", false),
            ("*", "", true),
            ("", "", true),
            ("[ab]", "a", false),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("E*", "email", false),
        ] {
            assert_eq!(matches(glob, text), yes, "{glob} {text}");
        }
    }

    #[test]
    fn a_glob_of_stars_takes_no_time() {
        assert!(!matches(&"*a".repeat(200), &"a".repeat(199)));
        assert!(!matches(&format!("{}b", "a*".repeat(40)), &"a".repeat(5000)));
    }

    #[test]
    fn a_quoted_part_is_meant_as_it_stands() {
        assert_eq!(split("*.email").expect("it works"), ["*", "email"]);
        assert_eq!(split("\"a.*\".b*.\"c\"").expect("it works"), ["a.\\*", "b*", "c"]);
        assert!(matches(&split("\"a.*\"").expect("it works")[0], "a.*"));
        assert!(split("a..b").is_err());
    }
}
