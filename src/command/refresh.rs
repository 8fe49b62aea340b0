//! `standin refresh`: open, read, plan, build, prove, publish.

use super::clock::Clock;
use super::open::{self, Opened};
use super::reported::{Reported, reported};
use super::{Context, flags, ready};
use crate::catalog::Catalog;
use crate::pg::carry;
use crate::pg::connect::Server;
use crate::pg::database::Maintenance;
use crate::pg::existing::Existing;
use crate::pg::hook;
use crate::pg::locker::Locker;
use crate::pg::publish::{Published, Shadow};
use crate::pg::schema::{self, Dump, Schema, Wish};
use crate::pg::session::{MOVED, Snapshot, Source, Target};
use crate::plan::{Plan, TargetFacts, Wanted};
use crate::rules::Verify;
use crate::transfer::build::{Job, Shell};
use crate::transfer::choose::Choices;
use crate::transfer::frequencies;
use crate::transfer::pace::Pace;
use crate::transfer::record::To;
use crate::transfer::stop::Stop;
use crate::transfer::watch::Watch;
use crate::transfer::work::Built;
use crate::ui::progress::Progress;
use crate::ui::summary;
use crate::verify::{self, Claim};
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
        let maintenance = self.target.maintenance;
        let planned = ready::plan(self.opened, &reading.catalog, &facts, &reading.source, reported);
        let mut plan = self.stop.guard(planned).await?;
        self.stop.guard(ready::ask(&reading.source, plan.checks())).await?;
        self.stop.guard(frequencies::count(&plan, &reading.source)).await?;
        let choices = self.stop.guard(ready::choose(self.opened, &mut plan, &reading.source, reported)).await?;
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
        let built = job.rows(&mut shell, locker).await?;
        ready::record(reported, &job.plan, &built);
        self.prove(&job, &mut shell, &source, &built, reported).await?;
        job.watch.done();
        source.close().await;
        shell.close().await;
        let after = hook::run_all(&self.opened.after, &job.shadow, &job.run, &**self.observer);
        self.stop.guard(after).await?;
        self.stop.guard(self.carry(&job, &facts, reported)).await?;
        self.observer.on(Event::Phase(Phase::Swap));
        self.stop.guard(ready::still_ours(self.opened, maintenance, &facts, self.shadow()?)).await?;
        if self.hold {
            return self.keep(&facts, reported).await;
        }
        if self.opened.wanted.existing {
            return self.replace(&job, reported).await;
        }
        // From here on a signal waits: the swap is one transaction and takes a moment.
        let previous = self.target.publish(self.shadow()?, reported.hash()).await?;
        reported.report.record.published = true;
        if let Some(to) = &mut reported.report.record.to {
            to.previous = previous;
        }
        let keep = self.opened.to().keep_previous;
        match self.target.drop_previous(keep.count as usize, keep.oldest(jiff::Timestamp::now())).await {
            Ok((dropped, complaints)) => {
                reported.report.record.warnings.extend(complaints);
                if let Some(to) = &mut reported.report.record.to {
                    to.previous.take_if(|previous| dropped.contains(previous));
                }
            }
            Err(error) => reported.report.record.warnings.extend(error.diagnostics().iter().cloned()),
        }
        reported.report.record.warnings.extend(ready::still_held(self.target, &self.shadow()?.marker).await);
        Ok(())
    }

    /// Leaves the clone for `publish`.
    async fn keep(&self, facts: &TargetFacts, reported: &mut Reported) -> Result<()> {
        let (shadow, until) = (self.shadow()?, self.opened.to().held_until(jiff::Timestamp::now()).to_string());
        self.target.hold(shadow, facts.oid, until.clone(), reported.hash()).await?;
        reported.report.done = "held";
        reported.report.record.warnings.extend(ready::still_held(self.target, &shadow.marker).await);
        if let Some(to) = &mut reported.report.record.to {
            to.held = Some((shadow.name.clone(), until));
        }
        Ok(())
    }

    /// Replaces the rows of the present database by those of the clone, which is dropped.
    async fn replace(&self, job: &Job, reported: &mut Reported) -> Result<()> {
        let (built, live) =
            tokio::try_join!(Target::open(&job.shadow, &job.run), Target::open(&self.opened.target, &job.run))?;
        let whole = self.opened.wanted.only.is_empty();
        let existing = Existing { tables: job.plan.replaced(), whole, built: &built, live: &live };
        let replaced = self.stop.guard(existing.replace()).await;
        if replaced.is_err() {
            let (at_built, at_live) = (built.connected().canceller(), live.connected().canceller());
            let _ = tokio::join!(at_built.cancel(), at_live.cancel());
        }
        replaced?;
        // From here on a signal waits, as for a swap.
        self.target
            .replaced(self.shadow()?, reported.hash(), async |database, comment| {
                existing.commit(database, comment).await
            })
            .await?;
        reported.report.record.published = true;
        let warnings = &mut reported.report.record.warnings;
        if let Err(error) = existing.tidy().await {
            warnings.extend(error.diagnostics().iter().cloned().map(Diagnostic::as_warning));
        }
        built.close().await;
        live.close().await;
        if let Err(error) = self.target.remove_remains().await {
            warnings.extend(error.diagnostics().iter().cloned().map(Diagnostic::as_warning));
        }
        warnings.extend(ready::still_held(self.target, &self.shadow()?.marker).await);
        Ok(())
    }

    /// Locks, then snapshot, then catalog: what is planned is what will be read.
    async fn read(&mut self) -> Result<(Reading, TargetFacts)> {
        let Opened { source, target, run, .. } = self.opened;
        source.refuse_pooler(&run.application).await?;
        target.with_database(&self.opened.maintenance).refuse_pooler(&run.application).await?;
        let locker = Locker::lock_all(source, run).await?;
        let source = Source::open(source, run, None).await?;
        let snapshot = source.export().await?;
        self.standby = snapshot.standby;
        let catalog = Arc::new(ready::catalog(&source).await?);
        let facts = ready::facts(target, run, self.target.maintenance).await?;
        Ok((Reading { locker, source, snapshot, catalog }, facts))
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

    /// Everything after the rows, and the proofs around it: kept values are read back before row security comes on.
    async fn prove(
        &self,
        job: &Job,
        shell: &mut Shell,
        source: &Source,
        built: &[Built],
        reported: &mut Reported,
    ) -> Result<()> {
        let tallies: Vec<Vec<(u64, u64)>> = built.iter().map(Built::tallies).collect();
        let claims: Vec<Claim<'_>> = built.iter().zip(&tallies).map(|(built, tallies)| built.claim(tallies)).collect();
        let record = &mut reported.report.record;
        record.verify.full = job.digest;
        self.observer.on(Event::Phase(Phase::Verify));
        let mut findings = verify::counts(&job.plan, &claims);
        record.verify.counts = Some(findings.is_empty());
        findings.extend(verify::expected(&job.plan, &claims));
        findings.extend(self.stop.guard(self.emptied(job, &claims)).await?);
        let unchanged = verify::unchanged(&job.plan, &claims);
        record.verify.unchanged = Some(unchanged.is_empty());
        findings.extend(unchanged);
        if job.digest {
            let kept = self.stop.guard(verify::kept(&job.plan, &claims, &job.shadow, &job.run, job.jobs)).await?;
            record.verify.kept = Some(kept.is_empty());
            findings.extend(kept);
        }
        if !findings.is_empty() {
            return Err(Error::Findings(findings));
        }
        job.after_rows(shell, source).await?;
        self.observer.on(Event::Phase(Phase::Verify));
        let differing = verify::constraints(&job.plan, &job.catalog, source, shell.session());
        let differing = self.stop.guard(differing).await?;
        record.verify.constraints = Some(differing.is_empty());
        if differing.is_empty() { Ok(()) } else { Err(Error::Findings(differing)) }
    }

    /// What the environment owns itself, from its present database, as late as possible; and where its new rows begin.
    async fn carry(&self, job: &Job, facts: &TargetFacts, reported: &mut Reported) -> Result<()> {
        let (rules, start) = (job.plan.carry(), self.opened.to().sequences_start);
        let rules = if facts.oid.is_some() { rules } else { &[] };
        if rules.is_empty() && start.is_none() {
            return Ok(());
        }
        self.observer.on(Event::Phase(Phase::After));
        let built = Target::open(&job.shadow, &job.run).await?;
        let record = &mut reported.report.record;
        if let Some(start) = start {
            let small = carry::start_sequences(&built, start).await?;
            record.warnings.extend(small.iter().map(|sequence| {
                let message = format!("the sequence cannot start at {start}: it does not go so high");
                Diagnostic::warning("sequence-small", sequence, message)
            }));
        }
        if !rules.is_empty() {
            let present = Source::open(&self.opened.target, &job.run, None).await?;
            let outcomes = carry::carry(rules, &present, &built).await?;
            present.close().await;
            for outcome in &outcomes {
                record.carried(outcome);
            }
        }
        built.close().await;
        Ok(())
    }

    /// Tables that had rows in the last published clone and have none now, without a policy of their own.
    async fn emptied(&self, job: &Job, claims: &[Claim<'_>]) -> Result<Vec<Diagnostic>> {
        let empty = verify::empty(&job.plan, claims);
        let database = self.target.maintenance.database(self.opened.target.database()).await?;
        if empty.is_empty() || database.is_none_or(|database| database.marker.is_none()) {
            return Ok(Vec::new());
        }
        let live = Target::open(&self.opened.target, &self.opened.run).await?;
        let findings = verify::emptied(&empty, &live).await;
        live.close().await;
        findings
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

impl Built {
    fn tallies(&self) -> Vec<(u64, u64)> {
        self.copied.tallies.iter().map(|tally| (tally.masked, tally.unchanged)).collect()
    }

    fn claim<'a>(&'a self, tallies: &'a [(u64, u64)]) -> Claim<'a> {
        Claim {
            chosen: self.chosen.map(|counts| counts.copied),
            sent: self.copied.rows,
            stored: self.copied.stored,
            present: self.present,
            tallies,
            digests: &self.copied.digests,
        }
    }
}
