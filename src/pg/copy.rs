//! What the two COPY codecs have in common: places of fields in a stream, and how pieces of a stream are cut into rows.

use super::{copy_binary, copy_text};
use bytes::Bytes;
use std::ops::Range;

/// The stream breaks the format. It says nothing of what was in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a row of COPY is malformed")]
pub struct Malformed;

/// Where a field's bytes stand; NULL has a place but no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    start: u32,
    /// `u32::MAX`: NULL.
    end: u32,
}

impl Field {
    /// A field with bytes.
    pub fn new(start: usize, end: usize) -> Self {
        Field { start: start as u32, end: end as u32 }
    }

    /// A field that is NULL.
    pub fn null(at: usize) -> Self {
        Field { start: at as u32, end: u32::MAX }
    }

    /// The place of its bytes; `None` for NULL.
    pub fn range(self) -> Option<Range<usize>> {
        (self.end != u32::MAX).then_some(self.start as usize..self.end as usize)
    }

    /// Where its bytes begin, or would.
    pub fn start(self) -> usize {
        self.start as usize
    }
}

/// Which of the two formats a stream has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Binary.
    Binary,
    /// Text.
    Text,
}

impl Format {
    /// The word that COPY takes.
    pub fn word(self) -> &'static str {
        match self {
            Format::Binary => "binary",
            Format::Text => "text",
        }
    }
}

/// Cuts a stream into rows, whatever the pieces it arrives in.
pub struct Rows {
    format: Format,
    /// How many fields each row has.
    width: usize,
    /// The start of a row whose rest has not arrived.
    rest: Vec<u8>,
    fields: Vec<Field>,
    begun: bool,
    ended: bool,
}

impl Rows {
    /// Starts at the head of a stream whose rows have `width` fields.
    pub fn new(format: Format, width: usize) -> Self {
        Rows { format, width, rest: Vec::new(), fields: Vec::with_capacity(width), begun: false, ended: false }
    }

