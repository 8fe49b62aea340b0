//! Reading JSON in place (RFC 8259), without building a tree: a cursor over the text, strict, and flat whatever the depth.

/// The text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotJson;

type Result<T> = std::result::Result<T, NotJson>;

/// A place in a JSON text.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// What a value begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    String,
    Number,
    Boolean,
    Null,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Self {
        Cursor { text, at: 0 }
    }

    /// What the next value is.
    pub fn kind(&mut self) -> Result<Kind> {
        Ok(match self.peek().ok_or(NotJson)? {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => Kind::String,
            b't' | b'f' => Kind::Boolean,
            b'n' => Kind::Null,
            _ => Kind::Number,
        })
    }

    /// Takes a byte if it is next.
    pub fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Takes a byte that must be next.
    pub fn expect(&mut self, byte: u8) -> Result<()> {
        if self.take(byte) { Ok(()) } else { Err(NotJson) }
    }

    /// True if nothing is left.
    pub fn ended(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Takes a string; what stands between its quotes, escapes included.
    pub fn string(&mut self) -> Result<&'a str> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            let special = self.bytes()[self.at..].iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            self.at += special.ok_or(NotJson)?;
            match self.bytes().get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    let escaped = self.bytes().get(self.at + 1).ok_or(NotJson)?;
                    self.at += match escaped {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                        b'u' if hex4(self.bytes(), self.at + 2).is_some() => 6,
                        _ => return Err(NotJson),
                    };
                }
                _ => return Err(NotJson),
            }
        }
        self.at += 1;
        Ok(&self.text[start..self.at - 1])
    }

    /// Takes a number, `true`, `false` or `null`.
    pub fn scalar(&mut self) -> Result<&'a str> {
        self.peek();
        let start = self.at;
        let end =
            self.bytes()[start..].iter().position(|byte| !is_scalar(*byte)).map_or(self.text.len(), |at| start + at);
        self.at = end;
        let word = &self.text[start..end];
        if matches!(word, "true" | "false" | "null") || is_number(word.as_bytes()) { Ok(word) } else { Err(NotJson) }
    }

    /// Takes a whole value of any kind and depth.
    pub fn value(&mut self) -> Result<&'a str> {
        self.peek();
        let start = self.at;
        // Open containers; flat, because documents may be deeper than a stack.
        let mut open: Vec<Kind> = Vec::new();
        loop {
            match self.kind()? {
                kind @ (Kind::Object | Kind::Array) => {
                    self.at += 1;
                    if !self.take(closing(kind)) {
                        open.push(kind);
                        self.member(kind)?;
                        continue;
                    }
                }
                Kind::String => {
                    self.string()?;
                }
                _ => {
                    self.scalar()?;
                }
            }
            loop {
                let Some(kind) = open.last().copied() else { return Ok(&self.text[start..self.at]) };
                if self.take(b',') {
                    self.member(kind)?;
                    break;
                }
                self.expect(closing(kind))?;
                open.pop();
            }
        }
    }

    /// Takes the key of an object's member.
    fn member(&mut self, kind: Kind) -> Result<()> {
        if kind == Kind::Object {
            self.string()?;
            self.expect(b':')?;
        }
        Ok(())
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes().get(self.at) {
            self.at += 1;
        }
        self.bytes().get(self.at).copied()
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }
}

fn closing(kind: Kind) -> u8 {
    if kind == Kind::Object { b'}' } else { b']' }
}

fn is_scalar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(text);
    if whole == 0 || (whole > 1 && text[0] == b'0') {
        return false;
    }
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent.strip_prefix(b"-").or(exponent.strip_prefix(b"+")).unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

/// True if a text is a number in JSON.
pub(super) fn is_json_number(text: &[u8]) -> bool {
    is_number(text)
}

/// The text of a string: itself if it has no escapes, else decoded into the buffer. Half surrogates become U+FFFD.
pub(super) fn unescaped<'a>(string: &'a str, buffer: &'a mut String) -> &'a str {
    if !string.contains('\\') {
        return string;
    }
    buffer.clear();
    let mut rest = string;
    while let Some(at) = rest.find('\\') {
        buffer.push_str(&rest[..at]);
        let escaped = rest.as_bytes()[at + 1];
        let mut length = 2;
        buffer.push(match escaped {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let (character, taken) = unicode(rest.as_bytes(), at + 2);
                length = taken;
                character
            }
            other => other as char,
        });
        rest = &rest[at + length..];
    }
    buffer.push_str(rest);
    buffer
}

/// The character of `\uXXXX`, or of a pair of them, whose digits begin at a place; and the length of the escapes.
fn unicode(text: &[u8], at: usize) -> (char, usize) {
    let first = hex4(text, at).unwrap_or(0xfffd);
    if (0xd800..0xdc00).contains(&first)
        && text.get(at + 4..at + 6) == Some(b"\\u")
        && let Some(second @ 0xdc00..0xe000) = hex4(text, at + 6)
    {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

fn hex4(text: &[u8], at: usize) -> Option<u32> {
    text.get(at..at + 4)?.iter().try_fold(0, |sum, byte| Some(sum << 4 | (*byte as char).to_digit(16)?))
}

/// Writes a string with its quotes and the escapes that JSON asks for.
pub(super) fn write_string(text: &[u8], to: &mut Vec<u8>) {
    to.push(b'"');
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) {
        to.extend_from_slice(&rest[..at]);
        match rest[at] {
            byte @ (b'"' | b'\\') => to.extend_from_slice(&[b'\\', byte]),
            b'\n' => to.extend_from_slice(b"\\n"),
            byte => {
                let digit = |value: u8| b"0123456789abcdef"[usize::from(value)];
                to.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            }
        }
        rest = &rest[at + 1..];
    }
    to.extend_from_slice(rest);
    to.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> bool {
        let mut cursor = Cursor::new(text);
        cursor.value().is_ok() && cursor.ended()
    }

    #[test]
    fn json_is_told_from_what_looks_like_it() {
        for good in ["{}", " [1, -0.5e+3, \"a\\u00e9\\\"\", {\"a\": [], \"a\": null}] ", "true", "0", "\"\""] {
            assert!(whole(good), "{good}");
            assert!(serde_json::from_str::<serde::de::IgnoredAny>(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "{",
            "[1}",
            "{]",
            "{\"a\"}",
            "{1:2}",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1.",
            ".5",
            "+1",
            "tru",
            "\"\u{1}\"",
            "\"\\x\"",
            "\"\\u12\"",
            "1 2",
            "{} x",
            "[1 2]",
            "nullx",
            "-",
        ] {
            assert!(!whole(bad), "{bad}");
            assert!(serde_json::from_str::<serde::de::IgnoredAny>(bad).is_err(), "{bad}");
        }
        assert!(whole(&("[".repeat(100_000) + &"]".repeat(100_000))));
    }

    #[test]
    fn escapes_are_taken_out() {
        let mut buffer = String::new();
        for (escaped, text) in [
            ("plain", "plain"),
            ("a\\u0040b", "a@b"),
            ("\\ud83d\\ude00!", "😀!"),
            ("\\ud83d-", "\u{fffd}-"),
            ("\\u0000\\n\\/", "\0\n/"),
        ] {
            assert_eq!(unescaped(escaped, &mut buffer), text);
        }
        let mut written = Vec::new();
        write_string("\0\"\\\né".as_bytes(), &mut written);
        assert_eq!(written, "\"\\u0000\\\"\\\\\\né\"".as_bytes());
    }
}
