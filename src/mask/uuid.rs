//! `uuid`: another random-looking uuid.

use super::{Accepts, Args, COMMON, ColumnShape, Domains, Example, Family, MaskFn, Refusal, Spec, Uniqueness, Value};

/// The mask.
pub const UUID: Spec = Spec {
    name: "uuid",
    also: &["guid", "uuid4"],
    summary: "Another uuid: 122 bits of the key's function, marked as version 4.",
    docs: "A uuid in text gives the same one as in a uuid column, however it is written: in a unique column each must be written in \
           one way. Text that is no uuid becomes one.",
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
            output: "cd1df8a8-6c78-4dfd-bb7c-463a7b0ee871",
        },
    ],
    compile,
    ..COMMON
};

fn compile(_: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    shape.needs(36, "a uuid", "`hash: { length: 32 }` fits 32 characters")?;
    let text = shape.family() == Some(Family::Text);
    Ok(Box::new(move |value, context, output| {
        let value = match value {
            Value::Text(text) => uuid::Uuid::try_parse(text).map_or(value, |uuid| Value::Uuid(uuid.into_bytes())),
            _ => value,
        };
        let mut draw = context.draw(value);
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&draw.bits().to_le_bytes());
        bytes[8..].copy_from_slice(&draw.bits().to_le_bytes());
        let masked = uuid::Builder::from_random_bytes(bytes).into_uuid();
        if text {
            let mut buffer = uuid::Uuid::encode_buffer();
            output.text().extend_from_slice(masked.hyphenated().encode_lower(&mut buffer).as_bytes());
        } else {
            output.uuid(masked.into_bytes());
        }
        Ok(())
    }))
}
