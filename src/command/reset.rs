//! `standin reset`: a copy of the baseline beside the database, made right for today, then the swap.

use super::clock::Clock;
use super::one::{self, One};
use super::reported::{Reported, reported};
use super::{Context, hooks, open, ready, seed_dev};
use crate::branch::{Baseline, Branch};
use crate::pg::hook::Hook;
use crate::pg::publish::{Shadow, returning};
use crate::plan::{TargetFacts, Wanted, guard, rights};
use crate::rules::Environment;
use crate::transfer::stop::Stop;
use crate::ui::progress::{Progress, time};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::event::{Event, Observer, Phase};
use crate::words::name::Name;
use std::path::PathBuf;
use std::sync::Arc;

/// The name of a baseline that got none.
pub const DEFAULT: &str = "default";

/// Put a database back to its baseline
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment to reset [default: the only one of tier staging]
    #[arg(long, value_name = "ENVIRONMENT")]
    to: Option<String>,
    /// The baseline's name
    #[arg(long, default_value = DEFAULT, value_parser = name)]
    name: String,
    /// Do everything but the swap, and drop the copy: would a reset work
    #[arg(long)]
    check: bool,
    /// Where there is no baseline of that name, fill the database anew instead, as `seed-dev --truncate` does
    #[arg(long, conflicts_with = "check")]
    seed: bool,
    /// Replace a database that standin did not make and the baseline was not saved from
    #[arg(long)]
    adopt: bool,
    /// Replace a database that holds subscriptions or replication slots
    #[arg(long)]
    drop_replication: bool,
    /// Go back even to a baseline that may hold subjects that were forgotten since
    #[arg(long)]
    with_forgotten: bool,
    /// Write the report to FILE.json or FILE.html; repeatable
    #[arg(long, value_name = "FILE")]
    report: Vec<PathBuf>,
    /// Write numbers for Prometheus' textfile collector to FILE
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
}

/// Puts the database back; what it was becomes the previous one.
pub fn run(args: Args, context: &Context) -> Result<()> {
    reported(context, "reset", &args.report, |reported| {
        reported.metrics(args.metrics.as_deref())?;
        let one = one::open(context, &context.rules, args.to.as_deref(), reported)?;
        reported.report.record.to = Some(one.to(None));
        let clock = Arc::new(Clock::new(Arc::new(Progress::new(&context.screen))));
        let reset = Reset { one: &one, args: &args, after: one.after()?, observer: &*clock };
        let result = open::runtime()?.block_on(one.locked(async |branch, stop| {
            if args.seed && !stop.guard(branch.baselines()).await?.iter().any(|baseline| baseline.name == args.name) {
                return Ok(None);
            }
            reset.run(branch, stop, reported).await.map(Some)
        }));
        if matches!(result, Ok(None)) {
            return seed_dev::again(&one.environment().name.value, context, reported);
        }
        let (phase, seconds) = clock.read();
        clock.on(Event::Phase(Phase::Done));
        reported.report.record.phase = Some(if result.is_ok() { Phase::Done } else { phase });
        if let Ok(Some(baseline)) = &result {
            reported.text = told(reported, baseline, &seconds);
        }
        reported.report.record.seconds = seconds;
        context.screen.diagnostics(&reported.report.record.warnings);
        result.map(|_| ())
    })
}

/// One reset under the run lock.
struct Reset<'a> {
    one: &'a One,
    args: &'a Args,
    after: Vec<Hook>,
    observer: &'a dyn Observer,
}

