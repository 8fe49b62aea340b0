//! Binary fields, as the send and receive functions of PostgreSQL's types write and read them.

use super::field::{Form, text_or_bytes, without_padding};
use super::{Malformed, Output, OutputKind, Value, numeric, text};
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// `PGSQL_AF_INET` and `PGSQL_AF_INET6`.
const FAMILY_V4: u8 = 2;
const FAMILY_V6: u8 = 3;

pub(super) fn decode<'a>(form: Form, bytes: &'a [u8], scratch: &'a mut Vec<u8>) -> Result<Value<'a>, Malformed> {
    Ok(match form {
        Form::Text => text_or_bytes(bytes),
        Form::Padded => text_or_bytes(without_padding(bytes)),
        Form::Boolean => Value::Boolean(exact::<1>(bytes)?[0] != 0),
        Form::Integer(2) => Value::Integer(i16::from_be_bytes(exact(bytes)?).into()),
        Form::Integer(4) => Value::Integer(i32::from_be_bytes(exact(bytes)?).into()),
        Form::Integer(_) => Value::Integer(i64::from_be_bytes(exact(bytes)?)),
        Form::Oid => Value::Integer(u32::from_be_bytes(exact(bytes)?).into()),
        Form::Float4 => Value::Float(widened(f32::from_be_bytes(exact(bytes)?))),
        Form::Float8 => Value::Float(f64::from_be_bytes(exact(bytes)?)),
        Form::Numeric => {
            scratch.clear();
            numeric::decode(bytes, scratch)?;
            Value::Decimal(ascii(scratch)?)
        }
        Form::Money => {
            let units = i64::from_be_bytes(exact(bytes)?);
            let sign = if units < 0 { "-" } else { "" };
            scratch.clear();
            let size = units.unsigned_abs();
            write!(scratch, "{sign}{}.{:02}", size / 100, size % 100).map_err(|_| Malformed)?;
            Value::Decimal(ascii(scratch)?)
        }
        Form::Date => Value::Date(i32::from_be_bytes(exact(bytes)?)),
        Form::Time => Value::Time(time_of_day(i64::from_be_bytes(exact(bytes)?))?),
        Form::ZonedTime => {
            let (time, zone) = bytes.split_at_checked(8).ok_or(Malformed)?;
            let time = time_of_day(i64::from_be_bytes(exact(time)?))?;
            Value::ZonedTime(time, i32::from_be_bytes(exact(zone)?))
        }
        Form::Timestamp(_) => Value::Timestamp(i64::from_be_bytes(exact(bytes)?)),
        Form::Interval => {
            let [a, b, c, d, e, f, g, h, days @ ..] = exact::<16>(bytes)?;
            Value::Interval {
                microseconds: i64::from_be_bytes([a, b, c, d, e, f, g, h]),
                days: i32::from_be_bytes(exact(&days[..4])?),
                months: i32::from_be_bytes(exact(&days[4..])?),
            }
        }
        Form::Uuid => Value::Uuid(exact(bytes)?),
        Form::Network(_) => network(bytes)?,
        Form::Mac(length) if bytes.len() == usize::from(length) => Value::Mac(bytes),
        Form::Mac(_) => return Err(Malformed),
        Form::Json => json(bytes),
        Form::Jsonb => match bytes {
            [1, document @ ..] => json(document),
            _ => return Err(Malformed),
        },
        Form::Bytea | Form::Raw => Value::Bytes(bytes),
        Form::Bits => bits(bytes, scratch)?,
    })
}

pub(super) fn encode(form: Form, output: &Output, to: &mut Vec<u8>) -> Result<bool, Malformed> {
    match (form, output.kind) {
        (_, OutputKind::Null) => return Ok(false),
        (Form::Text | Form::Padded | Form::Json | Form::Raw, OutputKind::Text | OutputKind::Bytes)
        | (Form::Bytea, OutputKind::Bytes) => to.extend_from_slice(&output.buffer),
        (Form::Jsonb, OutputKind::Text) => {
            to.push(1);
            to.extend_from_slice(&output.buffer);
        }
        (Form::Numeric, OutputKind::Text) => numeric::encode(&output.buffer, to)?,
        (Form::Money, OutputKind::Text) => to.extend_from_slice(&text::money_units(&output.buffer)?.to_be_bytes()),
        (Form::Bits, OutputKind::Text) => encode_bits(&output.buffer, to)?,
        (Form::Mac(length), OutputKind::Bytes) if output.buffer.len() == usize::from(length) => {
            to.extend_from_slice(&output.buffer);
        }
        (_, OutputKind::Text) => {
            // A mask may write any type as the text that PostgreSQL prints for it.
            let mut scratch = Vec::new();
            let value = text::decode(form, &output.buffer, &mut scratch)?;
            let mut typed = Output::default();
            typed.carry(value);
            if typed.kind == OutputKind::Text {
                return Err(Malformed);
            }
            return encode(form, &typed, to);
        }
        (form, kind) => encode_fixed(form, kind, to)?,
    }
    Ok(true)
}

