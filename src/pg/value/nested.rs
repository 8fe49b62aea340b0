//! The printed forms of values that hold others: arrays, rows, ranges and multiranges, hstore. What is inside is taken out
//! of its quotes, handed over, and what comes back is quoted as PostgreSQL quotes it, so that equal values print alike.

use super::Malformed;

/// Makes another text of one that was inside; false: NULL.
pub type Each<'e, E> = &'e mut dyn FnMut(&[u8], &mut Vec<u8>) -> Result<bool, E>;

/// The same, told which field it is; `None` is a field that is NULL.
pub type EachField<'e, E> = &'e mut dyn FnMut(usize, Option<&[u8]>, &mut Vec<u8>) -> Result<bool, E>;

/// The same, told the key of a pair of an hstore.
pub type EachPair<'e, E> = &'e mut dyn FnMut(&[u8], Option<&[u8]>, &mut Vec<u8>) -> Result<Pair, E>;

/// Rewrites the elements of a printed array; bounds, nesting and NULL elements stay.
pub fn array<E: From<Malformed>>(text: &[u8], to: &mut Vec<u8>, each: Each<'_, E>) -> Result<(), E> {
    let mut reader = Reader { text, at: 0 };
    if text.first() == Some(&b'[') {
        let bounds = text.iter().position(|byte| *byte == b'=').ok_or(Malformed)?;
        to.extend_from_slice(&text[..=bounds]);
        reader.at = bounds + 1;
    }
    let (mut inside, mut made, mut depth) = (Vec::new(), Vec::new(), 0usize);
    loop {
        match reader.next()? {
            b'{' => depth += 1,
            b'}' => depth = depth.checked_sub(1).ok_or(Malformed)?,
            b',' => {}
            first => {
                reader.at -= 1;
                if first != b'"' && reader.bare(b",}") == b"NULL" {
                    to.extend_from_slice(b"NULL");
                    continue;
                }
                reader.item(b",}", &mut inside)?;
                made.clear();
                match each(&inside, &mut made)? {
                    true => quote(&made, Quoting::Array, to),
                    false => to.extend_from_slice(b"NULL"),
                }
                continue;
            }
        }
        to.push(text[reader.at - 1]);
        if depth == 0 {
            return if reader.at == text.len() { Ok(()) } else { Err(Malformed.into()) };
        }
    }
}

/// Rewrites the fields of a printed row of so many fields.
pub fn row<E: From<Malformed>>(text: &[u8], fields: usize, to: &mut Vec<u8>, each: EachField<'_, E>) -> Result<(), E> {
    let mut reader = Reader { text, at: 0 };
    reader.expect(b'(')?;
    to.push(b'(');
    let (mut inside, mut made) = (Vec::new(), Vec::new());
    for at in 0..fields {
        let value = match reader.peek() {
            Some(b',' | b')') => None,
            _ => {
                reader.item(b",)", &mut inside)?;
                Some(inside.as_slice())
            }
        };
        made.clear();
        if each(at, value, &mut made)? {
            quote(&made, Quoting::Row, to);
        }
        let end = if at + 1 < fields { b',' } else { b')' };
        reader.expect(end)?;
        to.push(end);
    }
    if reader.at == text.len() { Ok(()) } else { Err(Malformed.into()) }
}

/// A printed range: its bounds, out of their quotes; `None` is infinity.
#[derive(Default)]
pub struct Range {
    /// `[` or `(`.
    pub open: u8,
    /// `]` or `)`.
    pub close: u8,
    /// The lower and the upper bound.
    pub bounds: [Option<Vec<u8>>; 2],
}

/// Rewrites a printed range, or each range of a multirange; an empty one stays.
pub fn range<E: From<Malformed>>(
    text: &[u8],
    to: &mut Vec<u8>,
    each: &mut dyn FnMut(&mut Range) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = Reader { text, at: 0 };
    if text.first() != Some(&b'{') {
        return reader.range(to, each).and_then(|()| reader.end().map_err(E::from));
    }
    reader.at = 1;
    to.push(b'{');
    while reader.peek() != Some(b'}') {
        if to.last() != Some(&b'{') {
            reader.expect(b',')?;
            to.push(b',');
        }
        reader.range(to, each)?;
    }
    reader.at += 1;
    to.push(b'}');
    Ok(reader.end()?)
}

