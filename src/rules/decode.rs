//! The small decoders that every part of the file is read with; each reports what is wrong and goes on.

use super::fault::{Faults, choices, shown};
use super::keys::Key;
use super::node::{Entry, Node, Scalar};
use super::scalar;
use super::words::{Words, of};
use crate::mask::args::Period;
use crate::words::diagnostic::Spanned;
use crate::words::name::{Name, NameError, TableName, split};
use std::ops::{Range, RangeInclusive};

/// A mapping whose keys are all known.
pub struct Fields<'a> {
    entries: Vec<&'a Entry>,
    span: Range<usize>,
}

impl<'a> Fields<'a> {
    /// Those entries of a mapping whose keys are in a table; the others are the caller's.
    pub fn of(entries: &'a [Entry], table: &[Key], span: &Range<usize>) -> Self {
        let known = |entry: &&Entry| table.iter().any(|key| key.name == entry.key.text);
        Fields { entries: entries.iter().filter(known).collect(), span: span.clone() }
    }

    /// The value of a key.
    pub fn get(&self, name: &str) -> Option<&'a Node> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// The entry of a key.
    pub fn entry(&self, name: &str) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.key.text == name).copied()
    }

    /// Where the mapping stands.
    pub fn span(&self) -> &Range<usize> {
        &self.span
    }
}

