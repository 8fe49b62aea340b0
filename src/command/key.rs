//! `standin key`.

use super::Context;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::secret::Key;
use serde_json::json;

/// Print a new 256-bit key, or the fingerprint of the current one
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the fingerprint of the key in STANDIN_KEY or STANDIN_KEY_FILE
    #[arg(long)]
    id: bool,
}

/// Prints a key to keep, or the name of the one that is there.
pub fn run(args: Args, context: &Context) -> Result<()> {
    let key = Key::random().map_err(|fault| {
        Error::failed(Diagnostic::error("random", Place::Run, format!("/dev/urandom cannot be read: {}", fault.kind())))
    })?;
    let hex = key.to_hex();
    context.screen.text(&format!("{}\n", hex.expose()))?;
    context.screen.object(&json!({ "key": hex.expose(), "id": key.id() }))
}
