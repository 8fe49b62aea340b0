//! `numeric` on the wire: a sign, a weight and a display scale over digits of base 10,000; here as decimal text.

use super::Malformed;

const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const MINUS_INFINITY: u16 = 0xF000;

/// Writes the decimal text of a binary `numeric`.
pub(super) fn decode(bytes: &[u8], to: &mut Vec<u8>) -> Result<(), Malformed> {
    let (header, digits) = bytes.split_at_checked(8).ok_or(Malformed)?;
    let word = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let (count, weight, sign, scale) = (word(0) as usize, word(2) as i16 as i32, word(4), word(6) as usize);
    match sign {
        NAN => to.extend_from_slice(b"NaN"),
        INFINITY => to.extend_from_slice(b"Infinity"),
        MINUS_INFINITY => to.extend_from_slice(b"-Infinity"),
        0 | NEGATIVE if digits.len() == count * 2 && scale <= 0x3fff => {
            if sign == NEGATIVE {
                to.push(b'-');
            }
            print(digits, weight, scale, to);
        }
        _ => return Err(Malformed),
    }
    Ok(())
}

/// Prints digits of base 10,000 whose first has the given weight.
fn print(digits: &[u8], weight: i32, scale: usize, to: &mut Vec<u8>) {
    let group = |at: i32| -> u16 {
        let pair = usize::try_from(at).ok().and_then(|at| digits.get(at * 2..at * 2 + 2));
        pair.map_or(0, |pair| u16::from_be_bytes([pair[0], pair[1]]))
    };
    let start = to.len();
    for at in 0..=weight {
        let group = group(at);
        for unit in [1000, 100, 10, 1] {
            let digit = group / unit % 10;
            if digit != 0 || to.len() > start {
                to.push(b'0' + digit as u8);
            }
        }
    }
    if to.len() == start {
        to.push(b'0');
    }
    if scale > 0 {
        to.push(b'.');
        for place in 0..scale {
            let unit = [1000, 100, 10, 1][place % 4];
            to.push(b'0' + (group(weight + 1 + (place / 4) as i32) / unit % 10) as u8);
        }
    }
}

/// Writes the binary form of a decimal text: digits with an optional sign and point, `NaN`, `Infinity`, `-Infinity`.
pub(super) fn encode(text: &[u8], to: &mut Vec<u8>) -> Result<(), Malformed> {
    // The scale of an infinity means nothing; this is the one that PostgreSQL sends.
    let (special, scale) = match text {
        b"NaN" => (NAN, 0),
        b"Infinity" => (INFINITY, 32),
        b"-Infinity" => (MINUS_INFINITY, 32),
        _ => return encode_finite(text, to),
    };
    for word in [0, 0, special, scale] {
        to.extend_from_slice(&word.to_be_bytes());
    }
    Ok(())
}

fn encode_finite(text: &[u8], to: &mut Vec<u8>) -> Result<(), Malformed> {
    let (sign, text) = match text {
        [b'-', rest @ ..] => (NEGATIVE, rest),
        _ => (0, text),
    };
    let point = text.iter().position(|byte| *byte == b'.').unwrap_or(text.len());
    let (whole, fraction) = (&text[..point], text.get(point + 1..).unwrap_or_default());
    let digits_only = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if whole.len() + fraction.len() == 0 || !digits_only(whole) || !digits_only(fraction) || fraction.len() > 0x3fff {
        return Err(Malformed);
    }
    let whole = &whole[whole.iter().position(|digit| *digit != b'0').unwrap_or(whole.len())..];
    let groups = whole.len().div_ceil(4);
    let padding = groups * 4 - whole.len();
    let total = groups + fraction.len().div_ceil(4);
    // The digit at a place counted from the first group's first one.
    let digit = |place: usize| -> u16 {
        let at = place.wrapping_sub(padding);
        let byte = if at < whole.len() { Some(&whole[at]) } else { fraction.get(at.wrapping_sub(whole.len())) };
        byte.map_or(0, |byte| u16::from(byte - b'0'))
    };
    let group = |at: usize| (0..4).fold(0, |sum, place| sum * 10 + digit(at * 4 + place));
    let first = (0..total).find(|at| group(*at) != 0).unwrap_or(total);
    let last = (first..total).rev().find(|at| group(*at) != 0).map_or(first, |at| at + 1);
    let zero = first == last;
    let weight = if zero { 0 } else { groups as i32 - 1 - first as i32 };
    to.extend_from_slice(&u16::try_from(last - first).map_err(|_| Malformed)?.to_be_bytes());
    to.extend_from_slice(&i16::try_from(weight).map_err(|_| Malformed)?.to_be_bytes());
    to.extend_from_slice(&(if zero { 0 } else { sign }).to_be_bytes());
    to.extend_from_slice(&(fraction.len() as u16).to_be_bytes());
    for at in first..last {
        to.extend_from_slice(&group(at).to_be_bytes());
    }
    Ok(())
}