/// Rewrites a printed hstore: each key and value (`None`: NULL) may become another value, NULL, or nothing.
pub fn hstore<E: From<Malformed>>(text: &[u8], to: &mut Vec<u8>, each: EachPair<'_, E>) -> Result<(), E> {
    let mut reader = Reader { text, at: 0 };
    let (mut key, mut inside, mut made) = (Vec::new(), Vec::new(), Vec::new());
    let first = to.len();
    while reader.at < text.len() {
        reader.item(b"=", &mut key)?;
        reader.expect(b'=')?;
        reader.expect(b'>')?;
        let value = match reader.peek() {
            Some(b'"') => {
                reader.item(b",", &mut inside)?;
                Some(inside.as_slice())
            }
            _ if reader.bare(b",") == b"NULL" => None,
            _ => return Err(Malformed.into()),
        };
        made.clear();
        let pair = each(&key, value, &mut made)?;
        if pair != Pair::Dropped {
            if to.len() > first {
                to.extend_from_slice(b", ");
            }
            quote(&key, Quoting::Hstore, to);
            to.extend_from_slice(b"=>");
            match pair {
                Pair::Value => quote(&made, Quoting::Hstore, to),
                _ => to.extend_from_slice(b"NULL"),
            }
        }
        if reader.at < text.len() {
            reader.expect(b',')?;
            reader.expect(b' ')?;
        }
    }
    Ok(())
}

/// What becomes of a pair of an hstore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pair {
    /// It has the value that was written.
    Value,
    /// It has the value NULL.
    Null,
    /// It is gone.
    Dropped,
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, Malformed> {
        let byte = self.peek().ok_or(Malformed)?;
        self.at += 1;
        Ok(byte)
    }

    fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.next()? == byte { Ok(()) } else { Err(Malformed) }
    }

    fn end(&self) -> Result<(), Malformed> {
        if self.at == self.text.len() { Ok(()) } else { Err(Malformed) }
    }

    /// Takes what stands before one of the bytes, if it is a word without quotes.
    fn bare(&mut self, ends: &[u8]) -> &'a [u8] {
        let rest = &self.text[self.at..];
        let word = &rest[..rest.iter().position(|byte| ends.contains(byte)).unwrap_or(rest.len())];
        if word == b"NULL" {
            self.at += word.len();
        }
        word
    }

    /// Takes one text, in quotes or not, up to one of the bytes.
    fn item(&mut self, ends: &[u8], to: &mut Vec<u8>) -> Result<(), Malformed> {
        to.clear();
        let mut quoted = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' if quoted && self.text.get(self.at + 1) == Some(&b'"') => {
                    to.push(b'"');
                    self.at += 1;
                }
                b'"' => quoted = !quoted,
                b'\\' => {
                    self.at += 1;
                    to.push(self.peek().ok_or(Malformed)?);
                }
                end if !quoted && ends.contains(&end) => return Ok(()),
                other => to.push(other),
            }
            self.at += 1;
        }
        if quoted { Err(Malformed) } else { Ok(()) }
    }

    fn range<E: From<Malformed>>(
        &mut self,
        to: &mut Vec<u8>,
        each: &mut dyn FnMut(&mut Range) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.text[self.at..] == *b"empty" {
            self.at = self.text.len();
            to.extend_from_slice(b"empty");
            return Ok(());
        }
        let mut range = Range { open: self.next()?, ..Range::default() };
        for (at, ends) in [b",".as_slice(), b"])"].into_iter().enumerate() {
            let infinite = self.peek().is_some_and(|byte| ends.contains(&byte));
            let mut bound = Vec::new();
            self.item(ends, &mut bound)?;
            range.bounds[at] = (!infinite).then_some(bound);
            let end = self.next()?;
            if at == 1 {
                range.close = end;
            }
        }
        if !matches!((range.open, range.close), (b'[' | b'(', b']' | b')')) {
            return Err(Malformed.into());
        }
        each(&mut range)?;
        to.push(range.open);
        for (at, bound) in range.bounds.iter().enumerate() {
            if let Some(bound) = bound {
                quote(bound, Quoting::Range, to);
            }
            to.push(if at == 0 { b',' } else { range.close });
        }
        Ok(())
    }
}

