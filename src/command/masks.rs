//! `standin masks`.

use super::Context;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};

/// List the masks, or describe one
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The mask
    name: Option<String>,
}

/// List the masks, or describe one.
pub fn run(_args: Args, _context: &Context) -> Result<()> {
    Err(Error::failed(Diagnostic::error("bug", Place::Run, "this command is not written yet")))
}