/// Writes a value whose type has a form of fixed length.
fn encode_fixed(form: Form, kind: OutputKind, to: &mut Vec<u8>) -> Result<(), Malformed> {
    match (form, kind) {
        (Form::Boolean, OutputKind::Boolean(value)) => to.push(value.into()),
        (Form::Integer(2), OutputKind::Integer(value)) => {
            to.extend_from_slice(&i16::try_from(value).map_err(|_| Malformed)?.to_be_bytes());
        }
        (Form::Integer(4), OutputKind::Integer(value)) => {
            to.extend_from_slice(&i32::try_from(value).map_err(|_| Malformed)?.to_be_bytes());
        }
        (Form::Integer(_), OutputKind::Integer(value)) => to.extend_from_slice(&value.to_be_bytes()),
        (Form::Oid, OutputKind::Integer(value)) => {
            to.extend_from_slice(&u32::try_from(value).map_err(|_| Malformed)?.to_be_bytes());
        }
        (Form::Float4, OutputKind::Float(value)) => to.extend_from_slice(&narrowed(value)?.to_be_bytes()),
        (Form::Float8, OutputKind::Float(value)) => to.extend_from_slice(&value.to_be_bytes()),
        (Form::Date, OutputKind::Date(days)) => to.extend_from_slice(&days.to_be_bytes()),
        (Form::Time, OutputKind::Time(microseconds)) => to.extend_from_slice(&microseconds.to_be_bytes()),
        (Form::ZonedTime, OutputKind::ZonedTime(microseconds, west)) => {
            to.extend_from_slice(&microseconds.to_be_bytes());
            to.extend_from_slice(&west.to_be_bytes());
        }
        (Form::Timestamp(_), OutputKind::Timestamp(microseconds)) => to.extend_from_slice(&microseconds.to_be_bytes()),
        (Form::Interval, OutputKind::Interval(months, days, microseconds)) => {
            to.extend_from_slice(&microseconds.to_be_bytes());
            to.extend_from_slice(&days.to_be_bytes());
            to.extend_from_slice(&months.to_be_bytes());
        }
        (Form::Uuid, OutputKind::Uuid(value)) => to.extend_from_slice(&value),
        (Form::Network(cidr), OutputKind::Network(address, prefix)) => match address {
            IpAddr::V4(v4) => {
                to.extend_from_slice(&[FAMILY_V4, prefix, cidr.into(), 4]);
                to.extend_from_slice(&v4.octets());
            }
            IpAddr::V6(v6) => {
                to.extend_from_slice(&[FAMILY_V6, prefix, cidr.into(), 16]);
                to.extend_from_slice(&v6.octets());
            }
        },
        _ => return Err(Malformed),
    }
    Ok(())
}

fn network(bytes: &[u8]) -> Result<Value<'static>, Malformed> {
    let (header, address) = bytes.split_at_checked(4).ok_or(Malformed)?;
    let address = match header[0] {
        FAMILY_V4 => IpAddr::V4(Ipv4Addr::from(exact::<4>(address)?)),
        FAMILY_V6 => IpAddr::V6(Ipv6Addr::from(exact::<16>(address)?)),
        _ => return Err(Malformed),
    };
    Ok(Value::Network(address, header[1]))
}

fn bits<'a>(bytes: &[u8], scratch: &'a mut Vec<u8>) -> Result<Value<'a>, Malformed> {
    let (length, bytes) = bytes.split_at_checked(4).ok_or(Malformed)?;
    let length = usize::try_from(i32::from_be_bytes(exact(length)?)).map_err(|_| Malformed)?;
    if bytes.len() != length.div_ceil(8) {
        return Err(Malformed);
    }
    scratch.clear();
    scratch.extend((0..length).map(|at| b'0' + (bytes[at / 8] >> (7 - at % 8) & 1)));
    Ok(Value::Text(ascii(scratch)?))
}

fn encode_bits(text: &[u8], to: &mut Vec<u8>) -> Result<(), Malformed> {
    to.extend_from_slice(&i32::try_from(text.len()).map_err(|_| Malformed)?.to_be_bytes());
    for chunk in text.chunks(8) {
        let mut byte = 0;
        for (at, digit) in chunk.iter().enumerate() {
            match digit {
                b'0' => {}
                b'1' => byte |= 0x80 >> at,
                _ => return Err(Malformed),
            }
        }
        to.push(byte);
    }
    Ok(())
}

fn json(bytes: &[u8]) -> Value<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::Json(text),
        Err(_) => Value::Bytes(bytes),
    }
}

fn exact<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Malformed> {
    bytes.try_into().map_err(|_| Malformed)
}

fn ascii(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|_| Malformed)
}

/// A time of day, 24:00:00 included.
fn time_of_day(microseconds: i64) -> Result<i64, Malformed> {
    if (0..=86_400_000_000).contains(&microseconds) { Ok(microseconds) } else { Err(Malformed) }
}

/// A `real` as the number that is written like it: 0.1 stays 0.1, and does not become 0.10000000149011612.
pub(super) fn widened(value: f32) -> f64 {
    if value.is_finite() { format!("{value}").parse().unwrap_or(f64::from(value)) } else { value.into() }
}

/// The nearest `real`; a finite number does not become infinite.
fn narrowed(value: f64) -> Result<f32, Malformed> {
    let narrow = value as f32;
    if narrow.is_infinite() && value.is_finite() { Err(Malformed) } else { Ok(narrow) }
}
