//! `standin baseline`: keeps the present state of a database, lists what is kept, drops it, makes the next copy ahead of time.

use super::one::{self, One};
use super::reported::{Reported, reported};
use super::reset::{self, refuse};
use super::{Context, open, ready};
use crate::branch::Branch;
use crate::plan::{TargetFacts, Wanted};
use crate::transfer::stop::Stop;
use crate::ui;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::event::Phase;
use crate::words::name::{Name, printable};

/// Keep the present state of a database, for `standin reset`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

/// What is done with a baseline.
#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Keep the present state as a template that nobody can connect to
    Save {
        #[command(flatten)]
        which: Which,
        /// End the sessions that are connected; new ones wait until it is saved
        #[arg(long)]
        end_sessions: bool,
    },
    /// List what is kept
    List {
        /// Environment [default: the only one of tier staging]
        #[arg(long = "in", value_name = "ENVIRONMENT")]
        within: Option<String>,
    },
    /// Drop what is kept
    Drop {
        #[command(flatten)]
        which: Which,
    },
    /// Make the copy for the next reset ahead of time, so that the reset only swaps
    Prepare {
        #[command(flatten)]
        which: Which,
    },
}

/// One baseline.
#[derive(Debug, clap::Args)]
struct Which {
    /// Environment [default: the only one of tier staging]
    #[arg(long = "in", value_name = "ENVIRONMENT")]
    within: Option<String>,
    /// The baseline's name
    #[arg(long, default_value = reset::DEFAULT, value_parser = reset::name)]
    name: String,
}

/// Does what the verb says.
pub fn run(args: Args, context: &Context) -> Result<()> {
    let (command, within) = match &args.verb {
        Verb::Save { which, .. } => ("baseline save", &which.within),
        Verb::List { within } => ("baseline list", within),
        Verb::Drop { which } => ("baseline drop", &which.within),
        Verb::Prepare { which } => ("baseline prepare", &which.within),
    };
    reported(context, command, &[], |reported| {
        let one = one::open(context, &context.rules, within.as_deref(), reported)?;
        reported.report.record.to = Some(one.to(None));
        reported.report.done = "done";
        open::runtime()?.block_on(async {
            match &args.verb {
                Verb::List { .. } => list(&one, reported).await,
                Verb::Save { which, end_sessions } => {
                    one.locked(async |branch, stop| save(&one, branch, stop, which, *end_sessions, reported).await)
                        .await
                }
                Verb::Drop { which } => {
                    one.locked(async |branch, _| {
                        branch.drop(branch.baseline(&which.name).await?).await?;
                        reported.text =
                            format!("dropped: the baseline `{}` of {}", which.name, branch.target.environment);
                        Ok(())
                    })
                    .await
                }
                Verb::Prepare { which } => {
                    one.locked(async |branch, stop| prepare(&one, branch, stop, which, reported).await).await
                }
            }
        })?;
        reported.report.record.phase = Some(Phase::Done);
        Ok(())
    })
}

async fn list(one: &One, reported: &mut Reported) -> Result<()> {
    let maintenance = one.maintenance().await?;
    let mut baselines = one.branch(&maintenance).baselines().await?;
    let mut sizes = Vec::new();
    for baseline in &baselines {
        sizes.push(maintenance.size(baseline.template.oid).await);
    }
    let kept: Vec<_> = baselines.drain(..).zip(sizes).collect();
    reported.text = ui::baseline::text(&kept);
    reported.report.more = ui::baseline::json(&kept);
    Ok(())
}

async fn save(
    one: &One,
    branch: &Branch<'_>,
    stop: &Stop,
    which: &Which,
    end_sessions: bool,
    reported: &mut Reported,
) -> Result<()> {
    let maintenance = branch.target.maintenance;
    let Some(live) = maintenance.database(branch.target.database).await? else {
        let place = Place::from(&Name::from(branch.target.database));
        let help = "fill it first, with a refresh for example";
        return Err(Error::refused(Diagnostic::error("no-database", place, "there is no such database").help(help)));
    };
    // What is only read may be whoever's; but a baseline is of use to those alone who may put it back.
    let facts = stop.guard(ready::facts(&one.server, &one.run, maintenance)).await?;
    refuse(&facts, one.environment(), &Wanted { adopt: true, drop_replication: true, ..Wanted::default() })?;
    prepared(&facts)?;
    stop.guard(branch.target.remove_remains()).await?;
    let waited = stop.guard(branch.save(&which.name, &live, end_sessions)).await?;
    let waited = ui::progress::time(waited.as_secs_f64());
    reported.text = format!(
        "saved: the present state of {} is its baseline `{}`; nobody could connect for {waited}",
        branch.target.environment, which.name
    );
    Ok(())
}

/// A database that holds a prepared transaction cannot be copied.
fn prepared(facts: &TargetFacts) -> Result<()> {
    let is_prepared = |(kind, name): &(String, String)| (kind == "prepared transaction").then(|| printable(name));
    let names: Vec<_> = facts.replication.iter().filter_map(is_prepared).collect();
    if names.is_empty() {
        return Ok(());
    }
    let message = format!("a database is copied only without prepared transactions: {}", names.join(", "));
    let diagnostic = Diagnostic::error("database-in-use", Place::Run, message);
    Err(Error::refused(diagnostic.help("COMMIT PREPARED or ROLLBACK PREPARED them there")))
}

async fn prepare(one: &One, branch: &Branch<'_>, stop: &Stop, which: &Which, reported: &mut Reported) -> Result<()> {
    let baseline = stop.guard(branch.baseline(&which.name)).await?;
    stop.guard(branch.target.remove_remains()).await?;
    let copy = stop.guard(branch.copy(&baseline)).await?;
    if let Some(rule) = &one.environment().shift_dates {
        stop.guard(branch.shift(rule, &copy)).await?;
    }
    stop.guard(branch.keep(&baseline, &copy)).await?;
    reported.text = format!("prepared: the next reset of {} to `{}` only swaps", branch.target.environment, which.name);
    Ok(())
}
