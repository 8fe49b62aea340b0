//! `standin completions SHELL`.

use super::Context;
use crate::words::error::Result;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// Prints the script that the shell reads.
pub fn run(args: Args, context: &Context) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut (context.declaration)(), "standin", &mut script);
    let script = String::from_utf8_lossy(&script);
    context.screen.text(&script)?;
    context.screen.object(&serde_json::json!({ "shell": args.shell.to_string(), "script": script }))
}