    /// Takes a piece and hands each whole row to `each`: the bytes around it, the row's place (for binary without the
    /// count of fields, for text without the newline), and its fields.
    pub fn feed<E: From<Malformed>>(
        &mut self,
        piece: &Bytes,
        mut each: impl FnMut(&[u8], Range<usize>, &[Field]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.with_rest(piece, |rows, bytes| match rows.format {
            Format::Binary => {
                let mut fields = std::mem::take(&mut rows.fields);
                let width = rows.width;
                let used = rows.cut_binary(bytes, |bytes, at| {
                    fields.clear();
                    let step = copy_binary::tuple(bytes, at, width, |field| fields.push(field))?;
                    if let copy_binary::Step::Tuple(end) = step {
                        each(bytes, at + 2..end, &fields)?;
                    }
                    Ok(step)
                });
                rows.fields = fields;
                used
            }
            Format::Text => rows.cut_text(bytes, &mut each),
        })
    }

    /// Takes a piece of a binary stream and appends its whole rows as they are; returns how many they are.
    pub fn skim(&mut self, piece: &Bytes, to: &mut Vec<u8>) -> Result<u64, Malformed> {
        let mut count = 0;
        self.with_rest(piece, |rows, bytes| {
            let (mut from, mut until) = (usize::MAX, 0);
            let width = rows.width;
            let used = rows.cut_binary(bytes, |bytes, at| {
                let step = copy_binary::tuple(bytes, at, width, |_| ())?;
                if let copy_binary::Step::Tuple(end) = step {
                    count += 1;
                    (from, until) = (from.min(at), end);
                }
                Ok::<_, Malformed>(step)
            })?;
            to.extend_from_slice(&bytes[from.min(until)..until]);
            Ok(used)
        })?;
        Ok(count)
    }

    /// Says whether the stream ended where a stream may end.
    pub fn finish(&self) -> Result<(), Malformed> {
        let whole = self.rest.is_empty() && (self.ended || self.format == Format::Text);
        whole.then_some(()).ok_or(Malformed)
    }

    /// Hands the rest of the piece before and this piece to `cut`, which says how much of it was whole rows.
    fn with_rest<E: From<Malformed>>(
        &mut self,
        piece: &Bytes,
        cut: impl FnOnce(&mut Self, &[u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        if u32::try_from(self.rest.len() + piece.len()).is_err() {
            return Err(Malformed.into());
        }
        if self.rest.is_empty() {
            let used = cut(self, piece)?;
            self.rest.extend_from_slice(&piece[used..]);
        } else {
            let mut whole = std::mem::take(&mut self.rest);
            whole.extend_from_slice(piece);
            let used = cut(self, &whole)?;
            whole.drain(..used);
            self.rest = whole;
        }
        Ok(())
    }

    /// Walks the tuples of a binary stream; `step` reads the one that begins at an offset.
    fn cut_binary<E: From<Malformed>>(
        &mut self,
        bytes: &[u8],
        mut step: impl FnMut(&[u8], usize) -> Result<copy_binary::Step, E>,
    ) -> Result<usize, E> {
        let mut at = 0;
        if !self.begun {
            let Some(after) = copy_binary::header(bytes)? else { return Ok(0) };
            at = after;
            self.begun = true;
        }
        while at < bytes.len() {
            if self.ended {
                return Err(Malformed.into());
            }
            match step(bytes, at)? {
                copy_binary::Step::More => break,
                copy_binary::Step::End => {
                    self.ended = true;
                    at += 2;
                }
                copy_binary::Step::Tuple(end) => at = end,
            }
        }
        Ok(at)
    }

    fn cut_text<E: From<Malformed>>(
        &mut self,
        bytes: &[u8],
        each: &mut impl FnMut(&[u8], Range<usize>, &[Field]) -> Result<(), E>,
    ) -> Result<usize, E> {
        let mut at = 0;
        while let Some(end) = copy_text::line(bytes, at) {
            copy_text::fields(bytes, at, end, self.width, &mut self.fields);
            if self.fields.len() != self.width {
                return Err(Malformed.into());
            }
            each(bytes, at..end, &self.fields)?;
            at = end + 1;
        }
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Row = Vec<Option<Vec<u8>>>;

    fn binary(rows: &[Row]) -> Vec<u8> {
        let mut stream = copy_binary::HEADER.to_vec();
        for row in rows {
            copy_binary::begin(row.len(), &mut stream);
            for value in row {
                match value {
                    None => copy_binary::null(&mut stream),
                    Some(value) => copy_binary::field(&mut stream, |to| {
                        to.extend_from_slice(value);
                        Ok::<_, Malformed>(true)
                    })
                    .expect("a field"),
                }
            }
        }
        stream.extend_from_slice(copy_binary::TRAILER);
        stream
    }

    fn text(rows: &[Row]) -> Vec<u8> {
        let mut stream = Vec::new();
        for row in rows {
            for (at, value) in row.iter().enumerate() {
                if at > 0 {
                    stream.push(b'\t');
                }
                match value {
                    None => copy_text::null(&mut stream),
                    Some(value) => copy_text::escape(value, &mut stream),
                }
            }
            stream.push(b'\n');
        }
        stream
    }

    fn read(format: Format, width: usize, stream: &[u8], cuts: &[usize]) -> Result<Vec<Row>, Malformed> {
        let mut reader = Rows::new(format, width);
        let mut rows = Vec::new();
        let mut at = 0;
        for cut in cuts.iter().copied().chain([usize::MAX]) {
            let end = at + cut.min(stream.len() - at);
            let piece = Bytes::copy_from_slice(&stream[at..end]);
            at = end;
            reader.feed::<Malformed>(&piece, |bytes, _, fields| {
                rows.push(
                    fields
                        .iter()
                        .map(|field| {
                            field.range().map(|range| {
                                let mut value = bytes[range.clone()].to_vec();
                                if format == Format::Text {
                                    copy_text::unescape(&bytes[range], &mut value);
                                }
                                value
                            })
                        })
                        .collect(),
                );
                Ok(())
            })?;
        }
        reader.finish()?;
        Ok(rows)
    }

    fn skim(width: usize, stream: &[u8], cuts: &[usize]) -> Result<(u64, Vec<u8>), Malformed> {
        let mut reader = Rows::new(Format::Binary, width);
        let (mut count, mut all, mut at) = (0, copy_binary::HEADER.to_vec(), 0);
        for cut in cuts.iter().copied().chain([usize::MAX]) {
            let end = at + cut.min(stream.len() - at);
            count += reader.skim(&Bytes::copy_from_slice(&stream[at..end]), &mut all)?;
            at = end;
        }
        reader.finish()?;
        all.extend_from_slice(copy_binary::TRAILER);
        Ok((count, all))
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_rows(
            width in 0usize..5,
            seed in proptest::collection::vec(proptest::collection::vec(proptest::option::of(proptest::collection::vec(any::<u8>(), 0..20)), 5), 0..8),
            cuts in proptest::collection::vec(0usize..40, 0..30),
        ) {
            let rows: Vec<Row> = seed.iter().map(|row| row[..width].to_vec()).collect();
            prop_assert_eq!(read(Format::Binary, width, &binary(&rows), &cuts)?, rows.clone());
            prop_assert_eq!(skim(width, &binary(&rows), &cuts)?, (rows.len() as u64, binary(&rows)));
            prop_assert_eq!(read(Format::Text, width, &text(&rows), &cuts)?, rows);
        }
    }

    #[test]
    fn a_stream_that_stops_early_is_no_stream() {
        let stream = binary(&[vec![Some(b"a".to_vec())]]);
        for end in 0..stream.len() {
            assert_eq!(read(Format::Binary, 1, &stream[..end], &[]).err(), Some(Malformed), "{end}");
            assert_eq!(skim(1, &stream[..end], &[]).err(), Some(Malformed), "{end}");
        }
    }
}
