//! `standin plan`.

use super::Context;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};

/// Show everything a refresh would do; write nothing
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    ends: super::flags::Ends,
    #[command(flatten)]
    flags: super::flags::Flags,
    /// Count rows instead of estimating them
    #[arg(long)]
    exact: bool,
}

/// Show everything a refresh would do; write nothing.
pub fn run(_args: Args, _context: &Context) -> Result<()> {
    Err(Error::failed(Diagnostic::error("bug", Place::Run, "this command is not written yet")))
}
