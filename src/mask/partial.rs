//! `partial`: the ends stay, the middle is covered.

use super::{Args, By, COMMON, Class, ColumnShape, Domains, Example, MaskFn, Param, ParamKind, Refusal, Spec, Value};

/// The mask.
pub const PARTIAL: Spec = Spec {
    name: "partial",
    summary: "Keeps the first and last characters and covers the others.",
    docs: "Real characters survive, so this is for the last four digits of a card, not for secrets. A value in which fewer \
           characters would be covered than kept is covered wholly. Every character counts, blanks and hyphens too. A value \
           that is nothing but cover already comes out as it is.",
    params: &[
        Param {
            name: "last",
            kind: ParamKind::Integer(0, 1000),
            required: false,
            default: "0",
            help: "Characters kept at the end.",
        },
        Param {
            name: "first",
            kind: ParamKind::Integer(0, 1000),
            required: false,
            default: "0",
            help: "Characters kept at the start.",
        },
        Param {
            name: "cover",
            kind: ParamKind::Text,
            required: false,
            default: "\"*\"",
            help: "One character that covers each of the others.",
        },
    ],
    by: By::Never,
    class: Class::Quasi,
    equal_at_most: 1.0,
    output: "covered values",
    examples: &[
        Example { column: "text", params: "{ last: 4 }", input: "4929123456789012", output: "************9012" },
        Example { column: "text", params: "{ last: 4 }", input: "789012", output: "******" },
        Example { column: "text", params: "{ first: 1, cover: x }", input: "María", output: "Mxxxx" },
    ],
    compile,
    ..COMMON
};

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let count = |name| args.integer(name).and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    let (first, last) = (count("first"), count("last"));
    let cover = args.text("cover").unwrap_or("*").to_owned();
    if cover.chars().count() != 1 || cover.contains('\0') {
        return Err(Refusal::new("`cover` is not one character", "`cover: \"*\"`"));
    }
    // A name is bounded in bytes; a wider cover could outgrow it.
    if cover.len() > 1 && shape.ty.base_type() == Some(crate::pg::types::BaseType::Name) {
        return Err(Refusal::new("the type name takes an ASCII `cover` only", "`cover: \"*\"`"));
    }
    Ok(Box::new(move |value, _, output| {
        let to = output.text();
        let Value::Text(text) = value else {
            let length = if let Value::Bytes(bytes) = value { bytes.len() } else { 1 };
            to.extend((0..length).flat_map(|_| cover.bytes()));
            return Ok(());
        };
        let length = text.chars().count();
        let kept = first.saturating_add(last);
        let keep = kept.saturating_mul(2) <= length;
        for (at, character) in text.chars().enumerate() {
            if keep && (at < first || at >= length - last) {
                to.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                to.extend_from_slice(cover.as_bytes());
            }
        }
        Ok(())
    }))
}
