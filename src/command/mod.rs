//! One file per command: open, read, plan, do, show.

pub mod baseline;
mod blame;
mod clock;
pub mod completions;
pub mod demo;
pub mod discard;
pub mod explain;
pub mod flags;
mod forget;
mod hooks;
pub mod key;
pub mod masks;
mod migrations;
mod one;
pub mod open;
pub mod plan;
pub mod profile;
pub mod publish;
mod ready;
pub mod refresh;
pub mod reported;
pub mod reset;
pub mod rollback;
pub mod schema;
pub mod seed_dev;
mod seed_guard;

use crate::ui::Screen;
use std::path::PathBuf;

/// What every command is given beside its own arguments.
pub struct Context {
    /// Where results, progress and questions go.
    pub screen: Screen,
    /// The rules file: `--rules`, else `STANDIN_RULES`, else `standin.yaml`.
    pub rules: PathBuf,
    /// Further rules files, for `publish` alone.
    pub more_rules: Vec<PathBuf>,
    /// The command line as clap knows it, for completions.
    pub declaration: fn() -> clap::Command,
}
