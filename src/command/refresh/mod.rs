//! `standin refresh`: open, read, plan, build, prove, publish.

mod after;
mod prove;
mod publish;

use super::clock::Clock;
use super::open::{self, Opened};
use super::reported::{Reported, reported};
use super::{Context, blame, flags, ready};
use crate::catalog::Catalog;
use crate::pg::connect::Server;
use crate::pg::database::Maintenance;
use crate::pg::locker::Locker;
use crate::pg::publish::{Published, Shadow};
use crate::pg::schema::{self, Dump, Schema, Wish};
use crate::pg::session::{MOVED, Snapshot, Source};
use crate::plan::{Plan, TargetFacts, Wanted};
use crate::rules::Verify;
use crate::transfer::build::Job;
use crate::transfer::choose::Choices;
use crate::transfer::frequencies;
use crate::transfer::pace::Pace;
use crate::transfer::record::To;
use crate::transfer::stop::Stop;
use crate::transfer::watch::Watch;
use crate::ui::progress::Progress;
use crate::ui::summary;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::event::{Event, Observer, Phase};
use crate::words::name::Name;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How often a run begins anew when the source moved under its snapshot, and after which pause.
const RESTARTS: usize = 3;
const RESTART_PAUSE: Duration = Duration::from_millis(500);

/// Clone production into staging: masked, verified, swapped in whole
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    ends: flags::Ends,
    #[command(flatten)]
    flags: flags::Flags,
    /// Build and verify, and leave the swap to `standin publish`
    #[arg(long)]
    hold: bool,
    /// Write numbers for Prometheus' textfile collector to FILE
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
}

impl Args {
    /// The arguments as another command gives them.
    pub fn new(ends: flags::Ends, flags: flags::Flags) -> Self {
        Args { ends, flags, hold: false, metrics: None }
    }
}

/// Clone production into staging: masked, verified, swapped in whole.
pub fn run(args: Args, context: &Context) -> Result<()> {
    reported(context, "refresh", &args.flags.report, |reported| {
        reported.metrics(args.metrics.as_deref())?;
        let opened = open::open(context, &args.ends, &args.flags, open::Purpose::Mask, reported)?;
        open::consent(context, &args.flags, &opened)?;
        if args.hold && opened.wanted.existing {
            return Err(held_existing(&opened));
        }
        let clock = Arc::new(Clock::new(Arc::new(Progress::new(&context.screen))));
        let (environment, database) = (opened.to().name.value.clone(), opened.target.database().to_owned());
        reported.report.record.to = Some(To { environment, database, ..To::default() });
        let noted = reported.report.record.warnings.len();
        let result = open::runtime()?.block_on(refresh(&opened, args.hold, clock.clone(), reported));
        let (phase, seconds) = clock.read();
        clock.on(Event::Phase(Phase::Done));
        reported.report.record.seconds = seconds;
        reported.report.record.phase = Some(if result.is_ok() { Phase::Done } else { phase });
        context.screen.diagnostics(&reported.report.record.warnings[noted..]);
        reported.text = summary::refresh(&reported.report);
        result
    })
}

/// One refresh from the first connection to the last clean-up.
async fn refresh(opened: &Opened, hold: bool, observer: Arc<dyn Observer>, reported: &mut Reported) -> Result<()> {
    let whole = Stop::default();
    tokio::spawn(whole.clone().listen());
    if let Some(deadline) = opened.wanted.deadline {
        tokio::spawn(whole.clone().at(deadline));
    }
    let stop = whole.clone();
    let maintenance = stop.guard(Maintenance::open(&opened.target, &opened.run, &opened.maintenance)).await?;
    let target = Published {
        maintenance: &maintenance,
        environment: &opened.to().name.value,
        database: opened.target.database(),
        run: &opened.id,
    };
    stop.guard(maintenance.lock(target.database)).await?;
    let (mut tries, mut standby) = (1, false);
    loop {
        let stop = whole.part();
        let mut attempt = Attempt {
            opened,
            whole: &whole,
            stop: &stop,
            observer: &observer,
            target: &target,
            standby,
            writes: false,
            shadow: None,
            hold,
        };
        let result = attempt.refresh(reported).await;
        if result.is_err() && attempt.writes {
            ready::remove(&opened.target, &opened.run, &opened.maintenance, &target).await;
        }
        standby = attempt.standby;
        // A standby that replays what our snapshot needs no longer ends our sessions in many ways.
        let is_ours = |code: &str| code == MOVED || standby && !matches!(code, "limit" | "deadline");
        let moved = matches!(&result, Err(Error::Temporary(why)) if why.iter().any(|why| is_ours(why.code)));
        if !moved || tries > RESTARTS || whole.reason().is_some() {
            return result;
        }
        tries += 1;
        whole.guard(pause()).await?;
        observer.on(Event::Note("the source changed under the snapshot; trying again with a new one".into()));
    }
}

