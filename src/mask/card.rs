//! `card`: numbers of the ranges that payment gateways keep for tests.

use super::{Args, COMMON, ColumnShape, Domains, Example, MaskFn, Refusal, Spec, Uniqueness, Value, draw_text};
use crate::synth::{Digits, Draw};

/// The first six digits of test cards, by brand (the 3-D Secure test ranges of Cardinal Commerce, and Stripe's of UnionPay).
/// A brand is recognised by the ranges of first digits, compared as texts.
const BRANDS: &[(Ranges, &[u8; 6])] = &[
    (&[("34", "34"), ("37", "37")], b"340000"),
    (&[("300", "305"), ("36", "36"), ("38", "39")], b"360000"),
    (&[("3528", "3589")], b"333700"),
    (&[("51", "55"), ("2221", "2720")], b"520000"),
    (&[("6011", "6011"), ("644", "649"), ("65", "65")], b"601100"),
    (&[("62", "62")], b"620000"),
];

/// Ranges of first digits, both ends included.
type Ranges = &'static [(&'static str, &'static str)];

/// Visa, and whatever is of no brand.
const VISA: &[u8; 6] = b"400000";

/// The mask.
pub const CARD: Spec = Spec {
    name: "card",
    also: &["credit_card", "card_number", "cc_number", "pan", "credit_card_number"],
    summary: "A card number of a test range, with a valid check digit.",
    docs: "Brand, length and grouping are kept where they are recognised (12 to 19 digits, apart by blanks, hyphens or dots); \
           anything else becomes 16 digits of Visa's test range. No output is a live card.",
    uniqueness: |_, _| Uniqueness::Probable { bits: 16.6 },
    equal_at_most: 1e-4,
    output: "400000, 520000, 340000, 601100, 360000, 333700, 620000 and the check digit of ISO/IEC 7812",
    examples: &[
        Example { column: "text", params: "", input: "4929 1234 5678 9012", output: "4000 0072 0735 7465" },
        Example { column: "text", params: "", input: "371234567890123", output: "340000963278170" },
    ],
    compile,
    ..COMMON
};

fn compile(_: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    shape.needs(16, "a card number", "`digits` keeps the length, `partial` the last four")?;
    Ok(Box::new(|value, context, output| {
        let grouped = match value {
            Value::Text(text) => Some(text).filter(|text| is_card(text)),
            _ => None,
        };
        let mut plain = [0; 19];
        let Some(text) = grouped else {
            return draw_text(value, context, output, |draw, to| {
                number(draw, VISA, &mut plain[..16]);
                to.extend_from_slice(&plain[..16]);
            });
        };
        let mut length = 0;
        for digit in text.bytes().filter(u8::is_ascii_digit) {
            plain[length] = digit;
            length += 1;
        }
        let prefix = brand(&plain[..length]);
        // One card is one card, however its digits are grouped.
        let digits = plain;
        let Ok(card) = std::str::from_utf8(&digits[..length]) else { return Err(super::Unmaskable::Form) };
        draw_text(Value::Text(card), context, output, |draw, to| {
            number(draw, prefix, &mut plain[..length]);
            to.extend_from_slice(&plain[..length]);
        })?;
        if text.len() > length {
            let mut masked = plain[..length].iter();
            let digit = |byte: u8| if byte.is_ascii_digit() { *masked.next().unwrap_or(&byte) } else { byte };
            output.text().extend(text.bytes().map(digit));
        }
        Ok(())
    }))
}

/// True for 12 to 19 digits with single blanks, hyphens or dots between them.
fn is_card(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let separator = |byte: &u8| matches!(byte, b' ' | b'-' | b'.');
    (12..=19).contains(&digits)
        && bytes.iter().all(|byte| byte.is_ascii_digit() || separator(byte))
        && !bytes.windows(2).any(|pair| separator(&pair[0]) && separator(&pair[1]))
}

/// True for a card number whose check digit is right.
pub(super) fn is_valid(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    is_card(text) && digits.split_last().is_some_and(|(check, body)| luhn(body) == check - b'0')
}

fn brand(digits: &[u8]) -> &'static [u8; 6] {
    let within =
        |(from, to): &(&str, &str)| digits[..from.len()] >= *from.as_bytes() && digits[..to.len()] <= *to.as_bytes();
    BRANDS.iter().find(|(ranges, _)| ranges.iter().any(within)).map_or(VISA, |(_, prefix)| prefix)
}

/// Fills in a test number: prefix, digits of the draw, check digit.
fn number(draw: &mut Draw, prefix: &[u8; 6], to: &mut [u8]) {
    let (check, body) = to.split_last_mut().expect("a card number has digits");
    let (start, rest) = body.split_at_mut(6);
    start.copy_from_slice(prefix);
    let mut digits = Digits::default();
    rest.fill_with(|| b'0' + digits.below(10, draw));
    *check = b'0' + luhn(body);
}

/// The check digit of ISO/IEC 7812 for the digits before it.
pub(super) fn luhn(body: &[u8]) -> u8 {
    let doubled = |digit: u8| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let digits = body.iter().rev().map(|byte| byte - b'0').enumerate();
    let sum: u32 = digits.map(|(at, digit)| u32::from(if at % 2 == 0 { doubled(digit) } else { digit })).sum();
    ((10 - sum % 10) % 10) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_cards_have_their_brand_and_check_digit() {
        for (card, prefix) in [
            ("4242424242424242", VISA),
            ("5555555555554444", b"520000"),
            ("2223003122003222", b"520000"),
            ("378282246310005", b"340000"),
            ("6011111111111117", b"601100"),
            ("3530111333300000", b"333700"),
            ("30569309025904", b"360000"),
            ("6200000000000005", b"620000"),
        ] {
            let (check, body) = card.as_bytes().split_last().expect("digits");
            assert_eq!(luhn(body), check - b'0', "{card}");
            assert_eq!(brand(card.as_bytes()), prefix, "{card}");
        }
        assert!(
            is_card("4242-4242-4242-4242")
                && !is_card("4242")
                && !is_card("4242  4242 4242 4242")
                && !is_card("card 424242424242")
        );
    }
}
