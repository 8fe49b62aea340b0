//! `partial`: the ends stay, the middle is covered.

use super::{
    Args, By, COMMON, Class, ColumnShape, Domains, Example, MaskFn, Param, ParamKind, Refusal, Spec, Uniqueness, Value,
};

/// The mask.
pub const PARTIAL: Spec = Spec {
    name: "partial",
    also: &["masking", "partial_email", "cover", "redact_partial", "partial_mask"],
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
        Param {
            name: "kind",
            kind: ParamKind::Word(&["text", "email", "card", "phone", "iban"]),
            required: false,
            default: "text",
            help: "What it is, instead of `first` and `last`: `email` keeps the first letters and the end of the host, `card` the \
                   last four digits, `phone` the last two, `iban` the country and the last four.",
        },
    ],
    by: By::Never,
    class: Class::Quasi,
    uniqueness: |args, _| {
        let kept = |name| args.integer(name).unwrap_or(0) as i32;
        match args.text("kind") {
            None | Some("text") => Uniqueness::Few { outputs: 10f64.powi(kept("first") + kept("last")) },
            Some("card") => Uniqueness::Few { outputs: 1e4 },
            Some("phone") => Uniqueness::Few { outputs: 100.0 },
            _ => Uniqueness::Lossy,
        }
    },
    equal_at_most: 1.0,
    keyed: false,
    output: "covered values",
    examples: &[
        Example { column: "text", params: "{ last: 4 }", input: "4929123456789012", output: "************9012" },
        Example { column: "text", params: "{ last: 4 }", input: "789012", output: "******" },
        Example { column: "text", params: "{ first: 1, cover: x }", input: "María", output: "Mxxxx" },
        Example { column: "text", params: "{ kind: email }", input: "maria@shop.test", output: "m****@s***.test" },
        Example {
            column: "text",
            params: "{ kind: card }",
            input: "4929 1234 5678 9012",
            output: "**** **** **** 9012",
        },
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
    let kind = args.text("kind").unwrap_or("text").to_owned();
    if kind != "text" && kept_by_count(args) {
        return Err(Refusal::new("`kind` and `first` or `last` exclude each other", "leave one out"));
    }
    Ok(Box::new(move |value, _, output| {
        let to = output.text();
        let mut cover = |kept: bool, character: char| {
            let mut buffer = [0; 4];
            to.extend_from_slice(if kept { &*character.encode_utf8(&mut buffer) } else { cover.as_str() }.as_bytes());
        };
        let Value::Text(text) = value else {
            let length = if let Value::Bytes(bytes) = value { bytes.len() } else { 1 };
            (0..length).for_each(|_| cover(false, ' '));
            return Ok(());
        };
        match kind.as_str() {
            "email" => email(text, &mut cover),
            "card" => numbers(text, 0, 4, 12, &mut cover),
            "phone" => numbers(text, 0, 2, 7, &mut cover),
            "iban" => numbers(text, 2, 4, 14, &mut cover),
            _ => {
                let length = text.chars().count();
                let keep = first.saturating_add(last).saturating_mul(2) <= length;
                for (at, character) in text.chars().enumerate() {
                    cover(keep && (at < first || at >= length - last), character);
                }
            }
        }
        Ok(())
    }))
}

fn kept_by_count(args: &Args) -> bool {
    args.get("first").is_some() || args.get("last").is_some()
}

/// Keeps the first letter of each side of the @, the @, and the host from its last dot on.
fn email(text: &str, cover: &mut impl FnMut(bool, char)) {
    let at = text.find('@').filter(|at| text[at + 1..].find('@').is_none());
    let dot = text.rfind('.').filter(|dot| at.is_some_and(|at| at + 1 < *dot));
    let (Some(at), Some(dot)) = (at, dot) else { return text.chars().for_each(|character| cover(false, character)) };
    // One letter alone would be the whole.
    let long = |from: usize, to: usize| text[from..to].chars().count() > 1;
    for (place, character) in text.char_indices() {
        let first = place == 0 && long(0, at) || place == at + 1 && long(at + 1, dot);
        cover(first || place == at || place >= dot, character);
    }
}

/// Keeps the first and last letters and digits, and what stands between them; covers all of a text that has too few.
fn numbers(text: &str, first: usize, last: usize, least: usize, cover: &mut impl FnMut(bool, char)) {
    let count = text.chars().filter(|character| character.is_alphanumeric()).count();
    let format = |character: char| matches!(character, ' ' | '-' | '.' | '/' | '(' | ')' | '+');
    let is_number =
        count >= least && text.chars().all(|character| character.is_ascii_alphanumeric() || format(character));
    let mut seen = 0;
    for character in text.chars() {
        let counts = character.is_alphanumeric();
        cover(is_number && (!counts || seen < first || seen >= count - last), character);
        seen += usize::from(counts);
    }
}
