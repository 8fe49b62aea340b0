//! `standin schema`.

use super::Context;
use crate::rules::schema::json_schema;
use crate::words::error::Result;

/// Print the JSON Schema of the rules file, for editors
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Prints the schema; it is JSON in either format.
pub fn run(_: Args, context: &Context) -> Result<()> {
    let schema = json_schema();
    context.screen.text(&format!("{schema:#}"))?;
    context.screen.object(&schema)
}
