//! `standin profile`: the statistics of a database as a text for review; nothing is written, and no row leaves the server.

use super::open::{self, runtime};
use super::reported::{Reported, reported};
use super::{Context, ready};
use crate::pg::connect::Server;
use crate::pg::session::{Run, Source};
use crate::plan::profile::Survey;
use crate::plan::{Input, Wanted};
use crate::profile;
use crate::rules::seed::Profile;
use crate::rules::{self, Limits, Rules, Variables};
use crate::transfer::record::From;
use crate::transfer::stop::Stop;
use crate::transfer::watch::Watch;
use crate::ui;
use crate::ui::progress::Progress;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::event::{Event, Observer as _, Phase};
use crate::words::secret::Key;
use std::path::PathBuf;

/// Print the statistics that seed-dev needs to give dev the shape of production; no row, nothing of what is masked
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment to read [default: the only one of tier production]
    #[arg(long, value_name = "ENVIRONMENT")]
    from: Option<String>,
    /// Write the report to FILE.json or FILE.html; repeatable
    #[arg(long, value_name = "FILE")]
    report: Vec<PathBuf>,
}

/// Prints the profile of an environment.
pub fn run(args: Args, context: &Context) -> Result<()> {
    reported(context, "profile", &args.report, |reported| {
        reported.report.done = "profiled";
        let rules = rules::read(&context.rules).map_err(Error::Usage)?;
        reported.rules(&rules);
        let variables = Variables::read(&context.rules).map_err(Error::Usage)?;
        let at = open::read_only(&rules, args.from.as_deref())?;
        let (server, notes) = open::server(&rules, &rules.environments[at], &variables).map_err(Error::Usage)?;
        context.screen.diagnostics(&notes);
        reported.report.record.warnings.extend(notes);
        let application = format!("standin/{}", reported.report.run);
        let run = Run { application, time_zone: "UTC".to_owned(), read_only: true };
        let asked = Asked { rules: &rules, at, server, run };
        let progress = Progress::new(&context.screen);
        let profile = runtime()?.block_on(asked.profile(&progress, reported));
        progress.on(Event::Phase(Phase::Done));
        let profile = profile?;
        reported.text = ui::profile::yaml(&profile, &rules.environments[at].name.value);
        reported.report.more.insert("profile".to_owned(), ui::profile::json(&profile));
        Ok(())
    })
}

/// A database that is to be read.
struct Asked<'r> {
    rules: &'r Rules,
    at: usize,
    server: Server,
    run: Run,
}

impl Asked<'_> {
    async fn profile(&self, progress: &Progress, reported: &mut Reported) -> Result<Profile> {
        let stop = Stop::default();
        tokio::spawn(stop.clone().listen());
        let limits: &Limits = &self.rules.environments[self.at].limits;
        let watch = Watch::start(&self.server, &self.run, limits, &stop)?;
        let profile = stop.guard(self.read(progress, reported)).await;
        watch.done();
        profile
    }

    async fn read(&self, progress: &Progress, reported: &mut Reported) -> Result<Profile> {
        progress.on(Event::Phase(Phase::Plan));
        let source = Source::open(&self.server, &self.run, None).await?;
        let catalog = ready::catalog(&source).await?;
        let environment = &self.rules.environments[self.at];
        reported.report.record.from = Some(From {
            environment: environment.name.value.clone(),
            database: catalog.database.name.clone(),
            server_version: catalog.database.server_version.clone(),
            system_identifier: catalog.database.system_identifier.clone(),
            snapshot_at: catalog.database.snapshot_at.clone(),
        });
        // Nothing is masked: any key will do.
        let key = Key::random().map_err(|cause| {
            Error::failed(Diagnostic::error("random", Place::Run, format!("no random numbers: {cause}")))
        })?;
        let wanted = Wanted::default();
        let input = Input {
            rules: self.rules,
            from: environment,
            to: environment,
            wanted: &wanted,
            source: &catalog,
            target: None,
            key: &key,
        };
        let survey = Survey::of(&input).map_err(Error::Refused)?;
        progress.on(Event::Phase(Phase::Copy));
        let profile = profile::measure(&source, &survey, progress).await?;
        source.close().await;
        Ok(profile)
    }
}
