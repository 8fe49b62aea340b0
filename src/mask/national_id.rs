//! `national_id`: identity numbers that no office ever gave out.
//!
//! - US: social security numbers from 900 on are none (SSA, POMS RM 10201.030), and with the group 01 to 49 no tax numbers
//!   either (IRS, Publication 1915: ITINs have groups from 50).
//! - GB: national insurance numbers do not begin with QQ (HMRC, NIM39110).
//! - DE: tax identification numbers that begin with 0 are for tests (Bundeszentralamt für Steuern); the check digit is that of
//!   ISO 7064 (MOD 11,10), and one digit stands twice.
//! - FR: the order number of a registration number begins at 001 (INSEE); here it is 000, and the key is valid.

use super::{
    Args, COMMON, ColumnShape, Domains, Example, MaskFn, Param, ParamKind, Refusal, Spec, Uniqueness, Value, draw_text,
};
use crate::synth::{Digits, Draw};

/// A country: code, the plain form's length, and what stands between the characters of the written one.
struct Country {
    name: &'static str,
    length: usize,
    written: &'static str,
    bits: f64,
    draw: fn(&mut Draw, &mut [u8]),
}

const COUNTRIES: &[Country] = &[
    Country { name: "US", length: 9, written: "###-##-####", bits: 25.5, draw: us },
    Country { name: "GB", length: 9, written: "## ## ## ## #", bits: 21.9, draw: gb },
    Country { name: "DE", length: 11, written: "###########", bits: 24.0, draw: de },
    Country { name: "FR", length: 15, written: "###############", bits: 27.0, draw: fr },
];

/// The longest of them.
const LONGEST: usize = 15;

/// The mask.
pub const NATIONAL_ID: Spec = Spec {
    name: "national_id",
    also: &["ssn", "social_security_number", "nino", "nir", "steuer_id", "tax_id", "siret", "insee"],
    summary: "An identity number of a range that is never issued.",
    docs: "What stands between the characters is kept where their number is the country's; anything else becomes a number as it is \
           usually written. US: social security numbers from 900, no tax numbers either. GB: national insurance numbers with QQ. \
           DE: tax identification numbers with 0, for tests. FR: registration numbers (NIR) of the order 000. Check digits are valid.",
    params: &[Param {
        name: "country",
        kind: ParamKind::Word(&["US", "GB", "DE", "FR"]),
        required: false,
        default: "US",
        help: "Whose numbers they are.",
    }],
    uniqueness: |args, _| Uniqueness::Probable { bits: country(args).bits },
    equal_at_most: 1e-4,
    output: "9xx-[01-49] (US), QQ (GB), 0 (DE), order 000 (FR)",
    examples: &[
        Example { column: "text", params: "", input: "078-05-1120", output: "961-13-7024" },
        Example { column: "text", params: "GB", input: "AB123456C", output: "QQ737375D" },
        Example { column: "text", params: "DE", input: "86095742719", output: "04158632676" },
        Example { column: "text", params: "FR", input: "2 55 08 14 168 025 38", output: "1 59 02 33 543 000 86" },
    ],
    compile,
    ..COMMON
};

fn country(args: &Args) -> &'static Country {
    let name = args.text("country").unwrap_or("US");
    COUNTRIES.iter().find(|country| country.name == name).unwrap_or(&COUNTRIES[0])
}

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let country = country(args);
    let fits = shape.max_length.unwrap_or(usize::MAX);
    shape.needs(country.length, "an identity number of this country", "`hash: { length: … }`, or `alnum`")?;
    // Without room for hyphens, none are written.
    let written = if fits < country.written.len() { &"###############"[..country.length] } else { country.written };
    Ok(Box::new(move |value, context, output| {
        let (mut plain, mut count) = ([0u8; LONGEST], 0);
        let text = if let Value::Text(text) = value { text } else { "" };
        for byte in text.bytes().filter(|byte| !matches!(byte, b' ' | b'-' | b'.' | b'/')) {
            if let Some(place) = plain.get_mut(count).filter(|_| byte.is_ascii_alphanumeric()) {
                *place = byte.to_ascii_uppercase();
            }
            count += if byte.is_ascii_alphanumeric() { 1 } else { LONGEST + 1 };
        }
        let known = count == country.length;
        // One number is one number, however it is written.
        let drawn = match std::str::from_utf8(&plain[..count.min(LONGEST)]) {
            Ok(plain) if known => Value::Text(plain),
            _ => value,
        };
        let form = if known { text } else { written };
        draw_text(drawn, context, output, |draw, to| {
            let mut number = [0; LONGEST];
            (country.draw)(draw, &mut number[..country.length]);
            let mut next = number.iter();
            let place =
                |byte: u8| if matches!(byte, b' ' | b'-' | b'.' | b'/') { byte } else { *next.next().unwrap_or(&b'0') };
            to.extend(form.bytes().map(place));
        })
    }))
}

