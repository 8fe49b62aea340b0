//! Between a proven clone and its publication: hooks, what the environment owns itself, and the proof of what they left.

use super::Attempt;
use crate::catalog::target;
use crate::command::hooks;
use crate::command::reported::Reported;
use crate::pg::carry;
use crate::pg::fault::Fault;
use crate::pg::session::{Source, Target};
use crate::plan::{TargetFacts, privileges, vanishing};
use crate::transfer::build::Job;
use crate::verify;
use crate::words::diagnostic::{Diagnostic, Place, Severity};
use crate::words::error::{Error, Result};
use crate::words::event::{Event, Phase};
use crate::words::name::TableName;

impl Attempt<'_> {
    /// Hooks, carried rows, and the proof that the clone is still what it must be.
    pub(super) async fn after(&self, job: &Job, facts: &TargetFacts, reported: &mut Reported) -> Result<()> {
        let hooks = &self.opened.after;
        let record = &mut reported.report.record;
        self.stop.guard(hooks::run(hooks, &job.shadow, &job.run, &**self.observer, record)).await?;
        let carried = self.stop.guard(self.carry(job, facts, reported)).await?;
        if hooks.is_empty() && !carried {
            return Ok(());
        }
        self.observer.on(Event::Phase(Phase::Verify));
        let found = self.stop.guard(self.left(job, facts)).await?;
        let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| one.severity == Severity::Error);
        let record = &mut reported.report.record;
        // The plan may have said so already.
        let new = |one: &Diagnostic| !record.warnings.iter().any(|known| known.message == one.message);
        let new: Vec<_> = warnings.into_iter().filter(new).collect();
        record.warnings.extend(new);
        record.verify.after = Some(errors.is_empty());
        if errors.is_empty() { Ok(()) } else { Err(Error::Findings(errors)) }
    }

    /// What is not as it must be once hooks ran and rows were carried.
    async fn left(&self, job: &Job, facts: &TargetFacts) -> Result<Vec<Diagnostic>> {
        let session = Target::open(&job.shadow, &job.run).await?;
        let mut found = verify::still_expected(&job.plan, &session).await?;
        // The present database keeps its own grants.
        if !self.opened.wanted.existing && !self.opened.after.is_empty() {
            let fault = |fault: Fault| fault.into_error("verify", Place::Run, "cannot read what hooks left");
            let held = target::held(session.client()).await.map_err(fault)?;
            let there = target::objects(session.client()).await.map_err(fault)?;
            let accepted = self.opened.wanted.accept_lost_grants;
            found.extend(privileges::taken(self.opened.to(), facts, (&held, &there), accepted));
            let built = target::present(session.client()).await.map_err(fault)?;
            let columns =
                |table: &TableName| Some(built.get(table)?.columns.iter().map(|column| &column.name).collect());
            found.extend(vanishing::vanishing(self.opened.to(), facts, columns));
        }
        session.close().await;
        Ok(found)
    }

    /// What the environment owns itself, from its present database, as late as possible, and where its new rows begin; true
    /// if there was anything to do.
    async fn carry(&self, job: &Job, facts: &TargetFacts, reported: &mut Reported) -> Result<bool> {
        let (rules, start) = (job.plan.carry(), self.opened.to().sequences_start);
        let rules = if facts.oid.is_some() { rules } else { &[] };
        if rules.is_empty() && start.is_none() {
            return Ok(false);
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
            let before = hooks::schema(&built, "cannot read what is to be carried to").await?;
            let outcomes = carry::carry(rules, &present, &built).await?;
            let changes = before.changes(&hooks::schema(&built, "cannot read what carried rows left").await?);
            if let Some(change) = changes.lost.first().or(changes.new.first()) {
                let message = format!("what carries rows must leave the schema as it is: {change}");
                return Err(Error::Findings(vec![Diagnostic::error("carry-differs", Place::Run, message)]));
            }
            present.close().await;
            for outcome in &outcomes {
                record.carried(outcome);
            }
        }
        built.close().await;
        Ok(true)
    }
}
