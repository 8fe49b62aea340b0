//! `street`, `city`, `postcode`, `company`: places and firms that are not there.

use super::{COMMON, Class, Context, Example, Output, Spec, Unmaskable, Value, draw_text};
use crate::synth::{self, CITY_LONGEST, COMPANY_LONGEST, Digits, STREET_LONGEST};

/// A street line.
pub const STREET: Spec = Spec {
    name: "street",
    summary: "A house number and an invented street.",
    docs: "One line, whatever the value was: a second line, a flat or a postbox does not survive.",
    equal_at_most: 1e-5,
    output: "invented streets",
    examples: &[Example { column: "text", params: "", input: "12 High Street", output: "1384 Sorrelbuckle Square" }],
    compile: |_, shape, _| {
        shape.needs(STREET_LONGEST, "a street", "a longer column, or `text`, `hash`")?;
        Ok(Box::new(|value, context, output| draw_text(value, context, output, synth::street)))
    },
    ..COMMON
};

/// A city.
pub const CITY: Spec = Spec {
    name: "city",
    summary: "An invented city.",
    docs: "One of two thousand. Equal cities stay equal, so a column of few cities keeps its frequencies.",
    class: Class::Quasi,
    equal_at_most: 1e-3,
    output: "invented cities",
    examples: &[Example { column: "text", params: "", input: "Sevilla", output: "Thistleglimmer" }],
    compile: |_, shape, _| {
        shape.needs(CITY_LONGEST, "a city", "a longer column, or `text`, `hash`")?;
        Ok(Box::new(|value, context, output| draw_text(value, context, output, synth::city)))
    },
    ..COMMON
};

/// A company.
pub const COMPANY: Spec = Spec {
    name: "company",
    summary: "An invented company.",
    docs: "One of 45,000.",
    class: Class::Quasi,
    equal_at_most: 1e-4,
    output: "invented companies",
    examples: &[Example { column: "text", params: "", input: "Acme GmbH", output: "Bramble Flint & Co" }],
    compile: |_, shape, _| {
        shape.needs(COMPANY_LONGEST, "a company", "a longer column, or `text`, `hash`")?;
        Ok(Box::new(|value, context, output| draw_text(value, context, output, synth::company)))
    },
    ..COMMON
};

/// A postcode.
pub const POSTCODE: Spec = Spec {
    name: "postcode",
    summary: "A postcode of the same shape.",
    docs: "Each digit becomes another digit, each letter a letter of the same case, the rest stays. Only the shape is kept: the \
           code may be one that a post office uses, far from where the value was.",
    class: Class::Quasi,
    equal_at_most: 1e-3,
    output: "codes of the same shape",
    examples: &[
        Example { column: "text", params: "", input: "SW1A 1AA", output: "ZZ7F 9VQ" },
        Example { column: "text", params: "", input: "90210-1234", output: "65826-1187" },
    ],
    compile: |_, _, _| Ok(Box::new(postcode)),
    ..COMMON
};

fn postcode(value: Value<'_>, context: &mut Context<'_>, output: &mut Output) -> Result<(), Unmaskable> {
    let has_shape = matches!(value, Value::Text(text) if text.contains(char::is_alphanumeric));
    draw_text(value, context, output, |draw, to| {
        let mut digits = Digits::default();
        let mut other = |character: char| match character {
            'A'..='Z' => b'A' + digits.below(26, draw),
            'a'..='z' => b'a' + digits.below(26, draw),
            ' ' | '-' if has_shape => character as u8,
            // Digits of any script, and whatever else has no place in a postcode.
            _ => b'0' + digits.below(10, draw),
        };
        match value {
            Value::Text(text) => to.extend(text.chars().map(&mut other)),
            Value::Bytes(bytes) => to.extend(bytes.iter().map(|_| other('0'))),
            _ => {}
        }
    })
}
