//! Flags that `plan` and `refresh` share.

use crate::plan::Wanted;
use crate::rules::{Environment, Verify};
use std::path::PathBuf;

/// Which database is cloned into which.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Ends {
    /// Environment to read [default: the target's `from:`, else the only production]
    #[arg(long, value_name = "ENVIRONMENT")]
    pub from: Option<String>,
    /// Environment to refresh [default: the only one of tier staging]
    #[arg(long, value_name = "ENVIRONMENT")]
    pub to: Option<String>,
}

/// How a refresh is done.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// Streams that copy at once, 1 to 64 [default: cores, 2 to 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub jobs: Option<u8>,
    /// How the clone takes its place
    #[arg(long, value_enum, default_value = "swap")]
    pub into: Into,
    /// Replace a non-empty database that standin did not make
    #[arg(long)]
    pub adopt: bool,
    /// Mask with a key that is drawn for this run and forgotten
    #[arg(long)]
    pub fresh_key: bool,
    /// Prove counts, constraints and masks, or also every kept value
    #[arg(long, value_enum, value_name = "HOW")]
    pub verify: Option<Proof>,
    /// Write the report to FILE.json or FILE.html; repeatable
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// Replace a database that holds subscriptions, publications or replication slots
    #[arg(long)]
    pub drop_replication: bool,
}

/// `--into`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Into {
    /// Build beside the old database, then swap the names.
    #[default]
    Swap,
}

/// `--verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Proof {
    /// Counts, constraints, sequences, masks.
    Fast,
    /// And a digest of every kept column.
    Full,
}

impl Flags {
    /// The flags together with what stands in the file under the environment; the command line wins.
    pub fn wanted(&self, to: &Environment) -> Wanted {
        let verify = self.verify.map(|proof| match proof {
            Proof::Fast => Verify::Fast,
            Proof::Full => Verify::Full,
        });
        Wanted {
            jobs: self.jobs.map(usize::from).or(to.options.jobs).unwrap_or(0),
            adopt: self.adopt || to.options.adopt == Some(true),
            verify: verify.or(to.options.verify).unwrap_or_default(),
            drop_replication: self.drop_replication || to.options.drop_replication == Some(true),
        }
    }
}
