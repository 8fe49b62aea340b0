//! `standin explain`.

use super::Context;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};

/// Say which line decided a column, and what will happen to it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The column, as in users.email or sales.orders.note
    #[arg(value_name = "TABLE.COLUMN")]
    column: String,
    #[command(flatten)]
    ends: super::flags::Ends,
}

/// Say which line decided a column, and what will happen to it.
pub fn run(_args: Args, _context: &Context) -> Result<()> {
    Err(Error::failed(Diagnostic::error("bug", Place::Run, "this command is not written yet")))
}
