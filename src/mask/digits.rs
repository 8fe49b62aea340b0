//! `digits`: each digit becomes another, everything else stays.

use super::permutation::Permutation;
use super::{Accepts, By, COMMON, Class, Context, Example, Family, Output, Spec, Uniqueness, Unmaskable, Value};
use crate::pg::types::BaseType;

/// The most digits that are permuted together.
const CHUNK: usize = 38;

/// Digits of which 64 bits hold every number.
const HALF: usize = 19;

/// The powers of ten up to that of a chunk.
const POWERS: [u128; CHUNK + 1] = {
    let (mut powers, mut at) = ([1; CHUNK + 1], 1);
    while at <= CHUNK {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// The mask.
pub const DIGITS: Spec = Spec {
    name: "digits",
    also: &["digit", "numeric_string", "format_digits"],
    summary: "Other digits in the same places; distinct values stay distinct.",
    docs: "A keyed permutation of the digits, whatever stands between them, so that unique columns stay unique and 42 gives the \
           same in text and in an integer. A first digit that is not zero stays so, and a number stays within the integer \
           types that it fits. Digits of other scripts stay in theirs. Letters and signs are format and stay: for free text use \
           `text`. A text without any digit, or with what only looks like one (½, ②), is replaced wholly by letters, 17 where \
           there is room: in a shorter column two such texts may become one.",
    accepts: Accepts::Families(&[Family::Text, Family::Integer, Family::Decimal]),
    by: By::Never,
    class: Class::Quasi,
    uniqueness: |_, shape| match (shape.family(), shape.numeric, shape.ty.base_type()) {
        // Of other scales, two numbers may become 2.7 and 2.70.
        (Some(Family::Decimal), None, Some(BaseType::Numeric)) => Uniqueness::Unknown,
        _ => Uniqueness::Preserved,
    },
    equal_at_most: 1e-4,
    reversible: true,
    output: "values of the same format",
    examples: &[
        Example { column: "text", params: "", input: "AB-123.456/7", output: "AB-580.811/6" },
        Example { column: "int4", params: "", input: "4711", output: "5808" },
        Example { column: "numeric", params: "", input: "-120.50", output: "-125.18" },
    ],
    compile: |_, shape, _| {
        let longest = shape.max_length.unwrap_or(usize::MAX);
        Ok(Box::new(move |value, context, output| mask(value, context, output, longest)))
    },
    ..COMMON
};

fn mask(value: Value<'_>, context: &mut Context<'_>, output: &mut Output, longest: usize) -> Result<(), Unmaskable> {
    match value {
        Value::Integer(number) => {
            let size = replaced(
                context,
                u128::from(number.unsigned_abs()),
                digits_of(number.unsigned_abs()),
                Sign::of(number < 0),
            );
            let masked = if number < 0 { -(size as i128) } else { size as i128 };
            output.integer(i64::try_from(masked).map_err(|_| Unmaskable::Malformed)?);
        }
        Value::Decimal("NaN" | "Infinity" | "-Infinity") => output.carry(value),
        Value::Text(text) | Value::Decimal(text) => {
            let to = output.text();
            let done = match text.is_ascii() {
                true => {
                    to.extend_from_slice(text.as_bytes());
                    in_place(context, to)
                }
                false => in_scripts(context, text, to),
            };
            if !done {
                wholly(context, value, longest, output);
            }
        }
        _ => wholly(context, value, longest, output),
    }
    Ok(())
}

/// Appends a text with the digits of every script replaced by others of theirs; false if there is none, or what is no digit
/// but a number.
fn in_scripts(context: &mut Context<'_>, text: &str, to: &mut Vec<u8>) -> bool {
    let mut plain = Vec::with_capacity(text.len());
    for c in text.chars() {
        match zero(c) {
            Some(zero) => plain.push(b'0' + (c as u32 - zero) as u8),
            None if c.is_numeric() => return false,
            None => plain.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    if !in_place(context, &mut plain) {
        return false;
    }
    let mut digits = plain.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| u32::from(byte - b'0'));
    let masked = text.chars().map(|c| zero(c).and_then(|zero| char::from_u32(zero + digits.next()?)).unwrap_or(c));
    masked.for_each(|c| to.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()));
    true
}

/// The zeros of all scripts, each followed by its other nine digits (Unicode 16, general category Nd).
const ZEROS: [u32; 76] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
    0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136,
    0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0,
    0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8,
    0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

/// The zero of a digit's script.
fn zero(c: char) -> Option<u32> {
    let c = c as u32;
    let zero = ZEROS[..ZEROS.partition_point(|zero| *zero <= c)].last()?;
    (c - zero < 10).then_some(*zero)
}

/// Replaces the digits of a text; false if there is none.
fn in_place(context: &mut Context<'_>, text: &mut [u8]) -> bool {
    let count = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return false;
    }
    let number = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let sign = match text[0] == b'-' && text.iter().skip(1).all(number) {
        // With a point only the greatest amounts of money need to be told apart by their sign.
        true if count == 19 || !text.contains(&b'.') => Sign::Minus,
        true => Sign::MinusOfFraction,
        false => Sign::None,
    };
    let mut at = 0;
    let mut left = count;
    // What was before a later chunk, which that follows.
    let mut before = None;
    while left > 0 {
        let length = left.min(CHUNK);
        let end = nth_digit(text, at, length);
        let number = read(&text[at..end], length);
        let masked = match before.as_ref().map(blake3::Hasher::finalize) {
            None => replaced(context, number, length, sign),
            Some(name) => Permutation::new(context.domain, name.as_bytes(), POWERS[length]).apply(number),
        };
        write(masked, &mut text[at..end]);
        at = end;
        left -= length;
        if left > 0 {
            before.get_or_insert_with(|| context.domain.pieces()).update(&number.to_le_bytes());
        }
    }
    true
}

/// The number that so many digits of a text make. Each half is a number of 64 bits, with which is dealt several times faster.
fn read(text: &[u8], length: usize) -> u128 {
    let mut halves = [0u64; 2];
    for (at, digit) in text.iter().filter(|byte| byte.is_ascii_digit()).enumerate() {
        let half = &mut halves[usize::from(length - at <= HALF)];
        *half = *half * 10 + u64::from(digit - b'0');
    }
    u128::from(halves[0]) * POWERS[HALF] + u128::from(halves[1])
}

/// Writes a number over the digits of a text.
fn write(number: u128, text: &mut [u8]) {
    let mut halves = [(number % POWERS[HALF]) as u64, (number / POWERS[HALF]) as u64];
    for (at, digit) in text.iter_mut().rev().filter(|byte| byte.is_ascii_digit()).enumerate() {
        let half = &mut halves[at / HALF];
        *digit = b'0' + (*half % 10) as u8;
        *half /= 10;
    }
}

/// What stands before a number.
#[derive(Clone, Copy, PartialEq)]
enum Sign {
    None,
    Minus,
    /// A minus before a number with a point, which is in no integer type.
    MinusOfFraction,
}

impl Sign {
    fn of(negative: bool) -> Self {
        if negative { Sign::Minus } else { Sign::None }
    }
}

/// The number that replaces a number of so many digits: of as many, with a first digit that is zero only if this one's is
/// (a single digit may be anything), within the same integer types, and never −0.
fn replaced(context: &Context<'_>, number: u128, digits: usize, sign: Sign) -> u128 {
    let power = |digits: usize| POWERS[digits];
    let negative = sign == Sign::Minus;
    let (mut from, mut to) = match digits {
        1 => (u128::from(negative), 10),
        _ if number < power(digits - 1) => (0, power(digits - 1)),
        _ => (power(digits - 1), power(digits)),
    };
    if number < from {
        return number;
    }
    for limit in [1 << 15, 1 << 31, 1 << 63].map(|limit: u128| limit + u128::from(negative)) {
        if from < limit && limit < to && from >= power(digits - 1) && digits > 1 {
            if number < limit {
                to = limit;
            } else {
                from = limit;
            }
        }
    }
    let permuted = |number: u128| from + context.domain.permuted(&[digits as u8], to - from, number - from);
    match permuted(number) {
        // −0 is 0, which another number may become.
        0 if sign != Sign::None && number > 0 => permuted(0),
        _ if sign != Sign::None && number == 0 => 0,
        masked => masked,
    }
}

/// Letters instead of a value that has no digit: as many, or 17 if the column has room, which carry 80 bits.
fn wholly(context: &mut Context<'_>, value: Value<'_>, longest: usize, output: &mut Output) {
    let length = match value {
        Value::Text(text) | Value::Decimal(text) => text.chars().count(),
        _ => 0,
    };
    let (mut draw, mut letters) = (context.draw(value), crate::synth::Digits::default());
    output.text().extend((0..length.max(17).min(longest)).map(|_| b'a' + letters.below(26, &mut draw)));
}

/// The end of so many digits, counted from a place.
fn nth_digit(text: &[u8], from: usize, count: usize) -> usize {
    let digits = text.iter().enumerate().skip(from).filter(|(_, byte)| byte.is_ascii_digit());
    digits.take(count).last().map_or(text.len(), |(at, _)| at + 1)
}

fn digits_of(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::Domain;
    use crate::pg::value::print;
    use crate::words::secret::Key;
    use std::collections::HashSet;

    fn domain() -> Domain {
        let hex: String = (0..32).map(|byte| format!("{byte:02x}")).collect();
        Domain::new(&Key::parse(&hex).expect("key"), 1, "digits")
    }

    fn masked(value: Value<'_>) -> String {
        let (domain, mut output) = (domain(), Output::default());
        mask(value, &mut Context::new(&domain, None), &mut output, 20).expect("digits mask anything");
        let mut text = Vec::new();
        match output.kind {
            crate::pg::value::OutputKind::Integer(number) => print(Value::Integer(number), &mut text),
            _ => text = output.buffer.clone(),
        }
        String::from_utf8(text).expect("text")
    }

    #[test]
    fn a_number_is_the_same_in_text_and_stays_in_its_type() {
        for number in
            [0, 7, 42, -42, 32_767, -32_768, 99_999, 2_147_483_647, -2_147_483_648, i64::MAX, i64::MIN, -9, 10]
        {
            let text = masked(Value::Integer(number));
            assert_eq!(text, masked(Value::Text(&number.to_string())), "{number}");
            assert_eq!(text.len(), number.to_string().len(), "{number}");
            let back: i64 = text.parse().expect("a number");
            assert_ne!(back, number);
            for (min, max) in [(i16::MIN as i64, i16::MAX as i64), (i32::MIN as i64, i32::MAX as i64)] {
                assert!(!(min..=max).contains(&number) || (min..=max).contains(&back), "{number}");
            }
        }
    }

    #[test]
    fn distinct_values_stay_distinct() {
        let numbers = (-999..1000).map(|number: i32| {
            let (sign, size) = (if number < 0 { "-" } else { "" }, number.abs());
            masked(Value::Decimal(&format!("{sign}{}.{:02}", size / 100, size % 100))).replace("-0.00", "0.00")
        });
        assert_eq!(numbers.collect::<HashSet<_>>().len(), 1999);
        let numbers: HashSet<String> = (-2000..20_000).map(|number| masked(Value::Integer(number))).collect();
        assert_eq!(numbers.len(), 22_000);
    }

    #[test]
    fn format_stays_and_odd_values_are_replaced() {
        assert_eq!(masked(Value::Text("12-34")).replace('-', ""), masked(Value::Text("1234")));
        let long = "1".repeat(100);
        assert_eq!(masked(Value::Text(&long)).len(), 100);
        assert_ne!(masked(Value::Text(&long)), masked(Value::Text(&format!("{}2", &long[1..]))));
        assert!(!masked(Value::Text("n/a")).contains('/'));
        assert_eq!(masked(Value::Decimal("NaN")), "NaN");
    }

    #[test]
    fn every_digit_stays_in_its_script() {
        let plain = masked(Value::Text("+34 612"));
        for zero in ['٠', '०', '０', '𝟘', '꘠'] {
            let digit = |c: char| c.to_digit(10).and_then(|digit| char::from_u32(zero as u32 + digit)).unwrap_or(c);
            let other: String = "+34 612".chars().map(digit).collect();
            assert_eq!(masked(Value::Text(&other)), plain.chars().map(digit).collect::<String>(), "{zero}");
        }
        assert_eq!(masked(Value::Text("٣4５")).chars().count(), 3);
        for odd in ["12½", "②", "n/a", "a", "Ⅻ 3"] {
            assert!(
                masked(Value::Text(odd)).len() == 17
                    && masked(Value::Text(odd)).bytes().all(|b| b.is_ascii_lowercase())
            );
        }
        let digits = regex::Regex::new(r"^\p{Nd}$").expect("a pattern");
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            assert!(zero(c).is_some() || !digits.is_match(c.encode_utf8(&mut [0; 4])), "{c} is a digit");
            assert!(zero(c).is_none() || c.is_numeric(), "{c} is no digit");
        }
    }
}
