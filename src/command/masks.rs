//! `standin masks`: the list, or everything about one.

use super::Context;
use crate::mask::{self, Spec};
use crate::ui::masks;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use std::io::IsTerminal as _;

/// List the masks, or describe one
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The mask
    name: Option<String>,
}

/// Shows masks; no rules file is read.
pub fn run(args: Args, context: &Context) -> Result<()> {
    let screen = &context.screen;
    let Some(name) = args.name else {
        screen.text(&masks::list(mask::ALL, std::io::stdout().is_terminal()))?;
        let all: serde_json::Value = mask::ALL.iter().map(|spec| masks::json(spec)).collect();
        return screen.object(&serde_json::json!({ "masks": all }));
    };
    let spec = mask::find(&name).ok_or_else(|| unknown(&name))?;
    screen.text(&masks::details(spec))?;
    screen.object(&masks::json(spec))
}

fn unknown(name: &str) -> Error {
    let names = || mask::ALL.iter().map(|spec: &&Spec| spec.name);
    let help = match mask::meant(name) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
    };
    Error::usage(Diagnostic::error("mask-unknown", Place::Object(name.to_owned()), "no mask is called so").help(help))
}
