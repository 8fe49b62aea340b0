//! `alnum`: each letter becomes a letter and each digit a digit; everything else stays.

use super::permutation::Permutation;
use super::{By, COMMON, Class, Context, Example, Output, Spec, Uniqueness, Unmaskable, Value};
use crate::synth::{Digits, Draw};

/// The most values that are permuted together.
const MOST: u128 = 10u128.pow(37);

/// The mask.
pub const ALNUM: Spec = Spec {
    name: "alnum",
    also: &["scramble", "character_scramble", "random_string", "string", "format_preserving", "fpe", "alphanumeric"],
    summary: "Other letters and digits in the same places; distinct values stay distinct.",
    docs: "A keyed permutation: letters keep their case and are the same in capitals and small ones, digits stay digits, what \
           stands between is kept, for order numbers, plates and vouchers. Only ASCII letters are letters here: a text with \
           others is replaced wholly, by letters and 80 bits. Short texts have few others of their shape.",
    by: By::Never,
    class: Class::Quasi,
    uniqueness: |_, shape| match shape.max_length {
        // A text of other scripts may be too short for 80 bits.
        Some(length) if length < 17 => Uniqueness::Probable { bits: 4.7 * length as f64 },
        _ => Uniqueness::Preserved,
    },
    equal_at_most: 1e-4,
    reversible: true,
    output: "values of the same format",
    examples: &[
        Example { column: "text", params: "", input: "AB-1234-xyz", output: "UR-3922-loi" },
        Example { column: "text", params: "", input: "ORD/2024/000123", output: "ZLL/6925/497113" },
    ],
    compile: |_, shape, _| {
        let longest = shape.max_length.unwrap_or(usize::MAX);
        Ok(Box::new(move |value, context, output| mask(value, context, output, longest)))
    },
    ..COMMON
};

/// How many characters may stand in the place of one, and the first of them.
fn place(byte: u8) -> Option<(u8, u8)> {
    match byte {
        b'0'..=b'9' => Some((10, b'0')),
        b'A'..=b'Z' => Some((26, b'A')),
        b'a'..=b'z' => Some((26, b'a')),
        _ => None,
    }
}

fn mask(value: Value<'_>, context: &mut Context<'_>, output: &mut Output, longest: usize) -> Result<(), Unmaskable> {
    let text = match value {
        Value::Text(text) if text.is_ascii() && text.bytes().any(|byte| place(byte).is_some()) => text,
        _ => {
            wholly(value, &mut context.draw(value), output, longest);
            return Ok(());
        }
    };
    let bytes = output.text();
    bytes.extend_from_slice(text.as_bytes());
    // The shape tells permutations apart, so that each is one of the texts of its own shape. Case is none of it: texts that
    // differ by more stay so where case does not count.
    let mut shape = std::mem::take(&mut context.buffers.canonical);
    shape.clear();
    shape.extend(bytes.iter().map(|byte| place(*byte).map_or(*byte, |(_, first)| first.to_ascii_lowercase())));
    // And what was before a later part, which follows it.
    let mut before: Option<blake3::Hasher> = None;
    let mut start = 0;
    while start < bytes.len() {
        let (mut number, mut size, mut end) = (0u128, 1u128, start);
        while let Some(byte) = bytes.get(end) {
            if let Some((radix, first)) = place(*byte) {
                if size * u128::from(radix) > MOST {
                    break;
                }
                number = number * u128::from(radix) + u128::from(byte - first);
                size *= u128::from(radix);
            }
            end += 1;
        }
        // A permutation's name is short: what is longer is hashed.
        let name = before.as_ref().map_or_else(|| context.domain.draw(&shape), |before| *before.finalize().as_bytes());
        let mut masked = Permutation::new(context.domain, &name[..24], size).apply(number);
        if end < bytes.len() {
            let pieces = || {
                let mut pieces = context.domain.pieces();
                pieces.update(&shape);
                pieces
            };
            before.get_or_insert_with(pieces).update(&number.to_le_bytes());
        }
        for byte in bytes[start..end].iter_mut().rev() {
            if let Some((radix, first)) = place(*byte) {
                *byte = first + (masked % u128::from(radix)) as u8;
                masked /= u128::from(radix);
            }
        }
        start = end;
    }
    context.buffers.canonical = shape;
    Ok(())
}

/// Letters instead of a text that has none of ours: as many, or 17 if the column has room, which carry 80 bits.
fn wholly(value: Value<'_>, draw: &mut Draw, output: &mut Output, longest: usize) {
    let length = match value {
        Value::Text(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 17,
    };
    let mut letters = Digits::default();
    let count = length.max(17).min(longest);
    output.text().extend((0..count).map(|_| b'a' + letters.below(26, draw)));
}
