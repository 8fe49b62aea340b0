//! `street`, `city`, `state`, `postcode`: places that are not there.

use super::args::{LOCALE, locale};
use super::{
    Args, COMMON, Class, ColumnShape, Context, Domains, Example, MaskFn, Output, Param, ParamKind, Refusal, Spec,
    Unmaskable, Value, draw_text,
};
use crate::synth::{Digits, Locale, Place, PlaceLengths};

/// A street line.
pub const STREET: Spec = Spec {
    name: "street",
    also: &["street_address", "street_name", "address_line", "secondary_address"],
    summary: "A house number and an invented street.",
    docs: "One line, whatever the value was: a second line, a flat or a postbox does not survive. With `by:` it is a part of \
           the `address` by the same identity.",
    params: &[LOCALE],
    part_of: Some("place"),
    equal_at_most: 1e-5,
    output: "invented streets",
    examples: &[Example { column: "text", params: "", input: "12 High Street", output: "1921 Umberbeam Row" }],
    compile: |args, shape, _| {
        shape.needs(PlaceLengths::of(locale(args)).street, "a street", "a longer column, or `text`, `hash`")?;
        Ok(placed(args, |place, to| place.street(to)))
    },
    ..COMMON
};

/// A city.
pub const CITY: Spec = Spec {
    name: "city",
    also: &["town", "city_name"],
    summary: "An invented city.",
    docs: "One of two thousand in English. Equal cities stay equal, so a column of few cities keeps its frequencies. With `by:` \
           it is a part of the `address` by the same identity.",
    params: &[LOCALE],
    part_of: Some("place"),
    class: Class::Quasi,
    equal_at_most: 1e-3,
    output: "invented cities",
    examples: &[Example { column: "text", params: "", input: "Sevilla", output: "Juniperparish" }],
    compile: |args, shape, _| {
        shape.needs(PlaceLengths::of(locale(args)).city, "a city", "a longer column, or `text`, `hash`")?;
        Ok(placed(args, |place, to| place.city(to)))
    },
    ..COMMON
};

/// A state.
pub const STATE: Spec = Spec {
    name: "state",
    also: &["region", "province", "county", "state_code"],
    summary: "A state, region or province of the language's country.",
    docs: "With `by:` it is a part of the `address` by the same identity. There are few, so that some stay what they were.",
    params: &[
        Param {
            name: "form",
            kind: ParamKind::Word(&["name", "code"]),
            required: false,
            default: "name",
            help: "`code`: the short form, as in CA.",
        },
        LOCALE,
    ],
    part_of: Some("place"),
    class: Class::Quasi,
    equal_at_most: 1.0,
    output: "states of a list",
    examples: &[
        Example { column: "text", params: "", input: "Andalucía", output: "Missouri" },
        Example { column: "text", params: "code", input: "TX", output: "ME" },
    ],
    compile: |args, shape, _| {
        let (locale, short) = (locale(args), args.text("form") == Some("code"));
        let needed = PlaceLengths::of(locale).state[usize::from(short)];
        shape.needs(needed, "a state", "`state: code`, or a longer column")?;
        Ok(Box::new(move |value, context, output| {
            Place::draw(&mut context.draw(value), locale).state(short, output.text());
            Ok(())
        }))
    },
    ..COMMON
};

/// A postcode.
pub const POSTCODE: Spec = Spec {
    name: "postcode",
    also: &["zip", "zipcode", "zip_code", "postal_code"],
    summary: "A postcode of the same shape.",
    docs: "Each digit becomes another digit, each letter a letter of the same case, the rest stays. Only the shape is kept: the \
           code may be one that a post office uses, far from where the value was. With `by:` it is that of the `address` by the \
           same identity, in the language's own form.",
    params: &[LOCALE],
    part_of: Some("place"),
    class: Class::Quasi,
    equal_at_most: 1e-3,
    output: "codes of the same shape",
    examples: &[
        Example { column: "text", params: "", input: "SW1A 1AA", output: "ZZ7F 9VQ" },
        Example { column: "text", params: "", input: "90210-1234", output: "65826-1187" },
    ],
    compile: compile_postcode,
    ..COMMON
};

/// A mask that writes a part of the drawn place.
fn placed(args: &Args, part: fn(&Place, &mut Vec<u8>)) -> MaskFn {
    let locale = locale(args);
    Box::new(move |value, context, output| {
        draw_text(value, context, output, |draw, to| part(&Place::draw(draw, locale), to))
    })
}

fn compile_postcode(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let locale = locale(args);
    let longest = locale.language.postcode.len();
    let fits = shape.max_length.is_none_or(|has| has >= longest);
    Ok(Box::new(move |value, context, output| match context.is_by() {
        // The column is too short for the language's form: better a failed run than a code that is cut.
        true if !fits => Err(Unmaskable::TooLong),
        true => of_place(locale, value, context, output),
        false => of_shape(value, context, output),
    }))
}

fn of_place(
    locale: &'static Locale,
    value: Value<'_>,
    context: &mut Context<'_>,
    output: &mut Output,
) -> Result<(), Unmaskable> {
    Place::draw(&mut context.draw(value), locale).postcode(output.text());
    Ok(())
}

fn of_shape(value: Value<'_>, context: &mut Context<'_>, output: &mut Output) -> Result<(), Unmaskable> {
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
