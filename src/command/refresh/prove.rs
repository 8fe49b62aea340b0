//! The proofs of what was built, against what the plan and the source say.

use super::Attempt;
use crate::command::reported::Reported;
use crate::pg::session::{Source, Target};
use crate::transfer::build::{Job, Shell};
use crate::transfer::work::Built;
use crate::verify::{self, Claim};
use crate::words::diagnostic::Diagnostic;
use crate::words::error::{Error, Result};
use crate::words::event::{Event, Phase};

impl Attempt<'_> {
    /// Everything after the rows, and the proofs around it: kept values are read back before row security comes on.
    pub(super) async fn prove(
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
