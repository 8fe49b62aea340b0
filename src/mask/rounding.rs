//! `round` and `bucket`: numbers to the nearest multiple, or to the start of their range.

use super::{
    Accepts, Args, By, COMMON, Class, ColumnShape, Domains, Example, Family, MaskFn, Output, Param, ParamKind, Refusal,
    Spec, Unmaskable, Value,
};
use crate::pg::types::BaseType;
use crate::pg::value::print;

/// What stands above both.
const NUMBERS: Accepts = Accepts::Families(&[Family::Integer, Family::Decimal, Family::Float]);

/// The nearest multiple.
pub const ROUND: Spec = Spec {
    name: "round",
    also: &["rounding", "round_number"],
    summary: "The nearest multiple of a number.",
    docs: "Half a multiple goes away from zero. A value that is a multiple already stays: choose one that many share.",
    params: &[Param {
        name: "to",
        kind: ParamKind::Integer(2, 1_000_000_000_000),
        required: false,
        default: "10",
        help: "Whose multiples they are.",
    }],
    accepts: NUMBERS,
    by: By::Never,
    class: Class::Quasi,
    equal_at_most: 1.0,
    keyed: false,
    output: "multiples",
    examples: &[
        Example { column: "int4", params: "100", input: "4251", output: "4300" },
        Example { column: "numeric", params: "10", input: "-19.90", output: "-20.00" },
    ],
    compile: |args, shape, _| {
        let to = args.integer("to").unwrap_or(10);
        bounds(shape, to)?;
        let most = most(shape);
        Ok(Box::new(move |value, _, output| each(value, output, to, most, Ends::Nearest)))
    },
    ..COMMON
};

/// The range.
pub const BUCKET: Spec = Spec {
    name: "bucket",
    also: &["generalize", "generalize_int4range", "generalize_numrange", "range", "ranges", "bin"],
    summary: "The range that a number is in: its start, or in text both ends.",
    docs: "A number becomes the start of its range of `size`; whole numbers in text become `20-29`, and text that is no whole number \
           becomes `other`.",
    params: &[Param {
        name: "size",
        kind: ParamKind::Integer(2, 1_000_000_000_000),
        required: false,
        default: "10",
        help: "How many whole numbers a range has.",
    }],
    accepts: Accepts::Families(&[Family::Integer, Family::Decimal, Family::Float, Family::Text]),
    by: By::Never,
    class: Class::Quasi,
    equal_at_most: 1.0,
    keyed: false,
    output: "starts of ranges",
    examples: &[
        Example { column: "int4", params: "", input: "37", output: "30" },
        Example { column: "text", params: "", input: "37", output: "30-39" },
    ],
    compile: compile_bucket,
    ..COMMON
};

/// Which multiple.
#[derive(Clone, Copy)]
enum Ends {
    Nearest,
    Below,
}

fn compile_bucket(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let size = args.integer("size").unwrap_or(10);
    if shape.family() != Some(Family::Text) {
        bounds(shape, size)?;
        let most = most(shape);
        return Ok(Box::new(move |value, _, output| each(value, output, size, most, Ends::Below)));
    }
    shape.needs(41, "a range of whole numbers", "a numeric column holds its start alone")?;
    Ok(Box::new(move |value, _, output| {
        let number = if let Value::Text(text) = value { text.trim().parse::<i64>().ok() } else { None };
        let ends = number.and_then(|number| {
            let start = multiple(number.into(), size.into(), Ends::Below);
            Some((i64::try_from(start).ok()?, i64::try_from(start + i128::from(size) - 1).ok()?))
        });
        let to = output.text();
        match ends {
            Some((from, until)) => {
                print(Value::Integer(from), to);
                to.push(b'-');
                print(Value::Integer(until), to);
            }
            None => to.extend_from_slice(b"other"),
        }
        Ok(())
    }))
}

/// Refuses multiples that the column cannot hold.
fn bounds(shape: &ColumnShape, to: i64) -> Result<(), Refusal> {
    let most = match (shape.ty.base_type(), shape.numeric) {
        (Some(BaseType::Int2), _) => i64::from(i16::MAX),
        (Some(BaseType::Int4), _) => i64::from(i32::MAX),
        (_, Some((precision, scale))) => {
            let digits = (i32::from(precision) - i32::from(scale)).clamp(0, 18);
            10i64.pow(digits as u32) - 1
        }
        _ => i64::MAX,
    };
    if to > most {
        return Err(Refusal::new("the column holds no such multiple", "a smaller number"));
    }
    Ok(())
}

