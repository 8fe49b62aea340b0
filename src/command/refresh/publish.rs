//! The three ends of a refresh: the clone is swapped in, kept for later, or gives its rows to the present database.

use super::Attempt;
use crate::command::ready;
use crate::command::reported::Reported;
use crate::pg::existing::Existing;
use crate::pg::session::Target;
use crate::plan::TargetFacts;
use crate::transfer::build::Job;
use crate::words::diagnostic::Diagnostic;
use crate::words::error::Result;

impl Attempt<'_> {
    /// Swaps the clone in; databases that are too many then are dropped.
    pub(super) async fn publish(&self, reported: &mut Reported) -> Result<()> {
        // From here on a signal waits: the swap is one transaction and takes a moment.
        let previous = self.target.publish(self.shadow()?, reported.hash()).await?;
        let record = &mut reported.report.record;
        record.published = true;
        if let Some(to) = &mut record.to {
            to.previous = previous;
        }
        let keep = self.opened.to().keep_previous;
        match self.target.drop_previous(keep.count as usize, keep.oldest(jiff::Timestamp::now())).await {
            Ok((dropped, complaints)) => {
                record.warnings.extend(complaints);
                if let Some(to) = &mut record.to {
                    to.previous.take_if(|previous| dropped.contains(previous));
                }
            }
            Err(error) => record.warnings.extend(error.diagnostics().iter().cloned()),
        }
        record.warnings.extend(ready::still_held(self.target, &self.shadow()?.marker).await);
        Ok(())
    }

    /// Leaves the clone for `publish`.
    pub(super) async fn keep(&self, facts: &TargetFacts, reported: &mut Reported) -> Result<()> {
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
    pub(super) async fn replace(&self, job: &Job, reported: &mut Reported) -> Result<()> {
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
}
