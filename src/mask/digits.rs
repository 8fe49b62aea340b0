//! `digits`: each digit becomes another, everything else stays.

use super::permutation::Permutation;
use super::{Accepts, By, COMMON, Class, Context, Example, Family, Output, Spec, Uniqueness, Unmaskable, Value};

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
           types that it fits. Letters and signs are format and stay: for free text use `text`. A text without any digit is \
           replaced wholly, digits of other scripts become 0 beforehand.",
    accepts: Accepts::Families(&[Family::Text, Family::Integer, Family::Decimal]),
    by: By::Never,
    class: Class::Quasi,
    uniqueness: |_, _| Uniqueness::Preserved,
    equal_at_most: 1e-4,
    reversible: true,
    output: "values of the same format",
    examples: &[
        Example { column: "text", params: "", input: "AB-123.456/7", output: "AB-580.811/6" },
        Example { column: "int4", params: "", input: "4711", output: "5808" },
        Example { column: "numeric", params: "", input: "-120.50", output: "-125.18" },
    ],
    compile: |_, _, _| Ok(Box::new(mask)),
    ..COMMON
};

fn mask(value: Value<'_>, context: &mut Context<'_>, output: &mut Output) -> Result<(), Unmaskable> {
    match value {
        Value::Integer(number) => {
            let size =
                replaced(context, u128::from(number.unsigned_abs()), digits_of(number.unsigned_abs()), number < 0);
            let masked = if number < 0 { -(size as i128) } else { size as i128 };
            output.integer(i64::try_from(masked).map_err(|_| Unmaskable::Malformed)?);
        }
        Value::Decimal("NaN" | "Infinity" | "-Infinity") => output.carry(value),
        Value::Text(text) | Value::Decimal(text) => {
            let to = output.text();
            if text.is_ascii() {
                to.extend_from_slice(text.as_bytes());
            } else {
                // Digits of other scripts are digits too.
                let plain = |c: char| if c.is_numeric() && !c.is_ascii() { '0' } else { c };
                to.extend_from_slice(text.chars().map(plain).collect::<String>().as_bytes());
            }
            if !in_place(context, to) {
                wholly(context, value, text.chars().count(), output);
            }
        }
        _ => wholly(context, value, 12, output),
    }
    Ok(())
}

/// Replaces the digits of a text; false if there is none.
fn in_place(context: &mut Context<'_>, text: &mut [u8]) -> bool {
    let count = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return false;
    }
    // With a point only the greatest amounts of money need to be told apart by their sign.
    let number = |byte: &u8| byte.is_ascii_digit() || *byte == b'.' && count == 19;
    let negative = text[0] == b'-' && text.iter().skip(1).all(number);
    let mut at = 0;
    let mut left = count;
    let mut tweak = std::mem::take(&mut context.buffers.canonical);
    tweak.clear();
    while left > 0 {
        let length = left.min(CHUNK);
        let end = nth_digit(text, at, length);
        let number = read(&text[at..end], length);
        // Later chunks follow what was before them.
        let masked = if at == 0 {
            replaced(context, number, length, negative)
        } else {
            let before = context.domain.draw(&tweak);
            Permutation::new(context.domain, &before, POWERS[length]).apply(number)
        };
        tweak.extend_from_slice(&number.to_le_bytes());
        write(masked, &mut text[at..end]);
        at = end;
        left -= length;
    }
    context.buffers.canonical = tweak;
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

/// The number that replaces a number of so many digits: of as many, with a first digit that is zero only if this one's is
/// (a single digit may be anything), and within the same integer types.
fn replaced(context: &Context<'_>, number: u128, digits: usize, negative: bool) -> u128 {
    let power = |digits: usize| POWERS[digits];
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
    from + context.domain.permuted(&[digits as u8], to - from, number - from)
}

/// Letters instead of a value that has no digit.
fn wholly(context: &mut Context<'_>, value: Value<'_>, length: usize, output: &mut Output) {
    let mut draw = context.draw(value);
    let mut letters = crate::synth::Digits::default();
    output.text().extend((0..length).map(|_| b'a' + letters.below(26, &mut draw)));
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
        mask(value, &mut Context::new(&domain, None), &mut output).expect("digits mask anything");
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
        assert!(masked(Value::Text("٣٤٥")).bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(masked(Value::Decimal("NaN")), "NaN");
    }
}
