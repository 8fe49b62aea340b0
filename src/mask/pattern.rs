//! `pattern` and `token`: texts of a shape, drawn character by character.

use super::{
    Args, COMMON, Class, ColumnShape, Context, Domains, Example, MaskFn, Param, ParamKind, Refusal, Spec, Uniqueness,
    draw_text,
};
use crate::synth::Digits;

/// The classes that a pattern knows, with their characters.
const CLASSES: &[(&str, &[u8])] = &[
    ("alnum", b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("lower", b"abcdefghijklmnopqrstuvwxyz"),
    ("upper", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("letters", b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("digits", b"0123456789"),
    ("hex", b"0123456789abcdef"),
    ("base32", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
];

/// A shape.
pub const PATTERN: Spec = Spec {
    name: "pattern",
    also: &["regexp", "regex", "string_template", "format"],
    summary: "A text of a shape, as in `tok_{alnum:24}`.",
    docs: "In braces stand a class and a number of characters: alnum, lower, upper, letters, digits, hex, base32; everything else \
           stands as it is (`{{` is a brace). From 80 bits on distinct values stay distinct: 14 of alnum, 20 of hex, 25 of digits.",
    params: &[Param {
        name: "shape",
        kind: ParamKind::Text,
        required: true,
        default: "",
        help: "The shape, as in `\"INV-{digits:8}\"`.",
    }],
    class: Class::Secret,
    uniqueness: |args, _| uniqueness(args.text("shape").unwrap_or_default()),
    equal_at_most: 1e-3,
    output: "texts of the shape",
    examples: &[
        Example {
            column: "text",
            params: "\"tok_{alnum:24}\"",
            input: "tok_live_maria",
            output: "tok_Sckk3uIrLf9qB6ewHdZmFCXU",
        },
        Example { column: "text", params: "\"INV-{digits:8}\"", input: "INV-20240017", output: "INV-62373284" },
    ],
    compile: |args, shape, _| compile(args.text("shape").unwrap_or_default(), shape),
    ..COMMON
};

/// A token.
pub const TOKEN: Spec = Spec {
    name: "token",
    also: &["api_key", "secret", "access_token", "nonce"],
    summary: "A secret-looking token of letters and digits.",
    docs: "Nothing of the value is left but whether two are equal. From 14 characters on distinct values stay distinct.",
    params: &[
        Param {
            name: "length",
            kind: ParamKind::Integer(1, 255),
            required: false,
            default: "32",
            help: "Characters after the prefix.",
        },
        Param {
            name: "prefix",
            kind: ParamKind::Text,
            required: false,
            default: "none",
            help: "What stands before them, as in `sk_test_`.",
        },
    ],
    class: Class::Secret,
    uniqueness: |args, _| uniqueness(&token(args)),
    equal_at_most: 1e-3,
    output: "letters and digits",
    examples: &[
        Example { column: "text", params: "", input: "ghp_maria", output: "e1Fv0BuSTCRUIT10b3ShkK6jiDYVc26t" },
        Example {
            column: "text",
            params: "{ prefix: sk_test_, length: 24 }",
            input: "sk_live_maria",
            output: "sk_test_FyuW9NMgB5U3Wx362ilSPAve",
        },
    ],
    compile: compile_token,
    ..COMMON
};

/// A part of a shape.
#[derive(Debug, PartialEq)]
enum Part {
    Text(String),
    Drawn(&'static [u8], usize),
}

fn token(args: &Args) -> String {
    let prefix = args.text("prefix").unwrap_or_default().replace('{', "{{");
    format!("{prefix}{{alnum:{}}}", args.integer("length").unwrap_or(32))
}

fn compile_token(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    compile(&token(args), shape)
}

fn uniqueness(shape: &str) -> Uniqueness {
    let bits = |part: &Part| {
        if let Part::Drawn(list, count) = part { (list.len() as f64).log2() * *count as f64 } else { 0.0 }
    };
    match parse(shape).map(|parts| parts.iter().map(bits).sum::<f64>()) {
        Some(bits) if bits >= 80.0 => Uniqueness::Preserved,
        Some(bits) if bits > 0.0 => Uniqueness::Probable { bits },
        _ => Uniqueness::Lossy,
    }
}

fn compile(pattern: &str, shape: &ColumnShape) -> Result<MaskFn, Refusal> {
    let drawn = |parts: &Vec<Part>| parts.iter().any(|part| matches!(part, Part::Drawn(..)));
    let Some(parts) = parse(pattern).filter(drawn) else {
        let names: Vec<&str> = CLASSES.iter().map(|(name, _)| *name).collect();
        let help = format!("`pattern: \"tok_{{alnum:24}}\"`; classes: {}", names.join(", "));
        return Err(Refusal::new("the shape is none: a class and a number of 1 to 255 stand in braces", help));
    };
    let length = |part: &Part| if let Part::Drawn(_, count) = part { *count } else { part.text().chars().count() };
    shape.needs(parts.iter().map(length).sum(), "a text of this shape", "fewer characters in braces")?;
    Ok(Box::new(move |value, context: &mut Context<'_>, output| {
        draw_text(value, context, output, |draw, to| {
            let mut digits = Digits::default();
            for part in &parts {
                match part {
                    Part::Text(text) => to.extend_from_slice(text.as_bytes()),
                    Part::Drawn(list, count) => {
                        to.extend((0..*count).map(|_| list[usize::from(digits.below(list.len() as u8, draw))]));
                    }
                }
            }
        })
    }))
}

impl Part {
    fn text(&self) -> &str {
        if let Part::Text(text) = self { text } else { "" }
    }
}

/// The parts of a shape; `None` if it is none.
fn parse(shape: &str) -> Option<Vec<Part>> {
    let (mut parts, mut rest) = (Vec::new(), shape);
    let mut plain = String::new();
    while let Some(at) = rest.find('{') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('{') {
            plain.push('{');
            rest = after;
            continue;
        }
        let (inside, after) = rest.split_once('}')?;
        let (name, count) = inside.split_once(':')?;
        let list = CLASSES.iter().find(|(known, _)| *known == name)?.1;
        let count = count.parse().ok().filter(|count| (1..=255).contains(count))?;
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        parts.push(Part::Drawn(list, count));
        rest = after;
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    (!shape.contains('\0')).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_or_refused() {
        let digits = CLASSES[4].1;
        let text = |text: &str| Part::Text(text.to_owned());
        assert_eq!(parse("a{digits:3}b{{c"), Some(vec![text("a"), Part::Drawn(digits, 3), text("b{c")]));
        for wrong in ["{digits}", "{digits:0}", "{digits:999}", "{vowels:3}", "{digits:3", "a\0{hex:3}"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(uniqueness("{alnum:14}"), Uniqueness::Preserved);
        assert!(matches!(uniqueness("{hex:4}"), Uniqueness::Probable { bits } if bits == 16.0));
    }
}