/// The multiple of a number.
fn multiple(number: i128, of: i128, ends: Ends) -> i128 {
    match ends {
        Ends::Below => number.div_euclid(of) * of,
        Ends::Nearest => {
            let size = (number.abs() + of / 2) / of * of;
            if number < 0 { -size } else { size }
        }
    }
}

fn each(value: Value<'_>, output: &mut Output, to: i64, most: i128, ends: Ends) -> Result<(), Unmaskable> {
    match value {
        Value::Integer(number) => {
            let near = multiple(number.into(), to.into(), ends);
            // At the end of a type the multiple may be outside: the one towards zero is not.
            let inside = |near: i128| fits_like(number, near).then_some(near as i64);
            let other = if ends_down(number, near) { near + i128::from(to) } else { near - i128::from(to) };
            output.integer(inside(near).or_else(|| inside(other)).unwrap_or(0));
        }
        Value::Float(number) if number.is_finite() => {
            let of = to as f64;
            output.float(match ends {
                Ends::Nearest => (number / of).round() * of,
                Ends::Below => (number / of).floor() * of,
            });
        }
        Value::Decimal(text) => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            let digits = whole.bytes().filter(u8::is_ascii_digit).count();
            if digits == 0 {
                // Infinity, or no number.
                output.carry(value);
                return Ok(());
            }
            let Some(mut number) = whole.parse::<i128>().ok().filter(|_| digits < LONG) else {
                long(text, digits - HEAD, output.text());
                return Ok(());
            };
            let negative = text.starts_with('-');
            if negative && matches!(ends, Ends::Below) && fraction.bytes().any(|digit| digit != b'0') {
                number -= 1;
            }
            let near = multiple(number, to.into(), ends);
            // At the end of a type the multiple may be outside: the one towards zero is not.
            let near = if near.abs() > most { near - near.signum() * i128::from(to) } else { near };
            let to = output.text();
            to.extend_from_slice(near.to_string().as_bytes());
            if !fraction.is_empty() {
                to.push(b'.');
                to.extend(fraction.bytes().map(|_| b'0'));
            }
        }
        _ => output.carry(value),
    }
    Ok(())
}

/// Numbers of so many digits before the point are too long to be divided.
const LONG: usize = 38;

/// The digits that are left of one.
const HEAD: usize = 20;

/// Writes a number with zeros in the place of so many of its last digits before the point, and of all behind it.
fn long(text: &str, zeros: usize, to: &mut Vec<u8>) {
    let end = text.find('.').unwrap_or(text.len());
    to.extend(text.bytes().enumerate().map(|(at, byte)| match byte.is_ascii_digit() && at + zeros >= end {
        true => b'0',
        false => byte,
    }));
}

/// The greatest whole number that a decimal column holds.
fn most(shape: &ColumnShape) -> i128 {
    match (shape.ty.base_type(), shape.numeric) {
        (Some(BaseType::Money), _) => i128::from(i64::MAX) / 100,
        (_, Some((precision, scale))) => {
            10i128.pow((i32::from(precision) - i32::from(scale)).clamp(0, LONG as i32) as u32) - 1
        }
        _ => i128::MAX,
    }
}

/// True if a multiple is below its number.
fn ends_down(number: i64, near: i128) -> bool {
    near < i128::from(number)
}

/// True if a number fits the smallest integer type that another fits: a value does not say which type it comes from.
fn fits_like(number: i64, near: i128) -> bool {
    let fits = |bits: u32| {
        let least = -(1i128 << (bits - 1));
        (least..-least).contains(&i128::from(number)).then(|| (least..-least).contains(&near))
    };
    fits(16).or_else(|| fits(32)).or_else(|| fits(64)).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiples_are_the_nearest_or_the_one_below() {
        for (number, nearest, below) in [(0, 0, 0), (14, 10, 10), (15, 20, 10), (-14, -10, -20), (-15, -20, -20)] {
            assert_eq!(multiple(number, 10, Ends::Nearest), nearest, "{number}");
            assert_eq!(multiple(number, 10, Ends::Below), below, "{number}");
        }
    }
}
