//! `zip3`: the first three digits of a US ZIP code.

use super::{By, COMMON, Class, Example, Spec, Uniqueness, Value};

/// Areas of 20,000 people or fewer by the census of 2000, which the HIPAA safe harbour replaces by 000
/// (45 CFR 164.514(b)(2)(i)(B); guidance of the Department of Health and Human Services, 2012).
const SMALL: &[&str] = &[
    "036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878", "879", "884", "890",
    "893",
];

/// The mask.
pub const ZIP3: Spec = Spec {
    name: "zip3",
    also: &["generalize_zip", "zip_prefix"],
    summary: "The first three digits of a US ZIP code; 000 for areas of few people.",
    docs: "As the safe harbour of HIPAA wants it (45 CFR 164.514): the 17 areas of 20,000 people or fewer become 000, and so does \
           what does not begin with five digits. Real digits survive.",
    by: By::Never,
    class: Class::Quasi,
    uniqueness: |_, _| Uniqueness::Few { outputs: 1000.0 },
    equal_at_most: 1.0,
    keyed: false,
    output: "three digits",
    examples: &[
        Example { column: "text", params: "", input: "90210-1234", output: "902" },
        Example { column: "text", params: "", input: "03602", output: "000" },
    ],
    compile: |_, shape, _| {
        shape.needs(3, "three digits", "`postcode` keeps the length")?;
        Ok(Box::new(|value, _, output| {
            let text = if let Value::Text(text) = value { text.trim_start() } else { "" };
            let is_zip = text.len() >= 5 && text.bytes().take(5).all(|byte| byte.is_ascii_digit());
            let area = if is_zip && !SMALL.contains(&&text[..3]) { &text[..3] } else { "000" };
            output.text().extend_from_slice(area.as_bytes());
            Ok(())
        }))
    },
    ..COMMON
};