impl Faults {
    /// A mapping with keys of these tables: reports unknown ones and missing ones.
    pub fn fields<'a>(&mut self, node: &'a Node, what: &str, tables: &[&[Key]]) -> Option<Fields<'a>> {
        let keys = || tables.iter().flat_map(|table| table.iter());
        let entries = self.entries(node, what)?;
        let known = |entry: &&Entry| keys().any(|key| key.name == entry.key.text);
        let (known, unknown): (Vec<_>, Vec<_>) = entries.iter().partition(known);
        for entry in unknown {
            self.unknown_key(&entry.key, what, keys().map(|key| key.name));
        }
        for key in keys().filter(|key| key.required && !entries.iter().any(|entry| entry.key.text == key.name)) {
            let span = node.span();
            self.add("missing-key", &first_line(self, &span), format!("{what} lacks `{}`", key.name), key.help);
        }
        Some(Fields { entries: known, span: node.span() })
    }

    /// Reports a key that nobody knows.
    pub fn unknown_key<'k>(&mut self, key: &Scalar, what: &str, allowed: impl IntoIterator<Item = &'k str>) {
        let message = format!("{what} has an unknown key {}", shown(&key.text));
        self.add("unknown-key", &key.span, message, choices(&key.text, allowed));
    }

    /// The entries of a mapping.
    pub fn entries<'a>(&mut self, node: &'a Node, what: &str) -> Option<&'a [Entry]> {
        match node {
            Node::Map(entries, _) => Some(entries),
            _ => {
                self.wrong(node, what, "a mapping");
                None
            }
        }
    }

    /// The items of a list.
    pub fn items<'a>(&mut self, node: &'a Node, what: &str, wanted: &str) -> Option<&'a [Node]> {
        match node {
            Node::List(items, _) => Some(items),
            _ => {
                self.wrong(node, what, wanted);
                None
            }
        }
    }

    /// A scalar that is not empty.
    pub fn scalar<'a>(&mut self, node: &'a Node, what: &str, wanted: &str) -> Option<&'a Scalar> {
        match node {
            Node::Scalar(scalar) if !scalar.is_null() => Some(scalar),
            _ => {
                self.wrong(node, what, wanted);
                None
            }
        }
    }

    /// A text; numbers and words are what was written.
    pub fn text(&mut self, node: &Node, what: &str) -> Option<Spanned<String>> {
        let scalar = self.scalar(node, what, "a text")?;
        if scalar.text.trim().is_empty() {
            self.add("wrong-type", &scalar.span, format!("{what} is an empty text"), "");
            return None;
        }
        Some(Spanned::new(scalar.text.clone(), self.place(&scalar.span)))
    }

    /// A list of texts.
    pub fn texts(&mut self, node: &Node, what: &str) -> Option<Vec<Spanned<String>>> {
        let items = self.items(node, what, "a list of texts, as in `[one, two]`")?;
        Some(items.iter().filter_map(|item| self.text(item, what)).collect())
    }

    /// One of the words of a choice.
    pub fn word<T: Words>(&mut self, node: &Node, what: &str) -> Option<T> {
        let wanted = of::<T>();
        let scalar = self.scalar(node, what, &format!("one of {}", wanted.join(", ")))?;
        let found = T::WORDS.iter().find(|(word, _)| *word == scalar.text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            self.unknown_word(scalar, what, wanted);
        }
        found
    }

    /// Reports a word that is not one of the allowed.
    pub fn unknown_word<'w>(&mut self, scalar: &Scalar, what: &str, wanted: impl IntoIterator<Item = &'w str>) {
        let message = format!("{what} cannot be {}", shown(&scalar.text));
        self.add("unknown-word", &scalar.span, message, choices(&scalar.text, wanted));
    }

    /// `true` or `false`, as they stand.
    pub fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        let scalar = self.scalar(node, what, "true or false")?;
        match scalar.text.as_str() {
            "true" if scalar.plain => Some(true),
            "false" if scalar.plain => Some(false),
            _ => {
                let message = format!("{what} cannot be {}", shown(&scalar.text));
                self.add("wrong-type", &scalar.span, message, "write true or false, without quotes");
                None
            }
        }
    }

    /// A whole number within bounds.
    pub fn integer(&mut self, node: &Node, what: &str, bounds: RangeInclusive<i64>) -> Option<i64> {
        let wanted = match (*bounds.start(), *bounds.end()) {
            (i64::MIN, i64::MAX) => "a whole number, in digits".to_owned(),
            (low, i64::MAX) => format!("a whole number from {low}, in digits"),
            (low, high) if low == high => format!("the number {low}"),
            (low, high) => format!("a whole number from {low} to {high}, in digits"),
        };
        let read = |scalar: &Scalar| scalar::integer(&scalar.text).filter(|n| scalar.plain && bounds.contains(n));
        self.read(node, what, &wanted, read)
    }

    /// A period.
    pub fn period(&mut self, node: &Node, what: &str) -> Option<Period> {
        self.read(node, what, scalar::PERIOD_FORMS, |scalar| scalar::period(&scalar.text))
    }

    /// The code of a language.
    pub fn locale(&mut self, node: &Node) -> Option<String> {
        let scalar = self.scalar(node, "`locale`", "a language, as in de_DE")?;
        let known = crate::synth::CODES.contains(&scalar.text.as_str());
        if !known {
            self.unknown_word(scalar, "`locale`", crate::synth::CODES.iter().copied());
        }
        known.then(|| scalar.text.clone())
    }

    /// Anything that is read from a scalar's text; reports what it takes if it cannot.
    pub fn read<T>(
        &mut self,
        node: &Node,
        what: &str,
        wanted: &str,
        read: impl FnOnce(&Scalar) -> Option<T>,
    ) -> Option<T> {
        let scalar = self.scalar(node, what, wanted)?;
        let found = read(scalar);
        if found.is_none() {
            let message = format!("{what} cannot be {}", shown(&scalar.text));
            self.add("wrong-type", &scalar.span, message, format!("it takes {wanted}"));
        }
        found
    }

    /// The name of a column, role or the like, whatever YAML would make of it; quoted as in SQL where it has a dot.
    pub fn name(&mut self, scalar: &Scalar, what: &str) -> Option<Spanned<Name>> {
        let parts = self.parts(scalar, what, split)?;
        match <[String; 1]>::try_from(parts) {
            Ok([name]) => Some(Spanned::new(Name::from(name), self.place(&scalar.span))),
            Err(_) => {
                let help = format!("a name with a dot is quoted: '\"{}\"'", scalar.text.replace('"', "\"\""));
                self.add("bad-name", &scalar.span, format!("{} is not the name of {what}", shown(&scalar.text)), help);
                None
            }
        }
    }

    /// The name in a node.
    pub fn name_node(&mut self, node: &Node, what: &str) -> Option<Spanned<Name>> {
        match node {
            Node::Scalar(scalar) => self.name(scalar, what),
            _ => {
                self.wrong(node, &format!("the name of {what}"), "a text");
                None
            }
        }
    }

    /// The name of a table.
    pub fn table(&mut self, scalar: &Scalar) -> Option<Spanned<TableName>> {
        let table = self.parts(scalar, "a table", TableName::parse)?;
        Some(Spanned::new(table, self.place(&scalar.span)))
    }

    /// A dotted name, read by one of the words room's readers.
    pub fn parts<T>(&mut self, scalar: &Scalar, what: &str, read: impl Fn(&str) -> Result<T, NameError>) -> Option<T> {
        match read(&scalar.text) {
            Ok(name) => Some(name),
            Err(reason) => {
                let message = format!("{} is not the name of {what}: {reason}", shown(&scalar.text));
                let help = "a part with a dot or a double quote is quoted as in SQL: '\"odd.schema\".\"a\"\"b\"'";
                self.add("bad-name", &scalar.span, message, help);
                None
            }
        }
    }
}

/// The first line of a span: where the lack of something is shown.
fn first_line(faults: &Faults, span: &Range<usize>) -> Range<usize> {
    let text = &faults.place(span).file.text;
    let line = text.get(span.clone()).and_then(|text| text.find('\n'));
    span.start..line.map_or(span.end, |length| span.start + length)
}
