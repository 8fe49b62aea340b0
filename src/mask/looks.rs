//! What a text looks like, for values that no line of the rules names: which mask does most justice to its form.

use super::context::Domains;
use super::part::Part;
use super::{Args, ColumnShape, MaskRef, Refusal};
use crate::pg::types::BaseType;

/// A mask for every look, under its bare name: `email`, `phone`, `ip`, `uuid`, `card`, `digits`, else `text`.
pub(super) struct Looks {
    parts: Vec<(&'static str, Part)>,
    text: Part,
}

impl Looks {
    /// Makes the masks.
    pub fn new(domains: &Domains) -> Result<Looks, Refusal> {
        let part = |name: &'static str| {
            let spec = super::find(name).ok_or(Refusal { message: format!("there is no mask {name}"), help: None })?;
            let rule = MaskRef::bare(spec, Args::default());
            Part::compile(name, &rule, &ColumnShape::unbounded(BaseType::Text), domains)
        };
        let names = ["email", "ip", "uuid", "card", "phone", "digits"];
        let parts = names.into_iter().map(|name| Ok((name, part(name)?))).collect::<Result<_, Refusal>>()?;
        Ok(Looks { parts, text: part("text")? })
    }

    /// The mask for a text.
    pub fn part(&self, text: &str) -> &Part {
        let name = look(text);
        self.parts.iter().find(|(known, _)| *known == name).map_or(&self.text, |(_, part)| part)
    }

    /// True if a key can only be a name that a programmer gave: short, ASCII, not a number, not an address.
    pub fn is_name(key: &[u8]) -> bool {
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let digits = key.iter().filter(|byte| byte.is_ascii_digit()).count();
        key.len() <= 40 && key.first().is_some_and(u8::is_ascii_alphabetic) && key.iter().all(word) && digits <= 3
    }
}

/// The name of the mask.
fn look(text: &str) -> &'static str {
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let rest = |allowed: &str| text.chars().all(|c| c.is_ascii_digit() || allowed.contains(c));
    let spaces = text.contains(char::is_whitespace);
    if !spaces && text.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.')) {
        "email"
    } else if crate::pg::value::parse_network(text).is_some() {
        "ip"
    } else if uuid::Uuid::try_parse(text).is_ok() {
        "uuid"
    } else if (13..=19).contains(&digits) && rest(" -") {
        "card"
    } else if (7..=15).contains(&digits) && rest(" -+()./") && !rest("-") {
        "phone"
    } else if digits > 0 && rest(" -+()./:,TZ") {
        "digits"
    } else {
        "text"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_told_apart() {
        for (text, name) in [
            ("maria@shop.test", "email"),
            ("mail maria@shop.test", "text"),
            ("81.2.69.142", "ip"),
            ("2a02::1", "ip"),
            ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "uuid"),
            ("4929 1234 5678 9012", "card"),
            ("+34 612 345 678", "phone"),
            ("2024-05-06", "digits"),
            ("17", "digits"),
            ("Maria", "text"),
            ("", "text"),
        ] {
            assert_eq!(look(text), name, "{text}");
        }
        assert!(Looks::is_name(b"last_seen") && Looks::is_name(b"line2"));
        assert!(!Looks::is_name(b"maria@shop.test") && !Looks::is_name(b"4711") && !Looks::is_name("María".as_bytes()));
    }
}
