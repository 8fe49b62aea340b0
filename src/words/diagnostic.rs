//! What is wrong, where, and what to do next: the one shape of every error and warning a user sees.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something was left aside and nobody is hurt.
    Note,
    /// The work goes on, and somebody should look.
    Warning,
    /// The work does not start, or stops.
    Error,
}

/// One finding. Its texts never hold a value of a row, a password or a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// A stable word for scripts, as in `column-undecided`.
    pub code: &'static str,
    /// Where it is.
    pub place: Place,
    /// What is wrong: one sentence, without a full stop.
    pub message: String,
    /// What to do next, often the line to add.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &'static str, place: impl Into<Place>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, place.into(), message.into())
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, place: impl Into<Place>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, place.into(), message.into())
    }

    /// A note at a place.
    pub fn note(code: &'static str, place: impl Into<Place>, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, place.into(), message.into())
    }

    /// The same, as something that ends no run.
    pub fn as_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Adds what to do next.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn new(severity: Severity, code: &'static str, place: Place, message: String) -> Self {
        Diagnostic { severity, code, place, message, help: None }
    }
}

/// Where something is.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Place {
    /// The run as a whole.
    #[default]
    Run,
    /// A span of a file.
    File(FilePlace),
    /// A table, column, constraint, role: its name, as it is to be shown.
    Object(String),
    /// A thing of the database that a line of the rules file speaks of.
    ObjectInFile(String, FilePlace),
}

impl Place {
    /// The object's name, if there is one.
    pub fn object(&self) -> Option<&str> {
        match self {
            Place::Object(name) | Place::ObjectInFile(name, _) => Some(name),
            Place::Run | Place::File(_) => None,
        }
    }

    /// The span of a file, if there is one.
    pub fn file(&self) -> Option<&FilePlace> {
        match self {
            Place::File(file) | Place::ObjectInFile(_, file) => Some(file),
            Place::Run | Place::Object(_) => None,
        }
    }

    /// The span of a file, to be changed.
    pub fn file_mut(&mut self) -> Option<&mut FilePlace> {
        match self {
            Place::File(file) | Place::ObjectInFile(_, file) => Some(file),
            Place::Run | Place::Object(_) => None,
        }
    }
}

impl fmt::Display for Place {
    /// Writes the object, else `file:line:col`, else nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Run => Ok(()),
            Place::Object(name) | Place::ObjectInFile(name, _) => f.write_str(name),
            Place::File(file) => file.fmt(f),
        }
    }
}

impl From<FilePlace> for Place {
    fn from(place: FilePlace) -> Self {
        Place::File(place)
    }
}

impl From<&FilePlace> for Place {
    fn from(place: &FilePlace) -> Self {
        Place::File(place.clone())
    }
}

macro_rules! object_place {
    ($($name:ty),*) => {$(
        impl From<&$name> for Place {
            fn from(name: &$name) -> Self {
                Place::Object(name.to_string())
            }
        }
    )*};
}
object_place!(super::name::Name, super::name::TableName, super::name::ColumnName);

/// A file that was read once: every place in it shares the text.
#[derive(PartialEq)]
pub struct SourceFile {
    /// The path as the user wrote it.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// A span of a file.
#[derive(Clone, PartialEq)]
pub struct FilePlace {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Byte offsets into its text, from the start to just after the end.
    pub span: Range<usize>,
}

impl FilePlace {
    /// Line and column, both from 1; columns count characters.
    pub fn line_column(&self) -> (usize, usize) {
        let mut start = self.span.start.min(self.file.text.len());
        while !self.file.text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &self.file.text[..start];
        let line_start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
        let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }
}

impl fmt::Display for FilePlace {
    /// Writes `file:line:col`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}", self.file.path)
    }
}

impl fmt::Debug for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A value together with the place in the file where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: FilePlace,
}

impl<T> Spanned<T> {
    /// Joins a value and its place.
    pub fn new(value: T, place: FilePlace) -> Self {
        Spanned { value, place }
    }
}

/// The candidate that a person most likely meant: by edit distance, within a third of the length.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_nonsense_is_not() {
        let masks = ["email", "phone", "name"];
        assert_eq!(nearest("emial", masks), Some("email"));
        assert_eq!(nearest("Email", masks), Some("email"));
        assert_eq!(nearest("zzz", masks), None);
    }

    #[test]
    fn a_place_counts_characters() {
        let file = Arc::new(SourceFile { path: "r.yaml".into(), text: "a: 1\nß: x\n".into() });
        let at = file.text.find('x').expect("x");
        assert_eq!(FilePlace { file, span: at..at + 1 }.to_string(), "r.yaml:2:4");
    }
}
