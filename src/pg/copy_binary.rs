//! COPY in binary format: frames, fields, NULL; no I/O.
//!
//! The format is that of the PostgreSQL manual, "COPY, Binary Format": a signature of 11 bytes, flags and an extension
//! area; then each tuple as a 16-bit count of fields and, per field, a 32-bit length (−1: NULL) and its bytes; then −1.

use super::copy::{Field, Malformed};

/// The signature, no flags, no extension.
pub const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// The end of the stream.
pub const TRAILER: &[u8] = &[0xff, 0xff];

/// What stands at the start of a piece of the stream.
pub enum Step {
    /// A tuple that ends at this offset; its fields are in the vector.
    Tuple(usize),
    /// Nothing is left but the end of the stream.
    End,
    /// More bytes are needed.
    More,
}

/// Reads the header; `None` if more bytes are needed.
pub fn header(bytes: &[u8]) -> Result<Option<usize>, Malformed> {
    let seen = bytes.len().min(11);
    if bytes[..seen] != HEADER[..seen] {
        return Err(Malformed);
    }
    let (Some(flags), Some(extension)) = (word(bytes, 11), word(bytes, 15)) else { return Ok(None) };
    let extension = usize::try_from(extension).map_err(|_| Malformed)?;
    if flags != 0 {
        return Err(Malformed);
    }
    Ok((bytes.len() >= 19 + extension).then_some(19 + extension))
}

/// Reads one tuple of `width` fields from `start`; each field's place is handed to `place`.
#[inline]
pub fn tuple(bytes: &[u8], start: usize, width: usize, mut place: impl FnMut(Field)) -> Result<Step, Malformed> {
    let Some(count) = bytes.get(start..start + 2) else { return Ok(Step::More) };
    let count = i16::from_be_bytes([count[0], count[1]]);
    if count == -1 {
        return Ok(Step::End);
    }
    if usize::try_from(count) != Ok(width) {
        return Err(Malformed);
    }
    let mut at = start + 2;
    for _ in 0..width {
        let Some(length) = word(bytes, at) else { return Ok(Step::More) };
        at += 4;
        if length == -1 {
            place(Field::null(at));
            continue;
        }
        let end = at + usize::try_from(length).map_err(|_| Malformed)?;
        if end > bytes.len() {
            return Ok(Step::More);
        }
        place(Field::new(at, end));
        at = end;
    }
    Ok(Step::Tuple(at))
}

/// Begins a tuple of so many fields.
pub fn begin(count: usize, to: &mut Vec<u8>) {
    to.extend_from_slice(&(count as i16).to_be_bytes());
}

/// Writes NULL.
pub fn null(to: &mut Vec<u8>) {
    to.extend_from_slice(&(-1i32).to_be_bytes());
}

/// Writes a field whose bytes `fill` appends; `Ok(false)` from it means NULL.
pub fn field<E>(to: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>) -> Result<bool, E>) -> Result<(), E> {
    let at = to.len();
    to.extend_from_slice(&[0; 4]);
    let length = if fill(to)? { (to.len() - at - 4) as i32 } else { -1 };
    to[at..at + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

fn word(bytes: &[u8], at: usize) -> Option<i32> {
    let four = bytes.get(at..at + 4)?;
    Some(i32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}
