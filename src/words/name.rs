//! Identifiers of PostgreSQL: how a person writes them in a rules file, and how SQL quotes them.
//!
//! This is the only place that quotes SQL names. Names are never case-folded: they are what the catalog holds.

use std::fmt;

/// One identifier, exactly as the catalog has it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<str>);

impl Name {
    /// Takes the identifier as the catalog has it, unquoted.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Name(text.into())
    }

    /// The identifier as the catalog has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The identifier as SQL wants it: always in double quotes, inner quotes doubled.
    pub fn sql(&self) -> String {
        quote(&self.0)
    }
}

impl fmt::Display for Name {
    /// Writes the name as a rules file would have it, with control characters escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.0.chars().flat_map(visible).collect();
        if self.0.is_empty() || self.0.contains(['.', '"']) { f.write_str(&quote(&text)) } else { f.write_str(&text) }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Name::new(text)
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Name::new(text)
    }
}

/// A relation, or any other object that lives in a schema.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// The schema.
    pub schema: Name,
    /// The name within the schema.
    pub name: Name,
}

impl TableName {
    /// Joins a schema and a name.
    pub fn new(schema: impl Into<Name>, name: impl Into<Name>) -> Self {
        TableName { schema: schema.into(), name: name.into() }
    }

    /// Reads `users`, `sales.Order Lines` or `"odd.schema"."a""b"`; one part is in `public`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut parts = split(text)?;
        match parts.len() {
            1 => Ok(TableName::new("public", parts.remove(0))),
            2 => {
                let name = parts.remove(1);
                Ok(TableName::new(parts.remove(0), name))
            }
            _ => Err(NameError::Parts),
        }
    }

    /// The qualified name as SQL wants it.
    pub fn sql(&self) -> String {
        format!("{}.{}", self.schema.sql(), self.name.sql())
    }

    /// This table's column.
    pub fn column(&self, column: &Name) -> ColumnName {
        ColumnName { table: self.clone(), column: column.clone() }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

impl fmt::Debug for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A column of a table.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnName {
    /// The table.
    pub table: TableName,
    /// The column.
    pub column: Name,
}

impl ColumnName {
    /// Reads `users.email` or `sales.orders.note`; two parts are a table of `public` and its column.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut parts = split(text)?;
        let column = parts.pop().filter(|_| !parts.is_empty());
        let (Some(column), Some(name)) = (column, parts.pop()) else {
            return Err(NameError::Parts);
        };
        let schema = parts.pop().unwrap_or_else(|| "public".into());
        if !parts.is_empty() {
            return Err(NameError::Parts);
        }
        Ok(TableName::new(schema, name).column(&Name::from(column)))
    }
}

impl fmt::Display for ColumnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table, self.column)
    }
}

impl fmt::Debug for ColumnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// An empty part, as in `users.`.
    #[error("a part of the name is empty")]
    Empty,
    /// A quote that is not closed, or text right after a closing quote.
    #[error("double quotes do not match")]
    Quotes,
    /// Too few or too many parts.
    #[error("the name has the wrong number of parts")]
    Parts,
}

/// Quotes any text as an SQL string literal that means the same under every `standard_conforming_strings`.
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!(" E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// Splits a dotted name into its parts, with SQL's double quotes taken away.
pub fn split(text: &str) -> Result<Vec<String>, NameError> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_part(quoted)?,
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                if rest[..end].contains('"') {
                    return Err(NameError::Quotes);
                }
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        if part.is_empty() {
            return Err(NameError::Empty);
        }
        parts.push(part);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(parts),
            None => return Err(NameError::Quotes),
        }
    }
}

/// Reads up to the closing quote; returns the part and what follows it.
fn quoted_part(text: &str) -> Result<(String, &str), NameError> {
    let mut part = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"').ok_or(NameError::Quotes)?;
        part.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                part.push('"');
                rest = after;
            }
            None => return Ok((part, rest)),
        }
    }
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A character as it may be shown on a terminal: control characters are escaped.
fn visible(c: char) -> impl Iterator<Item = char> {
    let escape = c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
    let escaped = escape.then(|| c.escape_default());
    escaped.into_iter().flatten().chain((!escape).then_some(c))
}

/// Any text of a server or a file as it may be shown on a terminal: control characters are escaped, newlines too.
pub fn printable(text: &str) -> String {
    text.chars().flat_map(visible).collect()
}

/// The words of a name: `createdAt`, `created_at` and `Created At` are `created`, `at`.
pub fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (small && character.is_uppercase()) {
            words.push(String::new());
        }
        if character.is_alphanumeric() {
            words.last_mut().expect("never empty").extend(character.to_lowercase());
        }
        small = character.is_lowercase() || character.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_split_and_quoted_as_in_sql() {
        let name = TableName::parse("\"odd.schema\".\"a\"\"b\"").expect("a name");
        assert_eq!(name.schema.as_str(), "odd.schema");
        assert_eq!(name.sql(), "\"odd.schema\".\"a\"\"b\"");
        assert_eq!(name.to_string(), "\"odd.schema\".\"a\"\"b\"");
        assert_eq!(TableName::parse("users").expect("a name").to_string(), "public.users");
        assert_eq!(TableName::parse("sales.Order Lines").expect("a name").name.as_str(), "Order Lines");
        for bad in ["", "a.", ".a", "\"a", "a\"b", "a.b.c", "\"a\"b"] {
            assert!(TableName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_cannot_write_to_the_terminal() {
        assert_eq!(Name::from("a\u{1b}[31m\nb").to_string(), "a\\u{1b}[31m\\nb");
    }

    #[test]
    fn a_literal_survives_backslashes() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), " E'a\\\\''b'");
    }
}