/// Who quotes: `array_out`, `record_out`, `range_out`, `hstore_out`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    Array,
    Row,
    Range,
    Hstore,
}

fn quote(text: &[u8], quoting: Quoting, to: &mut Vec<u8>) {
    let special: &[u8] = match quoting {
        Quoting::Array => b"\"\\{},",
        Quoting::Row => b"\"\\(),",
        Quoting::Range => b"\"\\()[],",
        Quoting::Hstore => b"",
    };
    let is_space = |byte: &u8| matches!(byte, b' ' | 0x09..=0x0d);
    let quotes = quoting == Quoting::Hstore
        || text.is_empty()
        || text.iter().any(|byte| special.contains(byte) || is_space(byte))
        || quoting == Quoting::Array && text.eq_ignore_ascii_case(b"NULL");
    if !quotes {
        to.extend_from_slice(text);
        return;
    }
    to.push(b'"');
    for byte in text {
        match (byte, quoting) {
            (b'"' | b'\\', Quoting::Array | Quoting::Hstore) => to.push(b'\\'),
            (b'"' | b'\\', Quoting::Row | Quoting::Range) => to.push(*byte),
            _ => {}
        }
        to.push(*byte);
    }
    to.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upper(text: &[u8], to: &mut Vec<u8>) -> Result<bool, Malformed> {
        to.extend(text.to_ascii_uppercase());
        Ok(true)
    }

    fn through_array(text: &str) -> Option<String> {
        let mut to = Vec::new();
        array(text.as_bytes(), &mut to, &mut upper).ok()?;
        String::from_utf8(to).ok()
    }

    #[test]
    fn arrays_keep_bounds_nesting_and_nulls() {
        for (from, to) in [
            ("{}", "{}"),
            ("{a,NULL,\"\"}", "{A,NULL,\"\"}"),
            (r#"{"null","a b","q\"\\",{x}}"#, r#"{"NULL","A B","Q\"\\",{X}}"#),
            ("[0:1][2:2]={{a},{b}}", "[0:1][2:2]={{A},{B}}"),
            (r#"{"{}","a,b"}"#, r#"{"{}","A,B"}"#),
        ] {
            assert_eq!(through_array(from).as_deref(), Some(to), "{from}");
        }
        for bad in ["", "a", "{", "{a", "{\"a}", "{a}}", "{a}x", "[0:1]"] {
            assert_eq!(through_array(bad), None, "{bad}");
        }
    }

    #[test]
    fn rows_ranges_and_hstores_are_quoted_as_postgresql_quotes_them() {
        let mut to = Vec::new();
        row::<Malformed>(br#"(a,,"","q""\\, x",5)"#, 5, &mut to, &mut |at, value, to| {
            Ok(match value {
                Some(value) if at != 4 => upper(value, to)?,
                _ => false,
            })
        })
        .expect("a row");
        assert_eq!(String::from_utf8_lossy(&to), r#"(A,,"","Q""\\, X",)"#);
        to.clear();
        range::<Malformed>(br#"{[1,2),(,"a b"],empty}"#, &mut to, &mut |_| Ok(())).expect_err("an empty range inside");
        to.clear();
        range::<Malformed>(br#"{[1,2),(,"a b"]}"#, &mut to, &mut |range| {
            range.bounds.swap(0, 1);
            Ok(())
        })
        .expect("a multirange");
        assert_eq!(String::from_utf8_lossy(&to), r#"{[2,1),("a b",]}"#);
        to.clear();
        hstore::<Malformed>(br#""a"=>"1", "b\"c"=>NULL, "d"=>"x\\y""#, &mut to, &mut |key, value, to| {
            Ok(match (key, value) {
                (b"a", _) => Pair::Dropped,
                (_, None) => Pair::Null,
                (_, Some(value)) => {
                    upper(value, to)?;
                    Pair::Value
                }
            })
        })
        .expect("an hstore");
        assert_eq!(String::from_utf8_lossy(&to), r#""b\"c"=>NULL, "d"=>"X\\Y""#);
    }
}
