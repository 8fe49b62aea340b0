//! Text fields, under the settings that every session of ours has: `DateStyle` ISO, `IntervalStyle` postgres,
//! `bytea_output` hex, `lc_monetary` C.

use super::calendar;
use super::field::{Form, text_or_bytes, without_padding};
use super::{Malformed, Output, OutputKind, Value};
use std::io::Write as _;
use std::net::IpAddr;

pub(super) fn decode<'a>(form: Form, bytes: &'a [u8], scratch: &'a mut Vec<u8>) -> Result<Value<'a>, Malformed> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok(Value::Bytes(bytes));
    };
    Ok(match form {
        Form::Text | Form::Raw | Form::Bits => Value::Text(text),
        Form::Padded => text_or_bytes(without_padding(bytes)),
        Form::Boolean => match text {
            "t" | "true" => Value::Boolean(true),
            "f" | "false" => Value::Boolean(false),
            _ => return Err(Malformed),
        },
        Form::Integer(_) | Form::Oid => Value::Integer(text.parse().map_err(|_| Malformed)?),
        Form::Float4 | Form::Float8 => Value::Float(text.parse().map_err(|_| Malformed)?),
        Form::Numeric => Value::Decimal(text),
        Form::Money => {
            let units = money_units(bytes)?;
            scratch.clear();
            let (sign, size) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
            write!(scratch, "{sign}{}.{:02}", size / 100, size % 100).map_err(|_| Malformed)?;
            Value::Decimal(std::str::from_utf8(scratch).map_err(|_| Malformed)?)
        }
        Form::Date => Value::Date(calendar::parse_date(text)?),
        Form::Time => Value::Time(calendar::parse_time(text)?),
        Form::ZonedTime => {
            let (microseconds, west) = calendar::parse_zoned_time(text)?;
            Value::ZonedTime(microseconds, west)
        }
        Form::Timestamp(_) => Value::Timestamp(calendar::parse_timestamp(text)?),
        Form::Interval => {
            let (months, days, microseconds) = calendar::parse_interval(text)?;
            Value::Interval { months, days, microseconds }
        }
        Form::Uuid => Value::Uuid(uuid::Uuid::try_parse(text).map_err(|_| Malformed)?.into_bytes()),
        Form::Network(_) => parse_network(text).ok_or(Malformed)?,
        Form::Mac(length) => {
            parse_hex(text.bytes().filter(|byte| *byte != b':'), scratch)?;
            if scratch.len() != usize::from(length) {
                return Err(Malformed);
            }
            Value::Mac(scratch)
        }
        Form::Json | Form::Jsonb => Value::Json(text),
        Form::Bytea => {
            parse_hex(text.strip_prefix("\\x").ok_or(Malformed)?.bytes(), scratch)?;
            Value::Bytes(scratch)
        }
    })
}

pub(super) fn encode(form: Form, output: &Output, to: &mut Vec<u8>) -> Result<bool, Malformed> {
    let value = match output.kind {
        OutputKind::Null => return Ok(false),
        OutputKind::Text => {
            to.extend_from_slice(&output.buffer);
            return Ok(true);
        }
        OutputKind::Bytes => match form {
            Form::Bytea => {
                to.extend_from_slice(b"\\x");
                print_hex(&output.buffer, to);
                return Ok(true);
            }
            Form::Mac(_) => Value::Mac(&output.buffer),
            _ => {
                to.extend_from_slice(&output.buffer);
                return Ok(true);
            }
        },
        OutputKind::Boolean(value) => Value::Boolean(value),
        OutputKind::Integer(value) => Value::Integer(value),
        // What is no `real` is none in text either: the server refuses one that is too near to zero.
        OutputKind::Float(value) if form == Form::Float4 => Value::Float(f64::from(value as f32)),
        OutputKind::Float(value) => Value::Float(value),
        OutputKind::Date(days) => Value::Date(days),
        OutputKind::Time(microseconds) => Value::Time(microseconds),
        OutputKind::ZonedTime(microseconds, west) => Value::ZonedTime(microseconds, west),
        OutputKind::Timestamp(microseconds) => {
            let zone = if form == Form::Timestamp(true) { "+00" } else { "" };
            calendar::print_timestamp(microseconds, zone, to);
            return Ok(true);
        }
        OutputKind::Interval(months, days, microseconds) => Value::Interval { months, days, microseconds },
        OutputKind::Uuid(value) => Value::Uuid(value),
        OutputKind::Network(address, prefix) => Value::Network(address, prefix),
    };
    print(value, to);
    Ok(true)
}

