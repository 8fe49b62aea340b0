//! The two streams of the process, and how the user wants them.

use super::diagnostics;
use crate::words::diagnostic::{Diagnostic, Severity};
use crate::words::error::{Error, Result};
use indicatif::{MultiProgress, ProgressDrawTarget};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The form of results on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object, and nothing else on standard output.
    Json,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What the user asked of the output.
#[derive(Debug, Clone, Copy)]
pub struct Wishes {
    /// `--format`.
    pub format: Format,
    /// `--color`.
    pub color: Color,
    /// `-q`.
    pub quiet: bool,
    /// `--yes`.
    pub yes: bool,
}

/// Standard output and standard error. A closed one is no error: the reader has seen enough.
#[derive(Debug, Clone)]
pub struct Screen {
    wishes: Wishes,
    bars: MultiProgress,
    answered: Arc<AtomicBool>,
}

impl Screen {
    /// Looks at the streams once.
    pub fn new(wishes: Wishes) -> Self {
        let drawn = io::stderr().is_terminal() && !wishes.quiet && !dumb();
        let target = if drawn { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Screen { wishes, bars: MultiProgress::with_draw_target(target), answered: Arc::default() }
    }

    /// True for `--format json`.
    pub fn json(&self) -> bool {
        self.wishes.format == Format::Json
    }

    /// True for `-q`.
    pub fn quiet(&self) -> bool {
        self.wishes.quiet
    }

    /// True if standard output is coloured.
    pub fn colored(&self) -> bool {
        self.colors(io::stdout().is_terminal())
    }

    /// True if standard error is coloured.
    pub fn colored_errors(&self) -> bool {
        self.colors(io::stderr().is_terminal())
    }

    /// The progress bars; hidden where standard error is not a terminal.
    pub fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Writes a result for people, with a line break at its end; nothing with `--format json`.
    pub fn text(&self, text: &str) -> Result<()> {
        match text {
            _ if self.json() || text.is_empty() => Ok(()),
            _ if text.ends_with('\n') => print(text),
            _ => print(&format!("{text}\n")),
        }
    }

    /// Writes the one JSON object, the first that it is given; nothing with `--format text`.
    pub fn object(&self, value: &serde_json::Value) -> Result<()> {
        if !self.json() || self.answered.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        print(&format!("{value:#}\n"))
    }

    /// Writes a line about the work in progress to standard error; nothing with `-q`.
    pub fn line(&self, line: &str) {
        if !self.wishes.quiet {
            self.complain(&format!("{line}\n"));
        }
    }

    /// Writes diagnostics to standard error; with `-q`, errors and warnings only.
    pub fn diagnostics(&self, list: &[Diagnostic]) {
        for diagnostic in list {
            if diagnostic.severity > Severity::Note || !self.wishes.quiet {
                self.complain(&diagnostics::render(diagnostic, self.colored_errors()));
            }
        }
    }

    /// Tells how a command failed: every diagnostic, then a line that sums up.
    pub fn error(&self, error: &Error) {
        self.diagnostics(error.diagnostics());
        self.complain(&format!("{}\n", diagnostics::summary(error)));
    }

    /// Asks on a terminal; `--yes`, or the absence of a terminal, is consent.
    pub fn confirm(&self, question: &str) -> bool {
        if self.wishes.yes || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return true;
        }
        let mut answer = String::new();
        self.bars.suspend(|| {
            let _ = write!(io::stderr(), "{question} [y/N] ");
            let _ = io::stdin().lock().read_line(&mut answer);
        });
        matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
    }

    fn complain(&self, text: &str) {
        // Nobody is left to hear that standard error is closed.
        let _ = self.bars.suspend(|| io::stderr().write_all(text.as_bytes()));
    }

    fn colors(&self, terminal: bool) -> bool {
        match self.wishes.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !dumb() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }
}

/// Writes to standard output.
fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(fault) if fault.kind() != io::ErrorKind::BrokenPipe => Err(Error::failed(
            Diagnostic::error("output", crate::words::diagnostic::Place::Run, "standard output cannot be written")
                .help(fault.kind().to_string()),
        )),
        _ => Ok(()),
    }
}

/// True for a terminal without cursor and colours.
fn dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}
