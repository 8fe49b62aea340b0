//! The file as a tree of nodes with their spans; every scalar keeps the text that was written, and no type is guessed.
//!
//! Rules files are plain YAML: tags, anchors, aliases, merge keys and further documents are faults, so every line says
//! what it means where it stands, and nothing can grow while it is read.

use super::fault::{Faults, shown};
use crate::words::name::printable;
use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};
use std::collections::HashMap;
use std::ops::Range;

/// How deep lists and mappings may nest.
const DEEPEST: usize = 64;

/// A node of the tree.
#[derive(Debug, Clone)]
pub enum Node {
    /// A text, number, word: whatever is no list and no mapping.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>, Range<usize>),
    /// A mapping without duplicate keys, in the file's order.
    Map(Vec<Entry>, Range<usize>),
    /// Something whose fault has been reported.
    Broken(Range<usize>),
}

/// A scalar as it was written.
#[derive(Debug, Clone)]
pub struct Scalar {
    /// The text, quotes and escapes taken away.
    pub text: String,
    /// It stood without quotes.
    pub plain: bool,
    /// Where it stands.
    pub span: Range<usize>,
}

/// A key and its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key.
    pub key: Scalar,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Where it stands.
    pub fn span(&self) -> Range<usize> {
        match self {
            Node::Scalar(scalar) => scalar.span.clone(),
            Node::List(_, span) | Node::Map(_, span) | Node::Broken(span) => span.clone(),
        }
    }

    /// The scalar, if it is one.
    pub fn scalar(&self) -> Option<&Scalar> {
        match self {
            Node::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// What it is, for messages; `None` if its fault has been reported.
    pub fn kind(&self) -> Option<&'static str> {
        match self {
            Node::Scalar(scalar) if scalar.is_null() => Some("empty"),
            Node::Scalar(_) => Some("a single value"),
            Node::List(..) => Some("a list"),
            Node::Map(..) => Some("a mapping"),
            Node::Broken(_) => None,
        }
    }
}

impl Scalar {
    /// Does it stand for nothing: `~`, `null`, or no text at all.
    pub fn is_null(&self) -> bool {
        self.plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

/// Reads the text of a file; `None` if it is not YAML or holds nothing, which is then reported.
pub fn tree(text: &str, faults: &mut Faults) -> Option<Node> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    let parser = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader { parser, text, faults };
    let root = reader.document();
    let ended = root.is_some() && reader.end();
    root.filter(|_| ended)
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    text: &'a str,
    faults: &'a mut Faults,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Option<Node> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(..), _) => {}
                (Event::StreamEnd, _) => {
                    let help = "a rules file begins with `version: 1`, `environments:` and `tables:`";
                    self.faults.add("file-empty", &(0..0), "the file says nothing", help);
                    return None;
                }
                (event, span) => return self.node(event, &span),
            }
        }
    }

    /// Expects nothing more than the end of the only document.
    fn end(&mut self) -> bool {
        loop {
            match self.next() {
                Some((Event::StreamEnd, _)) => return true,
                Some((Event::DocumentStart(..), span)) => {
                    let help = "a rules file is one YAML document; join the two or take the second away";
                    self.faults.add("yaml-unsupported", &bytes(&span), "a second document begins here", help);
                    return true;
                }
                Some(_) => {}
                None => return false,
            }
        }
    }

    /// The next event; a syntax error is reported and ends the reading.
    fn next(&mut self) -> Option<(Event<'a>, Span)> {
        loop {
            match self.parser.next_event()? {
                Ok((Event::Anchor(..), span)) => {
                    self.refuse(
                        &bytes(&span),
                        "anchors",
                        "take the anchor away; what is used twice belongs under `domains`",
                    );
                }
                Ok(next) => return Some(next),
                Err(error) => {
                    self.syntax(&error);
                    return None;
                }
            }
        }
    }

    fn syntax(&mut self, error: &ScanError) {
        let at = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
        let tab = self.text.as_bytes()[..at].ends_with(b"\t") || self.text.as_bytes()[at..].starts_with(b"\t");
        let help = if tab { "indent with spaces; YAML takes no tabs" } else { "" };
        self.faults.add("yaml-syntax", &(at..at), format!("this is not YAML: {}", printable(&error.info())), help);
    }

    fn node(&mut self, event: Event<'a>, span: &Span) -> Option<Node> {
        let at = bytes(span);
        if event.tag().is_some() {
            let tag = span.tag_span().map_or(at.clone(), |tag| bytes(&tag));
            self.refuse(&tag, "tags", "take the tag away; quote what is to be a text");
        }
        match event {
            Event::Scalar(text, style, ..) => {
                let plain = matches!(style, ScalarStyle::Plain);
                Some(Node::Scalar(Scalar { text: text.into_owned(), plain, span: at }))
            }
            Event::SequenceStart(..) => self.list(&at),
            Event::MappingStart(..) => self.map(&at),
            _ => {
                self.refuse(&at, "aliases", "write the value out; what is used twice belongs under `domains`");
                Some(Node::Broken(at))
            }
        }
    }

    /// Reports what rules files do without.
    fn refuse(&mut self, at: &Range<usize>, what: &str, help: &str) {
        self.faults.add("yaml-unsupported", at, format!("{what} are not read"), help);
    }

    fn list(&mut self, start: &Range<usize>) -> Option<Node> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, span) => return Some(Node::List(items, start.start..self.end_of(start, &span))),
                (event, span) => items.push(self.node(event, &span)?),
            }
        }
    }

    fn map(&mut self, start: &Range<usize>) -> Option<Node> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: HashMap<String, Range<usize>> = HashMap::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd, span) => {
                    return Some(Node::Map(entries, start.start..self.end_of(start, &span)));
                }
                (event, span) => self.node(event, &span)?,
            };
            let (event, span) = self.next()?;
            let value = self.node(event, &span)?;
            let Some(key) = self.key(key) else { continue };
            match seen.get(&key.text) {
                Some(first) => self.faults.twice("duplicate-key", &shown(&key.text), &first.clone(), &key.span),
                None => {
                    seen.insert(key.text.clone(), key.span.clone());
                    entries.push(Entry { key, value });
                }
            }
        }
    }

    /// A key that is a text.
    fn key(&mut self, key: Node) -> Option<Scalar> {
        match key {
            Node::Scalar(scalar) if scalar.plain && scalar.text == "<<" => {
                let help = "write the keys out; what is used twice belongs under `domains`";
                self.refuse(&scalar.span, "merge keys", help);
                None
            }
            Node::Scalar(scalar) if scalar.text.is_empty() => {
                self.faults.add("wrong-type", &scalar.span, "a key is empty", "");
                None
            }
            Node::Scalar(scalar) => Some(scalar),
            other => {
                self.faults.wrong(&other, "a key", "a text");
                None
            }
        }
    }

    /// The end of a collection, without the white space and comments before the next node.
    fn end_of(&self, start: &Range<usize>, end: &Span) -> usize {
        let end = bytes(end).end.max(start.end).min(self.text.len());
        start.start + self.text[start.start..end].trim_end().len()
    }
}

fn bytes(span: &Span) -> Range<usize> {
    span.byte_range().unwrap_or(0..0)
}
