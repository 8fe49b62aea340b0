//! Just enough SQL to find the words of pg_dump's own statements outside quotes and parentheses.

use std::ops::Range;

/// A word, a quoted name, or a sign, with its place and the depth of parentheses around it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub place: Range<usize>,
    pub depth: usize,
}

/// Cuts SQL into tokens; string literals are one token each, comments none.
pub(super) fn tokens(sql: &str) -> Vec<Token> {
    let bytes = sql.as_bytes();
    let mut tokens = Vec::new();
    let (mut at, mut depth) = (0, 0usize);
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                at = sql[at..].find('\n').map_or(bytes.len(), |end| at + end);
                continue;
            }
            b'"' => at = quoted(bytes, at, b'"', false),
            b'\'' => at = quoted(bytes, at, b'\'', false),
            b'E' | b'e' if bytes.get(at + 1) == Some(&b'\'') => at = quoted(bytes, at + 1, b'\'', true),
            b'$' => at = dollar(sql, at),
            b')' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            byte if is_word(byte) => {
                while at < bytes.len() && is_word(bytes[at]) {
                    at += 1;
                }
            }
            _ => at += 1,
        }
        tokens.push(Token { place: start..at, depth });
        if bytes[start] == b'(' {
            depth += 1;
        }
    }
    tokens
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The end of a quoted text that begins at `at`; doubled quotes stay inside, and escapes if there are any.
fn quoted(bytes: &[u8], at: usize, quote: u8, escapes: bool) -> usize {
    let mut at = at + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes => at += 2,
            byte if byte == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of a dollar-quoted text that begins at `at`, or of the lone dollar sign.
fn dollar(sql: &str, at: usize) -> usize {
    let Some(length) = sql[at + 1..].find('$') else { return at + 1 };
    let tag = &sql[at..at + length + 2];
    if !tag[1..tag.len() - 1].bytes().all(is_word) {
        return at + 1;
    }
    sql[at + tag.len()..].find(tag).map_or(sql.len(), |end| at + tag.len() + end + tag.len())
}

/// The statements of a script, each with its tokens; the semicolon is left out.
pub(super) fn statements(sql: &str) -> Vec<(Range<usize>, Vec<Token>)> {
    let mut statements = Vec::new();
    let mut current: Vec<Token> = Vec::new();
    for token in tokens(sql) {
        if token.depth == 0 && &sql[token.place.clone()] == ";" {
            if let (Some(first), Some(last)) = (current.first(), current.last()) {
                statements.push((first.place.start..last.place.end, std::mem::take(&mut current)));
            }
        } else {
            current.push(token);
        }
    }
    if let (Some(first), Some(last)) = (current.first(), current.last()) {
        statements.push((first.place.start..last.place.end, current));
    }
    statements
}
