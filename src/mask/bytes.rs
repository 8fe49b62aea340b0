//! `bytes`: noise of the same size, for files and other binary values.

use super::{Accepts, COMMON, Class, Example, Family, Spec, Unmaskable, Value};

/// The mask.
pub const BYTES: Spec = Spec {
    name: "bytes",
    also: &["random_bytes", "binary", "blob"],
    summary: "As many bytes of the key's function as the value has.",
    docs: "Nothing of the value is left but its size and whether two are equal; it cannot be compressed. A file is no file of \
           its kind any more: where something opens it, `constant` with a small one does.",
    accepts: Accepts::Families(&[Family::Bytes]),
    class: Class::Sensitive,
    equal_at_most: 1e-4,
    output: "noise",
    examples: &[Example { column: "bytea", params: "", input: "\\x89504e47", output: "\\x8dd36c65" }],
    compile: |_, _, _| {
        Ok(Box::new(|value, context, output| {
            let Value::Bytes(bytes) = value else { return Err(Unmaskable::Form) };
            let mut draw = context.draw(value);
            let to = output.bytes();
            // Of one byte every 256th drawn is the value itself.
            for _ in 0..8 {
                to.clear();
                while to.len() < bytes.len() {
                    to.extend_from_slice(&draw.bits().to_le_bytes());
                }
                to.truncate(bytes.len());
                if to != bytes || context.is_by() {
                    break;
                }
            }
            Ok(())
        }))
    },
    ..COMMON
};
