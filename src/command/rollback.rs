//! `standin rollback`.

use super::Context;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};

/// Swap the previous database back, without contacting production
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment whose previous database comes back [default: the only one of tier staging]
    #[arg(long, value_name = "ENVIRONMENT")]
    to: Option<String>,
}

/// Swap the previous database back, without contacting production.
pub fn run(_args: Args, _context: &Context) -> Result<()> {
    Err(Error::failed(Diagnostic::error("bug", Place::Run, "this command is not written yet")))
}
