//! What no line lists: dropped, erased or masked by its looks, whatever its depth.

use super::scan::{self, Cursor, Kind, NotJson};
use super::{Buffers, Looks, Rewrite, Unlisted};
use crate::mask::part::PartBuffers;

/// An object or array that is not closed yet.
struct Open {
    kind: Kind,
    /// Where its first member stands in the output.
    first: usize,
}

impl Rewrite {
    /// Writes what becomes of the next value; false if it is dropped.
    pub(super) fn rest(
        &self,
        cursor: &mut Cursor<'_>,
        buffers: &mut Buffers<'_>,
        to: &mut Vec<u8>,
    ) -> Result<bool, NotJson> {
        if self.unlisted == Unlisted::Drop {
            cursor.value()?;
            return Ok(false);
        }
        // Flat, because documents may be deeper than a stack.
        let mut open: Vec<Open> = Vec::new();
        loop {
            match cursor.kind()? {
                kind @ (Kind::Object | Kind::Array) => {
                    let (begin, end) = brackets(kind);
                    cursor.expect(begin)?;
                    to.push(begin);
                    if cursor.take(end) {
                        to.push(end);
                    } else {
                        open.push(Open { kind, first: to.len() });
                        if member(open.last(), cursor, buffers, to)? {
                            continue;
                        }
                        self::close(&mut open, cursor, to)?;
                    }
                }
                kind => self.leaf(kind, cursor, buffers, to)?,
            }
            loop {
                if open.is_empty() {
                    return Ok(true);
                }
                if cursor.take(b',') && member(open.last(), cursor, buffers, to)? {
                    break;
                }
                self::close(&mut open, cursor, to)?;
            }
        }
    }

    fn leaf(
        &self,
        kind: Kind,
        cursor: &mut Cursor<'_>,
        buffers: &mut Buffers<'_>,
        to: &mut Vec<u8>,
    ) -> Result<(), NotJson> {
        match (kind, self.unlisted) {
            (Kind::Number, Unlisted::Mask) => return self.digits.write(cursor, buffers, to),
            (Kind::String, Unlisted::Mask) => {
                let raw = cursor.string()?;
                let text = scan::unescaped(raw, &mut buffers.own.text);
                buffers.own.printed.clear();
                let mut parts = PartBuffers::default();
                match self.looks.part(text).write(text.as_bytes(), &mut parts, &mut buffers.own.printed) {
                    Ok(true) => scan::write_string(&buffers.own.printed, to),
                    _ => to.extend_from_slice(b"null"),
                }
            }
            (Kind::Boolean, Unlisted::Mask) => {
                cursor.value()?;
                to.extend_from_slice(b"false");
            }
            _ => {
                cursor.value()?;
                to.extend_from_slice(b"null");
            }
        }
        Ok(())
    }
}

/// Goes to the next member that stays and writes its key; false if there is none.
fn member(
    open: Option<&Open>,
    cursor: &mut Cursor<'_>,
    buffers: &mut Buffers<'_>,
    to: &mut Vec<u8>,
) -> Result<bool, NotJson> {
    let Some(open) = open else { return Ok(false) };
    loop {
        if open.kind == Kind::Array {
            if to.len() > open.first {
                to.push(b',');
            }
            return Ok(true);
        }
        let key = cursor.string()?;
        cursor.expect(b':')?;
        if Looks::is_name(scan::unescaped(key, &mut buffers.own.key).as_bytes()) {
            if to.len() > open.first {
                to.push(b',');
            }
            to.push(b'"');
            to.extend_from_slice(key.as_bytes());
            to.extend_from_slice(b"\":");
            return Ok(true);
        }
        cursor.value()?;
        if !cursor.take(b',') {
            return Ok(false);
        }
    }
}

fn close(open: &mut Vec<Open>, cursor: &mut Cursor<'_>, to: &mut Vec<u8>) -> Result<(), NotJson> {
    let Some(Open { kind, .. }) = open.pop() else { return Err(NotJson) };
    let end = brackets(kind).1;
    cursor.expect(end)?;
    to.push(end);
    Ok(())
}

fn brackets(kind: Kind) -> (u8, u8) {
    if kind == Kind::Object { (b'{', b'}') } else { (b'[', b']') }
}
