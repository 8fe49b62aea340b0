//! Diagnostics as text: `file:line:col`, the line, a caret, and what to do next.

use super::redact;
use crate::words::diagnostic::{Diagnostic, FilePlace, Severity};
use crate::words::error::{Error, Signal};
use crate::words::name::printable;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::ops::Range;

/// One diagnostic, with its snippet if it stands in a file; ends with an empty line.
pub fn render(diagnostic: &Diagnostic, colored: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let message = paragraphs(&diagnostic.message);
    let title = match diagnostic.place.object() {
        Some(object) => format!("{}: {message}", printable(object)),
        None => message,
    };
    let title = level.primary_title(redact::message(&title)).id(diagnostic.code);
    let mut group = match diagnostic.place.file() {
        Some(place) => title.element(Line::of(place).snippet()),
        None => Group::with_title(title),
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(redact::message(&paragraphs(help))));
    }
    let renderer = if colored { Renderer::styled() } else { Renderer::plain() };
    format!("{}\n\n", renderer.render(&[group]))
}

/// `refused: 7 errors, 2 warnings`.
pub fn summary(error: &Error) -> String {
    if let Error::Interrupted(signal) = error {
        let name = if *signal == Signal::Interrupt { "Ctrl-C" } else { "SIGTERM" };
        return format!("interrupted by {name}");
    }
    let count = |severity| error.diagnostics().iter().filter(|one| one.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let mut parts = vec![counted(errors, "error")];
    if warnings > 0 {
        parts.push(counted(warnings, "warning"));
    }
    format!("{}: {}", error.result(), parts.join(", "))
}

/// `1 error`, `2 errors`.
pub fn counted(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// Escapes control characters but keeps line breaks, which a multi-line help has.
fn paragraphs(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

/// The first line of a place, cut out of its file and made fit to be shown.
struct Line {
    path: String,
    number: usize,
    text: String,
    span: Range<usize>,
}

impl Line {
    fn of(place: &FilePlace) -> Line {
        let file = &place.file.text;
        let start = floor(file, place.span.start);
        let line_start = file[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = file[start..].find('\n').map_or(file.len(), |at| start + at);
        let end = floor(file, place.span.end).clamp(start, line_end);
        let shown = Shown::new(&redact::line(&file[line_start..line_end], in_environments(&file[..start])));
        let characters = |range: Range<usize>| file[range].chars().count();
        let first = shown.offset(characters(line_start..start));
        let last = shown.offset(characters(line_start..end)).max(first);
        Line { path: printable(&place.file.path), number: place.line_column().0, text: shown.text, span: first..last }
    }

    fn snippet(self) -> Snippet<'static, annotate_snippets::Annotation<'static>> {
        Snippet::source(self.text)
            .path(self.path)
            .line_start(self.number)
            .annotation(AnnotationKind::Primary.span(self.span))
    }
}

/// A line whose control characters are escaped, and where each of its characters went.
struct Shown {
    text: String,
    offsets: Vec<usize>,
}

impl Shown {
    fn new(line: &str) -> Self {
        let mut shown = Shown { text: String::new(), offsets: Vec::new() };
        for c in line.trim_end_matches('\r').chars() {
            shown.offsets.push(shown.text.len());
            match c {
                '\t' => shown.text.push(' '),
                _ => shown.text.push_str(&printable(c.encode_utf8(&mut [0; 4]))),
            }
        }
        shown
    }

    fn offset(&self, character: usize) -> usize {
        self.offsets.get(character).copied().unwrap_or(self.text.len())
    }
}

/// True if the last top-level key before the place is `environments`, or there is none.
fn in_environments(before: &str) -> bool {
    let top =
        before.lines().rev().find(|line| line.starts_with(|c: char| c.is_ascii_alphabetic() || "\"'{".contains(c)));
    top.is_none_or(|line| line.starts_with('{') || line.trim_start_matches(['"', '\'']).starts_with("environments"))
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::diagnostic::{Place, SourceFile};
    use std::sync::Arc;

    fn place(text: &str, what: &str) -> FilePlace {
        let start = text.find(what).expect("the text has it");
        let file = Arc::new(SourceFile { path: "rules/shop.yaml".into(), text: text.into() });
        FilePlace { file, span: start..start + what.len() }
    }

    #[test]
    fn a_fault_of_a_file_shows_its_line() {
        let text = "version: 1\ntables:\n  users:\n    mask: { email: emial }\n";
        let fault = Diagnostic::error("unknown-mask", place(text, "emial"), "no mask or domain is called `emial`")
            .help("did you mean `email`?\n`standin masks` lists them");
        insta::assert_snapshot!(render(&fault, false), @r#"
        error[unknown-mask]: no mask or domain is called `emial`
         --> rules/shop.yaml:4:20
          |
        4 |     mask: { email: emial }
          |                    ^^^^^
          |
          = help: did you mean `email`?
                  `standin masks` lists them
        "#);
    }

    #[test]
    fn an_object_stands_in_the_title() {
        let fault = Diagnostic::error(
            "column-undecided",
            Place::Object("public.us\u{1b}[31mers.ssn".into()),
            "no rule decides this column",
        )
        .help("add `ssn: erase` under `tables.users.mask`");
        insta::assert_snapshot!(render(&fault, false), @r#"
        error[column-undecided]: public.us\u{1b}[31mers.ssn: no rule decides this column
         |
         = help: add `ssn: erase` under `tables.users.mask`
        "#);
        let text = "tables:\n  users: { keep: rest }\n";
        let fault =
            Diagnostic::warning("kept", Place::ObjectInFile("public.users.ssn".into(), place(text, "rest")), "is kept");
        insta::assert_snapshot!(render(&fault, false), @r#"
        warning[kept]: public.users.ssn: is kept
         --> rules/shop.yaml:2:18
          |
        2 |   users: { keep: rest }
          |                  ^^^^
        "#);
    }

    #[test]
    fn a_hostile_file_writes_nothing_to_the_terminal() {
        let text = "environments:\n\tü: \u{1b}[2J\u{202e}postgres://a:sekret@h/db x\r\n";
        let fault = Diagnostic::error("syntax", place(text, "x\r\n"), "a tab\u{7} cannot indent");
        let shown = render(&fault, false);
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\r', '\u{7}']) && !shown.contains("sekret"), "{shown}");
        insta::assert_snapshot!(shown, @r#"
        error[syntax]: a tab\u{7} cannot indent
         --> rules/shop.yaml:2:47
          |
        2 |  ü: \u{1b}[2J\u{202e}postgres://a:******@h/db x
          |                                               ^
        "#);
    }

    #[test]
    fn a_place_beyond_the_text_or_of_many_lines_is_no_panic() {
        let file = Arc::new(SourceFile { path: "r.yaml".into(), text: "a: ß\nb: 2".into() });
        for span in [0..100, 90..100, 4..4, 3..9, 9..9] {
            let fault = Diagnostic::error("x", FilePlace { file: file.clone(), span }, "wrong");
            assert!(render(&fault, true).contains("wrong"));
        }
        let empty = FilePlace { file: Arc::new(SourceFile { path: "e".into(), text: String::new() }), span: 0..0 };
        assert!(render(&Diagnostic::error("x", empty, "empty"), false).contains("e:1:1"));
    }

    #[test]
    fn faults_are_counted() {
        let fault = Diagnostic::error("x", Place::Run, "x");
        let warning = Diagnostic::warning("x", Place::Run, "x");
        assert_eq!(summary(&Error::Refused(vec![fault.clone(), fault, warning])), "refused: 2 errors, 1 warning");
        assert_eq!(summary(&Error::Interrupted(Signal::Terminate)), "interrupted by SIGTERM");
    }
}
