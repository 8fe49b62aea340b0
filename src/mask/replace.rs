//! `replace`: what a regular expression matches becomes another text.

use super::{Args, By, COMMON, Class, ColumnShape, Domains, Example, MaskFn, Param, ParamKind, Refusal, Spec};
use super::{Unmaskable, Value};
use regex::Regex;

/// The greatest size of a compiled expression, in bytes.
const LARGEST: usize = 1 << 20;

/// The mask.
pub const REPLACE: Spec = Spec {
    name: "replace",
    also: &["regexp_replace", "regex_replace", "regexpreplace"],
    summary: "Replaces what a regular expression matches, and covers values in which nothing matches.",
    docs: "Real characters survive around the matches: what the expression does not catch stays. A value without a match is \
           covered wholly, unless `unmatched: keep` says that it may come as it is. The expressions are those of the crate \
           regex: linear time, no look-around, no back-references; `$1` or `${name}` in `with` is a group. A result that is \
           too long for the column stops the run.",
    params: &[
        Param { name: "pattern", kind: ParamKind::Text, required: true, default: "", help: "The regular expression." },
        Param {
            name: "with",
            kind: ParamKind::Text,
            required: false,
            default: "\"\"",
            help: "What each match becomes; `$1` is its first group.",
        },
        Param {
            name: "unmatched",
            kind: ParamKind::Word(&["cover", "keep"]),
            required: false,
            default: "cover",
            help: "What becomes of a value in which nothing matches.",
        },
    ],
    by: By::Never,
    class: Class::Quasi,
    equal_at_most: 1.0,
    keyed: false,
    output: "what the expression leaves",
    examples: &[
        Example {
            column: "text",
            params: "{ pattern: \"[0-9]+\", with: \"#\" }",
            input: "call 555 0100",
            output: "call # #",
        },
        Example {
            column: "text",
            params: "{ pattern: \"^(.)[^@]*\", with: \"$1…\" }",
            input: "maria@shop.test",
            output: "m…@shop.test",
        },
        Example { column: "text", params: "{ pattern: \"[0-9]+\" }", input: "secret", output: "******" },
    ],
    compile,
    ..COMMON
};

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let pattern = args.text("pattern").unwrap_or_default();
    let regex = regex::RegexBuilder::new(pattern).size_limit(LARGEST).build().map_err(|error| {
        let message = match error {
            regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
            _ => "`pattern` is not a regular expression".to_owned(),
        };
        Refusal::new(message, "the syntax: https://docs.rs/regex/#syntax; a backslash is best written in '…'")
    })?;
    let with = args.text("with").unwrap_or_default().to_owned();
    if let Some(unknown) = unknown_group(&regex, &with) {
        let message = format!("`with` names the group `{unknown}`, which `pattern` does not have");
        return Err(Refusal::new(message, "write `${1}a` where a letter follows, and `$$` for a dollar"));
    }
    let keep = args.text("unmatched") == Some("keep");
    let max_length = shape.max_length;
    Ok(Box::new(move |value, _, output| {
        let to = output.text();
        let covered = match value {
            Value::Text(text) if keep || regex.is_match(text) => None,
            Value::Text(text) => Some(text.chars().count()),
            Value::Bytes(bytes) => Some(bytes.len()),
            _ => return Err(Unmaskable::Form),
        };
        let (Value::Text(text), None) = (value, covered) else {
            to.extend(std::iter::repeat_n(b'*', covered.unwrap_or_default()));
            return Ok(());
        };
        let replaced = regex.replace_all(text, with.as_str());
        if max_length.is_some_and(|most| replaced.chars().count() > most) {
            return Err(Unmaskable::TooLong);
        }
        to.extend_from_slice(replaced.as_bytes());
        Ok(())
    }))
}

/// A group that a replacement names and an expression lacks: it would silently be nothing.
fn unknown_group(regex: &Regex, with: &str) -> Option<String> {
    let names: Vec<&str> = regex.capture_names().flatten().collect();
    let mut rest = with;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
            continue;
        }
        let name: String = match rest.strip_prefix('{') {
            Some(braced) => braced.chars().take_while(|c| *c != '}').collect(),
            None => rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect(),
        };
        let known = match name.parse::<usize>() {
            Ok(number) => number < regex.captures_len(),
            Err(_) => name.is_empty() || names.contains(&name.as_str()),
        };
        if !known {
            return Some(name);
        }
    }
    None
}
