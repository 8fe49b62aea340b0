//! Names as a rules file would have them, for the lines that a message proposes.

use crate::words::name::printable;

/// A name as a key or value of YAML.
pub fn scalar(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
        && text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    if plain { text.to_owned() } else { format!("'{}'", printable(text).replace('\'', "''")) }
}

/// What YAML takes for something else than a text.
const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
