//! `standin demo`.

use super::Context;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};

/// Show the whole job on throw-away servers with invented people
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Leave both servers running and print their URLs
    #[arg(long)]
    keep: bool,
}

/// Show the whole job on throw-away servers with invented people.
pub fn run(_args: Args, _context: &Context) -> Result<()> {
    Err(Error::failed(Diagnostic::error("bug", Place::Run, "this command is not written yet")))
}
