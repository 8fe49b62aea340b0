//! Commands whose every exit is reported: on standard output with `--format json`, and to `--report` files.

use super::Context;
use crate::rules::Rules;
use crate::ui::file::{Form, ReportFile};
use crate::ui::report::{Report, RulesFacts};
use crate::ui::{html, metrics};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use std::path::{Path, PathBuf};

/// The report of a command at work, and where it will go.
pub struct Reported {
    /// What the command fills in.
    pub report: Report,
    /// What people read on standard output if it goes well.
    pub text: String,
    files: Vec<ReportFile>,
}

/// Runs a command; whatever becomes of it, the report is written to the paths of `--report`.
pub fn reported(
    context: &Context,
    command: &'static str,
    paths: &[PathBuf],
    work: impl FnOnce(&mut Reported) -> Result<()>,
) -> Result<()> {
    let mut reported = Reported { report: Report::new(command), text: String::new(), files: Vec::new() };
    let result = reported.write_to(paths).and_then(|()| work(&mut reported));
    let written = reported.write(context, &result);
    match (&result, written) {
        // What is published stays published: a report that cannot be written is a warning then.
        (Ok(()), Err(error)) if reported.report.record.published => {
            context.screen.diagnostics(error.diagnostics());
            Ok(())
        }
        (Ok(()), written) => written,
        (Err(_), Err(error)) => {
            context.screen.diagnostics(error.diagnostics());
            result
        }
        (Err(_), Ok(())) => result,
    }
}

impl Reported {
    /// Notes which rules are followed, and where their environment wants reports.
    pub fn rules(&mut self, rules: &Rules) {
        let (file, sha256) = (rules.file.path.clone(), rules.sha256.clone());
        self.report.rules = Some(RulesFacts { file, sha256, mapping: rules.mapping });
    }

    /// Adds files to write; each is checked before any work, all faults together.
    pub fn write_to(&mut self, paths: &[impl AsRef<Path>]) -> Result<()> {
        let mut faults = Vec::new();
        for path in paths.iter().map(AsRef::as_ref) {
            match ReportFile::new(path) {
                Ok(file) if self.files.contains(&file) => {
                    let place = Place::Object(format!("--report {}", path.display()));
                    faults.push(Diagnostic::error("report-path", place, "is named twice"));
                }
                Ok(file) => self.files.push(file),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Usage(faults)) }
    }

    /// Adds a file of metrics.
    pub fn metrics(&mut self, path: Option<&Path>) -> Result<()> {
        let Some(path) = path else { return Ok(()) };
        self.files.push(ReportFile::metrics(path).map_err(Error::usage)?);
        Ok(())
    }

    /// The hash of the report as it stands, for the marker of what is about to be published.
    pub fn hash(&self) -> String {
        blake3::hash(self.report.json(&Ok(())).to_string().as_bytes()).to_hex().to_string()
    }

    fn write(&self, context: &Context, result: &Result<()>) -> Result<()> {
        let report = self.report.json(result);
        let mut faults = Vec::new();
        for file in &self.files {
            let contents = match file.form {
                Form::Json => format!("{report:#}\n"),
                Form::Html => html::page(&report),
                Form::Metrics => metrics::text(&report, std::fs::read_to_string(&file.path).ok().as_deref()),
            };
            if let Err(fault) = file.write(&contents) {
                let place = Place::Object(format!("{} {}", file.form.flag(), file.path.display()));
                faults.push(
                    Diagnostic::error("report-not-written", place, format!("cannot be written: {}", fault.kind()))
                        .help("check the directory's rights and space"),
                );
            }
        }
        if result.is_ok() {
            context.screen.text(&self.text)?;
        }
        context.screen.object(&report)?;
        if faults.is_empty() { Ok(()) } else { Err(Error::Failed(faults)) }
    }
}
