//! `standin key`.

use super::Context;
use crate::rules::{self, Variables};
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
    if args.id {
        return show_id(context);
    }
    let key = Key::random().map_err(|cause| {
        let message = format!("/dev/urandom cannot be read: {}", cause.kind());
        Error::failed(Diagnostic::error("no-randomness", Place::Run, message))
    })?;
    let hex = key.to_hex();
    context.screen.text(hex.expose())?;
    context.screen.object(&json!({ "key": hex.expose(), "id": key.id() }))
}

/// The `.env` beside the rules file counts, as it does for a refresh; the rules file itself need not exist.
fn show_id(context: &Context) -> Result<()> {
    let variables = Variables::read(&context.rules).map_err(Error::Usage)?;
    let (key, source) = rules::from_variables(&variables, Place::Run)?;
    context.screen.text(&key.id())?;
    context.screen.object(&json!({ "id": key.id(), "source": source.word() }))
}
