//! `country`: one of the world's countries.

use super::args::{LOCALE, locale};
use super::{COMMON, Class, Example, Param, ParamKind, Spec, draw_text};
use crate::synth::COUNTRY_CODES;

/// The mask.
pub const COUNTRY: Spec = Spec {
    name: "country",
    also: &["country_name", "country_code", "nationality"],
    summary: "A country, by its name or its ISO 3166 code.",
    docs: "Equal countries stay equal, so the column keeps its frequencies: with `by: id` each row draws for itself.",
    params: &[
        Param {
            name: "form",
            kind: ParamKind::Word(&["name", "code"]),
            required: false,
            default: "name",
            help: "`code`: two letters, as in FR.",
        },
        LOCALE,
    ],
    class: Class::Quasi,
    equal_at_most: 0.05,
    output: "countries of a list",
    examples: &[
        Example { column: "text", params: "", input: "Spain", output: "Ukraine" },
        Example { column: "text", params: "code", input: "ES", output: "MC" },
    ],
    compile: |args, shape, _| {
        let list = if args.text("form") == Some("code") { COUNTRY_CODES } else { locale(args).countries };
        let longest = list.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        shape.needs(longest, "a country", "`country: code` needs 2")?;
        Ok(Box::new(move |value, context, output| {
            draw_text(value, context, output, |draw, to| to.extend_from_slice(draw.pick(list).as_bytes()))
        }))
    },
    ..COMMON
};
