//! The variables that `${NAME}` means: the process environment, then the `.env` beside the rules file.

use crate::words::diagnostic::{Diagnostic, FilePlace, Place, SourceFile};
use crate::words::secret::Secret;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Named values that must not be shown.
#[derive(Clone, Default)]
pub struct Variables {
    process: BTreeMap<String, Secret>,
    file: BTreeMap<String, Secret>,
}

impl Variables {
    /// Reads the process environment and the `.env` in the rules file's directory, if there is one.
    pub fn read(rules: &Path) -> Result<Self, Vec<Diagnostic>> {
        let process = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, Secret::new(value.into_string().ok()?))));
        let file = dotenv(&directory(rules).join(".env")).map_err(|fault| vec![fault])?;
        Ok(Variables { process: process.collect(), file })
    }

    /// Variables that a test or a caller gives.
    pub fn of<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let process = values.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        Variables { process, file: BTreeMap::new() }
    }

    /// A variable's value.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.process.get(name).or_else(|| self.file.get(name))
    }
}

/// The directory of a file, `.` for a bare name.
pub fn directory(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Reads a `.env` file; one that is not there is empty. Faults name the line and nothing that stands in it.
fn dotenv(path: &Path) -> Result<BTreeMap<String, Secret>, Diagnostic> {
    let shown = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => {
            let message = format!("{shown} cannot be read: {}", error.kind());
            return Err(Diagnostic::error("dotenv", Place::Object(shown), message).help("mend it or take it away"));
        }
    };
    let text = text.trim_start_matches('\u{feff}');
    let mut values = BTreeMap::new();
    for item in dotenvy::Iter::new(text.as_bytes()) {
        match item {
            // The first of two lines holds, as in every reader of such files.
            Ok((name, value)) => values.entry(name).or_insert_with(|| Secret::new(value)),
            Err(error) => return Err(unreadable(shown, text, &error)),
        };
    }
    Ok(values)
}

fn unreadable(path: String, text: &str, error: &dotenvy::Error) -> Diagnostic {
    let start = match error {
        dotenvy::Error::LineParse(line, _) => text.find(line.as_str()).unwrap_or(0),
        _ => 0,
    };
    let start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    // The snippet under the message shows where, and not what.
    let covered: String =
        text.chars().map(|c| if c == '\n' { "\n".to_owned() } else { "*".repeat(c.len_utf8()) }).collect();
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let file = Arc::new(SourceFile { path, text: covered });
    Diagnostic::error("dotenv", FilePlace { file, span: start..end }, "this line is not NAME=value")
        .help("quote values with spaces, quotes or `#`: NAME='value'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_beats_the_file_beside_the_rules() {
        let directory = tempfile::tempdir().expect("it works");
        std::fs::write(
            directory.path().join(".env"),
            "\u{feff}# c\nPATH=mine\nSTANDIN_TEST_ONLY='a b' # c\nSTANDIN_TEST_ONLY=2\n",
        )
        .expect("it works");
        let variables = Variables::read(&directory.path().join("standin.yaml")).expect("it works");
        assert_eq!(variables.get("STANDIN_TEST_ONLY").map(Secret::expose), Some("a b"));
        assert_ne!(variables.get("PATH").map(Secret::expose), Some("mine"));
    }

    #[test]
    fn a_broken_line_is_named_and_not_shown() {
        let directory = tempfile::tempdir().expect("it works");
        std::fs::write(directory.path().join(".env"), "A=1\nTOKEN=hunter2 hunter3\nB=2\n").expect("it works");
        let faults = Variables::read(&directory.path().join("standin.yaml")).err().expect("a fault");
        let place = faults[0].place.file().expect("a place");
        assert_eq!(place.line_column(), (2, 1));
        assert!(!place.file.text.contains("hunter"));
        assert!(!format!("{faults:?}").contains("hunter"));
    }
}