impl Reset<'_> {
    async fn run(&self, branch: &Branch<'_>, stop: &Stop, reported: &mut Reported) -> Result<Baseline> {
        let target = &branch.target;
        let (baseline, facts) = stop.guard(self.plan(branch)).await?;
        if facts.marker.as_ref().is_some_and(|live| baseline.marker.brings_back(live)) {
            if !self.args.with_forgotten {
                return Err(returning(&baseline.template.name));
            }
            reported.report.record.warnings.push(ready::brought_back(target.database));
        }
        self.observer.on(Event::Phase(Phase::Copy));
        for removed in stop.guard(target.remove_remains()).await? {
            self.observer.on(Event::Note(format!("removed {removed}, which a run that was cut off had left")));
        }
        let copy = match &baseline.prepared {
            Some(prepared) if !self.args.check => stop.guard(branch.take(&baseline, prepared)).await?,
            _ => stop.guard(branch.copy(&baseline)).await?,
        };
        if let Some(rule) = &self.one.environment().shift_dates {
            let days = stop.guard(branch.shift(rule, &copy)).await?;
            self.observer.on(Event::Note(format!("dates moved by {days} days")));
        }
        let server = self.one.server.with_database(&copy.name);
        let record = &mut reported.report.record;
        stop.guard(hooks::run(&self.after, &server, &self.one.run, self.observer, record)).await?;
        self.observer.on(Event::Phase(Phase::Verify));
        if facts.oid.is_some() {
            stop.guard(branch.same_schema(&baseline, &copy)).await?;
            stop.guard(target.maintenance.rehearse(target.database, &copy.name)).await?;
        }
        if self.args.check {
            target.maintenance.drop(&copy.name).await?;
            reported.report.done = "checked";
            return Ok(baseline);
        }
        self.observer.on(Event::Phase(Phase::Swap));
        stop.guard(still_there(branch, &facts)).await?;
        self.publish(branch, &copy, reported).await?;
        Ok(baseline)
    }

    /// What is there, and every reason to leave it as it is.
    async fn plan(&self, branch: &Branch<'_>) -> Result<(Baseline, TargetFacts)> {
        let Args { adopt, drop_replication, .. } = *self.args;
        let baseline = branch.baseline(&self.args.name).await?;
        let mut facts = ready::facts(&self.one.server, &self.one.run, branch.target.maintenance).await?;
        // The copy publishes the same; what hangs on it elsewhere hangs on a slot.
        facts.replication.retain(|(kind, _)| kind != "publication");
        // Whoever saved the database knows that it is put back.
        let saved = facts.oid.is_some() && facts.oid == baseline.marker.origin;
        refuse(
            &facts,
            self.one.environment(),
            &Wanted { adopt: adopt || saved, drop_replication, ..Wanted::default() },
        )?;
        Ok((baseline, facts))
    }

    /// The swap, and the previous databases that are too many then.
    async fn publish(&self, branch: &Branch<'_>, copy: &Shadow, reported: &mut Reported) -> Result<()> {
        // From here on a signal waits: the swap is one transaction and takes a moment.
        let previous = branch.target.publish(copy, reported.hash()).await?;
        // What follows is nobody's outage.
        self.observer.on(Event::Phase(Phase::Done));
        let record = &mut reported.report.record;
        record.published = true;
        record.to = Some(self.one.to(previous));
        let keep = self.one.environment().keep_previous;
        match branch.target.drop_previous(keep.count as usize, keep.oldest(jiff::Timestamp::now())).await {
            Ok((dropped, complaints)) => {
                record.warnings.extend(complaints);
                if let Some(to) = &mut record.to {
                    to.previous.take_if(|previous| dropped.contains(previous));
                }
            }
            Err(error) => record.warnings.extend(error.diagnostics().iter().cloned()),
        }
        Ok(())
    }
}

/// Refuses, with every reason at once, to replace what must not be replaced.
pub fn refuse(facts: &TargetFacts, environment: &Environment, wanted: &Wanted) -> Result<()> {
    let mut found = Vec::new();
    rights::target(facts, &mut found);
    guard::target(facts, environment, wanted, &mut found);
    if found.is_empty() { Ok(()) } else { Err(Error::Refused(found)) }
}

/// A baseline's name: it becomes part of a database's.
pub fn name(text: &str) -> std::result::Result<String, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    match (1..=24).contains(&text.len()) && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err("1 to 24 of: lower-case letters, digits, `_`, `-`".to_owned()),
    }
}

/// The guards once more, right before the swap.
async fn still_there(branch: &Branch<'_>, facts: &TargetFacts) -> Result<()> {
    let live = branch.target.maintenance.database(branch.target.database).await?;
    if live.as_ref().map(|live| live.oid) == facts.oid && live.and_then(|live| live.marker) == facts.marker {
        return Ok(());
    }
    let place = Place::from(&Name::from(branch.target.database));
    let message = "the database is not the one any more that it was when the reset began";
    Err(Error::refused(Diagnostic::error("target-changed", place, message).help("find out who replaced it")))
}

/// The end of a reset, for people.
fn told(reported: &Reported, baseline: &Baseline, seconds: &[(Phase, f64)]) -> String {
    let Some(to) = &reported.report.record.to else { return String::new() };
    let (of, at) = (&baseline.name, &baseline.marker.at);
    if reported.report.done == "checked" {
        return format!("a reset of {} to the baseline `{of}` of {at} would work; nothing was changed", to.environment);
    }
    let spent = |phase| time(seconds.iter().find(|(known, _)| *known == phase).map_or(0.0, |(_, seconds)| *seconds));
    let mut text =
        format!("reset: {} (database {}) is at its baseline `{of}` of {at} again\n", to.environment, to.database);
    text.push_str(&format!("  copied in {}, swapped in {}\n", spent(Phase::Copy), spent(Phase::Swap)));
    if let Some(previous) = &to.previous {
        text.push_str(&format!("  the previous database is kept as {previous}; `standin rollback` swaps it back\n"));
    }
    text
}