fn us(draw: &mut Draw, to: &mut [u8]) {
    fill(draw, to);
    to[0] = b'9';
    let group = 1 + draw.below(49) as u8;
    to[3..5].copy_from_slice(&[b'0' + group / 10, b'0' + group % 10]);
}

fn gb(draw: &mut Draw, to: &mut [u8]) {
    fill(draw, to);
    to[..2].copy_from_slice(b"QQ");
    to[8] = b'A' + draw.below(4) as u8;
}

fn de(draw: &mut Draw, to: &mut [u8]) {
    // All digits once, then one takes the place of another: one stands twice, one not at all.
    to[..10].copy_from_slice(b"0123456789");
    for at in (2..10).rev() {
        to.swap(at, 1 + draw.below(at as u64) as usize);
    }
    let (gone, twice) = (1 + draw.below(9) as usize, draw.below(8) as usize);
    let others = (1..10).filter(|at| *at != gone).nth(twice);
    to[gone] = to[others.unwrap_or(0)];
    let product = to[..10].iter().fold(10, |product, digit| {
        let sum = (u32::from(digit - b'0') + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    to[10] = b'0' + ((11 - product) % 10) as u8;
}

fn fr(draw: &mut Draw, to: &mut [u8]) {
    fill(draw, to);
    let two = |number: u64| [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
    to[0] = b'1' + draw.below(2) as u8;
    to[3..5].copy_from_slice(&two(1 + draw.below(12)));
    to[5..7].copy_from_slice(&two(1 + draw.below(95)));
    // Department 20 is written 2A and 2B.
    if to[5..7] == *b"20" {
        to[6] = b'1';
    }
    to[10..13].copy_from_slice(b"000");
    let number = to[..13].iter().fold(0u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    to[13..15].copy_from_slice(&two(97 - number % 97));
}

fn fill(draw: &mut Draw, to: &mut [u8]) {
    let mut digits = Digits::default();
    to.fill_with(|| b'0' + digits.below(10, draw));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_of_their_form_and_never_issued() {
        for at in 0..=255 {
            let number = |country: usize| {
                let mut to = [0; LONGEST];
                let country = &COUNTRIES[country];
                (country.draw)(&mut Draw::new([at; 32]), &mut to[..country.length]);
                String::from_utf8(to[..country.length].to_vec()).expect("digits")
            };
            let [us, gb, de, fr] = [0, 1, 2, 3].map(number);
            assert!(us.starts_with('9') && (1..50).contains(&us[3..5].parse::<u32>().expect("group")), "{us}");
            assert!(gb.starts_with("QQ") && gb.as_bytes()[8].is_ascii_uppercase(), "{gb}");
            let mut counts = [0; 10];
            de[..10].bytes().for_each(|digit| counts[usize::from(digit - b'0')] += 1);
            assert!(de.starts_with('0') && counts.iter().filter(|count| **count == 2).count() == 1, "{de}");
            let (body, key) = fr.split_at(13);
            assert_eq!(97 - body.parse::<u64>().expect("digits") % 97, key.parse::<u64>().expect("a key"));
            assert!(body.ends_with("000"));
        }
        // The example of the Bundeszentralamt: 8609574271 has the check digit 9.
        let check = b"8609574271".iter().fold(10, |product, digit| {
            let sum = (u32::from(digit - b'0') + product) % 10;
            (if sum == 0 { 10 } else { sum }) * 2 % 11
        });
        assert_eq!((11 - check) % 10, 9);
    }
}
