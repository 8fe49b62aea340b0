//! `bits`: as many bits of the key's function as the value has.

use super::{Accepts, COMMON, Class, Example, Family, Spec, Unmaskable, Value};

/// The mask.
pub const BITS: Spec = Spec {
    name: "bits",
    also: &["random_bits", "bit", "varbit", "bitstring"],
    summary: "As many bits of the key's function as the value has.",
    docs: "Nothing of the value is left but its length and whether two are equal. A short one may come out as it went in: to \
           avoid that would tell what it was.",
    accepts: Accepts::Families(&[Family::Bit]),
    class: Class::Sensitive,
    equal_at_most: 1.0,
    output: "bits",
    examples: &[Example { column: "varbit", params: "", input: "10110011", output: "11001110" }],
    compile: |_, _, _| {
        Ok(Box::new(|value, context, output| {
            let Value::Text(bits) = value else { return Err(Unmaskable::Form) };
            let mut draw = context.draw(value);
            let to = output.text();
            while to.len() < bits.len() {
                let drawn = draw.bits();
                to.extend((0..64).map(|at| b'0' + (drawn >> at & 1) as u8).take(bits.len() - to.len()));
            }
            Ok(())
        }))
    },
    ..COMMON
};
