//! COPY in text format: lines, escapes, NULL; no I/O.
//!
//! The format is that of the PostgreSQL manual, "COPY, Text Format": a line per row, fields apart by a tab, `\N` for NULL,
//! backslash escapes for what would be mistaken. A raw newline or tab therefore always ends a line or field.

use super::copy::Field;

/// The end of the line that begins at `start`: the offset of its newline, `None` if more bytes are needed.
pub fn line(bytes: &[u8], start: usize) -> Option<usize> {
    memchr::memchr(b'\n', &bytes[start..]).map(|at| start + at)
}

/// The fields of the line in `start..end`; a table without columns has lines without fields.
pub fn fields(bytes: &[u8], start: usize, end: usize, expected: usize, fields: &mut Vec<Field>) {
    fields.clear();
    if expected == 0 && start == end {
        return;
    }
    let mut at = start;
    for tab in memchr::memchr_iter(b'\t', &bytes[start..end]).map(|tab| start + tab).chain([end]) {
        fields.push(if &bytes[at..tab] == b"\\N" { Field::null(at) } else { Field::new(at, tab) });
        at = tab + 1;
    }
}

/// Takes the escapes out of a field.
pub fn unescape(field: &[u8], to: &mut Vec<u8>) {
    to.clear();
    let mut rest = field;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        to.extend_from_slice(&rest[..at]);
        let Some(escaped) = rest.get(at + 1) else {
            rest = &[];
            break;
        };
        to.push(match escaped {
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            other => *other,
        });
        rest = &rest[at + 2..];
    }
    to.extend_from_slice(rest);
}

/// Puts the escapes into a field.
pub fn escape(field: &[u8], to: &mut Vec<u8>) {
    for byte in field {
        match byte {
            b'\\' => to.extend_from_slice(b"\\\\"),
            b'\n' => to.extend_from_slice(b"\\n"),
            b'\r' => to.extend_from_slice(b"\\r"),
            b'\t' => to.extend_from_slice(b"\\t"),
            8 => to.extend_from_slice(b"\\b"),
            12 => to.extend_from_slice(b"\\f"),
            11 => to.extend_from_slice(b"\\v"),
            other => to.push(*other),
        }
    }
}

/// Writes NULL.
pub fn null(to: &mut Vec<u8>) {
    to.extend_from_slice(b"\\N");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_comes_back() {
        let all: Vec<u8> = (1..=255).collect();
        let (mut escaped, mut back) = (Vec::new(), Vec::new());
        escape(&all, &mut escaped);
        assert!(line(&escaped, 0).is_none() && !escaped.contains(&b'\t'));
        unescape(&escaped, &mut back);
        assert_eq!(back, all);
    }
}
