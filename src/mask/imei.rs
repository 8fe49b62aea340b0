//! `imei`: numbers of mobile devices that no maker was ever given.
//!
//! Type allocation codes of the reporting body 00 are for tests (GSMA TS.06); the check digit is that of 3GPP TS 23.003.

use super::{
    Args, COMMON, ColumnShape, Domains, Example, MaskFn, Refusal, Spec, Uniqueness, Value, card::luhn, draw_text,
};
use crate::synth::Digits;

/// Digits that tell devices apart: the type's eight and six of a serial number.
const DEVICE: usize = 14;

/// Digits of the longest form, which ends with two for the version of the software (IMEISV).
const LONGEST: usize = DEVICE + 2;

/// The mask.
pub const IMEI: Spec = Spec {
    name: "imei",
    also: &["imeisv", "imei_number", "imei1", "imei2"],
    summary: "A mobile device's number (IMEI) of the test range, with a valid check digit.",
    docs: "One device is one device, written with 14 digits, with the check digit or with the version of its software (IMEISV, \
           whose two digits stay); what stands between them is kept. Anything else becomes 15 digits. No output is a device's.",
    uniqueness: |_, _| Uniqueness::Probable { bits: 39.8 },
    equal_at_most: 1e-6,
    output: "type allocation codes 00xxxxxx",
    examples: &[
        Example { column: "text", params: "", input: "35-209900-176148-1", output: "00-950020-291270-5" },
        Example { column: "text", params: "", input: "3520990017614823", output: "0095002029127023" },
    ],
    compile,
    ..COMMON
};

fn compile(_: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    shape.needs(DEVICE + 1, "an IMEI", "`digits` keeps the length")?;
    Ok(Box::new(|value, context, output| {
        let text = if let Value::Text(text) = value { text } else { "" };
        let (mut plain, mut count) = ([0u8; LONGEST], 0);
        for byte in text.bytes().filter(|byte| !is_separator(*byte)) {
            if let Some(place) = plain.get_mut(count).filter(|_| byte.is_ascii_digit()) {
                *place = byte;
            }
            count += if byte.is_ascii_digit() { 1 } else { LONGEST + 1 };
        }
        let known = count == DEVICE || count == LONGEST || count == DEVICE + 1 && is_checked(&plain);
        let drawn = match std::str::from_utf8(&plain[..DEVICE]) {
            Ok(device) if known => Value::Text(device),
            _ => value,
        };
        let form = if known { text } else { "###############" };
        draw_text(drawn, context, output, |draw, to| {
            let (mut number, mut digits) = ([b'0'; LONGEST], Digits::default());
            number[2..DEVICE].fill_with(|| b'0' + digits.below(10, draw));
            number[DEVICE] = b'0' + luhn(&number[..DEVICE]);
            if known && count == LONGEST {
                number[DEVICE..].copy_from_slice(&plain[DEVICE..]);
            }
            let mut next = number.into_iter();
            to.extend(form.bytes().map(|byte| if is_separator(byte) { byte } else { next.next().unwrap_or(byte) }));
        })
    }))
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/')
}

/// True if the fifteenth digit is the check digit of those before it.
fn is_checked(plain: &[u8; LONGEST]) -> bool {
    plain[DEVICE] == b'0' + luhn(&plain[..DEVICE])
}
