//! Report files: checked before the work starts, written whole or not at all, readable by their owner alone.

use crate::words::diagnostic::{Diagnostic, Place};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// What a report file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The report of `--format json`.
    Json,
    /// One page for people.
    Html,
    /// Lines for Prometheus' textfile collector.
    Metrics,
}

impl Form {
    /// The flag that names such a file.
    pub fn flag(self) -> &'static str {
        if self == Form::Metrics { "--metrics" } else { "--report" }
    }

    /// Reports are their owner's alone; metrics hold numbers that a collector of another user reads.
    fn mode(self) -> u32 {
        if self == Form::Metrics { 0o644 } else { 0o600 }
    }
}

/// A path that a report may be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// The path.
    pub path: PathBuf,
    /// By the path's extension, or the flag.
    pub form: Form,
}

/// What every report of ours has near its beginning; nothing else is ever replaced.
pub const SIGNS: [&str; 3] = ["\"standin\": \"", "<meta name=\"generator\" content=\"standin", "# HELP standin_"];

impl ReportFile {
    /// Accepts a path whose directory exists and that is free, or holds an older report.
    pub fn new(path: &Path) -> Result<Self, Diagnostic> {
        let form = match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => Form::Json,
            Some("html") => Form::Html,
            _ => return Err(refuse(Form::Json, path, "does not say its form", "end it with `.json` or `.html`")),
        };
        ReportFile::of(form, path)
    }

    /// The same for a file of metrics, whatever its extension.
    pub fn metrics(path: &Path) -> Result<Self, Diagnostic> {
        ReportFile::of(Form::Metrics, path)
    }

    fn of(form: Form, path: &Path) -> Result<Self, Diagnostic> {
        let refuse = |path, what: &str, help| refuse(form, path, what, help);
        let directory = directory(path);
        if !directory.is_dir() {
            return Err(refuse(path, "stands in a directory that does not exist", "create the directory first"));
        }
        match fs::symlink_metadata(path) {
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => {}
            Err(fault) => {
                return Err(refuse(path, &format!("cannot be looked at: {}", fault.kind()), "name another path"));
            }
            Ok(facts) if facts.is_symlink() => {
                return Err(refuse(path, "is a symbolic link", "name the file that it points to"));
            }
            Ok(facts) if !facts.is_file() => return Err(refuse(path, "is not a regular file", "name another path")),
            Ok(facts) if facts.len() > 0 && !is_report(path) => {
                return Err(refuse(path, "exists and is not a report of standin", "remove it or name another path"));
            }
            Ok(_) => {}
        }
        Ok(ReportFile { path: path.to_owned(), form })
    }

    /// Writes beside the path and renames: a reader sees the old report or the new one.
    pub fn write(&self, contents: &str) -> io::Result<()> {
        // `tempfile` creates with mode 0600, and `persist` replaces a link instead of following it.
        let mut file = tempfile::Builder::new().prefix(".standin-report-").tempfile_in(directory(&self.path))?;
        file.write_all(contents.as_bytes())?;
        file.as_file().set_permissions(fs::Permissions::from_mode(self.form.mode()))?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|fault| fault.error)?;
        Ok(())
    }
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn is_report(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(1024).read_to_end(&mut head));
    let head = String::from_utf8_lossy(&head);
    read.is_ok() && SIGNS.iter().any(|sign| head.contains(sign))
}

fn refuse(form: Form, path: &Path, what: &str, help: &str) -> Diagnostic {
    Diagnostic::error("report-path", Place::Object(format!("{} {}", form.flag(), path.display())), what).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_free_paths_and_older_reports_are_taken() {
        let home = tempfile::tempdir().expect("a directory");
        let at = |name: &str| home.path().join(name);
        fs::write(at("foreign.json"), "{\"a\": 1}").expect("written");
        fs::create_dir(at("dir.json")).expect("made");
        symlink(at("nowhere"), at("link.json")).expect("linked");
        for bad in ["foreign.json", "dir.json", "link.json", "missing/r.json", "r.txt", "r"] {
            assert!(ReportFile::new(&at(bad)).is_err(), "{bad}");
        }
        let report = ReportFile::new(&at("r.json")).expect("free");
        report.write("{\n  \"format\": 1,\n  \"standin\": \"0.1.0\"\n}\n").expect("written");
        assert_eq!(fs::metadata(&report.path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(ReportFile::new(&at("r.json")), Ok(report.clone()));
        symlink(at("foreign.json"), at("late.json")).expect("linked");
        ReportFile { path: at("late.json"), form: Form::Json }.write("{}").expect("written");
        assert_eq!(fs::read_to_string(at("foreign.json")).expect("there"), "{\"a\": 1}");
    }
}
