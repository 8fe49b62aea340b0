//! Flags that `plan` and `refresh` share.

use crate::plan::Wanted;
use crate::rules::scalar;
use crate::rules::{Environment, Verify};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::TableName;
use std::path::PathBuf;
use std::time::Duration;

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
    /// Read no more than this of the source, all streams together, as in 50MB/s
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub max_rate: Option<u64>,
    /// Give up after this time, as in 4h
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub deadline: Option<Duration>,
    /// How the clone takes its place
    #[arg(long, value_enum, value_name = "WAY")]
    pub into: Option<Into>,
    /// Replace only these tables, and those that foreign keys tie to them; needs `existing`
    #[arg(long, value_name = "TABLE,…", value_delimiter = ',')]
    pub only: Vec<String>,
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
    /// Go on although a role would lose privileges that it has in the present database
    #[arg(long)]
    pub accept_lost_grants: bool,
    /// Leave out the subjects whose primary keys a file lists, and all that refers to them; `-`: standard input; repeatable
    #[arg(long, value_name = "TABLE=FILE")]
    pub forget_file: Vec<String>,
    /// Replace a database that holds subscriptions, publications or replication slots
    #[arg(long)]
    pub drop_replication: bool,
}

/// `--into`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Into {
    /// Build beside the old database, then swap the names [default].
    Swap,
    /// Build beside the old database, then replace its rows in one transaction.
    Existing,
}

/// `--verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Proof {
    /// Counts, constraints, sequences, masks.
    Fast,
    /// And a digest of every kept column.
    Full,
}

fn rate(text: &str) -> std::result::Result<u64, String> {
    scalar::rate(text).ok_or_else(|| format!("it takes {}", scalar::RATE_FORMS))
}

fn time(text: &str) -> std::result::Result<Duration, String> {
    scalar::period(text).map(scalar::duration).ok_or_else(|| format!("it takes {}", scalar::PERIOD_FORMS))
}

impl Flags {
    /// The flags together with what stands in the file under both environments; the command line wins, but for the
    /// source's limits, which it may only tighten.
    pub fn wanted(&self, from: &Environment, to: &Environment) -> Result<Wanted> {
        let limits = &from.limits;
        let (jobs, rate) = (self.jobs.map(usize::from), self.max_rate);
        let looser = [
            ("--jobs", jobs.zip(limits.jobs).is_some_and(|(flag, limit)| flag > limit)),
            ("--max-rate", rate.zip(limits.max_rate).is_some_and(|(flag, limit)| flag > limit)),
        ];
        let looser: Vec<&str> = looser.iter().filter(|(_, looser)| *looser).map(|(flag, _)| *flag).collect();
        if !looser.is_empty() {
            let message = format!("{} asks for more than the limits of `{}`", looser.join(" and "), from.name.value);
            let place = Place::from(&from.name.place);
            return Err(Error::usage(
                Diagnostic::error("limits", place, message).help("flags may tighten limits; loosen them in the file"),
            ));
        }
        let existing = self.into.map_or(to.options.existing == Some(true), |into| into == Into::Existing);
        let least = |one: Option<usize>, other: Option<usize>| one.into_iter().chain(other).min();
        let verify = self.verify.map(|proof| match proof {
            Proof::Fast => Verify::Fast,
            Proof::Full => Verify::Full,
        });
        let cores = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        Ok(Wanted {
            jobs: least(jobs.or(to.options.jobs).or(Some(cores)), limits.jobs).unwrap_or(cores),
            max_rate: rate.or(to.options.max_rate).into_iter().chain(limits.max_rate).min(),
            deadline: self.deadline.or(to.options.deadline),
            adopt: self.adopt || to.options.adopt == Some(true),
            verify: verify.or(to.options.verify).unwrap_or_default(),
            accept_lost_grants: self.accept_lost_grants || to.options.accept_lost_grants == Some(true),
            drop_replication: self.drop_replication || to.options.drop_replication == Some(true),
            existing,
            only: self.only(existing)?,
            ..Wanted::default()
        })
    }

    /// The tables of `--only`.
    fn only(&self, existing: bool) -> Result<Vec<TableName>> {
        let fault = |message: String, help| {
            Error::usage(Diagnostic::error("only", Place::Object("--only".to_owned()), message).help(help))
        };
        if !self.only.is_empty() && !existing {
            let message = "a swap replaces whole databases: it cannot replace some tables only".to_owned();
            return Err(fault(message, "say `--into existing` too"));
        }
        let parse = |name: &String| {
            TableName::parse(name).map_err(|reason| fault(reason.to_string(), "write table, or schema.table"))
        };
        self.only.iter().map(parse).collect()
    }
}
