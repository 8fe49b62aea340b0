//! `standin schema`.

use super::Context;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};

/// Print the JSON Schema of the rules file
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Print the JSON Schema of the rules file.
pub fn run(_args: Args, _context: &Context) -> Result<()> {
    Err(Error::failed(Diagnostic::error("bug", Place::Run, "this command is not written yet")))
}
