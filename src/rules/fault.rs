//! Collects every fault of a file, so that one reading reports them all.

use super::node::Node;
use crate::words::diagnostic::{Diagnostic, FilePlace, Place, SourceFile, nearest};
use crate::words::name::printable;
use std::ops::Range;
use std::sync::Arc;

/// More faults than anyone reads; the rest is counted, so that a hostile file costs no time.
const MOST: usize = 200;

/// The faults of one file so far.
pub struct Faults {
    file: Arc<SourceFile>,
    list: Vec<Diagnostic>,
    secrets: Vec<Range<usize>>,
    further: usize,
}

impl Faults {
    /// Starts with none.
    pub fn new(file: Arc<SourceFile>) -> Self {
        Faults { file, list: Vec::new(), secrets: Vec::new(), further: 0 }
    }

    /// The place of a span of the file.
    pub fn place(&self, span: &Range<usize>) -> FilePlace {
        FilePlace { file: self.file.clone(), span: span.clone() }
    }

    /// Adds a fault with what to do about it.
    pub fn add(
        &mut self,
        code: &'static str,
        span: &Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.cut() {
            return;
        }
        let help = help.into();
        let mut fault = Diagnostic::error(code, self.place(span), message);
        if !help.is_empty() {
            fault = fault.help(help);
        }
        self.list.push(fault);
    }

    /// Adds that a secret stands in the file; no snippet of any fault will show it.
    pub fn secret(&mut self, at: &Range<usize>, secret: Range<usize>, message: &str, help: &str) {
        self.secrets.push(secret);
        self.add("secret-in-file", at, message, help);
    }

    /// Adds that a node is not what belongs there.
    pub fn wrong(&mut self, node: &Node, what: &str, wanted: &str) {
        if let Some(kind) = node.kind() {
            self.add("wrong-type", &node.span(), format!("{what} is {kind}"), format!("it takes {wanted}"));
        }
    }

    /// Adds that something of the file stands there twice; names the line where it stood first.
    pub fn twice(&mut self, code: &'static str, what: &str, first: &Range<usize>, again: &Range<usize>) {
        if self.cut() {
            return;
        }
        let (line, _) = self.place(first).line_column();
        let (second, _) = self.place(again).line_column();
        let lines = if line == second {
            format!("twice on line {line}")
        } else {
            format!("on line {line} and again on line {second}")
        };
        self.add(code, again, format!("{what} stands {lines}"), "keep one of the two");
    }

    /// Adds that something stands in another file too, where it was read first.
    pub fn elsewhere(&mut self, what: &str, first: &FilePlace, again: &Range<usize>) {
        self.add("duplicate-key", again, format!("{what} stands at {first} too"), "keep one of the two");
    }

    /// True if there are so many that one more is only counted, which this has then done.
    pub fn cut(&mut self) -> bool {
        let full = self.list.len() >= MOST;
        self.further += usize::from(full);
        full
    }

    /// Are there any.
    pub fn any(&self) -> bool {
        !self.list.is_empty()
    }

    /// All of them, in the file's order.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        if !self.secrets.is_empty() {
            let file = Arc::new(SourceFile { path: self.file.path.clone(), text: self.covered() });
            for place in self.list.iter_mut().filter_map(|fault| fault.place.file_mut()) {
                place.file = file.clone();
            }
        }
        self.list.sort_by_key(|fault| fault.place.file().map_or(0, |place| place.span.start));
        self.list.dedup();
        if self.further > 0 {
            let message = format!("and {} more faults, not shown", self.further);
            self.list.push(Diagnostic::error("more-faults", Place::Object(self.file.path.clone()), message));
        }
        self.list
    }

    /// The text with every secret replaced, byte for byte, so that places stay.
    fn covered(&self) -> String {
        let mut text = self.file.text.clone().into_bytes();
        for byte in self.secrets.iter().flat_map(|span| span.clone()) {
            if let Some(byte) = text.get_mut(byte).filter(|byte| **byte != b'\n') {
                *byte = b'*';
            }
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// A text of the file as messages show it: in backquotes, control characters escaped, long ones cut.
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = printable(text).chars().take(LONGEST + 1).collect();
    if short.chars().count() > LONGEST {
        short.pop();
        short.push('…');
    }
    format!("`{short}`")
}

/// What a person may have meant, and everything that is allowed.
pub fn choices<'a>(word: &str, allowed: impl IntoIterator<Item = &'a str>) -> String {
    let allowed: Vec<&str> = allowed.into_iter().collect();
    let all = format!("allowed: {}", allowed.join(", "));
    // `prod` is far from `production` by edits, and near in meaning.
    let begun = allowed.iter().copied().find(|allowed| word.len() > 2 && allowed.starts_with(&word.to_lowercase()));
    match nearest(word, allowed.iter().copied()).or(begun) {
        Some(near) => format!("did you mean `{near}`? {all}"),
        None => all,
    }
}
