//! `uuid`: another random-looking uuid.

use super::{Accepts, Args, COMMON, ColumnShape, Domains, Example, Family, MaskFn, Refusal, Spec, Uniqueness, Value};
use crate::synth::Draw;

/// The mask.
pub const UUID: Spec = Spec {
    name: "uuid",
    also: &["guid", "uuid4"],
    summary: "Another uuid: 122 bits of the key's function, marked as version 4.",
    docs: "A uuid in text gives the same one as in a uuid column, written as it was: in capitals or not, with hyphens or without, in \
           braces, as a URN. A text that is no uuid, or has capitals and small letters among its digits, becomes one of its own.",
    accepts: Accepts::Families(&[Family::Uuid, Family::Text]),
    uniqueness: |_, _| Uniqueness::Preserved,
    output: "version 4 (RFC 9562)",
    examples: &[
        Example {
            column: "uuid",
            params: "",
            input: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            output: "cd1df8a8-6c78-4dfd-bb7c-463a7b0ee871",
        },
        Example {
            column: "text",
            params: "",
            input: "A0EEBC999C0B4EF8BB6D6BB9BD380A11",
            output: "CD1DF8A86C784DFDBB7C463A7B0EE871",
        },
    ],
    compile,
    ..COMMON
};

fn compile(_: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    shape.needs(SIMPLE, "a uuid", "`hash: { length: … }` fits fewer")?;
    let text = shape.family() == Some(Family::Text);
    // In a column without room for hyphens none are written.
    let new = if shape.max_length.is_some_and(|has| has < HYPHENATED) { SIMPLE } else { HYPHENATED };
    Ok(Box::new(move |value, context, output| {
        let (value, (length, capitals)) = match value {
            Value::Text(text) => written(text).map_or((value, (new, false)), |(uuid, as_)| (Value::Uuid(uuid), as_)),
            _ => (value, (new, false)),
        };
        let masked = drawn(&mut context.draw(value));
        if text {
            write(masked, length, capitals, output.text());
        } else {
            output.uuid(masked.into_bytes());
        }
        Ok(())
    }))
}

/// Characters of the form of digits alone, and of the usual one.
const SIMPLE: usize = 32;
const HYPHENATED: usize = 36;

/// The beginning of the form as a URN (RFC 9562), always in small letters.
const URN: &str = "urn:uuid:";

/// The uuid that a text is, how many characters its form has, and whether its letters are capitals.
fn written(text: &str) -> Option<([u8; 16], (usize, bool))> {
    let uuid = uuid::Uuid::try_parse(text).ok()?;
    let digits = text.trim_start_matches(URN).as_bytes();
    let (capital, small) = (digits.iter().any(u8::is_ascii_uppercase), digits.iter().any(u8::is_ascii_lowercase));
    // Letters of both cases could not be kept apart from those of one.
    (!(capital && small)).then_some((uuid.into_bytes(), (text.len(), capital)))
}

/// A uuid with a letter, by which capitals are told from small ones.
fn drawn(draw: &mut Draw) -> uuid::Uuid {
    loop {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&draw.bits().to_le_bytes());
        bytes[8..].copy_from_slice(&draw.bits().to_le_bytes());
        let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
        if uuid.as_bytes().iter().any(|byte| byte >> 4 > 9 || byte & 15 > 9) {
            return uuid;
        }
    }
}

/// Appends a uuid in the form of so many characters.
fn write(uuid: uuid::Uuid, length: usize, capitals: bool, to: &mut Vec<u8>) {
    let mut buffer = uuid::Uuid::encode_buffer();
    let text = match length {
        SIMPLE => uuid.simple().encode_lower(&mut buffer),
        HYPHENATED => uuid.hyphenated().encode_lower(&mut buffer),
        38 => uuid.braced().encode_lower(&mut buffer),
        _ => uuid.urn().encode_lower(&mut buffer),
    };
    let digits = if text.starts_with(URN) { URN.len() } else { 0 };
    if capitals {
        text[digits..].make_ascii_uppercase();
    }
    to.extend_from_slice(text.as_bytes());
}
