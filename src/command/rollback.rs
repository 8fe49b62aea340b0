//! `standin rollback`: the previous database swapped back, without contacting production.

use super::one::{self, One};
use super::reported::{Reported, reported};
use super::{Context, open, ready};
use crate::transfer::stop::Stop;
use crate::words::error::Result;
use crate::words::event::Phase;
use std::path::PathBuf;

/// Swap the previous database back in, without contacting production
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment to roll back [default: the only one of tier staging]
    #[arg(long, value_name = "ENVIRONMENT")]
    to: Option<String>,
    /// Go back even to a database that may hold subjects that were forgotten since
    #[arg(long)]
    with_forgotten: bool,
    /// Write the report to FILE.json or FILE.html; repeatable
    #[arg(long, value_name = "FILE")]
    report: Vec<PathBuf>,
}

/// Swaps the previous database back; what was published becomes the previous one.
pub fn run(args: Args, context: &Context) -> Result<()> {
    reported(context, "rollback", &args.report, |reported| {
        let one = one::open(context, &context.rules, args.to.as_deref(), reported)?;
        open::runtime()?.block_on(roll_back(&one, args.with_forgotten, reported))?;
        context.screen.diagnostics(&reported.report.record.warnings);
        let to = reported.report.record.to.as_ref();
        let previous = to.and_then(|to| to.previous.clone()).unwrap_or_default();
        context.screen.text(&format!(
            "rolled back: {} is the previous database again; what it was is kept as {previous}",
            one.environment().name.value
        ))
    })
}

async fn roll_back(one: &One, forgotten: bool, reported: &mut Reported) -> Result<()> {
    let stop = Stop::default();
    tokio::spawn(stop.clone().listen());
    let maintenance = stop.guard(one.maintenance()).await?;
    let target = one.target(&maintenance);
    stop.guard(maintenance.lock(target.database)).await?;
    let record = &mut reported.report.record;
    record.phase = Some(Phase::Swap);
    let (previous, brings_back) = target.roll_back(forgotten).await?;
    record.warnings.extend(brings_back.then(|| ready::brought_back(target.database)));
    record.to = Some(one.to(Some(previous)));
    record.published = true;
    record.phase = Some(Phase::Done);
    Ok(())
}