async fn pause() -> Result<()> {
    tokio::time::sleep(RESTART_PAUSE).await;
    Ok(())
}

/// One try, with one snapshot.
struct Attempt<'a> {
    opened: &'a Opened,
    /// Ends the run.
    whole: &'a Stop,
    /// Ends this try.
    stop: &'a Stop,
    observer: &'a Arc<dyn Observer>,
    target: &'a Published<'a>,
    /// True once the source is known to be a standby.
    standby: bool,
    /// True from the first statement that changes anything at the target's server.
    writes: bool,
    /// The database that becomes the clone, once it was created.
    shadow: Option<Shadow>,
    /// Leave the swap to `publish`.
    hold: bool,
}

/// The source as one snapshot has it.
struct Reading {
    locker: Locker,
    source: Source,
    snapshot: Snapshot,
    catalog: Arc<Catalog>,
}

impl Attempt<'_> {
    async fn refresh(&mut self, reported: &mut Reported) -> Result<()> {
        self.observer.on(Event::Phase(Phase::Plan));
        let watch = Watch::start(&self.opened.source, &self.opened.run, &self.opened.from().limits, self.stop)?;
        let (reading, facts) = self.stop.guard(self.read()).await?;
        let planned = ready::plan(self.opened, &reading.catalog, &facts, &reading.source, reported);
        let mut plan = self.stop.guard(planned).await?;
        let choices = self.stop.guard(self.choose(&mut plan, &reading, reported)).await?;
        let (plan, choices) = (Arc::new(plan), Arc::new(choices));
        self.observer.on(ready::planned(&plan));
        let Reading { locker, source, snapshot, catalog } = reading;
        self.observer.on(Event::Phase(Phase::Schema));
        self.writes = true;
        for removed in self.stop.guard(self.target.remove_remains()).await? {
            self.observer.on(Event::Note(format!("removed {removed}, which a run that was cut off had left")));
        }
        let (schema, shadow) = self.stop.guard(self.prepare(&plan, &facts, &catalog, &snapshot)).await?;
        let job = self.job(shadow, watch, snapshot, plan, (choices, catalog));
        let mut shell = self.stop.guard(job.before_rows(schema)).await?;
        self.observer.on(Event::Phase(Phase::Copy));
        let built = job.rows(&mut shell, locker).await;
        let built = self.whole.guard(blame::blame(built, &job.plan, &source)).await?;
        ready::record(reported, &job.plan, &built);
        self.prove(&job, &mut shell, &source, &built, reported).await?;
        job.watch.done();
        source.close().await;
        shell.close().await;
        self.after(&job, &facts, reported).await?;
        self.observer.on(Event::Phase(Phase::Swap));
        self.stop.guard(ready::still_ours(self.opened, self.target.maintenance, &facts, self.shadow()?)).await?;
        match (self.hold, self.opened.wanted.existing) {
            (true, _) => self.keep(&facts, reported).await,
            (false, true) => self.replace(&job, reported).await,
            (false, false) => self.publish(reported).await,
        }
    }

    /// Everything that is asked of the source's rows before the first is copied.
    async fn choose(&self, plan: &mut Plan, reading: &Reading, reported: &mut Reported) -> Result<Choices> {
        let Reading { source, snapshot, .. } = reading;
        let asked = async {
            ready::ask(source, plan.checks()).await?;
            frequencies::count(plan, source).await?;
            ready::choose(self.opened, plan, snapshot, reported).await
        };
        let asked = asked.await;
        blame::blame(asked, plan, source).await
    }

    /// Locks, then snapshot, then catalog: what is planned is what will be read.
    async fn read(&mut self) -> Result<(Reading, TargetFacts)> {
        let Opened { source, target, run, .. } = self.opened;
        let locker = Locker::lock_all(source, run).await?;
        let source = Source::open(source, run, None).await?;
        let snapshot = source.export().await?;
        self.standby = snapshot.standby;
        let facts = ready::facts(target, run, self.target.maintenance);
        let (catalog, facts) = tokio::try_join!(ready::catalog(&source), facts)?;
        Ok((Reading { locker, source, snapshot, catalog: Arc::new(catalog) }, facts))
    }

    /// The schema's statements, and meanwhile an empty database that takes the place of the present one.
    async fn prepare(
        &mut self,
        plan: &Plan,
        facts: &TargetFacts,
        catalog: &Catalog,
        snapshot: &Snapshot,
    ) -> Result<(Schema, Server)> {
        let (opened, maintenance) = (self.opened, self.target.maintenance);
        let wish = Wish {
            major: catalog.database.version_num as u32 / 10_000,
            comments: plan.keep_comments(),
            without: plan.skipped().to_vec(),
        };
        let without = schema::Without {
            names: plan.without().iter().map(|extension| &extension.name).collect(),
            granted: plan.without().iter().flat_map(|extension| &extension.granted).map(String::as_str).collect(),
        };
        let dump = Dump::read(&opened.source, &opened.run, snapshot, &wish);
        let shadow = async {
            let like = ready::like(opened, maintenance, catalog, facts).await?;
            self.shadow = Some(self.target.create_shadow(&like, ready::marker(opened, plan, snapshot)).await?);
            if facts.oid.is_some() && !opened.wanted.existing {
                maintenance.rehearse(opened.target.database(), &self.shadow()?.name).await?;
            }
            Ok(())
        };
        let (dump, ()) = tokio::try_join!(dump, shadow)?;
        let tablespaces = facts.tablespaces.iter().cloned().collect();
        let first = Name::from(catalog.database.first_user.as_str());
        let roles = schema::roles::Map {
            roles: plan.roles(),
            tablespaces: &tablespaces,
            superuser: facts.superuser,
            stranger: Some(&first).filter(|first| !facts.roles.contains(&((*first).clone(), true))),
        };
        let schema = schema::read(&dump, &roles, &without).await?;
        Ok((schema, opened.target.with_database(&self.shadow()?.name)))
    }

    fn job(
        &self,
        shadow: Server,
        watch: Arc<Watch>,
        snapshot: Snapshot,
        plan: Arc<Plan>,
        (choices, catalog): (Arc<Choices>, Arc<Catalog>),
    ) -> Job {
        let Wanted { jobs, verify, .. } = self.opened.wanted;
        Job {
            source: self.opened.source.clone(),
            shadow,
            run: self.opened.run.clone(),
            snapshot,
            plan,
            choices,
            catalog,
            jobs,
            digest: verify == Verify::Full,
            observer: self.observer.clone(),
            pace: Arc::new(Pace::new(self.opened.wanted.max_rate)),
            watch,
            stop: self.stop.clone(),
        }
    }

    fn shadow(&self) -> Result<&Shadow> {
        self.shadow.as_ref().ok_or_else(ready::no_shadow)
    }
}

fn held_existing(opened: &Opened) -> Error {
    let message = "--hold leaves a swap to `standin publish`, and `into: existing` swaps nothing";
    let place = Place::from(&opened.to().name.place);
    Error::usage(Diagnostic::error("hold-existing", place, message).help("leave one of the two out"))
}
