//! `standin publish`: the guards once more, then the swap of what `refresh --hold` built, of several rules files together.

use super::one::{self, One};
use super::reported::{Reported, reported};
use super::reset::refuse;
use super::{Context, open, ready};
use crate::pg::database::Maintenance;
use crate::pg::publish::{Published, Shadow};
use crate::plan::Wanted;
use crate::transfer::stop::Stop;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::event::Phase;
use crate::words::name::Name;
use serde_json::json;
use std::path::PathBuf;

/// Swap in what `refresh --hold` built; with several --rules, all of them or none
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment of each rules file [default: the only one of tier staging]
    #[arg(long, value_name = "ENVIRONMENT")]
    to: Option<String>,
    /// Replace a database that holds subscriptions, publications or replication slots
    #[arg(long)]
    drop_replication: bool,
    /// Write the report to FILE.json or FILE.html; repeatable
    #[arg(long, value_name = "FILE")]
    report: Vec<PathBuf>,
}

/// Publishes what is held.
pub fn run(args: Args, context: &Context) -> Result<()> {
    reported(context, "publish", &args.report, |reported| {
        let mut ones: Vec<One> = Vec::new();
        for file in [&context.rules].into_iter().chain(&context.more_rules) {
            let one = one::open(context, file, args.to.as_deref(), reported)?;
            if ones.iter().any(|other| other.server.describe() == one.server.describe()) {
                let place = Place::from(&one.environment().name.place);
                let message = format!("{} is the target of another rules file too", one.server.describe());
                return Err(Error::usage(Diagnostic::error("rules-twice", place, message).help("name each file once")));
            }
            ones.push(one);
        }
        reported.rules(&ones[0].rules);
        let published = open::runtime()?.block_on(publish(&ones, args.drop_replication, reported))?;
        let line = |(one, previous): (&One, &Option<String>)| {
            let (environment, database) = (&one.environment().name.value, one.server.database());
            let kept =
                previous.as_ref().map_or(String::new(), |name| format!("; the previous database is kept as {name}"));
            format!("published: {environment} (database {database}){kept}\n")
        };
        reported.text = ones.iter().zip(&published).map(line).collect();
        let each = ones.iter().zip(&published).map(|(one, previous)| {
            json!({ "environment": one.environment().name.value, "database": one.server.database(), "previous": previous })
        });
        reported.report.more.insert("published".to_owned(), each.collect());
        context.screen.diagnostics(&reported.report.record.warnings);
        Ok(())
    })
}

/// One target that is ready to be published.
struct Ready<'a> {
    one: &'a One,
    target: Published<'a>,
    held: Shadow,
    /// The cluster, and whom we are there: databases with the same swap in one transaction.
    server: (String, String),
}

/// Guards of all, then the swaps; returns the names of the previous databases.
async fn publish(ones: &[One], drop_replication: bool, reported: &mut Reported) -> Result<Vec<Option<String>>> {
    let stop = Stop::default();
    tokio::spawn(stop.clone().listen());
    let mut sessions: Vec<Maintenance> = Vec::new();
    for one in ones {
        let maintenance = stop.guard(one.maintenance()).await?;
        stop.guard(maintenance.lock(one.server.database())).await?;
        sessions.push(maintenance);
    }
    let (mut targets, mut refusals) = (Vec::new(), Vec::new());
    for (one, maintenance) in ones.iter().zip(&sessions) {
        match stop.guard(ready(one, maintenance, drop_replication, reported)).await {
            Ok(target) => targets.push(target),
            Err(Error::Refused(found)) => refusals.extend(found),
            Err(error) => return Err(error),
        }
    }
    if !refusals.is_empty() {
        return Err(Error::Refused(refusals));
    }
    reported.report.record.phase = Some(Phase::Swap);
    // From here on a signal waits: each swap is one transaction and takes a moment.
    let mut previous = swap(&targets, reported).await?;
    let record = &mut reported.report.record;
    record.published = true;
    record.phase = Some(Phase::Done);
    for (target, previous) in targets.iter().zip(&mut previous) {
        let keep = target.one.environment().keep_previous;
        match target.target.drop_previous(keep.count as usize, keep.oldest(jiff::Timestamp::now())).await {
            Ok((dropped, complaints)) => {
                record.warnings.extend(complaints);
                previous.take_if(|previous| dropped.contains(previous));
            }
            Err(error) => record.warnings.extend(error.diagnostics().iter().cloned()),
        }
        record.warnings.extend(ready::still_held(&target.target, &target.held.marker).await);
    }
    record.to = targets.first().map(|target| target.one.to(previous[0].clone()));
    Ok(previous)
}

