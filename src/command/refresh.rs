//! `standin refresh`.

use super::Context;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};

/// Clone production into staging: masked, verified, swapped in whole
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    ends: super::flags::Ends,
    #[command(flatten)]
    flags: super::flags::Flags,
}

impl Args {
    /// The arguments as another command gives them.
    pub fn new(ends: super::flags::Ends, flags: super::flags::Flags) -> Self {
        Args { ends, flags }
    }
}

/// Clone production into staging: masked, verified, swapped in whole.
pub fn run(_args: Args, _context: &Context) -> Result<()> {
    Err(Error::failed(Diagnostic::error("bug", Place::Run, "this command is not written yet")))
}
