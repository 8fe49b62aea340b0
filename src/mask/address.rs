//! `address`: street, city, state and postcode in one line, of one place.

use super::args::{LOCALE, locale};
use super::{COMMON, Example, Spec, draw_text};
use crate::synth::{Place, PlaceLengths};

/// The mask.
pub const ADDRESS: Spec = Spec {
    name: "address",
    also: &["full_address", "postal_address", "real_address"],
    summary: "An invented address in one line, whose parts agree.",
    docs: "Street and city are invented; the postcode begins as those of the state do, where a state's codes begin in one way. \
           With `by:`, `street`, `city`, `state` and `postcode` by the same identity are its parts.",
    params: &[LOCALE],
    part_of: Some("place"),
    equal_at_most: 0.0,
    output: "invented addresses",
    examples: &[
        Example {
            column: "text",
            params: "",
            input: "12 High Street, Oxford OX1 4AA",
            output: "505 Thistlechime Avenue, Quillonlattice, OH 43005",
        },
        Example {
            column: "text",
            params: "{ locale: fr_FR }",
            input: "1 rue de la Paix, 75002 Paris",
            output: "69 quai Ollivier, 45561 Petit-le-Château",
        },
    ],
    compile: |args, shape, _| {
        let locale = locale(args);
        shape.needs(PlaceLengths::of(locale).address, "an address", "a longer column, or `street`, `text`")?;
        Ok(Box::new(move |value, context, output| {
            draw_text(value, context, output, |draw, to| Place::draw(draw, locale).address(to))
        }))
    },
    ..COMMON
};