/// What is held for one target, if everything is as it was when it was built.
async fn ready<'a>(
    one: &'a One,
    maintenance: &'a Maintenance,
    drop_replication: bool,
    reported: &mut Reported,
) -> Result<Ready<'a>> {
    let target = one.target(maintenance);
    let held = target.held().await?;
    let facts = ready::facts(&one.server, &one.run, maintenance).await?;
    let place = || Place::from(&Name::from(target.database));
    if facts.oid != held.marker.origin {
        let message = "the database is not the one any more that it was when the held one was built";
        let help = "`standin refresh --hold` builds a new one; `standin discard` drops the old one";
        return Err(Error::refused(Diagnostic::error("target-changed", place(), message).help(help)));
    }
    // Whoever held it had to be allowed to replace this very database.
    refuse(&facts, one.environment(), &Wanted { adopt: true, drop_replication, ..Wanted::default() })?;
    if held.marker.rules != one.rules.sha256 {
        let message = "the rules file is not the one any more that the held database was built by";
        let help = "`standin refresh --hold` builds one by the present rules";
        reported.report.record.warnings.push(Diagnostic::warning("rules-changed", place(), message).help(help));
    }
    Ok(Ready { one, target, held, server: (facts.system_identifier, one.server.user().to_owned()) })
}

/// Swaps the databases of one server in one transaction, servers one after another; if one fails, the others go back.
async fn swap(targets: &[Ready<'_>], reported: &Reported) -> Result<Vec<Option<String>>> {
    let mut previous = vec![None; targets.len()];
    let mut done: Vec<usize> = Vec::new();
    for first in 0..targets.len() {
        let server = &targets[first].server;
        if targets[..first].iter().any(|target| target.server == *server) {
            continue;
        }
        let group: Vec<usize> = (first..targets.len()).filter(|at| targets[*at].server == *server).collect();
        if let Err(error) = together(targets, &group, &mut previous, reported).await {
            return Err(undo(targets, &done, &previous, error).await);
        }
        done.extend(group);
    }
    Ok(previous)
}

/// One transaction of one server.
async fn together(
    targets: &[Ready<'_>],
    group: &[usize],
    previous: &mut [Option<String>],
    reported: &Reported,
) -> Result<()> {
    let mut swaps = Vec::new();
    for at in group {
        let swap = targets[*at].target.publishing(&targets[*at].held, reported.hash()).await?;
        previous[*at] = swap.replaces.then(|| swap.outgoing.clone());
        swaps.push(swap);
    }
    targets[group[0]].target.maintenance.swap(&swaps).await
}

/// Takes back what was published on other servers; what cannot be is told beside the error.
async fn undo(targets: &[Ready<'_>], done: &[usize], previous: &[Option<String>], error: Error) -> Error {
    let mut left = Vec::new();
    for at in done.iter().rev() {
        let Ready { target, held, .. } = &targets[*at];
        if target.unpublish(held, previous[*at].as_deref()).await.is_err() {
            left.push(target.environment);
        }
    }
    match left.is_empty() {
        true => error,
        false => error.with_help(&format!(
            "published before that, and not to be undone: {}; see `standin rollback`",
            left.join(", ")
        )),
    }
}
