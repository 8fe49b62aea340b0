//! `iban`: account numbers of banks that do not exist, with valid check digits.
//!
//! Forms by country: the IBAN registry of SWIFT (ISO 13616). Bank codes are all zeros or `XXXX`, which no registry gives out.

use super::{
    Args, COMMON, ColumnShape, Domains, Example, MaskFn, Param, ParamKind, Refusal, Spec, Uniqueness, Value, draw_text,
};
use crate::synth::{Digits, Draw};

/// A country and what follows its check digits: `#` is a drawn digit, all else stands as it is.
type Form = (&'static str, &'static str);

const FORMS: &[Form] = &[
    ("DE", "00000000##########"),
    ("AT", "00000###########"),
    ("BE", "000#########"),
    ("CH", "00000############"),
    ("DK", "0000##########"),
    ("ES", "00000000############"),
    ("FI", "000###########"),
    ("FR", "0000000000#############"),
    ("GB", "XXXX000000########"),
    ("IE", "XXXX000000########"),
    ("IT", "X0000000000############"),
    ("LU", "000#############"),
    ("NL", "XXXX##########"),
    ("NO", "0000#######"),
    ("PL", "00000000################"),
    ("PT", "00000000#############"),
    ("SE", "000#################"),
];

/// Characters of the longest of them, in groups of four.
const LONGEST: usize = 34;

/// The mask.
pub const IBAN: Spec = Spec {
    name: "iban",
    also: &["bank_account", "account_number", "iban_number"],
    summary: "An account number (IBAN) of no bank, with valid check digits.",
    docs: "Country and grouping are kept where standin knows the country's form; anything else becomes one of `country`. The bank \
           code is all zeros or XXXX, which no bank has. Only the check digits of ISO 13616 are valid, not a country's own.",
    params: &[Param {
        name: "country",
        kind: ParamKind::Word(&[
            "DE", "AT", "BE", "CH", "DK", "ES", "FI", "FR", "GB", "IE", "IT", "LU", "NL", "NO", "PL", "PT", "SE",
        ]),
        required: false,
        default: "DE",
        help: "Whose account numbers all others become.",
    }],
    uniqueness: |_, _| Uniqueness::Probable { bits: 23.2 },
    equal_at_most: 1e-4,
    output: "bank codes 0 and XXXX",
    examples: &[
        Example {
            column: "text",
            params: "",
            input: "DE89 3704 0044 0532 0130 00",
            output: "DE62 0000 0000 6555 2101 59",
        },
        Example { column: "text", params: "", input: "GB29NWBK60161331926819", output: "GB11XXXX00000053775642" },
    ],
    compile,
    ..COMMON
};

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let country = args.text("country").unwrap_or("DE");
    let home = FORMS.iter().find(|(code, _)| *code == country).unwrap_or(&FORMS[0]);
    shape.needs(
        4 + home.1.len(),
        "an account number",
        "`digits` keeps the length, `partial: { kind: iban }` the last four",
    )?;
    Ok(Box::new(move |value, context, output| {
        let (mut plain, mut length, mut grouped) = ([0u8; LONGEST], 0, false);
        if let Value::Text(text) = value {
            for byte in text.bytes() {
                match byte {
                    b' ' => grouped = true,
                    _ if length < LONGEST => {
                        plain[length] = byte.to_ascii_uppercase();
                        length += 1;
                    }
                    _ => length = LONGEST + 1,
                }
                if length > LONGEST {
                    break;
                }
            }
        }
        let known = |(code, form): &&Form| plain[..2] == *code.as_bytes() && length == 4 + form.len();
        let form = FORMS.iter().find(known).filter(|_| length <= LONGEST);
        // One account is one account, however it is grouped.
        let drawn = match (form, std::str::from_utf8(&plain[..length.min(LONGEST)])) {
            (Some(_), Ok(text)) => Value::Text(text),
            _ => value,
        };
        let grouped = grouped && form.is_some();
        draw_text(drawn, context, output, |draw, to| write(form.unwrap_or(home), draw, to))?;
        if grouped {
            group(&mut output.buffer);
        }
        Ok(())
    }))
}

fn write((country, form): &Form, draw: &mut Draw, to: &mut Vec<u8>) {
    let mut digits = Digits::default();
    to.extend_from_slice(country.as_bytes());
    to.extend_from_slice(b"00");
    to.extend(form.bytes().map(|place| if place == b'#' { b'0' + digits.below(10, draw) } else { place }));
    let check = 98 - remainder(to);
    to[2..4].copy_from_slice(&[b'0' + (check / 10) as u8, b'0' + (check % 10) as u8]);
}

/// The number of ISO 7064 (MOD 97-10): the first four characters go to the end, letters count from 10.
fn remainder(account: &[u8]) -> u32 {
    account[4..].iter().chain(&account[..4]).fold(0, |sum, byte| match byte {
        b'0'..=b'9' => (sum * 10 + u32::from(byte - b'0')) % 97,
        _ => (sum * 100 + u32::from(byte - b'A') + 10) % 97,
    })
}

/// True for a number whose check digits are right, in capitals, with or without blanks.
pub(super) fn is_valid(text: &str) -> bool {
    let plain: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    (15..=34).contains(&plain.len()) && plain.iter().all(u8::is_ascii_alphanumeric) && remainder(&plain) == 1
}

/// Sets the characters in groups of four, in place.
fn group(account: &mut Vec<u8>) {
    let plain = account.len();
    account.resize(plain + (plain - 1) / 4, b' ');
    for at in (0..plain).rev() {
        account[at + at / 4] = account[at];
        if at % 4 == 0 && at > 0 {
            account[at + at / 4 - 1] = b' ';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_the_standard() {
        for account in ["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606"] {
            assert_eq!(remainder(account.as_bytes()), 1, "{account}");
        }
        for form in FORMS {
            let mut account = Vec::new();
            write(form, &mut Draw::new([7; 32]), &mut account);
            assert_eq!(remainder(&account), 1, "{form:?}");
            let ungrouped = account.clone();
            group(&mut account);
            assert!(account.split(|byte| *byte == b' ').rev().skip(1).all(|group| group.len() == 4));
            account.retain(|byte| *byte != b' ');
            assert_eq!(account, ungrouped);
        }
    }
}
