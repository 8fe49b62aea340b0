//! `${NAME}` and `${NAME:-default}` in the texts of environments.

use super::variables::Variables;
use crate::words::diagnostic::{Diagnostic, Spanned};
use crate::words::secret::Secret;

/// A part of a text.
#[derive(Debug, PartialEq)]
pub enum Piece<'a> {
    /// As it stands.
    Literal(&'a str),
    /// A variable's value.
    Variable {
        /// Its name.
        name: &'a str,
        /// What stands for it where it is not set or empty.
        default: Option<&'a str>,
    },
}

/// Why a text cannot be taken apart; holds nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No `}`.
    #[error("a `${{` is not closed")]
    Open,
    /// Not letters, digits and underscores.
    #[error("a `${{…}}` does not hold the name of a variable")]
    Name,
    /// `${` inside `${…}`.
    #[error("a `${{…}}` stands inside another")]
    Nested,
}

/// What `${…}` may look like, for messages.
pub const FORMS: &str = "write ${NAME} or ${NAME:-default}, with letters, digits and underscores in the name";

/// Takes a text apart.
pub fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Unreadable> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        if start > 0 {
            pieces.push(Piece::Literal(&rest[..start]));
        }
        let inside = &rest[start + 2..];
        let end = inside.find('}').ok_or(Unreadable::Open)?;
        let (name, default) = match inside[..end].split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (&inside[..end], None),
        };
        if inside[..end].contains("${") {
            return Err(Unreadable::Nested);
        }
        if !is_variable(name) {
            return Err(Unreadable::Name);
        }
        pieces.push(Piece::Variable { name, default });
        rest = &inside[end + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    Ok(pieces)
}

/// Is it the name of a variable.
pub fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The text with the variables' values in it; a variable that is not set and has no default is a fault.
pub fn fill(text: &Spanned<String>, variables: &Variables) -> Result<Secret, Diagnostic> {
    let unreadable = |reason: Unreadable| Diagnostic::error("variable", &text.place, reason.to_string()).help(FORMS);
    let mut filled = Vec::new();
    for piece in pieces(&text.value).map_err(unreadable)? {
        match piece {
            Piece::Literal(literal) => filled.push(literal.to_owned()),
            Piece::Variable { name, default } => {
                let value = variables.get(name).map(Secret::expose);
                let value = default.map_or(value, |default| value.filter(|value| !value.is_empty()).or(Some(default)));
                let Some(value) = value else { return Err(unset(name, text)) };
                filled.push(value.to_owned());
            }
        }
    }
    Ok(Secret::new(filled.concat()))
}

fn unset(name: &str, text: &Spanned<String>) -> Diagnostic {
    Diagnostic::error("variable-unset", &text.place, format!("the variable {name} is not set"))
        .help(format!("set it in the environment or in `.env` beside the rules file, or write ${{{name}:-default}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_apart_or_refused() {
        let variable = |name, default| Piece::Variable { name, default };
        assert_eq!(pieces("a$b"), Ok(vec![Piece::Literal("a$b")]));
        assert_eq!(
            pieces("${A}${B:-x:-y}z"),
            Ok(vec![variable("A", None), variable("B", Some("x:-y")), Piece::Literal("z")])
        );
        assert_eq!(pieces("${A:-}"), Ok(vec![variable("A", Some(""))]));
        assert_eq!(pieces("x${A"), Err(Unreadable::Open));
        for (nested, why) in [("${${X}}", Unreadable::Nested), ("${A:-${B}}", Unreadable::Nested)] {
            assert_eq!(pieces(nested), Err(why), "{nested}");
        }
        for name in ["${}", "${A-b}", "${1A}", "${A:?no}", "${ A }"] {
            assert_eq!(pieces(name), Err(Unreadable::Name), "{name}");
        }
    }
}