/// Prints what a mask wrote, as [`print`] does; false: NULL, nothing was written.
pub(crate) fn print_output(output: &Output, to: &mut Vec<u8>) -> bool {
    encode(Form::Text, output, to).unwrap_or(false)
}

/// Prints a value as PostgreSQL does; numbers without exponents, booleans as words, timestamps without zone.
pub fn print(value: Value<'_>, to: &mut Vec<u8>) {
    match value {
        Value::Text(text) | Value::Decimal(text) | Value::Json(text) => to.extend_from_slice(text.as_bytes()),
        Value::Bytes(bytes) => to.extend_from_slice(bytes),
        Value::Boolean(value) => to.extend_from_slice(if value { b"true" } else { b"false" }),
        Value::Integer(value) => print_integer(value, to),
        Value::Float(value) if value.is_infinite() => {
            to.extend_from_slice(if value > 0.0 { b"Infinity" } else { b"-Infinity" });
        }
        Value::Float(value) => {
            // Writing into a Vec cannot fail.
            let _ = write!(to, "{value}");
        }
        Value::Date(days) => calendar::print_date(days, to),
        Value::Time(microseconds) => calendar::print_time(microseconds, to),
        Value::ZonedTime(microseconds, west) => {
            calendar::print_time(microseconds, to);
            calendar::print_zone(west, to);
        }
        Value::Timestamp(microseconds) => calendar::print_timestamp(microseconds, "", to),
        Value::Interval { months, days, microseconds } => calendar::print_interval(months, days, microseconds, to),
        Value::Uuid(value) => {
            let mut buffer = uuid::Uuid::encode_buffer();
            let text = uuid::Uuid::from_bytes(value).hyphenated().encode_lower(&mut buffer);
            to.extend_from_slice(text.as_bytes());
        }
        Value::Network(address, prefix) => {
            let whole = if address.is_ipv4() { 32 } else { 128 };
            match address {
                // The formatter takes four times as long, and addresses come by the million.
                IpAddr::V4(address) => {
                    for (at, octet) in address.octets().into_iter().enumerate() {
                        if at > 0 {
                            to.push(b'.');
                        }
                        print_integer(i64::from(octet), to);
                    }
                }
                IpAddr::V6(address) => drop(write!(to, "{address}")),
            }
            if prefix != whole {
                let _ = write!(to, "/{prefix}");
            }
        }
        Value::Mac(bytes) => {
            for (at, byte) in bytes.iter().enumerate() {
                if at > 0 {
                    to.push(b':');
                }
                print_hex(&[*byte], to);
            }
        }
    }
}

/// Reads an address and, if there is one, the length of its prefix.
pub(crate) fn parse_network(text: &str) -> Option<Value<'static>> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        Some(prefix) => prefix.parse().ok().filter(|prefix| *prefix <= whole)?,
        None => whole,
    };
    Some(Value::Network(address, prefix))
}

/// The smallest units of an amount such as `-$1,234.50`, `($3.00)` or `7`.
pub(super) fn money_units(text: &[u8]) -> Result<i64, Malformed> {
    let negative = text.iter().any(|byte| matches!(byte, b'-' | b'('));
    let (mut units, mut places) = (0i64, None);
    for byte in text {
        match byte {
            b'0'..=b'9' if places == Some(2) => return Err(Malformed),
            b'0'..=b'9' => {
                // Counted down, because the least amount has no positive counterpart.
                units =
                    units.checked_mul(10).and_then(|sum| sum.checked_sub(i64::from(byte - b'0'))).ok_or(Malformed)?;
                places = places.map(|places| places + 1);
            }
            b'.' if places.is_none() => places = Some(0),
            b',' | b'$' | b'-' | b'(' | b')' | b' ' => {}
            _ => return Err(Malformed),
        }
    }
    for _ in places.unwrap_or(0)..2 {
        units = units.checked_mul(10).ok_or(Malformed)?;
    }
    if negative { Ok(units) } else { units.checked_neg().ok_or(Malformed) }
}

fn print_integer(value: i64, to: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let (mut at, mut rest) = (digits.len(), value.unsigned_abs());
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        to.push(b'-');
    }
    to.extend_from_slice(&digits[at..]);
}

fn print_hex(bytes: &[u8], to: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    to.extend(bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]));
}

fn parse_hex(digits: impl Iterator<Item = u8>, to: &mut Vec<u8>) -> Result<(), Malformed> {
    to.clear();
    let mut high = None;
    for digit in digits {
        let value = (digit as char).to_digit(16).ok_or(Malformed)? as u8;
        match high.take() {
            None => high = Some(value),
            Some(high) => to.push(high << 4 | value),
        }
    }
    if high.is_some() { Err(Malformed) } else { Ok(()) }
}
